"""A drawing: the strokes of a pen on a square canvas, from the Draw page, a file or a test."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nn_core.errors import BadPicture
from nn_core.i18n import _

__all__ = [
    "Drawing",
    "Point",
    "Stroke",
]

Point = tuple[float, float]
Stroke = tuple[Point, ...]

MOST_POINTS = 100_000
LARGEST_SIZE = 10_000.0
LARGEST_COORDINATE = 1_000_000.0
_EXAMPLE = '{"size": 280, "pen_width": 18, "strokes": [[[140, 60], [140, 220]]]}'


@dataclass(frozen=True)
class Drawing:
    """size: side of the canvas; pen_width: the pen's diameter there; strokes: the points of each, x to the right and y
    down. All in canvas pixels. Points may lie outside the canvas, and a stroke of one point is a dot."""

    size: float
    pen_width: float
    strokes: tuple[Stroke, ...]

    @classmethod
    def from_json(cls, line: str) -> "Drawing":
        """The drawing in `{"size": 280, "pen_width": 18, "strokes": [[[x, y], …], …]}`; other keys are ignored.

        Raises BadPicture for anything malformed.
        """
        try:
            content = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise BadPicture(
                _("{value} is not JSON; write a drawing on one line, such as {example}.").format(
                    value=_shown(line), example=_EXAMPLE
                )
            ) from error
        return cls.from_object(content)

    @classmethod
    def from_object(cls, content: Any) -> "Drawing":
        """The same, from what `json.loads` made of the line. Raises BadPicture."""
        if not isinstance(content, Mapping):
            raise BadPicture(
                _("{value} is not a drawing; write an object such as {example}.").format(
                    value=_shown(content), example=_EXAMPLE
                )
            )
        missing = [key for key in ("size", "pen_width", "strokes") if key not in content]
        if missing:
            raise BadPicture(
                _("The drawing has no '{key}'; write it as in {example}.").format(key=missing[0], example=_EXAMPLE)
            )
        size = _length("size", content["size"], LARGEST_SIZE)
        pen_width = _length("pen_width", content["pen_width"], LARGEST_SIZE)
        return cls(size, pen_width, _strokes(content["strokes"]))

    def to_json(self) -> str:
        """One line that `from_json` reads."""
        return json.dumps({"size": self.size, "pen_width": self.pen_width, "strokes": self.strokes})

    @property
    def is_empty(self) -> bool:
        return not any(self.strokes)


def _length(name: str, value: Any, largest: float) -> float:
    if not _is_number(value) or not 0 < value <= largest:
        raise BadPicture(
            _(
                "The drawing's {name} is {value}, but must be more than 0 and at most {largest:g}; give it in pixels."
            ).format(name=name, value=_shown(value), largest=largest)
        )
    return float(value)


def _strokes(value: Any) -> tuple[Stroke, ...]:
    if not _is_list(value) or not all(_is_list(stroke) for stroke in value):
        raise BadPicture(
            _(
                "The drawing's strokes are {value}, but must be a list of strokes, each a list of points; see {example}."
            ).format(value=_shown(value), example=_EXAMPLE)
        )
    count = sum(len(stroke) for stroke in value)
    if count > MOST_POINTS:
        raise BadPicture(
            _("The drawing has {count} points, but at most {most} are read; leave out points.").format(
                count=count, most=MOST_POINTS
            )
        )
    return tuple(tuple(_point(point) for point in stroke) for stroke in value)


def _point(value: Any) -> Point:
    if not _is_list(value) or len(value) != 2 or not (_is_coordinate(value[0]) and _is_coordinate(value[1])):
        raise BadPicture(
            _(
                "A point of the drawing is {value}, but must be [x, y], two numbers within ±{largest:g}; correct it."
            ).format(value=_shown(value), largest=LARGEST_COORDINATE)
        )
    return float(value[0]), float(value[1])


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _is_number(value: Any) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and not (isinstance(value, float) and not math.isfinite(value))
    )


def _is_coordinate(value: Any) -> bool:
    return _is_number(value) and abs(value) <= LARGEST_COORDINATE


def _shown(value: Any) -> str:
    """The value as JSON writes it, cut to what fits in a sentence."""
    try:
        text = repr(value) if isinstance(value, str) else json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        text = type(value).__name__
    return text if len(text) <= 60 else text[:57] + "…"
