"""Decodes an image file of any common format to the pixels that a data set stores."""

import io

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from nn_core.drawings.photo import FORMATS, convert_to_8bit

__all__ = ["PictureTooLarge", "decode_image", "pad_to_square"]


class PictureTooLarge(Exception):
    """According to its header, the image has more pixels than allowed."""


def decode_image(content: bytes, side: int, *, colour: bool, max_pixels: int) -> npt.NDArray[np.uint8]:
    """Decode a file's content and apply `pad_to_square`. Transparent images get a white background.

    Raises:
        PictureTooLarge: it has more than `max_pixels`.
        Exception: what Pillow raises for a file that is damaged or not an image.
    """
    try:
        image: Image.Image = Image.open(io.BytesIO(content), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureTooLarge from error
    with image:
        if image.width * image.height > max_pixels:
            raise PictureTooLarge
        image.draft("RGB" if colour else "L", (2 * side, 2 * side))  # decodes a JPEG no larger than needed
        ImageOps.exif_transpose(image, in_place=True)  # does not copy if the image is upright
        return pad_to_square(_remove_transparency(convert_to_8bit(image)), side, colour=colour)


def pad_to_square(image: Image.Image, side: int, *, colour: bool) -> npt.NDArray[np.uint8]:
    """Scale an opaque image to fit a square, without cropping or distortion: uint8 [3 or 1, side, side].

    Cropping could remove what defines the class. The rest of the square is filled with the median colour of the border.
    """
    converted = image.convert("RGB" if colour else "L")
    scale = side / max(converted.size)
    size = (max(1, round(converted.width * scale)), max(1, round(converted.height * scale)))
    small = np.asarray(converted.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0))
    small = small.reshape(size[1], size[0], -1)
    border = np.concatenate([small[0], small[-1], small[:, 0], small[:, -1]])
    square = np.empty((side, side, small.shape[2]), np.uint8)
    square[:] = np.median(border, axis=0).astype(np.uint8)
    top, left = (side - size[1]) // 2, (side - size[0]) // 2
    square[top : top + size[1], left : left + size[0]] = small
    return np.ascontiguousarray(square.transpose(2, 0, 1))


def _remove_transparency(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image
    rgba = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba)
