"""Draws influences and changes: blue for plus, orange with stripes for minus (see `ui.data.picture_views.PLUS`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image

from ui.data.picture_views import MINUS, PLUS, Pixels, add_stripes, enlarge, to_display

if TYPE_CHECKING:
    from nn_core.drawings import Stroke
    from nn_core.inference import Counterfactual, Patch

__all__ = ["draw_change", "draw_coloured_patches", "draw_coloured_strokes"]

_GREY = (96, 98, 110)
_STRIPE_THRESHOLD = 0.15  # of the strongest influence; weaker ones have no stripes
_MARGIN = 0.12  # around the drawing, of its longer side
_MIN_PEN, _MAX_PEN = 0.03, 0.12  # of the longer side
_GAMMA = 0.7  # makes faint changes visible
_TINT = 0.75  # opacity of a patch's colour over the picture


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
    mixed = 0.75 * _to_rgb(picture) * (1 - tint) + tint * colour
    return add_stripes(enlarge(mixed.round().astype(np.uint8), side), strength[..., 0] < -_STRIPE_THRESHOLD)


def draw_change(picture: Pixels, change: Counterfactual, side: int) -> Image.Image:
    """Show what both pictures share in grey, what was added in blue, and what was removed in orange with stripes."""
    shared = 0.65 * _to_rgb(np.minimum(picture, change.picture))
    added, removed = ((part.max(axis=0)[..., np.newaxis] / 255) ** _GAMMA for part in (change.added, change.removed))
    mixed = shared * (1 - np.maximum(added, removed)) + added * np.array(PLUS) + removed * np.array(MINUS)
    is_removed = (removed > np.maximum(added, _STRIPE_THRESHOLD))[..., 0]
    return add_stripes(enlarge(np.clip(mixed, 0, 255).round().astype(np.uint8), side), is_removed)


def _to_rgb(picture: Pixels) -> npt.NDArray[np.float32]:
    """[channels, height, width] → [height, width, 3]."""
    return np.asarray(Image.fromarray(to_display(picture)).convert("RGB"), dtype=np.float32)
