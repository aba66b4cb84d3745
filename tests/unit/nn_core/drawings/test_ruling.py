"""Lines across the sheet are removed, and strokes are not."""

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw

from nn_core.drawings.ruling import remove_ruling

SIDE = 240
Line = tuple[float, float, float, float]
STROKES: tuple[Line, ...] = ((60, 30, 60, 200), (60, 110, 190, 110), (190, 40, 100, 210))


def draw(*lines: Line, width: int, darkness: float) -> npt.NDArray[np.float32]:
    image = Image.new("L", (SIDE, SIDE))
    for line in lines:
        ImageDraw.Draw(image).line(line, fill=255, width=width)
    return (np.asarray(image) / 255 * darkness).astype(np.float32)


def rule(spacing: int, slope: float, *, squared: bool) -> list[Line]:
    rows: list[Line] = [(0, y, SIDE, y + slope * SIDE) for y in range(-SIDE, 2 * SIDE, spacing)]
    return rows + ([(x, 0, x - slope * SIDE, SIDE) for x in range(-SIDE, 2 * SIDE, spacing)] if squared else [])


@pytest.mark.parametrize("slope", [0.0, 0.05, -0.1])
@pytest.mark.parametrize("squared", [False, True])
@pytest.mark.parametrize("darkness", [0.2, 0.9])
def test_strokes_remain_without_the_lines(slope: float, squared: bool, darkness: float) -> None:
    strokes = draw(*STROKES, width=11, darkness=1.0)
    lines = draw(*rule(27, slope, squared=squared), width=2, darkness=darkness)
    noise = np.abs(np.random.default_rng(0).normal(0, 0.01, strokes.shape)).astype(np.float32)
    cleaned = remove_ruling(np.maximum(strokes, lines) + noise, 0.01)
    inner = (slice(30, -30), slice(30, -30))  # a line that ends at a corner is not a whole one
    assert (cleaned[inner][strokes[inner] == 0] > 0.5 * darkness).mean() < 0.03  # of 7 or 13 %
    assert (cleaned[inner][strokes[inner] > 0] > 0.5).mean() > 0.9


@pytest.mark.parametrize("line", [(20, 120, 225, 120), (120, 20, 120, 220)])
def test_a_long_straight_stroke_is_no_line(line: Line) -> None:
    stroke = draw(line, width=12, darkness=1.0)
    assert np.array_equal(remove_ruling(stroke, 0.0), stroke)


@pytest.mark.parametrize("shape", [(20, 20), (1, 30), (31, 200)])
def test_blank_paper_of_any_size_stays_blank(shape: tuple[int, int]) -> None:
    blank = np.zeros(shape, dtype=np.float32)
    assert np.array_equal(remove_ruling(blank, 0.0), blank)
