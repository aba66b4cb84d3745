"""Boxes are grouped into digits; `test_segment.py` has the strokes of real digits."""

import pytest

from nn_core.drawings.layout import MAX_SHAPES, Box, group_shapes


def make_boxes(*corners: tuple[float, float, float, float]) -> list[Box]:
    return [Box(*box, (number,)) for number, box in enumerate(corners)]


def test_two_lines_are_read_from_the_top_and_each_from_the_left() -> None:
    boxes = make_boxes((80, 100, 120, 160), (0, 100, 40, 160), (85, 0, 125, 60), (2, 3, 42, 63))
    assert [group.members for group in group_shapes(boxes, 0.05)] == [(3,), (2,), (1,), (0,)]


def test_small_shapes_are_left_out() -> None:
    boxes = make_boxes((0, 0, 40, 60), (100, 0, 140, 60), (70, 30, 71, 31))
    assert [group.members for group in group_shapes(boxes, 0.05)] == [(0,), (1,)]


def test_a_doubtful_gap_gives_both_groupings() -> None:
    (group,) = group_shapes(make_boxes((0, 0, 20, 60), (24, 0, 39, 60)), 0.05)
    assert group.members == (0, 1)
    assert group.parts == ((0,), (1,))


@pytest.mark.parametrize("count", [0, 1, MAX_SHAPES + 1])
def test_one_shape_and_a_scribble_are_not_grouped(count: int) -> None:
    assert group_shapes(make_boxes(*((50 * n, 0, 50 * n + 20, 60) for n in range(count))), 0.05) == ()
