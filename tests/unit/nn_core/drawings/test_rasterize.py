"""Strokes become the same 28 × 28 image at any position and size, and invalid strokes are refused."""

import itertools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pen_digits import PEN_DIGITS, SEVEN, pen_digits

from nn_core.drawings.canvas import read_canvas
from nn_core.drawings.preprocess import prepare_drawing
from nn_core.drawings.rasterize import BOX, SIDE
from nn_core.drawings.strokes import Drawing
from nn_core.errors import BadPicture

coordinates = st.floats(0, 280, allow_nan=False)
strokes = st.lists(st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=12), min_size=1, max_size=4)


def seen(strokes, size=280, pen_width=18):
    picture = prepare_drawing(Drawing(size, pen_width, tuple(tuple(stroke) for stroke in strokes)))
    assert picture is not None
    return picture[0].astype(int)


def moved(strokes, scale, right, down):
    return [[(x * scale + right, y * scale + down) for x, y in stroke] for stroke in strokes]


def box(picture):
    rows, columns = np.flatnonzero(picture.any(axis=1)), np.flatnonzero(picture.any(axis=0))
    return rows[0], rows[-1], columns[0], columns[-1]


def line(**changes):
    return json.dumps({"size": 280, "pen_width": 18, "strokes": [[[140, 60], [140, 220]]]} | changes)


def test_the_image_is_white_on_black_in_28_by_28():
    picture = prepare_drawing(Drawing(280, 18, SEVEN))
    assert picture is not None
    assert picture.shape == (1, SIDE, SIDE)
    assert picture.dtype == np.uint8
    assert picture.max() == 255
    assert picture[0, 0].max() == 0


@settings(deadline=None, max_examples=60)
@given(scale=st.floats(0.2, 3), right=st.floats(-500, 500), down=st.floats(-500, 500))
def test_size_and_place_of_a_drawing_do_not_matter(scale, right, down):
    assert np.abs(seen(moved(SEVEN, scale, right, down)) - seen(SEVEN)).max() <= 3


@settings(deadline=None, max_examples=60)
@given(strokes)
def test_any_strokes_give_an_image_with_all_ink_inside(strokes):
    picture = seen(strokes)
    top, bottom, left, right = box(picture)
    assert picture.max() > 150
    assert max(bottom - top, right - left) <= BOX + 2


@settings(deadline=None, max_examples=40)
@given(strokes)
def test_the_order_and_direction_of_strokes_do_not_matter(strokes):
    assert np.abs(seen(strokes) - seen([stroke[::-1] for stroke in strokes[::-1]])).max() <= 8


def test_a_short_reversal_at_the_end_of_a_stroke_is_kept():
    there_and_back = [[(0.0, 180.0), (0.0, 1.0), (0.0, 2.0)]]
    assert np.abs(seen(there_and_back) - seen([[(0.0, 180.0), (0.0, 1.0)]])).max() <= 1


LARGEST_CHANGE = 4  # of 255, in any pixel


@settings(deadline=None, max_examples=60)
@given(strokes, st.floats(0.2, 3), st.floats(-500, 500), st.floats(-500, 500))
def test_position_and_size_of_any_strokes_do_not_matter(strokes, scale, right, down):
    # The dot that a tiny drawing is depends on the pen, so the pen grows with the rest.
    changed = seen(moved(strokes, scale, right, down), size=280 * scale, pen_width=18 * scale)
    assert np.abs(changed - seen(strokes)).max() <= LARGEST_CHANGE


@pytest.mark.skipif(not PEN_DIGITS.exists(), reason=f"real pen drawings are not at {PEN_DIGITS}")
@settings(deadline=None, max_examples=100)
@given(st.integers(0, 299), st.floats(0.2, 1), st.floats(0, 1), st.floats(0, 1), st.integers(6, 36), st.booleans())
def test_real_digits_look_the_same_by_any_pen_anywhere_on_the_canvas(which, height, across, down, pen_width, backwards):
    """height: of the canvas, the longer side of the digit."""
    strokes = pen_digits()[which]
    everything = np.array([point for stroke in strokes for point in stroke], dtype=float)
    low, extent = everything.min(axis=0), np.ptp(everything, axis=0)
    scale = 280 * height / extent.max()
    room = 280 - extent * scale
    placed = [((np.array(stroke) - low) * scale + room * (across, down)).tolist() for stroke in strokes]
    if backwards:
        placed = [stroke[::-1] for stroke in placed[::-1]]
    assert np.abs(seen(placed, pen_width=pen_width) - seen(strokes, size=500)).max() <= LARGEST_CHANGE


def test_the_centre_of_mass_is_in_the_middle():
    picture = seen(SEVEN)
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    assert (x * picture).sum() / picture.sum() == pytest.approx(13.5, abs=0.1)
    assert (y * picture).sum() / picture.sum() == pytest.approx(13.5, abs=0.1)


@pytest.mark.parametrize("pen_width", [1, 18, 60])
def test_the_pen_is_as_thick_as_in_mnist_for_any_pen(pen_width):
    across = seen([[(100, 20), (100, 260)]], pen_width=pen_width)[14]
    assert across.sum() / 255 == pytest.approx(2.1, abs=0.2)


def test_a_click_is_a_dot_in_the_middle():
    top, bottom, left, right = box(seen([[(30, 200)]]))
    assert (top + bottom, left + right) == (27, 27)
    assert bottom - top <= 5


