"""Picture files of any common kind."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["FORMATS", "eight_bit"]

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM")  # none that starts another program


def eight_bit(image: "Image") -> "Image":
    """Deeper greys scaled to 255, where Pillow would clip them; others as they are."""
    from PIL.Image import fromarray

    if image.mode.startswith("I") or image.mode == "F":
        values = np.nan_to_num(np.asarray(image, dtype=np.float64))
        top = 65535.0 if image.mode.startswith("I") else max(float(values.max()), 1e-9)
        return fromarray(np.clip(values * (255 / top), 0, 255).astype(np.uint8))
    return image
