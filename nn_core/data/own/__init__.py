"""Data sets that the user made, of a ZIP of pictures or a CSV of text. Importing this needs no torch.

`pictures.make_picture_dataset` and `texts.make_text_dataset` make one; each is a folder `<data folder>/own/<slug>`.
"""

from nn_core.data.own.kept import delete_own, how_it_is_read, input_bytes, own_datasets, own_spec
from nn_core.data.own.limits import LIMITS, Limits

__all__ = ["LIMITS", "Limits", "delete_own", "how_it_is_read", "input_bytes", "own_datasets", "own_spec"]
