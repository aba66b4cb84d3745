"""Writing is told from frames, edges, lines and shadows."""

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

from nn_core.drawings.sheets import Sheet
from nn_core.drawings.writing import find_foreign, score_writing

Array = npt.NDArray[np.float32]
SIDE = 200


def draw_zero() -> Image.Image:
    image = Image.new("L", (SIDE, SIDE))
    ImageDraw.Draw(image).ellipse((70, 60, 130, 150), outline=255, width=9)
    return image


def to_ink(image: Image.Image) -> Array:
    return np.asarray(image, dtype=np.float32) / 255


def make_sheet(ink: Array) -> Sheet:
    light = np.repeat(0.9 - 0.8 * ink[..., None], 3, axis=2).astype(np.float32)
    return Sheet(light, np.ones(ink.shape, dtype=bool))


def find(ink: Array) -> npt.NDArray[np.bool_]:
    foreign = find_foreign(ink, make_sheet(ink))
    return np.zeros(ink.shape, dtype=bool) if foreign is None else foreign


def test_a_digit_alone_is_writing() -> None:
    assert not find(to_ink(draw_zero())).any()


def test_frames_edges_and_long_lines_are_not() -> None:
    zero = to_ink(draw_zero()) > 0.5
    for extra in ("frame", "edge", "lines"):
        image = draw_zero()
        pencil = ImageDraw.Draw(image)
        if extra == "frame":
            pencil.rectangle((10, 10, 190, 190), outline=255, width=6)
        elif extra == "edge":
            pencil.rectangle((0, 0, 12, SIDE), fill=255)
        else:
            for y in (12, 185):
                pencil.line((15, y, 185, y), fill=255, width=5)
        ink = to_ink(image)
        foreign = find(ink)
        assert not (foreign & zero).any(), extra
        assert foreign[(ink > 0.5) & ~zero].all(), extra


def test_a_digit_may_touch_the_edge_if_there_is_nothing_else() -> None:
    image = Image.new("L", (SIDE, SIDE))
    pencil = ImageDraw.Draw(image)
    pencil.line((100, 60, 100, SIDE), fill=255, width=9)
    assert not find(to_ink(image)).any()
    pencil.ellipse((20, 60, 80, 150), outline=255, width=9)
    assert find(to_ink(image))[:, 100].any()


def test_a_zero_in_a_zero_is_no_frame_around_a_dot() -> None:
    image = draw_zero()
    ImageDraw.Draw(image).ellipse((95, 100, 105, 110), fill=255)
    assert not find(to_ink(image)).any()


def test_strokes_score_higher_than_shadows_and_blots() -> None:
    zero, blot = to_ink(draw_zero()), Image.new("L", (SIDE, SIDE))
    ImageDraw.Draw(blot).ellipse((60, 60, 140, 150), fill=255)
    shadow = to_ink(draw_zero().filter(ImageFilter.GaussianBlur(12)))
    shadow = shadow / shadow.max()
    dotted = draw_zero()
    for x in range(20, 180, 20):
        ImageDraw.Draw(dotted).ellipse((x, 20, x + 10, 30), fill=255)
    scores = [score_writing(ink, make_sheet(ink)) for ink in (zero, to_ink(blot), shadow, to_ink(dotted), 0 * zero)]
    assert scores[0] == 1
    assert max(scores[1:]) < 0.8
    assert scores[-1] == 0
