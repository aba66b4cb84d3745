"""Brings a picture to the size and the colours of the pictures that a network learned."""

import numpy as np
from PIL import Image

from nn_core.data import DatasetSpec
from nn_core.data.own.fitting import squared
from nn_core.drawings import PictureSource, Prepared, open_picture

__all__ = ["prepare_photo", "sized"]


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
