"""Tables of texts and labels in the forms in which people have them."""
