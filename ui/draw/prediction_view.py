"""A network's answer: the class in large letters, its confidence, and a bar for each class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from nn_core.formatting import format_confidence
from nn_core.i18n import _
from ui.app.text import escape_markdown
from ui.components.announcer import announce
from ui.components.probability_bars import draw_probability_bars
from ui.data.picture_views import enlarge, to_display

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nn_core.data import DatasetSpec
    from nn_core.inference import Prediction

__all__ = [
    "announce_answer",
    "announce_label",
    "get_top_probabilities",
    "has_only_digits",
    "show_answer",
    "show_bars",
    "show_label",
    "show_large_answer",
]

_MAX_BARS = 30
_TOP_CLASSES = 15
_INPUT_SIDE = 112  # screen pixels


def show_answer(
    prediction: Prediction | None, spec: DatasetSpec, *, key: str, invitation: str, when: str, note: str = ""
) -> None:
    """Show the answer, the picture as the network sees it, and the probability of each class.

    Args:
        prediction: None shows the invitation and empty bars.
        key: of the container with the answer.
        invitation: what to do to get an answer.
        when: when the answer will appear.
        note: Markdown after the confidence.
    """
    left, right = st.columns([3, 1], vertical_alignment="center")
    with left:
        show_label(prediction, key=key, invitation=invitation, when=when, note=note)
    with right:
        if prediction is not None and prediction.picture is not None:
            _channels, height, width = prediction.picture.shape
            st.image(
                enlarge(to_display(prediction.picture), _INPUT_SIDE),
                caption=_("What it sees"),
                alt=_("The {width} × {height} pixels that the network sees").format(width=width, height=height),
            )
    show_bars(prediction, spec, key=key)
    announce_answer(prediction, key=key)


def show_label(prediction: Prediction | None, *, key: str, invitation: str, when: str, note: str = "") -> None:
    """Show the answer and its confidence; the parameters are those of `show_answer`."""
    with st.container(key=key):
        if prediction is None:
            _show_sentence(invitation, key)
            st.caption(when)
            return
        confidence = format_confidence(prediction.probabilities[prediction.label])
        if prediction.is_out_of_distribution:
            _show_sentence(_describe_unknown(prediction), key)
            guess = _("It has seen nothing like this. Best guess: {label} ({share})")
            st.caption(guess.format(label=escape_markdown(prediction.label), share=confidence))
            return
        show_large_answer(prediction.label, key=key)
        st.caption(_("The network is {share} sure.").format(share=confidence) + (f" {note}" if note else ""))


def announce_answer(prediction: Prediction | None, *, key: str) -> None:
    """Announce the prediction to screen readers when it has changed."""
    if prediction is None:
        announce("", subject=key)
        return
    confidence = format_confidence(prediction.probabilities[prediction.label])
    event = repr(sorted(prediction.probabilities.items()))
    if prediction.is_out_of_distribution:
        guess = _("Best guess: {label}, {share} sure.").format(label=prediction.label, share=confidence)
        announce(f"{_describe_unknown(prediction)}. {guess}", subject=key, event=event)
    else:
        announce_label(prediction.label, confidence, key=key, event=event)


def announce_label(label: str, confidence: str, *, key: str, event: str) -> None:
    """Announce an answer with its confidence as formatted on the page. event: changes with the answer."""
    announce(_("Read as {label}, {share} sure.").format(label=label, share=confidence), subject=key, event=event)


def show_large_answer(label: str, *, key: str) -> None:
    """Show a class in large letters. It is not a heading, because no section begins here. key: of the container around it."""
    with st.container(key=f"answer_{key}"):
        st.markdown(f"**{escape_markdown(label)}**")  # without the asterisks, a class like "-" would begin a list


def _show_sentence(text: str, key: str) -> None:
    """In place of a class; smaller, so that it takes the same height."""
    with st.container(key=f"sentence_{key}"):
        st.markdown(text)


def _describe_unknown(prediction: Prediction) -> str:
    if has_only_digits(prediction.probabilities):
        return _("This does not look like a digit")
    return _("Not recognised")


def show_bars(prediction: Prediction | None, spec: DatasetSpec, *, key: str) -> None:
    """Show a bar for each class; with more than 30 classes, for the 15 most likely."""
    probabilities = prediction.probabilities if prediction else dict.fromkeys(spec.classes, 0.0)
    if len(probabilities) <= _MAX_BARS:
        draw_probability_bars(probabilities, key=f"{key}_bars")
        return
    draw_probability_bars(get_top_probabilities(probabilities, _TOP_CLASSES), key=f"{key}_bars")
    st.caption(_("The {count} most likely of {all} classes.").format(count=_TOP_CLASSES, all=len(probabilities)))


def get_top_probabilities(probabilities: dict[str, float], count: int) -> dict[str, float]:
    """Return the most likely classes, in descending order."""
    top = sorted(probabilities, key=probabilities.__getitem__, reverse=True)[:count]
    return {label: probabilities[label] for label in top}


def has_only_digits(classes: Iterable[str]) -> bool:
    """Whether all classes are digits."""
    return set(classes) <= set("0123456789")
