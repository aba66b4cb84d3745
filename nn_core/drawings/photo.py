"""Finds the ink in photos: pen or pencil on blank or ruled paper, chalk on a board, any colours, in uneven light, with a table, the
edge of a scan, a frame or a title bar around the sheet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from nn_core.drawings.pieces import find_pieces, get_extent, label_pieces, widen_pieces
from nn_core.drawings.ruling import remove_ruling
from nn_core.drawings.sheets import Mask, Sheet, cut_out, find_outlines
from nn_core.drawings.writing import find_foreign, score_writing

__all__ = ["find_ink"]

SEARCH_SIDE = 320  # pixels of the longer side, in which sheets and dark and light ink are compared
MAX_STROKE_WIDTH = 0.3  # of the sheet's longer side: within this distance of every pixel, there is paper
MIN_CONTRAST = 0.1  # of the paper's brightness: less contrast is not ink
MIN_NOISE_RATIO = 4.0  # standard deviations of the paper's noise: less contrast is not ink
INK_FRACTION = 0.002  # of the pixels: the darkest of them show how dark the ink is
SPECK = 0.1  # of the largest piece's extent: smaller pieces are dust
MIN_SIDE = 20  # pixels: a smaller sheet has no room for a digit
MAX_REMOVALS = 3  # rounds; what lies around the frame of a frame is found in the second one
WRONG_SKEW = 0.85  # of the score, if the other kind of ink, dark or light, is more likely; there is less ink than paper
STRAY = 0.3  # of the largest piece's extent: smaller pieces that are this far from larger ones are not part of a digit
THIN = 0.15  # of the largest area per extent: the strokes of a 1 have at least twice as much
PREFERENCE = 1.1  # a later sheet's score must be better by this factor, so that the whole photo comes first

SMALL_SIDE = 100  # pixels
FIT_ROUNDS = 6
FIT_STRIDE = 2  # every other pixel in both directions is enough

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class _Ink:
    """Ink that was found on a sheet. coverage: [height, width]. score: 0 to 1, how much it looks like writing."""

    outline: Mask
    is_dark: bool
    sheet: Sheet
    coverage: Array
    score: float

    def place(self, shape: tuple[int, ...]) -> Array:
        """Return the ink in a photo of this shape."""
        placed = np.zeros(shape[:2], dtype=np.float32)
        height, width = self.coverage.shape
        placed[self.sheet.top : self.sheet.top + height, self.sheet.left : self.sheet.left + width] = self.coverage
        return placed


def find_ink(picture: npt.NDArray[np.uint8]) -> Array | None:
    """Find the ink in an image.

    Dark and light ink is searched on every sheet, and what looks most like writing is taken: strokes with sharp edges that do not
    reach the edge of the sheet.

    Args:
        picture: uint8 [height, width, 3].

    Returns:
        [height, width], 1 for ink, 0 for paper, ½ at the edge of a stroke; None if there is no ink.
    """
    from scipy import ndimage

    light: Array = picture.astype(np.float32) / np.float32(255)
    if max(light.shape[:2]) > SMALL_SIDE:
        light = ndimage.gaussian_filter(light, (0.7, 0.7, 0))
    small = _resize_longer_side(light, SEARCH_SIDE)
    best: _Ink | None = None
    for outline in find_outlines(small):
        for is_dark in (True, False):
            ink = _find_ink_on(small, outline, is_dark)
            if ink and (best is None or ink.score > PREFERENCE * best.score):
                best = ink
    if best is None:
        return None
    full = best if small is light else _find_ink_on(light, best.outline, best.is_dark)
    return None if full is None else _remove_stray_pieces(full.place(light.shape))


def _find_ink_on(light: Array, outline: Mask, is_dark: bool) -> _Ink | None:
    """Find dark or light ink on the sheet with this outline."""
    sheet = cut_out(light if is_dark else np.float32(1) - light, outline)
    if sheet is None or min(sheet.mask.shape) < MIN_SIDE:
        return None
    coverage = _find_dark_ink(sheet)
    if coverage is None:
        return None
    score = score_writing(coverage, sheet) * (1.0 if _is_ink_dark(sheet.light) else WRONG_SKEW)
    return _Ink(outline, is_dark, sheet, coverage, score)


def _find_dark_ink(sheet: Sheet) -> Array | None:
    darkness = _compute_darkness(sheet.light)
    paper = float(np.median(darkness))
    noise = 1.48 * float(np.median(np.abs(darkness - paper)))
    darkness = np.where(sheet.mask, remove_ruling(darkness - paper, noise), 0)
    for _round in range(MAX_REMOVALS):
        count = max(3, int(INK_FRACTION * darkness.size))
        ink = float(np.median(np.partition(darkness, -count, axis=None)[-count:]))
        if ink < max(MIN_CONTRAST, MIN_NOISE_RATIO * noise):
            return None
        coverage: Array = np.clip(darkness / ink, 0, 1)
        foreign = find_foreign(coverage, sheet)
        if foreign is None:
            break
        darkness = np.where(foreign, 0, darkness)
    return _remove_specks(coverage)


def _is_ink_dark(light: Array) -> bool:
    """Return whether what differs most from its surroundings is darker than these, as the skewness of the differences shows."""
    from scipy import ndimage

    grey = _resize_longer_side(light, SMALL_SIDE).mean(axis=2)
    difference = grey - ndimage.gaussian_filter(grey, max(grey.shape) / 4, mode="nearest")
    return bool(((difference - difference.mean()) ** 3).mean() <= 0)


def _compute_darkness(light: Array) -> Array:
    """Return how much darker each pixel is than the paper around it, as a fraction of the paper's brightness, [height, width].

    It is the maximum over the colour channels. A morphological closing removes everything narrower than the widest stroke and
    leaves the paper.
    """
    from scipy import ndimage

    small = _resize_longer_side(light, SMALL_SIDE)
    lighting = _fit_lighting(small)
    small = small / lighting
    window = max(3, round(MAX_STROKE_WIDTH * max(small.shape[:2])) | 1)
    paper = ndimage.grey_closing(small, size=(window, window, 1), mode="nearest")
    paper = ndimage.gaussian_filter(paper, (window / 8, window / 8, 0), mode="nearest")
    paper = _resize(paper * lighting, light.shape[:2])
    darkness: Array = ((paper - light) / np.maximum(paper, 0.05)).max(axis=2)
    return darkness


def _fit_lighting(light: Array) -> Array:
    """Fit the paper's brightness with a quadratic surface, [height, width, 3], ignoring darker pixels.

    Without it, the closing would take the dim edges of a page for ink.
    """
    height, width, _ = light.shape
    y, x = np.meshgrid(*(np.linspace(-1, 1, side) for side in (height, width)), indexing="ij")
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=2)
    some = (slice(None, None, FIT_STRIDE), slice(None, None, FIT_STRIDE))
    some_terms = terms[some].reshape(-1, 6)
    surfaces = []
    for channel in light[some].reshape(-1, 3).T:
        paper = np.ones(len(channel), dtype=bool)
        for _round in range(FIT_ROUNDS):
            factors = np.linalg.lstsq(some_terms[paper], channel[paper], rcond=None)[0]
            residual = channel - some_terms @ factors
            paper &= residual >= -residual[paper].std() - 1e-6
        surfaces.append(terms @ factors)
    lighting: Array = np.clip(np.stack(surfaces, axis=2), 0.05, 1).astype(np.float32)
    return lighting


def _resize_longer_side(light: Array, side: int) -> Array:
    """Scale down, so that the longer side has at most this many pixels. A small image is returned unchanged."""
    height, width, _ = light.shape
    factor = side / max(height, width)
    if factor >= 1:
        return light
    return _resize(light, (max(1, round(height * factor)), max(1, round(width * factor))))


def _resize(light: Array, size: tuple[int, int]) -> Array:
    """Resize to (height, width)."""
    channels = [
        np.asarray(Image.fromarray(channel).resize(size[::-1], Image.Resampling.BILINEAR))
        for channel in np.ascontiguousarray(light.transpose(2, 0, 1))
    ]
    resized: Array = np.stack(channels, axis=2)
    return resized


def _remove_specks(coverage: Array) -> Array:
    labelled = label_pieces(coverage)
    pieces = find_pieces(labelled)
    largest = max(map(get_extent, pieces), default=0)
    specks = {int(piece.label) for piece in pieces if get_extent(piece) < SPECK * largest}
    return np.where(widen_pieces(labelled, specks, 2), np.float32(0), coverage) if specks else coverage


def _remove_stray_pieces(coverage: Array) -> Array:
    """Remove small pieces that are far from all large ones, such as the buttons of a window, and remains of thin lines."""
    labelled = label_pieces(coverage)
    pieces = find_pieces(labelled)
    limit = STRAY * max(map(get_extent, pieces), default=0)
    boxes = np.array([piece.bbox for piece in pieces if get_extent(piece) >= limit]).reshape(-1, 4)
    thickness = {int(piece.label): piece.area / get_extent(piece) for piece in pieces}
    stray = {number for number, mean in thickness.items() if mean < THIN * max(thickness.values())}
    for piece in pieces:
        top, left, bottom, right = piece.bbox
        rows = np.maximum(boxes[:, 0] - bottom, top - boxes[:, 2])
        columns = np.maximum(boxes[:, 1] - right, left - boxes[:, 3])
        if np.maximum(rows, columns).min() > limit:
            stray.add(int(piece.label))
    return np.where(widen_pieces(labelled, stray, 2), np.float32(0), coverage) if stray else coverage
