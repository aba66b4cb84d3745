"""Archives of pictures: a ZIP, a tar or a folder, with the classes in folders, in a table or in the file names.

`picture_archive.open_archive` opens one. Importing this package does not import torch.
"""
