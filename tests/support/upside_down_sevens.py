"""Drawings that no network recognises before it was fine-tuned on them."""

from math import cos, sin

from nn_core.drawings import Drawing
from nn_core.drawings.corrections import Correction

__all__ = ["sevens", "upside_down_seven"]


def upside_down_seven(number: int) -> Drawing:
    """A 7 drawn upside down, which no network recognises. Each is slanted and sized a little differently."""
    slant, size = 0.2 * sin(number), 90 + 5 * cos(2 * number)
    points = [(1.0, 1.0), (-1.0, 1.0), (0.2, -1.2)]
    bar = [(-0.9, -0.1), (0.3, 0.1)]
    strokes = [[(140 + size * (x + slant * y), 140 + size * y) for x, y in stroke] for stroke in (points, bar)]
    return Drawing.from_object({"size": 280, "pen_width": 18, "strokes": strokes})


def sevens(count: int = 10) -> list[Correction]:
    return [Correction("7", upside_down_seven(number)) for number in range(count)]
