"""The shapes of digits in many writing styles, and of drawings that are not digits, as strokes that vary at random.

A digit is in a box that is about 1 high. `handwriting.py` turns it into a drawing.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["NON_DIGITS", "STYLES", "Array", "Random", "Strokes", "Style", "slash_ellipse"]

Array = npt.NDArray[np.float64]
Strokes = list[Array]
Random = np.random.Generator


@dataclass(frozen=True)
class Style:
    """One way to write a digit.

    Attributes:
        label: the digit that it represents.
        strokes: generates its strokes, each [points, 2] with x to the right and y down, in a box that is about 1 high.
    """

    label: str
    strokes: Callable[[Random], Strokes]


def _curve(*points: tuple[float, float]) -> Array:
    """A smooth line through the points."""
    from scipy.interpolate import PchipInterpolator

    through = np.array(points, dtype=np.float64)
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(through, axis=0), axis=1))])
    smooth: Array = PchipInterpolator(along, through)(np.linspace(0, along[-1], 40))
    return smooth


def _line(*points: tuple[float, float]) -> Array:
    """Straight segments with corners."""
    return np.array(points, dtype=np.float64)


def _arc(x: float, y: float, wide: float, high: float, start: float, end: float) -> Array:
    """A part of an ellipse around (x, y) with these half axes; degrees clockwise from three o'clock."""
    angles = np.radians(np.linspace(start, end, 48))
    return np.stack([x + wide * np.cos(angles), y + high * np.sin(angles)], axis=1)


def _ring(random: Random, closed: bool = True) -> Array:
    """A zero without a slash, started near the top and drawn in either direction."""
    start, way = random.uniform(-150, -40), random.choice([-1, 1])
    end = start + way * (360 + random.uniform(-5, 40) if closed else 360 - random.uniform(20, 60))
    return _arc(0.35, 0.5, random.uniform(0.26, 0.42), 0.5, start, end)


def slash_ellipse(
    middle: Array, half: Array, random: Random, rising: bool | None = None, reach: float | None = None
) -> Array:
    """A slightly curved diagonal through an ellipse with these half axes, drawn from either end. reach: 1 ends on the ellipse."""
    rising = bool(random.random() < 0.75) if rising is None else rising
    reach = random.uniform(0.7, 1.5) if reach is None else reach
    angle = np.radians(random.uniform(32, 68))
    direction = np.array([np.cos(angle), -np.sin(angle) if rising else np.sin(angle)])
    to_rim = 1 / np.linalg.norm(direction / np.maximum(half, 1e-9))
    along = np.linspace(-1, 1, 12)[:, np.newaxis] * reach * to_rim * direction
    bend = random.normal(0, 0.04) * to_rim * (1 - np.linspace(-1, 1, 12) ** 2)[:, np.newaxis]
    moved = middle + random.normal(0, 0.06, 2) * half
    slash: Array = moved + along + bend * direction[::-1] * [1, -1]
    return slash if random.random() < 0.5 else slash[::-1]


def _slashed(rising: bool, reach: tuple[float, float], strokes: int) -> Callable[[Random], Strokes]:
    def draw(random: Random) -> Strokes:
        ring = _ring(random)
        low, high = ring.min(axis=0), ring.max(axis=0)
        slash = slash_ellipse((low + high) / 2, (high - low) / 2, random, rising, random.uniform(*reach))
        if strokes == 2:
            return [ring, slash]
        nearer_first = np.linalg.norm(slash[0] - ring[-1]) <= np.linalg.norm(slash[-1] - ring[-1])
        return [np.concatenate([ring, slash if nearer_first else slash[::-1]])]

    return draw


def _dotted(random: Random) -> Strokes:
    """The dot is as large as people draw it: a small blob or a short dash."""
    x, y, size = 0.35 + random.normal(0, 0.03), 0.5 + random.normal(0, 0.04), random.uniform(0.02, 0.07)
    blob = _arc(x, y, size, size, 0, 500) if random.random() < 0.6 else _line((x - size, y), (x + size, y))
    return [_ring(random), blob]


def _one(flag: bool, base: bool) -> Callable[[Random], Strokes]:
    def draw(random: Random) -> Strokes:
        length = random.uniform(0.12, 0.36)
        drop = length * random.uniform(0.7, 1.5)  # a flatter one is a 7
        stem = [(0.4, 0.0), (0.4 + random.normal(0, 0.02), 1.0)]
        strokes = [_line((0.4 - length, drop), *stem) if flag else _line(*stem)]
        if base:
            half = random.uniform(0.16, 0.34)
            strokes.append(_line((0.4 - half, 1.0 + random.normal(0, 0.02)), (0.4 + half, 1.0)))
        return strokes

    return draw


