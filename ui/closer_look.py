"""Below an answer: the ways to ask the network for its reasons. Only the one that is chosen is computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from nn_core.i18n import _
from ui.attention_view import where_it_looked
from ui.side_by_side import other_networks
from ui.why import smallest_change_view, what_mattered
from ui.xray import xray_view

if TYPE_CHECKING:
    from nn_core.drawings import Drawing
    from nn_core.inference import Prediction, TrainedNetwork
    from nn_core.runs import RunFolder

__all__ = ["Question", "closer_look"]


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


def closer_look(question: Question) -> None:
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
    from nn_core.inference import attends

    views: dict[str, Callable[[Question], None]] = {}
    if network.spec.ink:
        views[_("X-ray")] = xray_view
    views[_("What mattered")] = what_mattered
    views[_("Smallest change")] = smallest_change_view
    if attends(network):
        views[_("Where it looked")] = _where_it_looked
    views[_("Other networks")] = other_networks
    return views


def _where_it_looked(question: Question) -> None:
    if question.prediction.picture is not None:
        where_it_looked(question.network, question.prediction.picture)
