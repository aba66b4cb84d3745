"""Digits as ink in a photo: from the strokes of pen drawings, and from pictures such as MNIST's."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

__all__ = ["Array", "Ink", "Placement", "make_ink_of_picture", "make_ink_of_strokes"]

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Placement:
    """Where a digit is in a photo. All lengths in pixels, tilt in degrees."""

    width: int
    height: int
    centre: tuple[float, float]
    extent: float  # the digit's longer side
    pen: float
    tilt: float = 0.0


Ink = Callable[[Placement], Array]
"""Draws a digit: [height, width], 1 for ink."""


def make_ink_of_strokes(strokes: Sequence[Sequence[tuple[float, float]]]) -> Ink:
    parts = [np.array(stroke, dtype=float) for stroke in strokes if len(stroke)]
    points = np.concatenate(parts)
    middle, extent = (points.min(axis=0) + points.max(axis=0)) / 2, max(float(np.ptp(points, axis=0).max()), 1e-6)

    def draw(at: Placement) -> Array:
        angle = math.radians(at.tilt)
        turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
        image = Image.new("L", (2 * at.width, 2 * at.height))
        pencil = ImageDraw.Draw(image)
        for part in parts:
            corners = 2 * ((part - middle) @ turn * (at.extent / extent) + np.array(at.centre))
            if len(corners) > 1:
                pencil.line([tuple(corner) for corner in corners], 255, max(1, round(2 * at.pen)), joint="curve")
            for x, y in corners:
                pencil.ellipse((x - at.pen, y - at.pen, x + at.pen, y + at.pen), fill=255)
        return np.asarray(image.resize((at.width, at.height), Image.Resampling.BOX), dtype=np.float32) / 255

    return draw


def make_ink_of_picture(pixels: npt.NDArray[np.uint8]) -> Ink:
    """The digit of a small picture, [height, width], ink 255 on 0; enlarged, with sharp edges. Its pen stays as it is."""
    rows, columns = np.flatnonzero((pixels > 100).any(axis=1)), np.flatnonzero((pixels > 100).any(axis=0))
    middle = (columns[0] + columns[-1] + 1) / 2, (rows[0] + rows[-1] + 1) / 2
    extent = max(np.ptp(rows), np.ptp(columns)) + 1

    def draw(at: Placement) -> Array:
        angle, scale = math.radians(at.tilt), at.extent / extent
        cos, sin = math.cos(angle) / scale, math.sin(angle) / scale
        x, y = at.centre
        matrix = (cos, sin, middle[0] - cos * x - sin * y, -sin, cos, middle[1] + sin * x - cos * y)
        enlarged = Image.fromarray(pixels).transform(
            (at.width, at.height), Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC
        )
        steepness = max(1.0, scale / 2)
        grey = np.asarray(enlarged, dtype=np.float32) / 255
        return np.clip((grey - 0.45) * steepness + 0.5, 0, 1).astype(np.float32)

    return draw
