"""Drawings of digits, computed."""

import math

import numpy as np

from nn_core.drawings import Drawing
from nn_core.drawings.preprocess import prepare_drawing

__all__ = ["DRAWINGS", "drawing_of", "picture_of", "scribbles"]

TURN = [number * math.pi / 20 for number in range(41)]
DRAWINGS = {
    "barred seven": (((80.0, 60.0), (200.0, 62.0), (120.0, 230.0)), ((95.0, 150.0), (185.0, 140.0))),
    "eight": (tuple((140 - 45 * math.sin(2 * t), 140 - 85 * math.cos(t)) for t in TURN),),
    "zero": (tuple((140 + 50 * math.sin(t), 140 - 80 * math.cos(t)) for t in TURN),),
    "three": (
        tuple((130 - 50 * math.cos(t), 100 - 45 * math.sin(t)) for t in (0.5 + n * 0.2 for n in range(18)))
        + tuple((130 + 55 * math.sin(t), 190 - 50 * math.cos(t)) for t in (n * 0.2 for n in range(20))),
    ),
}


def drawing_of(name: str) -> Drawing:
    return Drawing(280, 18, DRAWINGS[name])


def picture_of(name: str) -> np.ndarray:
    picture = prepare_drawing(drawing_of(name))
    assert picture is not None
    return picture


def scribbles(count: int) -> list[Drawing]:
    """Some straight lines to and fro, all over the canvas."""
    random = np.random.default_rng(7)
    return [
        Drawing(280, 18, (tuple(map(tuple, random.uniform(20, 260, (random.integers(6, 16), 2)))),))
        for _ in range(count)
    ]
