"""Removes the lines of ruled and squared paper from a map of darkness."""

import numpy as np
import numpy.typing as npt

__all__ = ["remove_ruling"]

MAX_SLOPE = 0.12  # of a line: about 7°
MAX_LINES = 0.45  # of the rows: darker rows than that are no lines
MAX_WIDTH = 0.04  # of the height: a wider stripe is no line
SURROUNDINGS = 0.06  # of the height: the rows that a line is compared with
MIN_CONTRAST = 0.02  # of the paper's brightness
MIN_NOISE_RATIO = 3.0  # standard deviations of the paper's noise
MIN_OF_DARKEST = 0.25  # of the darkest line
MIN_SHARE = 0.3  # of a row: a line may be interrupted or faded there
INNER = 0.6  # of the map, in which no slope is searched
END = 0.06  # of a row
STRIPS = 40  # of the map, in which lines are searched

Array = npt.NDArray[np.float32]


def remove_ruling(darkness: Array, noise: float) -> Array:
    """Remove straight lines that cross the whole sheet, nearly horizontal or nearly vertical.

    A line is a row that is darker than its surroundings from one edge to the other, so a digit's stroke is none. Where a stroke crosses a line,
    the darkness above and below the line fills the gap.

    Args:
        darkness: [height, width], 0 for paper.
        noise: standard deviation of the paper's darkness.
    """
    without_rows = _remove_rows(darkness, noise)
    return _remove_rows(without_rows.T, noise).T


def _remove_rows(darkness: Array, noise: float) -> Array:
    from scipy import ndimage

    strips, positions = _average_strips(darkness)
    strips = ndimage.maximum_filter1d(strips, 2, axis=0)  # parts of a thin line may be in the next row
    slope = _find_slope(strips, positions)
    lines = _find_lines(_compute_profile(_shift(strips, slope * positions)), noise)
    if not lines:
        return darkness
    level = _shear(darkness, slope)
    for top, bottom in lines:
        level[top:bottom] = np.minimum(level[top:bottom], _bridge(level, top, bottom))
    return _shear(level, -slope)


def _average_strips(darkness: Array) -> tuple[Array, Array]:
    """Return the mean of each of `STRIPS` vertical strips, [height, strips], and how far right of the middle each of them is.

    Lines are searched in these: it is faster, and there is less noise.
    """
    width = darkness.shape[1]
    edges = np.unique(np.linspace(0, width, STRIPS + 1).astype(int))
    strips: Array = (np.add.reduceat(darkness, edges[:-1], axis=1) / np.diff(edges)).astype(np.float32)
    positions: Array = ((edges[:-1] + edges[1:] - 1) / 2 - width / 2).astype(np.float32)
    return strips, positions


def _find_slope(strips: Array, positions: Array) -> float:
    """Return the slope of the rows that differ most from their neighbours at both ends, where a digit's strokes hardly reach."""
    outer = np.abs(positions) >= INNER * np.abs(positions).max()
    values, places = strips[:, outer], positions[outer]
    rank = int(MIN_SHARE * len(places))

    def score(slope: float) -> float:
        profile = np.partition(_shift(values, slope * places), rank, axis=1)[:, rank]
        return float(np.square(np.diff(profile)).sum())

    coarse = max(np.linspace(-MAX_SLOPE, MAX_SLOPE, 49), key=score)
    return float(max(coarse + np.linspace(-0.005, 0.005, 9), key=score))


def _shift(values: Array, distances: Array) -> Array:
    """Move each column up by its distance, in whole pixels."""
    rows = np.arange(len(values))[:, np.newaxis] + np.rint(distances).astype(int)
    return np.take_along_axis(values, rows.clip(0, len(values) - 1), axis=0)


def _shear(values: Array, slope: float) -> Array:
    """Move each column vertically, so that rows of this slope become horizontal."""
    from scipy import ndimage

    height, width = values.shape
    rows, columns = np.meshgrid(np.arange(height), np.arange(width), indexing="ij")
    sheared: Array = ndimage.map_coordinates(
        values, (rows + slope * (columns - width / 2), columns), order=1, mode="nearest"
    )
    return sheared


def _compute_profile(level: Array) -> Array:
    """Return the darkness of each row that nearly all of it has, its ends included. The bar of a digit does not reach the edges."""
    end = max(2, round(END * level.shape[1]))
    parts = np.quantile(level, MIN_SHARE, axis=1), np.median(level[:, :end], axis=1), np.median(level[:, -end:], axis=1)
    profile: Array = np.min(parts, axis=0).astype(np.float32)
    return profile


def _find_lines(profile: Array, noise: float) -> list[tuple[int, int]]:
    """Return (top, bottom) of each line. profile: darkness by row."""
    from scipy import ndimage

    height = len(profile)
    surroundings = ndimage.percentile_filter(profile, 30, size=max(9, int(height * SURROUNDINGS) | 1))
    contrast = profile - surroundings
    is_line = contrast > max(
        MIN_CONTRAST, MIN_NOISE_RATIO * noise, MIN_OF_DARKEST * float(np.quantile(contrast, 0.995))
    )
    if is_line.mean() > MAX_LINES:
        return []
    wider = ndimage.binary_dilation(is_line, iterations=max(1, round(height / 400)))
    labelled, _count = ndimage.label(wider)
    lines = [(rows.start, rows.stop) for (rows,) in ndimage.find_objects(labelled)]
    return [(top, bottom) for top, bottom in lines if bottom - top <= max(12, MAX_WIDTH * height)]


def _bridge(values: Array, top: int, bottom: int) -> Array:
    """Return the darkness, [width], that strokes above and below the rows have in common. Slanted strokes may be shifted."""
    from scipy import ndimage

    neighbours = [
        rows.mean(axis=0) for rows in (values[max(0, top - 2) : top], values[bottom : bottom + 2]) if len(rows)
    ]
    above, below = neighbours[0], neighbours[-1]
    width = 2 * (bottom - top) + 1
    bridged: Array = np.maximum(
        np.minimum(above, ndimage.grey_dilation(below, size=width)),
        np.minimum(below, ndimage.grey_dilation(above, size=width)),
    )
    return bridged
