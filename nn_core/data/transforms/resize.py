"""Converts a prepared image to the size and channels of a data set. Does not import torch."""

import numpy as np
from PIL import Image

from nn_core.data.dataset import DatasetSpec
from nn_core.drawings.preprocess import Prepared

__all__ = ["resize_to_spec"]


def resize_to_spec(picture: Prepared, spec: DatasetSpec) -> Prepared:
    """Convert a prepared image, uint8 [channels, height, width], to the size and channels of the data set."""
    if picture.shape == spec.shape:
        return picture
    _channels, height, width = spec.shape
    resized = [Image.fromarray(channel).resize((width, height), Image.Resampling.BOX) for channel in picture]
    return _convert_channels(np.stack([np.asarray(channel) for channel in resized]), spec)


def _convert_channels(picture: Prepared, spec: DatasetSpec) -> Prepared:
    if len(picture) == spec.shape[0]:
        return np.ascontiguousarray(picture)
    if spec.shape[0] == 1:
        grey: Prepared = picture.mean(axis=0, keepdims=True).round().astype(np.uint8)
        return grey
    return np.repeat(picture[:1], spec.shape[0], axis=0)
