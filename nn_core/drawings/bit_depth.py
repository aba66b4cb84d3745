"""Converts pictures of more than 8 bits to 8 bits, by the range of values that each really uses.

Cameras and scientific programs store 8, 10, 12 or 14 bits in files of 16 bits without saying so. Pillow would clip such values,
and a fixed divisor would make the picture black.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from PIL import Image

__all__ = ["choose_white_level", "convert_to_8_bits"]

_WHITE_LEVELS = (255, 1023, 4095, 16383, 65535)  # of 8, 10, 12, 14 and 16 bits
_LOW_CONTRAST = 1 / 16  # of the white level: a smaller range, as in thermal images, is stretched
_ROUNDING = 0.001  # floats such as 20 / 255 times 255 are a little less than 20
_PIXELS_AT_ONCE = 1_000_000

Array = npt.NDArray[np.float64]


def convert_to_8_bits(image: Image.Image) -> Image.Image:
    """Scale greys with more than 8 bits to 255; return other images unchanged. Works in stripes, to use little memory.

    The white level is the smallest usual one that no value exceeds: 255, 1023, 4095, 16383 or 65535, or 1 for floats up to 1.
    Negative values, and a range of less than a sixteenth of the white level, are stretched from the lowest value to the
    highest.
    """
    if not (image.mode.startswith("I") or image.mode == "F"):
        return image
    extremes = [(float(values.min()), float(values.max())) for values in _read_stripes(image)]
    low, high = min(low for low, _high in extremes), max(high for _low, high in extremes)
    black, white = _choose_range(low, high, is_float=image.mode == "F")
    factor = 255 / (white - black)
    scaled = [
        np.clip((values - black) * factor + _ROUNDING, 0, 255).astype(np.uint8) for values in _read_stripes(image)
    ]
    return Image.fromarray(np.concatenate(scaled))


def choose_white_level(highest: float) -> float:
    """Return the smallest usual white level that is not below the highest value; the highest value if it is above all."""
    return float(next((level for level in _WHITE_LEVELS if highest <= level), highest))


def _choose_range(low: float, high: float, *, is_float: bool) -> tuple[float, float]:
    """Return the values that become black and white."""
    if low < 0:
        return (-1.0, 1.0) if is_float and low >= -1 and high <= 1 else (low, max(high, low + 1))
    white = 1.0 if is_float and high <= 1 else choose_white_level(high)
    if 0 < high - low < _LOW_CONTRAST * white:
        return low, high
    return 0.0, white


def _read_stripes(image: Image.Image) -> Iterator[Array]:
    """Yield the pixels, some rows at a time. NaN and infinity become 0."""
    rows = max(1, _PIXELS_AT_ONCE // image.width)
    for top in range(0, image.height, rows):
        stripe = image.crop((0, top, image.width, min(top + rows, image.height)))
        yield np.nan_to_num(np.asarray(stripe, dtype=np.float64), nan=0.0, posinf=0.0, neginf=0.0)
