"""The one way in: whatever holds a drawing becomes a picture as MNIST has them, and a photo one of the data set's size."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from nn_core.data import DatasetSpec
from nn_core.data.own.fitting import squared
from nn_core.inference.drawing import Drawing
from nn_core.inference.fit import fit, is_fitted
from nn_core.inference.ink import find_ink
from nn_core.inference.picture import open_picture
from nn_core.inference.rasterise import rasterise

__all__ = ["PictureSource", "prepare_drawing", "prepare_photo", "prepare_picture", "sized"]

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


def prepare_photo(source: PictureSource, spec: DatasetSpec, name: str = "") -> Prepared:
    """uint8 of the data set's shape, of a picture file, as one's own pictures are stored. Raises BadPicture."""
    channels, height, width = spec.shape
    photo = Image.fromarray(open_picture(source, name))
    return sized(squared(photo, max(height, width), colour=channels == 3), spec)


def sized(picture: Prepared, spec: DatasetSpec) -> Prepared:
    """A prepared picture, uint8 [channels, height, width], in the size and the colours that the data set has."""
    if picture.shape == spec.shape:
        return picture
    _channels, height, width = spec.shape
    resized = [Image.fromarray(channel).resize((width, height), Image.Resampling.BOX) for channel in picture]
    return _with_channels(np.stack([np.asarray(channel) for channel in resized]), spec)


def _with_channels(picture: Prepared, spec: DatasetSpec) -> Prepared:
    if len(picture) == spec.shape[0]:
        return np.ascontiguousarray(picture)
    if spec.shape[0] == 1:
        grey: Prepared = picture.mean(axis=0, keepdims=True).round().astype(np.uint8)
        return grey
    return np.repeat(picture[:1], spec.shape[0], axis=0)


def _one_channel(picture: Prepared | None) -> Prepared | None:
    return None if picture is None else picture[np.newaxis]
