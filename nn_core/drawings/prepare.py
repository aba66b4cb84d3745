"""The one way in: whatever holds a drawing becomes a picture as MNIST has them."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from nn_core.drawings.drawing import Drawing
from nn_core.drawings.fit import fit, is_fitted
from nn_core.drawings.ink import find_ink
from nn_core.drawings.picture import open_picture
from nn_core.drawings.rasterise import rasterise

__all__ = ["PictureSource", "Prepared", "prepare_drawing", "prepare_picture"]

PictureSource = bytes | Path
Prepared = npt.NDArray[np.uint8]


def prepare_drawing(drawing: Drawing) -> Prepared | None:
    """uint8 [1, 28, 28], ink 255 on 0; None for an empty canvas."""
    return _one_channel(rasterise(drawing))


def prepare_picture(source: PictureSource, name: str = "") -> Prepared | None:
    """uint8 [1, 28, 28], ink 255 on 0, of a picture file (its bytes, or where it is); None where it shows no ink.

    A picture that already is 28 × 28 and as MNIST has them is taken as it is. name: how errors call it. Raises
    BadPicture.
    """
    picture = open_picture(source, name)
    grey = picture.mean(axis=2).round().astype(np.uint8)
    for as_is in (grey, 255 - grey):
        if is_fitted(as_is):
            return _one_channel(as_is)
    ink = find_ink(picture)
    return None if ink is None else _one_channel(fit(ink))


def _one_channel(picture: Prepared | None) -> Prepared | None:
    return None if picture is None else picture[np.newaxis]
