"""Picture files of any common kind."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["FORMATS", "eight_bit"]

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM")  # none that starts another program
_PIXELS_AT_ONCE = 1_000_000


def eight_bit(image: "Image") -> "Image":
    """Deeper greys scaled to 255, where Pillow would clip them; others as they are. Takes little more room than the answer."""
    from PIL.Image import fromarray

    if not (image.mode.startswith("I") or image.mode == "F"):
        return image
    most = max((float(values.max()) for values in _stripes(image)), default=0.0) if image.mode == "F" else 65535.0
    scaled = [np.clip(values * (255 / max(most, 1e-9)), 0, 255).astype(np.uint8) for values in _stripes(image)]
    return fromarray(np.concatenate(scaled))


def _stripes(image: "Image") -> Iterator[npt.NDArray[np.float64]]:
    """The pixels, some rows at a time; what is no number is 0."""
    rows = max(1, _PIXELS_AT_ONCE // image.width)
    for top in range(0, image.height, rows):
        stripe = image.crop((0, top, image.width, min(top + rows, image.height)))
        yield np.nan_to_num(np.asarray(stripe, dtype=np.float64))
