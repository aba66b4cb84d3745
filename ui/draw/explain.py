"""Below an answer: the ways to ask the network for its reasons. Only the one that is chosen is computed."""

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
    """What somebody wants to know more about: what was drawn, what was made of it, and by whom.

    source: the strokes, or the content of a picture file; key: tells this question from others on the page, for widgets' keys.
    """

    run: RunFolder
    network: TrainedNetwork
    source: Drawing | bytes
    prediction: Prediction
    key: str = "look"


def explain_answer(question: Question) -> None:
    """A row of choices, and below it what is chosen; nothing until something is."""
    views = _views(question.network)
    if not views:
        return
    key, kept = f"{question.key}_closer", f"{question.key}_kept"
    if key not in st.session_state and st.session_state.get(kept) in views:
        st.session_state[key] = st.session_state[kept]  # an empty canvas took the row away
    chosen = st.session_state[kept] = st.segmented_control(_("Look closer"), list(views), key=key)
    if chosen:
        views[chosen](question)


def _views(network: TrainedNetwork) -> dict[str, Callable[[Question], None]]:
    """By the name that people read, in the order of the row."""
    from nn_core.inference import has_attention

    views: dict[str, Callable[[Question], None]] = {}
    if network.spec.is_line_drawing:
        views[_("X-ray")] = show_xray
    views[_("What mattered")] = show_attribution
    views[_("Smallest change")] = show_counterfactual
    if has_attention(network):
        views[_("Where it looked")] = _where_it_looked
    views[_("Other networks")] = show_other_networks
    return views


def _where_it_looked(question: Question) -> None:
    if question.prediction.picture is not None:
        show_attention(question.network, question.prediction.picture)
