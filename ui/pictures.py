"""Small pictures, made large enough to look at."""

import numpy as np
import numpy.typing as npt
from PIL import Image

__all__ = ["MINUS", "PLUS", "Pixels", "as_shown", "contact_sheet", "diverging", "enlarged", "striped"]

Pixels = npt.NDArray[np.uint8]

PLUS, MINUS = (64, 156, 255), (255, 150, 40)
"""Blue and orange, which colour-blind people tell apart. Blue is plus in every view: for an answer, added, brighter, above 0; orange
is minus: against it, taken away, darker, below 0. Where they lie on a picture, minus has stripes as well."""
_STRIPE, _STRIPES_APART = 3, 9  # screen pixels


def as_shown(picture: Pixels) -> Pixels:
    """A picture as data sets store it, [channels, height, width] → [height, width], or [height, width, 3] in colour."""
    return np.ascontiguousarray(picture.transpose(1, 2, 0)) if len(picture) == 3 else picture[0]


def enlarged(picture: Pixels, side: int) -> Image.Image:
    """uint8 [height, width] or [height, width, 3] → an image of `side` × `side` pixels in which every original pixel is a
    crisp square."""
    return Image.fromarray(picture).resize((side, side), Image.Resampling.NEAREST)


def contact_sheet(rows: list[list[Pixels]], *, scale: int = 2, gap: int = 4) -> Image.Image:
    """Pictures of one size, [height, width] or [height, width, 3], in rows, `gap` transparent pixels apart, each `scale`
    times enlarged."""
    height, width = rows[0][0].shape[:2]
    down, across = height * scale + gap, width * scale + gap
    sheet = Image.new("RGBA", (across * max(map(len, rows)) - gap, down * len(rows) - gap))
    for y, row in enumerate(rows):
        for x, picture in enumerate(row):
            large = Image.fromarray(picture).resize((width * scale, height * scale), Image.Resampling.NEAREST)
            sheet.paste(large, (x * across, y * down))
    return sheet


def diverging(values: npt.NDArray[np.float32], *, dark: bool) -> Pixels:
    """Numbers around 0, [height, width] → [height, width, 3]: blue above 0, orange below, the page's ground at 0; the
    largest is the strongest."""
    strength = values / max(float(np.abs(values).max()), 1e-12)
    ground = np.array([28, 30, 43] if dark else [245, 246, 251], dtype=np.float32)
    above = np.array(PLUS if dark else [29, 92, 204], dtype=np.float32)
    below = np.array(MINUS if dark else [214, 84, 0], dtype=np.float32)
    colour = np.where((strength > 0)[..., np.newaxis], above, below)
    share = np.abs(strength)[..., np.newaxis]
    mixed: Pixels = (ground + share * (colour - ground)).round().astype(np.uint8)
    return mixed


def striped(picture: Image.Image, places: npt.NDArray[np.bool_]) -> Image.Image:
    """The picture with dark slanted stripes where `places`, bool [height, width], is true; of any size, it covers the whole."""
    whole = Image.fromarray(places).resize(picture.size, Image.Resampling.NEAREST)
    pixels = np.asarray(picture.convert("RGB"))
    y, x = np.indices(pixels.shape[:2])
    stripes = np.asarray(whole) & ((x + y) % _STRIPES_APART < _STRIPE)
    return Image.fromarray(np.where(stripes[..., np.newaxis], pixels // 3, pixels).astype(np.uint8))
