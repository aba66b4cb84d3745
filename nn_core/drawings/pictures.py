"""Picture files with one or several digits: their pixels, their ink, and the single digits in reading order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nn_core.drawings.image_files import open_picture
from nn_core.drawings.photo import find_ink
from nn_core.drawings.pieces import group_pieces, keep_pieces
from nn_core.drawings.segment import Candidate

__all__ = ["PictureFile", "PicturePart", "PictureSource", "read_ink", "read_pixels", "segment_picture"]

MIN_SEGMENTED_SIDE = 40  # pixels; smaller pictures, such as those of MNIST, have a single digit
MARGIN = 0.2  # around a digit of several, of its longer side

Array = npt.NDArray[np.float32]
PictureFile = bytes | Path


@dataclass(frozen=True)
class PicturePart:
    """One of several digits in a picture.

    Attributes:
        file: the picture.
        pieces: the numbers of the digit's pieces of ink, see `pieces.label_pieces`.
    """

    file: PictureFile
    pieces: tuple[int, ...]


PictureSource = PictureFile | PicturePart


def read_pixels(source: PictureSource, name: str = "") -> npt.NDArray[np.uint8]:
    """Read a picture file, or the part of it around a digit: uint8 [height, width, 3].

    Raises:
        BadPicture: the file cannot be read. name: what the error calls it.
    """
    if not isinstance(source, PicturePart):
        return open_picture(source, name)
    picture = open_picture(source.file, name)
    return picture[_find_window(_keep_part(source, picture))]


def read_ink(source: PictureSource, name: str = "") -> Array | None:
    """Find the ink of a picture, or only that of one digit in it.

    Returns:
        [height, width] as `read_pixels`, 1 for ink, 0 for paper, ½ at the edge of a stroke; None if there is no ink.

    Raises:
        BadPicture: the file cannot be read.
    """
    if not isinstance(source, PicturePart):
        return _find_ink(open_picture(source, name))
    ink = _keep_part(source, open_picture(source.file, name))
    return ink[_find_window(ink)]


def segment_picture(source: PictureSource) -> tuple[Candidate[PictureSource], ...]:
    """Split a picture into its digits, in reading order: line by line, from left to right.

    Returns:
        A single candidate with the unchanged source if it cannot be split.

    Raises:
        BadPicture: the file cannot be read.
    """
    if isinstance(source, PicturePart):
        return (Candidate(source),)
    picture = open_picture(source)
    ink = _find_ink(picture) if max(picture.shape) >= MIN_SEGMENTED_SIDE else None
    groups = group_pieces(ink) if ink is not None else ()
    if not groups:
        return (Candidate(source),)
    return tuple(
        Candidate(
            source if len(groups) == 1 else PicturePart(source, group.members),
            tuple(PicturePart(source, part) for part in group.parts),
        )
        for group in groups
    )


def _keep_part(part: PicturePart, picture: npt.NDArray[np.uint8]) -> Array:
    ink = _find_ink(picture)
    assert ink is not None, "the pieces were found in it"
    return keep_pieces(ink, part.pieces)


def _find_window(ink: Array) -> tuple[slice, slice]:
    """Return the rows and columns around the ink."""
    rows, columns = (np.flatnonzero((ink > 0.5).any(axis=axis)) for axis in (1, 0))
    margin = round(MARGIN * max(np.ptp(rows), np.ptp(columns))) + 1
    bounds = [slice(max(0, int(places[0]) - margin), int(places[-1]) + 1 + margin) for places in (rows, columns)]
    return bounds[0], bounds[1]


def _find_ink(picture: npt.NDArray[np.uint8]) -> Array | None:
    return _find_ink_cached(picture.tobytes(), picture.shape)


@lru_cache(maxsize=2)
def _find_ink_cached(pixels: bytes, shape: tuple[int, ...]) -> Array | None:
    """Find the ink once for all steps of a picture and all its digits, because it takes by far the most time."""
    ink = find_ink(np.frombuffer(pixels, dtype=np.uint8).reshape(shape))
    if ink is not None:
        ink.setflags(write=False)
    return ink
