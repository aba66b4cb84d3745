"""Drawing by keyboard: what events become, and digits to start from."""

from typing import Any

import pytest

from nn_core.data.builtin.pen_digits import read_pen_test_drawings
from nn_core.drawings import Stroke, read_canvas
from nn_core.drawings.canvas import make_canvas_object
from ui.components.keyboard_canvas import CELLS, apply_keys, smooth_steps
from ui.draw.canvas import PEN, SIZE

CELL = SIZE / CELLS


def cells(*places: tuple[float, float]) -> Stroke:
    return tuple(((column + 0.5) * CELL, (row + 0.5) * CELL) for column, row in places)


# What keys put on the canvas


@pytest.mark.parametrize(
    "stroke",
    [((140.0, 60.0),), ((10.0, 10.0), (270.0, 270.0)), ((30.0, 30.0), (50.0, 30.0), (50.0, 50.0), (30.0, 30.0))],
    ids=["a dot", "a line", "a loop"],
)
def test_a_stroke_put_on_the_canvas_is_read_back_unchanged(stroke: Stroke) -> None:
    (again,) = read_canvas({"objects": [make_canvas_object(stroke, PEN)]}, size=SIZE, pen_width=PEN).strokes
    for (x, y), (expected_x, expected_y) in zip(again, stroke, strict=False):
        assert (x, y) == pytest.approx((expected_x, expected_y), abs=1e-9)
    assert len(again) == max(2, len(stroke)), "the canvas draws a dot as two points a hair apart"
    assert again[-1] == pytest.approx(stroke[-1], abs=0.02)


def test_stairs_become_a_slope_and_straight_lines_stay_straight() -> None:
    stairs = cells(*((step // 2 + step % 2, step // 2) for step in range(13)))
    for x, y in smooth_steps(stairs)[2:-2]:
        assert x - y == pytest.approx(CELL / 2)
    straight = smooth_steps(cells((2, 3), (3, 3), (4, 3), (5, 3)))
    assert {y for _x, y in straight} == {3.5 * CELL}
    assert (straight[0], straight[-1]) == cells((2, 3), (5, 3))
    assert smooth_steps(cells((2, 3))) == cells((2, 3))


def test_events_add_undo_and_clear_in_their_order() -> None:
    def after(*events: dict[str, Any]) -> int:
        return len(apply_keys([{"type": "Path"}], events, size=SIZE, pen_width=PEN))

    stroke = {"kind": "stroke", "points": [[10, 10], [30, 10]]}
    assert after(stroke, stroke) == 3
    assert after(stroke, {"kind": "undo"}, {"kind": "undo"}, {"kind": "undo"}) == 0
    assert after(stroke, {"kind": "clear"}, stroke) == 1


@pytest.mark.parametrize("points", [None, "no", [[1]], [["a", 2]], [[float("nan"), 2]], [], [[1e9, 0]]])
def test_invalid_events_are_ignored(points: Any) -> None:
    assert apply_keys([], [{"kind": "stroke", "points": points}, {"kind": "?"}], size=SIZE, pen_width=PEN) == []


def test_each_digit_has_an_example_to_start_from() -> None:
    drawings = read_pen_test_drawings()
    assert sorted(drawings) == list("0123456789")
    assert all(len(of_one) == 20 and not any(drawing.is_empty for drawing in of_one) for of_one in drawings.values())
