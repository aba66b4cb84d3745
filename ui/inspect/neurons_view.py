"""The card *Neurons*: the input that excites a neuron or class most, and the test pictures that do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from nn_core.formatting import format_decimal, format_percent
from nn_core.i18n import _
from nn_core.runs import RunFolder
from ui.app.cache import get_weights_version
from ui.app.images import enlarge, to_display
from ui.app.text import escape_markdown
from ui.inspect.example_pictures import Example, PictureSet
from ui.inspect.layer_choice import choose_layer, choose_unit, get_layers
from ui.inspect.picture_row import show_picture_row
from ui.inspect.slow_results import compute_with_progress

if TYPE_CHECKING:
    from nn_core.inference import ExcitingInput, Layer, TrainedNetwork, UnitResponses

__all__ = ["show_neurons"]

_PICTURES = 1000  # test pictures that are compared
_STRONGEST = 8
_SIDE = 200  # screen pixels
_SEED = "inside_noise"  # of the picture that is made


def show_neurons(run: RunFolder, network: TrainedNetwork, pictures: PictureSet, example: Example | None) -> None:
    """Show what excites the chosen unit."""
    layers = get_layers(run, network)
    layer = choose_layer(layers, card="neurons", default=-1)
    is_output = layer is layers[-1] and network.goal == "classify"
    unit = choose_unit(layer, network.spec.classes if is_output else None, card="neurons")
    left, right = st.columns([2, 3], gap="medium")
    with left:
        made = _make_input(run, network, layer, unit)
        st.image(
            enlarge(to_display(made.picture.numpy()), 2 * _SIDE),
            width=_SIDE,
            caption=_("Made for it: response {response}").format(response=format_decimal(made.response)),
            alt=_("The picture that was made for this neuron"),
        )
        st.button(_("Start from other noise"), key="other_start", icon=":material/refresh:", on_click=_change_seed)
    responses = _measure(run, network, layer, pictures)
    sample = _thin(pictures)
    strongest = responses.find_strongest(unit, _STRONGEST)
    with right:
        st.markdown(_("**Test pictures that excite it most**"))
        captions = [
            f"{escape_markdown(pictures.get_class(sample[index]))} · {format_decimal(float(responses.values[index, unit]))}"
            for index in strongest
        ]
        chosen = pictures.test[[sample[index] for index in strongest]]
        show_picture_row(chosen, captions, key="strongest")
        if example is not None:
            st.markdown(_describe_example(network, layer, unit, example, responses))
    _explain(layer)


def _make_input(run: RunFolder, network: TrainedNetwork, layer: Layer, unit: int) -> ExcitingInput:
    from nn_core.inference import ExcitingInput, find_exciting_input

    seed = int(st.session_state.get(_SEED, 0))
    return compute_with_progress(
        ("maximise", str(run.path), get_weights_version(run), layer.name, unit, seed),
        ExcitingInput,
        lambda report: find_exciting_input(network, layer.name, unit, seed=seed, on_progress=report),
        text=_("Making the picture …"),
    )


def _change_seed() -> None:
    st.session_state[_SEED] = st.session_state.get(_SEED, 0) + 1


def _measure(run: RunFolder, network: TrainedNetwork, layer: Layer, pictures: PictureSet) -> UnitResponses:
    from nn_core.inference import UnitResponses, compute_responses

    return compute_with_progress(
        ("responses", str(run.path), get_weights_version(run), layer.name, pictures.is_stand_in),
        UnitResponses,
        lambda _report: compute_responses(network, pictures.test[_thin(pictures)], layer.name),
        text=_("Measuring the test pictures …"),
    )


def _thin(pictures: PictureSet) -> list[int]:
    """The indices of at most `_PICTURES` test pictures, evenly spread."""
    return list(range(0, len(pictures.test), -(-len(pictures.test) // _PICTURES)))


def _describe_example(
    network: TrainedNetwork, layer: Layer, unit: int, example: Example, responses: UnitResponses
) -> str:
    import torch

    from nn_core.inference import compute_responses

    own = compute_responses(network, torch.from_numpy(example.picture).unsqueeze(0), layer.name)
    value = float(own.values[0, unit])
    share = float((responses.values[:, unit] < value).float().mean())
    return _("{example} gives {value}, more than {share} of the test pictures.").format(
        example=example.title, value=format_decimal(value), share=format_percent(share, 0)
    )


def _explain(layer: Layer) -> None:
    position = _(" at its best position") if layer.shape[1] * layer.shape[2] > 1 else ""
    response = (
        _("The response is the value before the activation function{position}.")
        if layer.has_activation
        else _("The response is the value that the layer computes{position}; no activation function follows.")
    )
    made = _(
        "The picture starts as noise and follows the gradient. It is kept smooth (total variation), close to the mean picture (L2 decay), "
        "and robust to small shifts, turns and scalings."
    )
    st.caption(f"{response.format(position=position)} {made}")
