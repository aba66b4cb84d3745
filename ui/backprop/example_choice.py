"""The choice of the example: one of the test split, or the user's own drawing, text or point."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from nn_core.data import Dataset
from nn_core.i18n import _
from nn_core.task import Kind
from ui.app.text import escape_markdown
from ui.app.url_values import is_history_navigation, make_choice_value, read_value, write_url
from ui.app.widgets import choose
from ui.draw.canvas import PEN, SIZE, draw_canvas
from ui.draw.prediction_view import has_only_digits
from ui.inspect.sample_picker import make_sample_value, pick_sample

if TYPE_CHECKING:
    from torch import Tensor

    from nn_core.backprop import Example
    from nn_core.inference import TrainedNetwork

__all__ = ["choose_example"]

_SOURCE = make_choice_value("source", ("test", "own"), "test")
_SOURCE_KEY, _SAMPLE_KEY = "backprop_source", "backprop_sample"
_HARDEST = "backprop_hardest"


def choose_example(network: TrainedNetwork, dataset: Dataset | None) -> Example | None:
    """Show the choice, which is also in the URL, and return the example; None as long as the user has not made one.

    The first one is a test example with a large loss, because there is little to see in the gradients of a loss near 0.

    Args:
        network: decides what is offered.
        dataset: with test examples; None if none are on this machine.
    """
    from nn_core.backprop import make_example, take_test_example

    titles = _list_sources(network, dataset)
    if not titles:
        return None
    sample_value = (
        make_sample_value(len(dataset.test), _find_hardest(network, dataset)) if dataset else make_sample_value(1)
    )
    if is_history_navigation() or _SOURCE_KEY not in st.session_state:
        st.session_state[_SOURCE_KEY] = read_value(_SOURCE)
        st.session_state[_SAMPLE_KEY] = read_value(sample_value)
    if st.session_state[_SOURCE_KEY] not in titles:
        st.session_state[_SOURCE_KEY] = next(iter(titles))
    left, right = st.columns([2, 5], gap="small")
    with left:
        source = choose(_("Example"), titles, key=_SOURCE_KEY)
    with right:
        if source == "test" and dataset is not None:
            index = pick_sample(len(dataset.test), _("Number"), key=_SAMPLE_KEY)
            write_url((_SOURCE, sample_value), {"source": source, "example": index})
            return take_test_example(network, dataset, index)
        write_url((_SOURCE, sample_value), {"source": source, "example": sample_value.default})
        stored = _take_own(network)
        return None if stored is None else make_example(network, stored, _choose_answer(network, stored))


def _find_hardest(network: TrainedNetwork, dataset: Dataset) -> int:
    """Find the example, or return the one that was found for the same network and data."""
    from nn_core.backprop import find_hardest_example

    kept: tuple[TrainedNetwork, Dataset, int] | None = st.session_state.get(_HARDEST)
    if kept is None or kept[0] is not network or kept[1] is not dataset:
        kept = network, dataset, find_hardest_example(network, dataset)
        st.session_state[_HARDEST] = kept
    return kept[2]


def _list_sources(network: TrainedNetwork, dataset: Dataset | None) -> dict[str, str]:
    tests: dict[Kind, str] = {"pictures": _("Test picture"), "text": _("Test text"), "points": _("Test point")}
    own: dict[Kind, str] = {"pictures": _("My drawing"), "text": _("My text"), "points": _("My point")}
    spec, sources = network.spec, dict[str, str]()
    if dataset is not None:
        sources["test"] = tests[spec.kind]
    if spec.kind != "pictures" or spec.is_line_drawing:
        sources["own"] = own[spec.kind]
    return sources


def _take_own(network: TrainedNetwork) -> Tensor | None:
    """Show the canvas or the fields; return the sample as the data set stores it, or None for an empty one."""
    import torch

    from nn_core.backprop import encode_name
    from nn_core.data.encode_text import count_characters, decode
    from nn_core.data.transforms import resize_to_spec
    from nn_core.drawings import read_canvas
    from nn_core.drawings.preprocess import prepare_drawing

    spec = network.spec
    if spec.kind == "text":
        text = st.text_input(
            _("A name") if spec.name == "surnames" else _("A text"), key="backprop_text", autocomplete="off"
        )
        if not text.strip():
            st.info(_("Type a name first."), icon=":material/keyboard:")
            return None
        stored, length = encode_name(network, text), spec.shape[0]
        if count_characters(text.strip()) > length:
            st.caption(
                _("The network reads the first {length} letters only: “{text}”.").format(
                    length=length, text=escape_markdown(decode(stored.unsqueeze(0), spec.alphabet)[0])
                )
            )
        return stored
    if spec.kind == "points":
        with st.container(horizontal=True):
            across = st.number_input("x₁", -10.0, 10.0, 0.5, 0.1, key="backprop_x", width=140)
            up = st.number_input("x₂", -10.0, 10.0, 0.5, 0.1, key="backprop_y", width=140)
        return torch.tensor([across, up], dtype=torch.float32)
    strokes = draw_canvas(test_digits=has_only_digits(spec.classes))
    prepared = prepare_drawing(read_canvas(strokes, size=SIZE, pen_width=PEN))
    if prepared is None:
        st.info(_("Draw something first."), icon=":material/draw:")
        return None
    return torch.from_numpy(resize_to_spec(prepared, spec))


def _choose_answer(network: TrainedNetwork, stored: Tensor) -> float | None:
    """Ask for the correct class or value, which the loss needs. The network's own class is chosen at first."""
    classes = network.spec.classes
    if network.goal == "reconstruct":
        return None
    if network.goal == "regress":
        return st.number_input(_("It should be"), -10.0, 10.0, 0.0, 0.1, key="backprop_value", width=140)
    answer = int(network.compute_outputs(stored.unsqueeze(0))[0].argmax())
    return st.selectbox(
        _("It should be"),
        range(len(classes)),
        index=answer,
        format_func=classes.__getitem__,
        help=_("The loss compares the output with this class. At first it is the network's own answer."),
    )
