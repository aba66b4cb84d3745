"""Explanations below an answer. Only the chosen one is computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from nn_core.i18n import _
from ui.draw.side_by_side import show_other_networks
from ui.draw.why import show_attribution, show_counterfactual
from ui.draw.xray import show_xray
from ui.inspect.attention_view import show_attention

if TYPE_CHECKING:
    from nn_core.drawings import Drawing
    from nn_core.inference import Prediction, TrainedNetwork
    from nn_core.runs import RunFolder

__all__ = ["Question", "explain_answer"]


@dataclass(frozen=True)
class Question:
    """An answer to be explained.

    Attributes:
        source: the strokes, or the content of an image file.
        key: prefix of the keys of its widgets, unique on the page.
    """

    run: RunFolder
    network: TrainedNetwork
    source: Drawing | bytes
    prediction: Prediction
    key: str = "look"


def explain_answer(question: Question) -> None:
    """Show a choice of explanations, and below it the chosen one."""
    views = _list_views(question.network)
    if not views:
        return
    key, saved = f"{question.key}_closer", f"{question.key}_saved"
    if key not in st.session_state and st.session_state.get(saved) in views:
        st.session_state[key] = st.session_state[saved]  # the row disappears while the canvas is empty
    chosen = st.session_state[saved] = st.segmented_control(_("Look closer"), list(views), key=key)
    if chosen:
        views[chosen](question)


def _list_views(network: TrainedNetwork) -> dict[str, Callable[[Question], None]]:
    """By title, in the order of the row."""
    from nn_core.inference import has_attention

    views: dict[str, Callable[[Question], None]] = {}
    if network.spec.is_line_drawing:
        views[_("X-ray")] = show_xray
    views[_("What mattered")] = show_attribution
    views[_("Smallest change")] = show_counterfactual
    if has_attention(network):
        views[_("Where it looked")] = _show_attention
    views[_("Other networks")] = show_other_networks
    return views


def _show_attention(question: Question) -> None:
    if question.prediction.picture is not None:
        show_attention(question.network, question.prediction.picture)
