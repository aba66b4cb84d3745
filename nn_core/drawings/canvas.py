"""Converts what `streamlit-drawable-canvas` reports (fabric.js objects) to a Drawing, and back."""

import math
from itertools import pairwise
from typing import Literal

from pydantic import BaseModel

from nn_core.drawings.strokes import MAX_POINTS, Drawing, Point, Stroke
from nn_core.errors import BadPicture
from nn_core.i18n import _

__all__ = ["make_canvas_object", "make_keyboard_texts", "read_canvas"]

_CURVE_STEPS = 8
_MAX_NUMBERS = 6  # of a cubic curve; the time to find its points grows with their square
_DOT_LENGTH = 0.018  # pixels between the two points of a dot, as the canvas draws one
_ORIGIN_TO_CENTRE = {"left": 0.5, "top": 0.5, "center": 0.0, "right": -0.5, "bottom": -0.5}

SvgPath = list[list[str | float]]
"""The commands of an SVG path: a letter and its numbers."""


class _Canvas(BaseModel):
    objects: list[dict[str, object]]


class _PenStroke(BaseModel):
    """What fabric.js says about a path. A stroke that was moved, resized or rotated keeps its path; only the other values change."""

    path: SvgPath
    left: float | None = None
    top: float | None = None
    originX: Literal["left", "center", "right"] = "left"
    originY: Literal["top", "center", "bottom"] = "top"
    scaleX: float = 1
    scaleY: float = 1
    flipX: bool = False
    flipY: bool = False
    angle: float = 0  # degrees
    strokeWidth: float = 0


def read_canvas(json_data: object, *, size: float = 280, pen_width: float = 18) -> Drawing:
    """Read the strokes of a canvas in `freedraw` mode. Objects other than pen strokes are ignored.

    Args:
        json_data: the component's `json_data`; None before its first report.
        size: the side of the canvas, in pixels.
        pen_width: the diameter of the pen, in pixels.

    Raises:
        BadPicture: the canvas never sends such data.
    """
    if json_data is None:
        return Drawing(size, pen_width, ())
    try:
        objects = _Canvas.model_validate(json_data).objects
        paths = [_PenStroke.model_validate(item) for item in objects if str(item.get("type", "")).lower() == "path"]
        if sum(len(item.path) for item in paths) > MAX_POINTS:
            raise ValueError("too many points")
        strokes = [_apply_transform(item, _extract_points(item.path)) for item in paths]
    except (IndexError, TypeError, ValueError, OverflowError) as error:
        reason = str(error).partition("\n")[0]
        raise BadPicture(
            _("The canvas sent data that are not a drawing ({reason!r}); clear it and draw again.").format(
                reason=reason
            )
        ) from error
    return Drawing.from_object({"size": size, "pen_width": pen_width, "strokes": strokes})


def make_canvas_object(stroke: Stroke, pen_width: float) -> dict[str, object]:
    """Convert a stroke to the object that the canvas uses for it; the inverse of `read_canvas`.

    Args:
        stroke: at least one point, in canvas pixels.
        pen_width: the pen's diameter, in canvas pixels.
    """
    (x, y), *others = stroke
    path: SvgPath = [["M", x, y]]
    path += [["L", *point] for point in others or [(x + _DOT_LENGTH, y)]]
    (left, top), (right, bottom) = _compute_bounds(path)
    return {
        "type": "Path",
        "originX": "center",
        "originY": "center",
        "left": (left + right) / 2,
        "top": (top + bottom) / 2,
        "width": right - left,
        "height": bottom - top,
        "fill": None,
        "stroke": "#FFF",
        "strokeWidth": pen_width,
        "strokeLineCap": "round",
        "strokeLineJoin": "round",
        "path": path,
    }


def _extract_points(path: SvgPath) -> list[Point]:
    """Return the positions of the pen, from the commands of an SVG path.

    The brush writes the pen's positions as the control points of quadratic curves that meet half-way between them, and a
    click as two points very close together. So the control points are the original stroke.
    """
    points: list[Point] = []
    for index, (command, *numbers) in enumerate(path):
        pairs = _make_pairs(numbers)
        if command in ("M", "L"):
            points.append(pairs[0])
        elif command == "Q":
            joins_next = index + 1 < len(path) and path[index + 1][0] == "Q"
            points.extend(pairs[:1] if joins_next else pairs[:2])
        elif command == "C":
            points.extend(_sample_curve(points[-1], *pairs))
        elif command != "Z":
            raise ValueError(command)
    return points


def _apply_transform(item: _PenStroke, points: list[Point]) -> list[Point]:
    """Move the points to where the canvas shows them."""
    left, top = item.left, item.top
    if not points or left is None or top is None:
        return points
    scale_x, scale_y = (-item.scaleX if item.flipX else item.scaleX), (-item.scaleY if item.flipY else item.scaleY)
    cos, sin = math.cos(math.radians(item.angle)), math.sin(math.radians(item.angle))
    (low_x, low_y), (high_x, high_y) = _compute_bounds(item.path)
    # fabric.js adds half the pen on every side of the path.
    shift_x = _ORIGIN_TO_CENTRE[item.originX] * (high_x - low_x + item.strokeWidth) * abs(scale_x)
    shift_y = _ORIGIN_TO_CENTRE[item.originY] * (high_y - low_y + item.strokeWidth) * abs(scale_y)
    moved = []
    for point in points:
        x = (point[0] - (low_x + high_x) / 2) * scale_x + shift_x
        y = (point[1] - (low_y + high_y) / 2) * scale_y + shift_y
        moved.append((cos * x - sin * y + left, sin * x + cos * y + top))
    return moved


def _compute_bounds(path: SvgPath) -> tuple[Point, Point]:
    """Return the (left, top) and (right, bottom) that fabric.js uses: it measures a quadratic curve as a cubic one with the
    control point used twice."""
    curve: list[Point] = []
    for command, *numbers in path:
        pairs = _make_pairs(numbers)
        if command == "Q":
            curve.extend(_sample_curve(curve[-1], pairs[0], *pairs))
        else:
            curve.extend(_sample_curve(curve[-1], *pairs) if command == "C" else pairs)
    xs, ys = zip(*curve, strict=True)
    return (min(xs), min(ys)), (max(xs), max(ys))


def _sample_curve(*controls: Point) -> list[Point]:
    """Return points on the Bézier curve with these control points, without the first (de Casteljau's algorithm)."""
    curve = []
    for step in range(1, _CURVE_STEPS + 1):
        fraction, level = step / _CURVE_STEPS, list(controls)
        while len(level) > 1:
            level = [
                (x + fraction * (next_x - x), y + fraction * (next_y - y))
                for (x, y), (next_x, next_y) in pairwise(level)
            ]
        curve.append(level[0])
    return curve


def _make_pairs(numbers: list[str | float]) -> list[Point]:
    if len(numbers) > _MAX_NUMBERS:
        raise ValueError("too many numbers")
    return [(float(x), float(y)) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]


def make_keyboard_texts() -> dict[str, str]:
    """Return what a canvas says about the pen that arrow keys move. Its script replaces the words in braces."""
    return {
        "place": _("column {column}, row {row} of {cells}, {strokes}"),
        "step": _("{column}, {row}"),
        "drawn": _("{column}, {row} drawn"),
        "edge": _("edge"),
        "down": _("pen down"),
        "up": _("pen up, {strokes}"),
        "one": _("1 stroke"),
        "many": _("{count} strokes"),
        "undone": _("stroke removed, {strokes}"),
        "cleared": _("cleared"),
    }