def _two(loop: bool) -> Callable[[Random], Strokes]:
    def draw(random: Random) -> Strokes:
        top = _arc(0.33, 0.28, random.uniform(0.26, 0.34), 0.28, -170, 30)
        down = _curve((0.62, 0.42), (0.45, 0.68), (0.2, 0.9))
        if not loop:
            return [np.concatenate([top, down, _line((0.05, 1.0), (0.7, 1.0 + random.normal(0, 0.03)))])]
        size = random.uniform(0.07, 0.13)
        curl = _arc(0.17, 0.9, size, size * random.uniform(0.6, 0.9), 60, 330)
        tail = _curve((0.25, 0.86), (0.45, 0.97), (0.75, 0.93 + random.normal(0, 0.03)))
        return [np.concatenate([top, down, curl, tail])]

    return draw


def _three(flat: bool) -> Callable[[Random], Strokes]:
    def draw(random: Random) -> Strokes:
        lower = _arc(0.3, 0.69, random.uniform(0.26, 0.36), 0.31, -80, 150)
        if flat:
            return [np.concatenate([_line((0.05, 0.02), (0.6, 0.0), (0.28, 0.38)), lower])]
        return [np.concatenate([_arc(0.28, 0.2, random.uniform(0.22, 0.3), 0.2, -150, 80), lower])]

    return draw


def _open_four(random: Random) -> Strokes:
    bar = random.uniform(0.5, 0.68)
    corner = _line((0.18 + random.normal(0, 0.04), 0.05), (0.05, bar), (0.75, bar + random.normal(0, 0.02)))
    return [corner, _line((0.5, random.uniform(0.05, 0.4)), (0.48, 1.0))]


def _round_open_four(random: Random) -> Strokes:
    bar = random.uniform(0.45, 0.6)
    cup = _curve((0.08, 0.0), (0.05, bar - 0.15), (0.15, bar), (0.35, bar), (0.55, bar - 0.15))
    return [cup, _line((0.58, 0.0), (0.56 + random.normal(0, 0.02), 1.0))]


def _closed_four(random: Random) -> Strokes:
    bar = random.uniform(0.58, 0.72)
    if random.random() < 0.5:  # in one stroke, the stem last
        return [_line((0.55, 1.0), (0.5, 0.0), (0.0, bar), (0.75, bar))]
    return [_line((0.5, 0.0), (0.0, bar), (0.75, bar)), _line((0.5, 0.0), (0.5, 1.0))]


def _five(strokes: int) -> Callable[[Random], Strokes]:
    def draw(random: Random) -> Strokes:
        body = np.concatenate([_line((0.12, 0.0), (0.08, 0.42)), _arc(0.28, 0.68, 0.34, 0.31, -125, 140)])
        bar = _line((0.12, 0.0), (0.62, random.normal(0.0, 0.03)))
        return [body, bar] if strokes == 2 else [np.concatenate([bar[::-1], body])]

    return draw


def _six(random: Random) -> Strokes:
    size = random.uniform(0.24, 0.32)
    down = _curve((0.55, 0.0), (0.2, 0.3), (0.3 - size, 0.7))
    return [np.concatenate([down, _arc(0.3, 0.72, size, 0.28, 180, 180 - random.uniform(330, 400))])]


def _seven(cross: bool, serif: bool) -> Callable[[Random], Strokes]:
    def draw(random: Random) -> Strokes:
        foot = random.uniform(0.15, 0.35)
        begin = [(0.02, random.uniform(0.12, 0.22))] if serif else []
        corner = _line(*begin, (0.04, 0.02), (0.62, 0.0))
        leg = _curve((0.62, 0.0), (0.45 + random.normal(0, 0.03), 0.45), (foot, 1.0))
        strokes = [np.concatenate([corner, leg])]
        if cross:
            half, y = random.uniform(0.14, 0.26), random.uniform(0.42, 0.58)
            x = 0.43 + random.normal(0, 0.03)
            strokes.append(_line((x - half, y + random.normal(0, 0.03)), (x + half, y)))
        return strokes

    return draw


def _eight(circles: bool) -> Callable[[Random], Strokes]:
    def draw(random: Random) -> Strokes:
        top, bottom = random.uniform(0.2, 0.27), random.uniform(0.26, 0.34)
        if circles:
            return [_arc(0.35, 0.22, top, 0.23, -90, 280), _arc(0.35, 0.72, bottom, 0.28, -90, 280)]
        turn = np.linspace(0, 2 * np.pi, 60) + random.uniform(-0.2, 0.2)
        wide = np.where(np.cos(turn) > 0, top, bottom)
        return [np.stack([0.35 - wide * np.sin(2 * turn), 0.5 - 0.5 * np.cos(turn)], axis=1)]

    return draw


def _open_eight(random: Random) -> Strokes:
    """Starts and ends at the top right, without closing."""
    turn = np.linspace(0.35, 2 * np.pi - random.uniform(0.3, 0.5), 60)
    top, bottom = random.uniform(0.22, 0.28), random.uniform(0.28, 0.34)
    wide = np.where(np.cos(turn) > 0, top, bottom)
    return [np.stack([0.35 + wide * np.sin(2 * turn), 0.5 - 0.5 * np.cos(turn)], axis=1)]


