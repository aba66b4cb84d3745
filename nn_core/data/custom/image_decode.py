"""One picture file of any common kind → the pixels that a data set stores."""

import io

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from nn_core.drawings.photo import FORMATS, convert_to_8bit

__all__ = ["PictureTooLarge", "decode_image", "pad_to_square"]


class PictureTooLarge(Exception):
    """It has more pixels than may be decoded; its header says so."""


def decode_image(content: bytes, side: int, *, colour: bool, most_pixels: int) -> npt.NDArray[np.uint8]:
    """`squared` of a file's content; transparency is laid on white. Raises PictureTooLarge, or whatever Pillow does over a
    file that is damaged or no picture."""
    try:
        image: Image.Image = Image.open(io.BytesIO(content), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureTooLarge from error
    with image:
        if image.width * image.height > most_pixels:
            raise PictureTooLarge
        image.draft("RGB" if colour else "L", (2 * side, 2 * side))  # a JPEG is unpacked no larger than needed
        ImageOps.exif_transpose(image, in_place=True)  # which copies nothing where nothing is to be turned
        return pad_to_square(_opaque(convert_to_8bit(image)), side, colour=colour)


def pad_to_square(image: Image.Image, side: int, *, colour: bool) -> npt.NDArray[np.uint8]:
    """uint8 [3 or 1, side, side]: the whole of an opaque picture, in the middle of a square.

    Nothing is cut off and nothing distorted: what a picture shows at its edges may be what tells its class, so the rest of
    the square is filled with the colour that its border mostly has.
    """
    upright = image.convert("RGB" if colour else "L")
    scale = side / max(upright.size)
    size = (max(1, round(upright.width * scale)), max(1, round(upright.height * scale)))
    small = np.asarray(upright.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0))
    small = small.reshape(size[1], size[0], -1)
    border = np.concatenate([small[0], small[-1], small[:, 0], small[:, -1]])
    square = np.empty((side, side, small.shape[2]), np.uint8)
    square[:] = np.median(border, axis=0).astype(np.uint8)
    top, left = (side - size[1]) // 2, (side - size[0]) // 2
    square[top : top + size[1], left : left + size[0]] = small
    return np.ascontiguousarray(square.transpose(2, 0, 1))


def _opaque(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image
    layered = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layered.size, "white"), layered)
