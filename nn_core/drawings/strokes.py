"""A drawing: the strokes of a pen on a square canvas."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from nn_core.errors import BadPicture
from nn_core.i18n import _

__all__ = ["Drawing", "Point", "Stroke"]

Point = tuple[float, float]
Stroke = tuple[Point, ...]

MAX_POINTS = 100_000
MAX_SIZE = 10_000.0
MAX_COORDINATE = 1_000_000.0
_EXAMPLE = '{"size": 280, "pen_width": 18, "strokes": [[[140, 60], [140, 220]]]}'


@dataclass(frozen=True)
class Drawing:
    """The strokes of a pen, in canvas pixels.

    Attributes:
        size: the side of the canvas.
        pen_width: the pen's diameter.
        strokes: the points of each stroke, x to the right and y down. Points may be outside the canvas; a stroke of one point is
            a dot.
    """

    size: float
    pen_width: float
    strokes: tuple[Stroke, ...]

    @classmethod
    def from_json(cls, line: str) -> "Drawing":
        """Parse `{"size": 280, "pen_width": 18, "strokes": [[[x, y], …], …]}`; other keys are ignored.

        Raises:
            BadPicture: the line is not a drawing.
        """
        try:
            content = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise BadPicture(
                _("{value} is not JSON; write a drawing on one line, such as {example}.").format(
                    value=_quote(line), example=_EXAMPLE
                )
            ) from error
        return cls.from_object(content)

    @classmethod
    def from_object(cls, content: object) -> "Drawing":
        """Parse the decoded JSON. Raises BadPicture."""
        if not isinstance(content, Mapping):
            raise BadPicture(
                _("{value} is not a drawing; write an object such as {example}.").format(
                    value=_quote(content), example=_EXAMPLE
                )
            )
        missing = [key for key in ("size", "pen_width", "strokes") if key not in content]
        if missing:
            raise BadPicture(
                _("The drawing has no '{key}'; write it as in {example}.").format(key=missing[0], example=_EXAMPLE)
            )
        size = _parse_length("size", content["size"], MAX_SIZE)
        pen_width = _parse_length("pen_width", content["pen_width"], MAX_SIZE)
        return cls(size, pen_width, _parse_strokes(content["strokes"]))

    def to_json(self) -> str:
        """Return a line that `from_json` reads."""
        return json.dumps(vars(self))

    @property
    def is_empty(self) -> bool:
        """Whether it has no points."""
        return not any(self.strokes)


def _parse_length(name: str, value: object, largest: float) -> float:
    if not _is_number(value) or not 0 < value <= largest:
        raise BadPicture(
            _(
                "The drawing's {name} is {value}, but must be more than 0 and at most {largest:g}; give it in pixels."
            ).format(name=name, value=_quote(value), largest=largest)
        )
    return float(value)


def _parse_strokes(value: object) -> tuple[Stroke, ...]:
    strokes = [stroke for stroke in value if _is_list(stroke)] if _is_list(value) else []
    if not _is_list(value) or len(strokes) < len(value):
        raise BadPicture(
            _(
                "The drawing's strokes are {value}, but must be a list of strokes, each a list of points; see {example}."
            ).format(value=_quote(value), example=_EXAMPLE)
        )
    count = sum(len(stroke) for stroke in strokes)
    if count > MAX_POINTS:
        raise BadPicture(
            _("The drawing has {count} points, but at most {most} are allowed; leave out points.").format(
                count=count, most=MAX_POINTS
            )
        )
    return tuple(tuple(_parse_point(point) for point in stroke) for stroke in strokes)


def _parse_point(value: object) -> Point:
    if _is_list(value) and len(value) == 2:
        x, y = value
        if _is_number(x) and _is_number(y) and abs(x) <= MAX_COORDINATE and abs(y) <= MAX_COORDINATE:
            return float(x), float(y)
    raise BadPicture(
        _("A point of the drawing is {value}, but must be [x, y], two numbers within ±{largest:g}; correct it.").format(
            value=_quote(value), largest=MAX_COORDINATE
        )
    )


def _is_list(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _is_number(value: object) -> TypeGuard[float]:
    """A finite number; an integer may be too large for a float."""
    return (isinstance(value, int) and not isinstance(value, bool)) or (
        isinstance(value, float) and math.isfinite(value)
    )


def _quote(value: object) -> str:
    """Return the value as JSON, shortened for a sentence."""
    try:
        text = repr(value) if isinstance(value, str) else json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        text = type(value).__name__
    return text if len(text) <= 60 else text[:57] + "…"
