"""Tables of texts and labels, or of pixels and labels, in the forms in which people have them. docs/tables.md has the rules.

`rows` opens any file and yields rows of cells, `overview` looks through them once (heading, columns, pixels), and `reader` collects
the texts and labels.
"""
