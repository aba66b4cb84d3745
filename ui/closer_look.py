"""Below an answer: the ways to ask the network for its reasons. Only the one that is chosen is computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from nn_core.i18n import _
from ui.attention_view import where_it_looked

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
    chosen = st.segmented_control(_("Look closer"), list(views), key=f"{question.key}_closer")
    if chosen:
        views[chosen](question)


def _views(network: TrainedNetwork) -> dict[str, Callable[[Question], None]]:
    """By the name that people read, in the order of the row."""
    from nn_core.inference import attends

    views: dict[str, Callable[[Question], None]] = {}
    if attends(network):
        views[_("Where it looked")] = _where_it_looked
    return views


def _where_it_looked(question: Question) -> None:
    if question.prediction.picture is not None:
        where_it_looked(question.network, question.prediction.picture)
