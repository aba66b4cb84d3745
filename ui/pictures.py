"""Small pictures, made large enough to look at."""

import numpy as np
import numpy.typing as npt
from PIL import Image

__all__ = ["Pixels", "contact_sheet", "enlarged"]

Pixels = npt.NDArray[np.uint8]


def enlarged(picture: Pixels, side: int) -> Image.Image:
    """uint8 [height, width] → an image of `side` × `side` pixels in which every original pixel is a crisp square."""
    return Image.fromarray(picture).resize((side, side), Image.Resampling.NEAREST)


def contact_sheet(rows: list[list[Pixels]], *, scale: int = 2, gap: int = 4) -> Image.Image:
    """Pictures of one size in rows, `gap` transparent pixels apart, each `scale` times enlarged."""
    height, width = rows[0][0].shape
    down, across = height * scale + gap, width * scale + gap
    sheet = Image.new("RGBA", (across * max(map(len, rows)) - gap, down * len(rows) - gap))
    for y, row in enumerate(rows):
        for x, picture in enumerate(row):
            large = Image.fromarray(picture).resize((width * scale, height * scale), Image.Resampling.NEAREST)
            sheet.paste(large, (x * across, y * down))
    return sheet
