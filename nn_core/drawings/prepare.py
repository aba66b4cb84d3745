"""The one way in: whatever holds a drawing becomes a picture as MNIST has them."""

from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nn_core.drawings.drawing import Drawing
from nn_core.drawings.fit import fit, is_fitted, shrink
from nn_core.drawings.ink import find_ink
from nn_core.drawings.paint import paint
from nn_core.drawings.picture import open_picture
from nn_core.drawings.rasterise import rasterise
from nn_core.drawings.steps import ALL_STEPS, Steps

__all__ = ["PictureSource", "Prepared", "prepare_drawing", "prepare_picture"]

PictureSource = bytes | Path
Prepared = npt.NDArray[np.uint8]


def prepare_drawing(drawing: Drawing, steps: Steps = ALL_STEPS) -> Prepared | None:
    """uint8 [1, 28, 28], ink 255 on 0; None for an empty canvas. steps: those that are done."""
    if steps.strokes or drawing.is_empty:
        return _one_channel(rasterise(drawing, steps))
    return _one_channel(shrink(paint(drawing, steps), steps))


def prepare_picture(source: PictureSource, name: str = "", steps: Steps = ALL_STEPS) -> Prepared | None:
    """uint8 [1, 28, 28], ink 255 on 0, of a picture file (its bytes, or where it is); None where it shows no ink.

    A picture that already is 28 × 28 and as MNIST has them is taken as it is. name: how errors call it. steps: those
    that are done; with `strokes` left out nobody looks for ink. Raises BadPicture.
    """
    picture = open_picture(source, name)
    grey = picture.mean(axis=2).round().astype(np.uint8)
    if not steps.strokes:
        light = grey.astype(np.float32) / np.float32(255)
        return _one_channel(shrink(light, steps, ground=float(np.median(light))))
    for as_is in (grey, 255 - grey):
        if is_fitted(as_is):
            return _one_channel(as_is)
    ink = _ink_in(picture.tobytes(), picture.shape)
    return None if ink is None else _one_channel(fit(ink, steps))


@lru_cache(maxsize=2)
def _ink_in(pixels: bytes, shape: tuple[int, ...]) -> npt.NDArray[np.float32] | None:
    """What takes by far the longest is done once for all the steps of a picture."""
    ink = find_ink(np.frombuffer(pixels, dtype=np.uint8).reshape(shape))
    if ink is not None:
        ink.setflags(write=False)
    return ink


def _one_channel(picture: Prepared | None) -> Prepared | None:
    return None if picture is None else picture[np.newaxis]
