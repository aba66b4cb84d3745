"""The Network tab: what the browser is sent about the activations of the layers."""

import pytest

import ui.components.vitals_view as view
from nn_core.vitals.pictures import ExampleInputs, NetworkPictures, NumberBlock, UnitActivations

ZEROS = "AAAAAAAA"  # six bytes


def block(*shape: int) -> NumberBlock:
    return NumberBlock(shape=shape, low=0, high=1, values=ZEROS)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """The layers that the browser gets for two examples of three classes."""
    layers = (
        UnitActivations(name="0", units=16, is_map=True, values=block(2, 3, 1, 1), followers=("BatchNorm2d", "ReLU")),
        UnitActivations(name="3", units=3, is_map=False, values=block(2, 1, 3)),
    )
    inputs = ExampleInputs(labels=("a", "b"), texts=("x", "y"))
    pictures = NetworkPictures(step=1, epoch=1, inputs=inputs, filters_of="0", filters=None, layers=layers)
    monkeypatch.setattr("streamlit.session_state", {})  # nothing has been sent yet
    calls: list[dict[str, object]] = []
    monkeypatch.setattr(view, "_mount", lambda **arguments: calls.append(arguments["data"]))
    view.draw_activations(pictures, {"0": "Conv2d 1 → 16"}, ("a", "b", "c"), run="run", key="activations")
    found = calls[0]["layers"]
    assert isinstance(found, list)
    return found


def test_a_row_says_what_its_values_went_through_and_which_units_it_shows(sent: list[dict[str, object]]) -> None:
    assert sent[0]["title"] == "Conv2d 1 → 16, after BatchNorm2d, ReLU: the first 3 of 16 units"
    assert sent[1]["title"] == "3: 3 units"


def test_only_the_units_of_the_output_are_classes(sent: list[dict[str, object]]) -> None:
    assert [layer["classes"] for layer in sent] == [[], ["a", "b", "c"]]
