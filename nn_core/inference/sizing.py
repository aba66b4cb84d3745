"""Brings a picture file to the size and the colours of the pictures that a network learned."""

from PIL import Image

from nn_core.data import DatasetSpec
from nn_core.data.own.fitting import squared
from nn_core.data.sizing import sized
from nn_core.drawings.picture import open_picture
from nn_core.drawings.prepare import PictureSource, Prepared

__all__ = ["prepare_photo", "sized"]


def prepare_photo(source: PictureSource, spec: DatasetSpec, name: str = "") -> Prepared:
    """uint8 of the data set's shape, of a picture file, as one's own pictures are stored. Raises BadPicture."""
    channels, height, width = spec.shape
    photo = Image.fromarray(open_picture(source, name))
    return sized(squared(photo, max(height, width), colour=channels == 3), spec)
