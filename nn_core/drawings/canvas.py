"""Reads what `streamlit-drawable-canvas` reports (fabric.js objects) as a Drawing."""

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from nn_core.drawings.strokes import MOST_POINTS, Drawing, Point, Stroke
from nn_core.errors import BadPicture
from nn_core.i18n import _

__all__ = ["make_canvas_object", "read_canvas"]

_CURVE_STEPS = 8
_MOST_NUMBERS = 6  # of a cubic curve; with more, finding points on it would take their square in time
_HAIR = 0.018  # pixels between the two points of a dot, as the canvas draws one
_TO_MIDDLE = {"left": 0.5, "top": 0.5, "center": 0.0, "right": -0.5, "bottom": -0.5}


def read_canvas(json_data: Any, *, size: float = 280, pen_width: float = 18) -> Drawing:
    """The strokes of a canvas in `freedraw` mode.

    json_data: the component's `json_data`, None before its first report. size and pen_width: what the canvas was made
    with, in pixels. Objects that are no pen strokes are ignored. Raises BadPicture for what the canvas never sends.
    """
    if json_data is None:
        return Drawing(size, pen_width, ())
    try:
        paths = [item for item in json_data["objects"] if str(item.get("type", "")).lower() == "path"]
        if sum(len(item["path"]) for item in paths) > MOST_POINTS:
            raise ValueError("too many points")
        strokes = [_placed(item, _points(item["path"])) for item in paths]
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise BadPicture(
            _("The canvas sent something that is not a drawing ({reason!r}); clear it and draw again.").format(
                reason=error
            )
        ) from error
    return Drawing.from_object({"size": size, "pen_width": pen_width, "strokes": strokes})


def make_canvas_object(stroke: Stroke, pen_width: float) -> dict[str, Any]:
    """A stroke in the form in which the canvas reports one, so that it can be shown there; the inverse of `read_canvas`.

    Args:
        stroke: at least one point, in canvas pixels.
        pen_width: the pen's diameter, in canvas pixels.
    """
    (x, y), *others = stroke
    path = [["M", x, y], *(["L", *point] for point in others or [(x + _HAIR, y)])]
    (west, north), (east, south) = _bounds(path)
    return {
        "type": "Path",
        "originX": "center",
        "originY": "center",
        "left": (west + east) / 2,
        "top": (north + south) / 2,
        "width": east - west,
        "height": south - north,
        "fill": None,
        "stroke": "#FFF",
        "strokeWidth": pen_width,
        "strokeLineCap": "round",
        "strokeLineJoin": "round",
        "path": path,
    }


def _points(path: list[list[Any]]) -> list[Point]:
    """Where the pen was, from the commands of an SVG path.

    The brush writes the pen's own points as the control points of quadratic curves that meet half-way between them,
    and a click as two points a hair apart. So the control points give back the stroke as it was drawn.
    """
    points: list[Point] = []
    for index, (command, *numbers) in enumerate(path):
        pairs = _pairs(numbers)
        if command in ("M", "L"):
            points.append(pairs[0])
        elif command == "Q":
            joins_next = index + 1 < len(path) and path[index + 1][0] == "Q"
            points.extend(pairs[:1] if joins_next else pairs[:2])
        elif command == "C":
            points.extend(_curve(points[-1], *pairs))
        elif command != "Z":
            raise ValueError(command)
    return points


def _placed(item: Mapping[str, Any], points: list[Point]) -> list[Point]:
    """The points where the canvas shows them: a stroke that was moved, resized or turned keeps its path and says only
    where its origin is now (fabric.js: `left`, `top`, `scaleX`, `scaleY`, `flipX`, `flipY`, `angle` in degrees)."""
    if not points or "left" not in item or "top" not in item:
        return points
    wide = float(item.get("scaleX", 1)) * (-1 if item.get("flipX") else 1)
    high = float(item.get("scaleY", 1)) * (-1 if item.get("flipY") else 1)
    angle = math.radians(float(item.get("angle", 0)))
    cos, sin = math.cos(angle), math.sin(angle)
    (west, north), (east, south) = _bounds(item["path"])
    pen = float(item.get("strokeWidth", 0))  # fabric.js counts half the pen to every side of the path
    right = _TO_MIDDLE[item.get("originX", "left")] * (east - west + pen) * abs(wide)
    down = _TO_MIDDLE[item.get("originY", "top")] * (south - north + pen) * abs(high)

    def place(point: Point) -> Point:
        x = (point[0] - (west + east) / 2) * wide + right
        y = (point[1] - (north + south) / 2) * high + down
        return cos * x - sin * y + float(item["left"]), sin * x + cos * y + float(item["top"])

    return [place(point) for point in points]


def _bounds(path: list[list[Any]]) -> tuple[Point, Point]:
    """The outermost (left, top) and (right, bottom) by which fabric.js places the path: it measures a quadratic curve as
    a cubic with the control point taken twice."""
    curve: list[Point] = []
    for command, *numbers in path:
        pairs = _pairs(numbers)
        if command == "Q":
            curve.extend(_curve(curve[-1], pairs[0], *pairs))
        else:
            curve.extend(_curve(curve[-1], *pairs) if command == "C" else pairs)
    across, along = zip(*curve, strict=True)
    return (min(across), min(along)), (max(across), max(along))


def _curve(*controls: Point) -> list[Point]:
    """Points along the Bézier curve with these controls, the first left out (de Casteljau's construction)."""
    curve = []
    for step in range(1, _CURVE_STEPS + 1):
        share, level = step / _CURVE_STEPS, list(controls)
        while len(level) > 1:
            level = [
                (x + share * (next_x - x), y + share * (next_y - y)) for (x, y), (next_x, next_y) in pairwise(level)
            ]
        curve.append(level[0])
    return curve


def _pairs(numbers: list[Any]) -> list[Point]:
    if len(numbers) > _MOST_NUMBERS:
        raise ValueError("too many numbers")
    return [(float(x), float(y)) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
