"""Another hand's version of a drawing: turned, slanted, stretched and bent at random, stroke by stroke."""

import numpy as np
import numpy.typing as npt

from nn_core.drawings.drawing import Drawing

__all__ = ["varied"]

_TURN = np.radians(15)
_SLANT = np.radians(15)
_STRETCH = 0.2  # of the ratio of width to height, as a logarithm
_BEND = 0.03  # of the drawing's size, as a standard deviation
_WAVES = 4
_WAVE_LENGTH = 2.0  # of the drawing's size, about
_APART = 0.05  # of the drawing's size: how far strokes drift from each other


def varied(drawing: Drawing, random: np.random.Generator) -> Drawing:
    """The same digit, as it might have been written another time; an empty drawing stays as it is."""
    if drawing.is_empty:
        return drawing
    strokes = [np.array(stroke, dtype=np.float64) for stroke in drawing.strokes if stroke]
    everything = np.concatenate(strokes)
    low, high = everything.min(axis=0), everything.max(axis=0)
    middle, size = (low + high) / 2, max(float((high - low).max()), 1e-6)
    matrix = _matrix(random)
    directions, phases, strengths = (
        random.normal(0, np.pi / _WAVE_LENGTH * 2, (2, _WAVES)),
        random.uniform(0, 2 * np.pi, _WAVES),
        random.normal(0, _BEND, (_WAVES, 2)),
    )
    changed = []
    for stroke in strokes:
        points = (stroke - middle) / size
        points = points + np.sin(points @ directions + phases) @ strengths
        drift = random.normal(0, _APART, 2) if len(strokes) > 1 else 0.0
        changed.append((points @ matrix.T + drift) * size + middle)
    return Drawing(drawing.size, drawing.pen_width, tuple(tuple(map(tuple, stroke.tolist())) for stroke in changed))


def _matrix(random: np.random.Generator) -> npt.NDArray[np.float64]:
    """[2, 2]: a turn, after a slant, after a stretch that keeps the area."""
    turn, slant = random.uniform(-_TURN, _TURN), np.tan(random.uniform(-_SLANT, _SLANT))
    wide = np.exp(random.uniform(-_STRETCH, _STRETCH) / 2)
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    matrix: npt.NDArray[np.float64] = turned @ np.array([[1, slant], [0, 1]]) @ np.diag([wide, 1 / wide])
    return matrix
