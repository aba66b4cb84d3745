"""Drawings that no network recognises before it is fine-tuned on them, and the result of fine-tuning."""

from math import cos, sin
from typing import Any

from nn_core.drawings import Drawing
from nn_core.drawings.corrections import Correction
from nn_core.paths import SHIPPED_RUN

__all__ = ["finetune_result", "sevens", "upside_down_seven"]


def upside_down_seven(number: int) -> Drawing:
    """A 7 drawn upside down, which no network recognises. Each is slanted and sized a little differently."""
    slant, size = 0.2 * sin(number), 90 + 5 * cos(2 * number)
    points = [(1.0, 1.0), (-1.0, 1.0), (0.2, -1.2)]
    bar = [(-0.9, -0.1), (0.3, 0.1)]
    strokes = [[(140 + size * (x + slant * y), 140 + size * y) for x, y in stroke] for stroke in (points, bar)]
    return Drawing.from_object({"size": 280, "pen_width": 18, "strokes": strokes})


def sevens(count: int = 10) -> list[Correction]:
    return [Correction("7", upside_down_seven(number)) for number in range(count)]


def finetune_result(before: tuple[str, bool], after: tuple[str, bool]) -> dict[str, Any]:
    """The content of teaching.json after one 7. before, after: the answer, and whether the drawing was refused."""
    figures = [
        {"right": int(label == "7" and not no), "wrong": int(label != "7" and not no), "refused": int(no), "of": 1}
        for label, no in (before, after)
    ]
    drawing = {
        "label": "7",
        "before": before[0],
        "after": after[0],
        "before_refused": before[1],
        "after_refused": after[1],
    }
    return {
        "run": "lesson",
        "parent": SHIPPED_RUN.name,
        "test_samples": 1000,
        "before": {**figures[0], "test_accuracy": 0.997},
        "after": {**figures[1], "test_accuracy": 0.998},
        "drawings": [drawing],
    }
