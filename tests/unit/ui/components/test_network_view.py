"""The network of the Playground: what a browser may send, and what it is sent."""

import pytest
import streamlit as st

from nn_core.runs.requests import WeightEdit
from ui.components.network_view import Design, read_design, read_weight_edit

LAYER = {"neurons": 3, "activation": "relu"}


def read(name: str, value: object) -> object:
    """Read what the component sends."""
    st.session_state["network"] = {name: value}
    return read_design("network", 2) if name == "edited" else read_weight_edit("network")


def test_a_design_is_read_in_the_order_of_the_features() -> None:
    sent = {"version": 2, "features": ["x1_x2", "x1"], "layers": [LAYER, {"neurons": 1, "activation": "tanh"}]}
    assert read("edited", sent) == Design(("x1", "x1_x2"), (3, 1), ("relu", "tanh"))
    assert read("edited", sent | {"layers": []}) == Design(("x1", "x1_x2"), (), ())


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": 1},
        {"features": []},
        {"features": ["x1", "x1"]},
        {"features": ["x3"]},
        {"layers": [LAYER] * 7},
        {"layers": [LAYER | {"neurons": 17}]},
        {"layers": [LAYER | {"neurons": True}]},
        {"layers": [LAYER | {"activation": "formula"}]},
        {"layers": "8-8"},
    ],
)
def test_a_design_that_is_not_possible_is_ignored(wrong: dict[str, object]) -> None:
    assert read("edited", {"version": 2, "features": ["x1"], "layers": [LAYER]} | wrong) is None


def test_a_number_is_read_if_it_is_one() -> None:
    sent = {"parameter": "1.weight", "index": [2, 0], "value": -0.5}
    assert read("set", sent) == WeightEdit(parameter="1.weight", index=(2, 0), value=-0.5)
    for wrong in ({"index": [-1]}, {"index": "0"}, {"value": "much"}, {"value": 1e9}, {"parameter": None}):
        assert read("set", sent | wrong) is None
    assert read("set", None) is None
