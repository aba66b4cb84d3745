"""The plane of the Playground: which drawings of a browser count, and regions of classes that were drawn out of order."""

import base64

import pytest
import streamlit as st

from nn_core.jobs.previews import Boundary
from ui.playground.drawing import _apply_drawing, _make_drawn_points, _restore_labels
from ui.playground.shown import get_shown, take_page_request


@pytest.fixture(autouse=True)
def _shown() -> None:
    st.session_state["playground_shown"] = {"drawn": ()}


def draw(points: object) -> tuple[object, ...]:
    st.session_state["playground_boundary"] = {"drawn": {"count": 3, "points": points}}
    _apply_drawing()
    drawn = get_shown()["drawn"]
    assert isinstance(drawn, tuple)
    return drawn


def test_a_drawing_is_rounded_to_the_grid_and_the_page_reruns() -> None:
    assert draw([[0.50001, -2, 0], [2.0, 1.25, 3]]) == ((0.5, -2.0, 0), (2.0, 1.25, 3))
    assert take_page_request()
    assert not take_page_request()


@pytest.mark.parametrize(
    "wrong", [None, "points", [[0, 0]], [[0, 0, 4]], [[0, 0, -1]], [[2.5, 0, 0]], [["0", 0, 0]], [[0, 0, 0]] * 2001]
)
def test_a_drawing_that_is_not_possible_is_ignored(wrong: object) -> None:
    assert draw(wrong) == ()
    assert not take_page_request()


def test_regions_have_the_labels_of_the_brush() -> None:
    points = _make_drawn_points([(0.0, 0.0, 0), (1.0, 1.0, 2)])
    assert points.classes == ("A", "B", "C")
    cells = base64.b64encode(bytes([0, 1, 1, 0])).decode()
    preview = Boundary(step=1, epoch=1, extent=(0, 1, 0, 1), size=2, classes=cells, confidence=cells)
    assert base64.b64decode(_restore_labels(preview, [0, 2]).classes) == bytes([0, 2, 2, 0])
    assert _restore_labels(preview, [0, 1]) is preview
