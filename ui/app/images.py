"""Images on pages: enlarged, arranged in sheets, and with influences and changes in two colours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import streamlit as st
from PIL import Image

from nn_core.drawings import Drawing, Stroke

if TYPE_CHECKING:
    from nn_core.inference import Counterfactual, Patch

__all__ = [
    "PLUS",
    "Pixels",
    "color_diverging",
    "draw_change",
    "draw_coloured_patches",
    "draw_coloured_strokes",
    "draw_thumbnail",
    "enlarge",
    "make_contact_sheet",
    "to_display",
    "to_rgb",
]

Pixels = npt.NDArray[np.uint8]

PLUS, MINUS = (64, 156, 255), (255, 150, 40)
"""Blue and orange, which colour-blind people can distinguish. In every view blue is plus (for an answer, added, brighter, above 0)
and orange is minus (against an answer, removed, darker, below 0). On images, minus is also striped."""
_STRIPE_WIDTH, _STRIPE_PERIOD = 3, 9  # screen pixels
_GREY = (96, 98, 110)
_STRIPE_THRESHOLD = 0.15  # of the strongest influence; weaker ones have no stripes
_MARGIN = 0.12  # around the drawing, of its longer side
_MIN_PEN, _MAX_PEN = 0.03, 0.12  # of the longer side
_GAMMA = 0.7  # makes faint changes visible
_TINT = 0.75  # opacity of a patch's colour over the picture


def to_display(image: Pixels) -> Pixels:
    """Convert an image from [channels, height, width], as data sets store it, to [height, width], or [height, width, 3] in colour."""
    return np.ascontiguousarray(image.transpose(1, 2, 0)) if len(image) == 3 else image[0]


def enlarge(image: Pixels, side: int) -> Image.Image:
    """Enlarge uint8 [height, width] or [height, width, 3] to `side` × `side` pixels without smoothing."""
    return Image.fromarray(image).resize((side, side), Image.Resampling.NEAREST)


def to_rgb(picture: Pixels) -> npt.NDArray[np.float32]:
    """[channels, height, width] → [height, width, 3]."""
    return np.asarray(Image.fromarray(to_display(picture)).convert("RGB"), dtype=np.float32)


@st.cache_data(show_spinner=False, max_entries=500, hash_funcs={Drawing: Drawing.to_json})
def draw_thumbnail(drawing: Drawing, side: int) -> Image.Image:
    """A stored drawing as a network sees it."""
    from nn_core.drawings.preprocess import prepare_drawing

    prepared = prepare_drawing(drawing)
    assert prepared is not None, "a drawing without strokes is never stored"
    return enlarge(prepared[0], side)


def make_contact_sheet(rows: list[list[Pixels]], *, scale: int = 2, gap: int = 4) -> Image.Image:
    """Place images of equal size, [height, width] or [height, width, 3], in rows.

    Args:
        rows: the images.
        scale: by which each is enlarged.
        gap: transparent pixels between them.
    """
    height, width = rows[0][0].shape[:2]
    down, across = height * scale + gap, width * scale + gap
    sheet = Image.new("RGBA", (across * max(map(len, rows)) - gap, down * len(rows) - gap))
    for y, row in enumerate(rows):
        for x, image in enumerate(row):
            large = Image.fromarray(image).resize((width * scale, height * scale), Image.Resampling.NEAREST)
            sheet.paste(large, (x * across, y * down))
    return sheet


def color_diverging(values: npt.NDArray[np.float32], *, dark: bool) -> Pixels:
    """Colour numbers, [height, width] → [height, width, 3]: blue above 0, orange below, the page's background at 0.

    The number with the largest absolute value gets the strongest colour.
    """
    strength = values / max(float(np.abs(values).max()), 1e-12)
    background = np.array([28, 30, 43] if dark else [245, 246, 251], dtype=np.float32)
    above = np.array(PLUS if dark else [29, 92, 204], dtype=np.float32)
    below = np.array(MINUS if dark else [214, 84, 0], dtype=np.float32)
    color = np.where((strength > 0)[..., np.newaxis], above, below)
    alpha = np.abs(strength)[..., np.newaxis]
    mixed: Pixels = (background + alpha * (color - background)).round().astype(np.uint8)
    return mixed


def _add_stripes(image: Image.Image, mask: npt.NDArray[np.bool_]) -> Image.Image:
    """Add dark diagonal stripes where the mask, bool [height, width], is true. The mask is scaled to the size of the image."""
    large_mask = Image.fromarray(mask).resize(image.size, Image.Resampling.NEAREST)
    pixels = np.asarray(image.convert("RGB"))
    y, x = np.indices(pixels.shape[:2])
    stripes = np.asarray(large_mask) & ((x + y) % _STRIPE_PERIOD < _STRIPE_WIDTH)
    return Image.fromarray(np.where(stripes[..., np.newaxis], pixels // 3, pixels).astype(np.uint8))


def draw_coloured_strokes(pieces: Sequence[Stroke], shares: Sequence[float], pen_width: float) -> str:
    """Return an SVG of the pieces on black: blue for shares above 0, orange with stripes below, grey near 0."""
    points = np.concatenate([np.array(piece) for piece in pieces])
    low, high = points.min(axis=0), points.max(axis=0)
    longest = max(float((high - low).max()), pen_width)
    pen = min(max(pen_width, _MIN_PEN * longest), _MAX_PEN * longest)
    side = longest * (1 + 2 * _MARGIN) + pen
    left, top = (low + high - side) / 2
    most = max(map(abs, shares)) or 1.0
    # The strongest is drawn last, so that nothing covers it where strokes cross.
    lines = [
        _draw_piece(pieces[index], shares[index] / most, pen)
        for index in sorted(range(len(pieces)), key=lambda index: abs(shares[index]))
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="448" height="448" '
        f'viewBox="{left:.1f} {top:.1f} {side:.1f} {side:.1f}">'
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{side:.1f}" height="{side:.1f}" fill="#000"/>{"".join(lines)}</svg>'
    )


def _draw_piece(piece: Stroke, strength: float, pen: float) -> str:
    ends = piece if len(piece) > 1 else piece * 2  # a dot is a line with round ends
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in ends)
    line = f'<polyline points="{points}" fill="none" stroke-width="{pen:.1f}" stroke-linejoin="round" '
    drawn = f'{line}stroke="{_mix_colour(strength)}" stroke-linecap="round"/>'
    if strength > -_STRIPE_THRESHOLD:
        return drawn
    return drawn + f'{line}stroke="#000" stroke-opacity="0.6" stroke-dasharray="{0.15 * pen:.1f} {0.3 * pen:.1f}"/>'


def _mix_colour(strength: float) -> str:
    """strength: from -1 (orange) through 0 (grey) to 1 (blue)."""
    strong = np.array(PLUS if strength > 0 else MINUS)
    red, green, blue = np.rint(np.array(_GREY) + abs(strength) * (strong - _GREY)).astype(int)
    return f"#{red:02x}{green:02x}{blue:02x}"


def draw_coloured_patches(picture: Pixels, patches: Sequence[Patch], shares: Sequence[float], side: int) -> Image.Image:
    """Darken the picture, [channels, height, width], and tint each patch: blue for shares above 0, orange with stripes below."""
    height, width = picture.shape[1:]
    strength = np.zeros((height, width, 1), dtype=np.float32)
    most = max(map(abs, shares)) or 1.0
    for (top, left, bottom, right), share in zip(patches, shares, strict=True):
        strength[top:bottom, left:right] = share / most
    colour = np.where(strength > 0, np.array(PLUS), np.array(MINUS))
    tint = _TINT * np.abs(strength)
    mixed = 0.75 * to_rgb(picture) * (1 - tint) + tint * colour
    return _add_stripes(enlarge(mixed.round().astype(np.uint8), side), strength[..., 0] < -_STRIPE_THRESHOLD)


def draw_change(picture: Pixels, change: Counterfactual, side: int) -> Image.Image:
    """Show what both pictures share in grey, what was added in blue, and what was removed in orange with stripes."""
    shared = 0.65 * to_rgb(np.minimum(picture, change.picture))
    added, removed = ((part.max(axis=0)[..., np.newaxis] / 255) ** _GAMMA for part in (change.added, change.removed))
    mixed = shared * (1 - np.maximum(added, removed)) + added * np.array(PLUS) + removed * np.array(MINUS)
    is_removed = (removed > np.maximum(added, _STRIPE_THRESHOLD))[..., 0]
    return _add_stripes(enlarge(np.clip(mixed, 0, 255).round().astype(np.uint8), side), is_removed)
