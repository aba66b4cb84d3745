"""Small SVG drawings of a layer's output: sheets of a picture, neurons in a column, strips of a sequence."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import log2, prod
from typing import NamedTuple

from nn_core.diagram.stages import Stage

__all__ = ["Drawing", "draw_link", "draw_shape"]

_HEIGHT = 116
_MIDDLE = _HEIGHT / 2
_STARTS = [_MIDDLE + 13.0 * step for step in range(-2, 3)]
"""Where the lines begin that come from something other than neurons."""
_MAX_SHEET = 62
_MIN_SHEET = 11
_SHEET_SHIFT = 5
_MAX_SHEETS = 7
_MAX_NEURONS = 10
_MAX_STRIPS = 8
_LETTERS = "text ab"
_MAX_NAME = 12
_LETTER_WIDTH = 6.2


class Drawing(NamedTuple):
    """An SVG and its width in pixels."""

    svg: str
    width: int


def draw_shape(stage: Stage, color: str, names: Sequence[str], largest: int) -> Drawing:
    """Draw the shape of the stage's output.

    Args:
        names: of the classes, written beside the neurons of the output.
        largest: side of the largest picture in the network, in pixels.
    """
    shape = stage.shape
    if stage.role == "input" and len(shape) == 1 and shape[0] > 2:
        return _draw_letters(color)
    if len(shape) == 3 and max(shape[1:]) > 1:
        return _draw_sheets(shape, color, largest, grid=stage.role == "input")
    if len(shape) == 2:
        return _draw_strips(stage, color)
    labels = names if stage.role == "output" and len(names) == shape[0] <= _MAX_NEURONS else ()
    if stage.role == "input":
        return _draw_neurons(shape[0], color, ("x", "y"), labels_left=True)
    return _draw_neurons(prod(shape), color, labels)


def draw_link(before: Stage, stage: Stage, color: str, width: int) -> Drawing:
    """Draw the link to the stage from the one before it: lines between all neurons, or an arrow."""
    if stage.role in ("dense", "latent", "output") and len(stage.shape) == 1:
        is_column = len(before.shape) == 1 and (before.role != "input" or before.shape[0] <= 2)
        starts = _place_neurons(before.shape[0]) if is_column else _STARTS
        lines = "".join(
            f'<line x1="1" y1="{start:.1f}" x2="{width - 1}" y2="{end:.1f}"/>'
            for start in starts
            for end in _place_neurons(stage.shape[0])
        )
        return _make_svg(width, f'<g stroke="{color}" stroke-width="0.6">{lines}</g>')
    start = max(5, width // 2 - 16)
    tip = width - start
    body = f'<path d="M{start} {_MIDDLE}H{tip}M{tip - 5} {_MIDDLE - 5}L{tip} {_MIDDLE}L{tip - 5} {_MIDDLE + 5}"/>'
    pen = 'fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"'
    return _make_svg(width, f'<g {pen} opacity="0.7">{body}</g>')


def _make_svg(width: float, body: str) -> Drawing:
    size = f'width="{width:.0f}" height="{_HEIGHT}" viewBox="0 0 {width:.0f} {_HEIGHT}"'
    return Drawing(f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{body}</svg>', round(width))


def _draw_sheets(shape: tuple[int, ...], color: str, largest: int, *, grid: bool) -> Drawing:
    """A sheet for each channel, or a few of them; sizes are relative to the largest picture in the network."""
    channels, height, width = shape
    count = channels if channels <= 3 else min(_MAX_SHEETS, 2 + round(log2(channels) / 1.5))
    scale = _MAX_SHEET / max(largest, 1)
    tall, wide = (max(_MIN_SHEET, side * scale) for side in (height, width))
    shift = min(_SHEET_SHIFT, (_HEIGHT - 4 - tall) / max(count - 1, 1))
    spread = shift * (count - 1)
    total = wide + spread + 4
    top = (_HEIGHT - tall - spread) / 2
    sheets = []
    for number in range(count):
        x, y = 2 + shift * (count - 1 - number), top + shift * number
        opacity = 0.16 if number < count - 1 else 0.34
        sheets.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{tall:.1f}" rx="2.5" fill="{color}" '
            f'fill-opacity="{opacity}" stroke="{color}" stroke-width="1.2"/>'
        )
    if grid:
        sheets.append(_draw_grid(2, top + spread, wide, tall, color))
    return _make_svg(total, "".join(sheets))


def _draw_grid(x: float, y: float, wide: float, tall: float, color: str) -> str:
    """Grid lines that suggest pixels."""
    lines = "".join(
        f"M{x + part * wide / 6:.1f} {y:.1f}v{tall:.1f}M{x:.1f} {y + part * tall / 6:.1f}h{wide:.1f}"
        for part in range(1, 6)
    )
    return f'<path d="{lines}" stroke="{color}" stroke-width="0.7" opacity="0.8" fill="none"/>'


def _place_neurons(count: int) -> list[float]:
    """Vertical positions of the neurons in a column: all of up to ten, else four above and four below a gap."""
    if count <= _MAX_NEURONS:
        step = min(15.0, (_HEIGHT - 14) / max(count - 1, 1))
        return [_MIDDLE + step * (number - (count - 1) / 2) for number in range(count)]
    return [_MIDDLE + sign * (17 + 11.5 * number) for sign in (-1, 1) for number in range(4)]


def _draw_neurons(count: int, color: str, names: Sequence[str], *, labels_left: bool = False) -> Drawing:
    heights = _place_neurons(count)
    radius = 4.6 if len(heights) > 5 else 6.0
    short = [name if len(name) <= _MAX_NAME else name[: _MAX_NAME - 1] + "…" for name in names]
    label_width = _LETTER_WIDTH * max(map(len, short)) + 3 if short else 0
    center, label_x, anchor = (8 + label_width, label_width, "end") if labels_left else (8, 19, "start")
    dots = "".join(
        f'<circle cx="{center}" cy="{y:.1f}" r="{radius}" fill="{color}" fill-opacity="0.34" stroke="{color}" '
        'stroke-width="1.3"/>'
        for y in heights
    )
    if count > _MAX_NEURONS:
        dots += "".join(
            f'<circle cx="{center}" cy="{_MIDDLE + shift}" r="1.5" fill="{color}"/>' for shift in (-6, 0, 6)
        )
    texts = "".join(
        f'<text x="{label_x}" y="{y + 3.4:.1f}" font-size="10.5" font-family="sans-serif" text-anchor="{anchor}" '
        f'fill="currentColor">{escape(name)}</text>'
        for y, name in zip(heights, short, strict=False)
    )
    return _make_svg(16 + label_width, dots + texts)


def _draw_strips(stage: Stage, color: str) -> Drawing:
    """A strip for each step of a sequence: with an arrow if it is read in order, with arcs for attention."""
    steps, size = stage.shape if stage.role != "convolution" else stage.shape[::-1]
    count = min(steps, _MAX_STRIPS)
    tall = min(74.0, 16 + 8 * log2(max(size, 1) + 1))
    top = _MIDDLE - tall / 2
    places = [4 + 12.5 * number for number in range(count)]
    body = "".join(
        f'<rect x="{x:.1f}" y="{top:.1f}" width="7" height="{tall:.1f}" rx="2" fill="{color}" fill-opacity="0.3" '
        f'stroke="{color}" stroke-width="1.1"/>'
        for x in places
    )
    width = places[-1] + 11
    pen = f'fill="none" stroke="{color}" stroke-width="1.2"'
    if stage.role == "attention":
        arcs = "".join(
            f"M{a + 3.5:.1f} {top - 2:.1f}Q{(a + b) / 2 + 3.5:.1f} {top - 6 - (b - a) / 2.6:.1f} {b + 3.5:.1f} {top - 2:.1f}"
            for number, a in enumerate(places)
            for b in places[number + 1 :]
        )
        body += f'<path d="{arcs}" {pen}/>'
    elif stage.path.endswith(".reader"):
        y = top + tall + 7
        body += f'<path d="M6 {y:.1f}H{width - 6:.1f}m-5 -4l5 4l-5 4" {pen} stroke-linecap="round"/>'
    return _make_svg(width, body)


def _draw_letters(color: str) -> Drawing:
    boxes = "".join(
        f'<rect x="{2 + 15 * number}" y="{_MIDDLE - 9}" width="13" height="18" rx="2.5" fill="{color}" fill-opacity="0.12" '
        f'stroke="{color}"/>'
        f'<text x="{8.5 + 15 * number}" y="{_MIDDLE + 4}" font-size="11" font-family="sans-serif" text-anchor="middle" fill="currentColor">{letter}</text>'
        for number, letter in enumerate(_LETTERS)
    )
    return _make_svg(4 + 15 * len(_LETTERS), boxes)
