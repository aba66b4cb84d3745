"""Varies drawings: random changes like those between writers, and writing styles that are rare in data sets of digits."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from nn_core.drawings.strokes import Drawing

__all__ = ["ADDED_STYLES", "add_flag", "add_slash", "vary_drawing"]

_MAX_ROTATION = np.radians(15)
_MAX_SLANT = np.radians(15)
_MAX_STRETCH = 0.2  # of the ratio of width to height, as a logarithm
_STROKE_BEND = 0.03  # of the drawing's size, standard deviation
_WAVES = 4
_WAVE_LENGTH = 2.0  # of the drawing's size, approximately
_STROKE_SHIFT = 0.05  # of the drawing's size, standard deviation: how far strokes move relative to each other


def vary_drawing(drawing: Drawing, random: np.random.Generator) -> Drawing:
    """Rotate, slant, stretch and bend a drawing at random and shift its strokes. An empty drawing is returned unchanged."""
    strokes = _to_arrays(drawing)
    if not strokes:
        return drawing
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    middle, size = (low + high) / 2, max(float((high - low).max()), 1e-6)
    matrix = _make_matrix(random)
    directions, phases, strengths = (
        random.normal(0, np.pi / _WAVE_LENGTH * 2, (2, _WAVES)),
        random.uniform(0, 2 * np.pi, _WAVES),
        random.normal(0, _STROKE_BEND, (_WAVES, 2)),
    )
    changed = []
    for stroke in strokes:
        points = (stroke - middle) / size
        points = points + np.sin(points @ directions + phases) @ strengths
        shift = random.normal(0, _STROKE_SHIFT, 2) if len(strokes) > 1 else 0.0
        changed.append((points @ matrix.T + shift) * size + middle)
    return _replace_strokes(drawing, changed)


def _make_matrix(random: np.random.Generator) -> npt.NDArray[np.float64]:
    """Return a rotation after a slant after a stretch that keeps the area: [2, 2]."""
    angle, slant = random.uniform(-_MAX_ROTATION, _MAX_ROTATION), np.tan(random.uniform(-_MAX_SLANT, _MAX_SLANT))
    width = np.exp(random.uniform(-_MAX_STRETCH, _MAX_STRETCH) / 2)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix: npt.NDArray[np.float64] = rotation @ np.array([[1, slant], [0, 1]]) @ np.diag([width, 1 / width])
    return matrix


_RISING = 0.65  # fraction of the slashes that go from the lower left to the upper right
_ANGLES = (25.0, 75.0)  # degrees between a slash and the horizontal
_REACH = (0.5, 1.6)  # half the length of a slash; 1 ends on the ring, more overshoots it
_OFF_CENTRE = 0.1  # of the ring's half axes, standard deviation
_SLASH_BEND = 0.05  # of the slash's half length, standard deviation
_WITHOUT_LIFTING = 0.3  # fraction of the slashes that continue the ring's stroke
_FLAGS = (0.15, 0.4)  # width of a flag, as a fraction of the digit's height
_STEEPNESS = (0.6, 1.6)  # height of a flag per width; a flatter flag would make a 7
_POINTS = 12

Strokes = list[npt.NDArray[np.float64]]


def add_slash(drawing: Drawing, random: np.random.Generator) -> Drawing:
    """Draw a diagonal stroke through a zero.

    Args:
        drawing: a zero; an empty drawing stays empty.
        random: decides direction, angle, length, position and bend, and whether the pen is lifted before the slash.
    """
    strokes = _to_arrays(drawing)
    if not strokes:
        return drawing
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    half = np.maximum((high - low) / 2, 1e-6)
    angle = np.radians(random.uniform(*_ANGLES))
    up = -1.0 if random.random() < _RISING else 1.0
    direction = np.array([np.cos(angle), up * np.sin(angle)])
    length = random.uniform(*_REACH) / float(np.linalg.norm(direction / half))
    along = np.linspace(-1, 1, _POINTS)[:, np.newaxis]
    across = np.array([-direction[1], direction[0]])
    bend = random.normal(0, _SLASH_BEND) * (1 - along**2)
    middle = (low + high) / 2 + random.normal(0, _OFF_CENTRE, 2) * half
    slash = middle + length * (along * direction + bend * across)
    if random.random() < 0.5:
        slash = slash[::-1]
    if random.random() >= _WITHOUT_LIFTING:
        return _replace_strokes(drawing, [*strokes, slash])
    pen = strokes[-1][-1]
    nearest_first = slash if np.linalg.norm(slash[0] - pen) <= np.linalg.norm(slash[-1] - pen) else slash[::-1]
    return _replace_strokes(drawing, [*strokes[:-1], np.concatenate([strokes[-1], nearest_first])])


def add_flag(drawing: Drawing, random: np.random.Generator) -> Drawing:
    """Replace the flag of a one, which is what the pen drew before it reached the top.

    Args:
        drawing: a one; an empty drawing stays empty.
        random: decides the flag's length and steepness.
    """
    strokes = _to_arrays(drawing)
    if not strokes:
        return drawing
    points = np.concatenate(strokes)
    height = float(np.ptp(points[:, 1]))
    stem = max(range(len(strokes)), key=lambda index: float(np.ptp(strokes[index][:, 1])))
    line = strokes[stem]
    if line[0, 1] > line[-1, 1] and line[:, 1].argmin() == len(line) - 1:
        line = line[::-1]  # drawn upwards
    line = line[line[:, 1].argmin() :]
    width = random.uniform(*_FLAGS) * height
    start = line[0] + [-width, width * random.uniform(*_STEEPNESS)]
    flag = start + np.linspace(0, 1, _POINTS, endpoint=False)[:, np.newaxis] * (line[0] - start)
    return _replace_strokes(drawing, [*strokes[:stem], np.concatenate([flag, line]), *strokes[stem + 1 :]])


ADDED_STYLES: dict[int, tuple[Callable[[Drawing, np.random.Generator], Drawing], ...]] = {
    0: (add_slash, add_slash, add_slash),
    1: (add_flag,),
}
"""The functions for each digit; each adds one more version of every drawing of the digit."""


def _to_arrays(drawing: Drawing) -> Strokes:
    return [np.array(stroke, dtype=np.float64) for stroke in drawing.strokes if stroke]


def _replace_strokes(drawing: Drawing, strokes: Strokes) -> Drawing:
    return Drawing(drawing.size, drawing.pen_width, tuple(tuple(map(tuple, stroke.tolist())) for stroke in strokes))
