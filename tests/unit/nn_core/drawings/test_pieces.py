"""Pieces of ink are numbered, selected with their soft edges, and grouped into digits."""

import numpy as np
import numpy.typing as npt

from nn_core.drawings.pieces import find_pieces, get_extent, group_pieces, keep_pieces, label_pieces, widen_pieces


def make_ink(*boxes: tuple[int, int, int, int]) -> npt.NDArray[np.float32]:
    """Filled boxes (left, top, right, bottom) with an edge of ¼ ink."""
    ink = np.zeros((100, 200), dtype=np.float32)
    for left, top, right, bottom in boxes:
        ink[top - 1 : bottom + 1, left - 1 : right + 1] = 0.25
        ink[top:bottom, left:right] = 1
    return ink


ONE, OTHER_ONE, DASH = (20, 10, 28, 90), (120, 12, 128, 88), (60, 48, 90, 56)


def test_a_piece_is_kept_with_its_soft_edge_and_without_the_others() -> None:
    ink = make_ink(ONE, OTHER_ONE)
    number = int(label_pieces(ink)[50, 24])
    assert np.array_equal(keep_pieces(ink, [number]), make_ink(ONE))


def test_widened_pieces_do_not_reach_into_others() -> None:
    labelled = label_pieces(make_ink(ONE, (30, 10, 38, 90)))
    widened = widen_pieces(labelled, [int(labelled[50, 24])], 5)
    assert widened[50, 18]
    assert widened[50, 29]
    assert not widened[50, 30]


def test_pieces_have_their_extent() -> None:
    assert sorted(map(get_extent, find_pieces(label_pieces(make_ink(ONE, DASH))))) == [30, 80]


def test_far_pieces_are_digits_from_left_to_right_and_flat_ones_belong_to_one() -> None:
    ink = make_ink(OTHER_ONE, ONE, DASH)
    labelled = label_pieces(ink)
    groups = group_pieces(ink)
    assert [labelled[50, 24] in group.members for group in groups] == [True, False]
    assert [labelled[50, 124] in group.members for group in groups] == [False, True]
    assert sum(len(group.members) for group in groups) == 3


def test_a_single_piece_is_not_grouped() -> None:
    assert group_pieces(make_ink(ONE)) == ()
    assert group_pieces(make_ink()) == ()