def test_a_trembling_click_does_not_become_a_digit():
    top, bottom, left, right = box(seen([[(30, 200), (31, 201), (30.5, 202)]]))
    assert max(bottom - top, right - left) <= 12


def test_a_vertical_line_is_twenty_pixels_tall():
    top, bottom, left, right = box(seen([[(140, 60), (140, 220)]]))
    assert 19 <= bottom - top + 1 <= 22
    assert right - left <= 4


def test_a_stray_dot_beside_the_digit_is_left_out():
    assert np.array_equal(seen([*SEVEN, [(270, 275), (271, 275)]]), seen(SEVEN))


def test_an_empty_canvas_gives_none():
    assert prepare_drawing(Drawing(280, 18, ())) is None
    assert prepare_drawing(Drawing.from_json(line(strokes=[[], []]))) is None


def test_a_drawing_survives_json():
    drawing = Drawing(280, 18, SEVEN)
    assert Drawing.from_json(drawing.to_json()) == drawing


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "{",
        "[]",
        "null",
        "[" * 100_000,
        "9" * 10_000,
        "{}",
        '{"size": 280, "pen_width": 18}',
        line(size=-1),
        line(size=0),
        line(size=True),
        line(size="280"),
        line(size=float("nan")),
        line(pen_width=float("inf")),
        line(pen_width=10**400),
        line(pen_width=None),
        line(strokes=None),
        line(strokes="abc"),
        line(strokes=["abc"]),
        line(strokes=[[1, 2]]),
        line(strokes=[[[1, 2, 3]]]),
        line(strokes=[[[1]]]),
        line(strokes=[[[1, None]]]),
        line(strokes=[[[1, "2"]]]),
        line(strokes=[[[[1, 2], [3, 4]]]]),
        line(strokes=[[[float("nan"), 2]]]),
        line(strokes=[[[1e300, 2]]]),
        line(strokes=[[[10**400, 2]]]),
        line(strokes={"0": [[1, 2]]}),
        line(strokes=[[[1, 2]] * 100_001]),
    ],
    ids=itertools.count(),
)
def test_a_malformed_drawing_is_refused_with_a_short_message(bad):
    with pytest.raises(BadPicture) as caught:
        Drawing.from_json(bad)
    assert str(caught.value).endswith(".")
    assert len(str(caught.value)) < 300


def brushed(points):
    """What the canvas's brush makes of pen points (fabric.js: PencilBrush.convertPointsToSVGPath)."""
    path = [["M", *points[0]]]
    for (x, y), (next_x, next_y) in itertools.pairwise(points):
        path.append(["Q", x, y, (x + next_x) / 2, (y + next_y) / 2])
    return [*path, ["L", *points[-1]]]


def path_object(points, **changes):
    return {"type": "Path", "path": brushed(points), "stroke": "#FFF", "strokeWidth": 18} | changes


def test_the_canvas_gives_the_same_image_as_its_strokes():
    drawing = read_canvas({"version": "7", "objects": [path_object(stroke) for stroke in SEVEN]})
    assert (drawing.size, drawing.pen_width) == (280, 18)
    picture = prepare_drawing(drawing)
    assert picture is not None
    assert np.abs(picture[0].astype(int) - seen(SEVEN)).max() <= 1


def test_a_click_on_the_canvas_is_a_dot():
    drawing = read_canvas(
        {"objects": [{"type": "path", "path": [["M", 99.982, 80], ["Q", 100, 80, 100, 80], ["L", 100.018, 80]]}]}
    )
    assert np.abs(prepare_drawing(drawing)[0].astype(int) - seen([[(100, 80)]])).max() <= 15


def test_a_moved_and_resized_stroke_is_where_the_canvas_shows_it():
    points = [(10.0, 10.0), (10.0, 60.0), (10.0, 110.0)]
    placed = path_object(points, left=200, top=150, originX="center", originY="center", scaleX=1, scaleY=0.5)
    (stroke,) = read_canvas({"objects": [placed]}).strokes
    assert stroke[0] == pytest.approx((200, 125))
    assert stroke[-1] == pytest.approx((200, 175))
    turned = path_object(points, left=200, top=150, originX="center", originY="center", angle=90)
    (stroke,) = read_canvas({"objects": [turned]}).strokes
    assert stroke[0] == pytest.approx((250, 150))


def test_an_untouched_or_cleared_canvas_is_empty():
    for json_data in (None, {"objects": []}, {"objects": [{"type": "Rect", "left": 3}]}):
        assert prepare_drawing(read_canvas(json_data)) is None


@pytest.mark.parametrize(
    "json_data",
    [
        {},
        [],
        "x",
        {"objects": [3]},
        {"objects": [{"type": "path"}]},
        {"objects": [{"type": "path", "path": [["A", 1]]}]},
    ],
)
def test_invalid_canvas_data_is_refused(json_data):
    with pytest.raises(BadPicture):
        read_canvas(json_data)


@pytest.mark.skipif(not PEN_DIGITS.exists(), reason=f"real pen drawings are not at {PEN_DIGITS}")
def test_real_pen_drawings_have_as_much_ink_as_mnist():
    pictures = np.stack([seen(drawing, size=500) for drawing in pen_digits()])
    assert 0.09 < pictures.mean() / 255 < 0.15  # MNIST: 0.13