def _nine(curved: bool) -> Callable[[Random], Strokes]:
    def draw(random: Random) -> Strokes:
        size = random.uniform(0.22, 0.3)
        ring = _arc(0.32, 0.28, size, 0.28, -20, -20 - random.uniform(340, 370))
        right = 0.32 + size
        if curved:
            leg = _curve((right, 0.2), (right, 0.7), (right - 0.15, 0.95), (right - 0.42, random.uniform(0.85, 1.0)))
        else:
            leg = _line((right, 0.15), (right + random.normal(-0.03, 0.03), 1.0))
        return [np.concatenate([ring, leg])]

    return draw


_INSIDE, _OVERSHOOTING = (0.75, 1.05), (1.15, 1.5)

STYLES: dict[str, Style] = {
    "0 slashed /, inside, two strokes": Style("0", _slashed(True, _INSIDE, 2)),
    "0 slashed /, overshooting, two strokes": Style("0", _slashed(True, _OVERSHOOTING, 2)),
    "0 slashed /, one stroke": Style("0", _slashed(True, (0.9, 1.3), 1)),
    "0 slashed \\, inside, two strokes": Style("0", _slashed(False, _INSIDE, 2)),
    "0 slashed \\, overshooting, two strokes": Style("0", _slashed(False, _OVERSHOOTING, 2)),
    "0 slashed \\, one stroke": Style("0", _slashed(False, (0.9, 1.3), 1)),
    "0 dotted": Style("0", _dotted),
    "0 plain": Style("0", lambda random: [_ring(random)]),
    "0 not quite closed": Style("0", lambda random: [_ring(random, closed=False)]),
    "1 plain": Style("1", _one(flag=False, base=False)),
    "1 with a flag": Style("1", _one(flag=True, base=False)),
    "1 with a flag and a base line": Style("1", _one(flag=True, base=True)),
    "1 with a base line": Style("1", _one(flag=False, base=True)),
    "2 plain": Style("2", _two(loop=False)),
    "2 with a loop": Style("2", _two(loop=True)),
    "3 round": Style("3", _three(flat=False)),
    "3 with a flat top": Style("3", _three(flat=True)),
    "4 open": Style("4", _open_four),
    "4 open and round": Style("4", _round_open_four),
    "4 closed": Style("4", _closed_four),
    "5 in one stroke": Style("5", _five(strokes=1)),
    "5 in two strokes": Style("5", _five(strokes=2)),
    "6": Style("6", _six),
    "7 plain": Style("7", _seven(cross=False, serif=False)),
    "7 crossed": Style("7", _seven(cross=True, serif=False)),
    "7 with a serif": Style("7", _seven(cross=False, serif=True)),
    "7 crossed, with a serif": Style("7", _seven(cross=True, serif=True)),
    "8 in one stroke": Style("8", _eight(circles=False)),
    "8 of two rings": Style("8", _eight(circles=True)),
    "8 open at the top": Style("8", _open_eight),
    "9 with a straight leg": Style("9", _nine(curved=False)),
    "9 with a curved leg": Style("9", _nine(curved=True)),
}


def _zigzag(random: Random) -> Strokes:
    return [random.uniform(20, 260, (random.integers(4, 14), 2))]


def _loops(random: Random) -> Strokes:
    """Sums of three random waves in each direction."""
    time = np.linspace(0, 2 * np.pi, 120)
    speeds, phases = random.integers(1, 6, (2, 3, 1)), random.uniform(0, 2 * np.pi, (2, 3, 1))
    waves = (random.normal(0, 1, (2, 3, 1)) * np.sin(speeds * time + phases)).sum(axis=1)
    return [(140 + 110 * waves / np.abs(waves).max()).T]


def _scribble(random: Random) -> Strokes:
    return [random.uniform(20, 260, (random.integers(4, 14), 2)) for _ in range(random.integers(1, 4))]


def _scribbled_over(random: Random) -> Strokes:
    """A scribbled-out zero: back and forth over the whole ring."""
    ring = 140 + 200 * (_ring(random) - [0.35, 0.5])
    low, high = ring.min(axis=0) - 10, ring.max(axis=0) + 10
    count = int(random.integers(7, 15))
    across = np.where(np.arange(count) % 2, low[0], high[0]) + random.normal(0, 8, count)
    return [ring, np.stack([across, np.linspace(low[1], high[1], count) + random.normal(0, 6, count)], axis=1)]


def _hatched(random: Random) -> Strokes:
    """A ring with four to six parallel lines through it."""
    ring = 140 + 200 * (_ring(random) - [0.35, 0.5])
    low, high = ring.min(axis=0), ring.max(axis=0)
    rising = bool(random.random() < 0.5)
    places = np.linspace(-0.6, 0.6, int(random.integers(4, 7)))
    return [
        ring,
        *(slash_ellipse((low + high) / 2 + [0, place * 100], (high - low) / 2, random, rising) for place in places),
    ]


NON_DIGITS: dict[str, Callable[[Random], Strokes]] = {
    "zigzags of 4 to 13 corners": _zigzag,
    "loops, sums of random waves": _loops,
    "scribbles of one to three strokes": _scribble,
    "zeros scribbled over": _scribbled_over,
    "zeros with four to six slashes": _hatched,
}
