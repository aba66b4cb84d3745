"""What a network answers: the class in large letters, how sure it is, and a bar for each class."""

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
    from nn_core.data import DatasetSpec
    from nn_core.inference import Prediction

__all__ = ["announce_answer", "announce_label", "show_answer", "show_bars", "show_label", "show_large_answer"]

_MOST_BARS = 30
_LIKELIEST = 15
_SEEN = 112  # screen pixels


def show_answer(
    prediction: Prediction | None, spec: DatasetSpec, *, key: str, invitation: str, when: str, note: str = ""
) -> None:
    """The answer with the picture that the network saw, and how sure it is of each class.

    key: of the container with the answer. invitation and when: what to do where there is no answer yet, and when it will
    come. note: Markdown below the sureness.
    """
    answer, picture = st.columns([3, 1], vertical_alignment="center")
    with answer:
        show_label(prediction, key=key, invitation=invitation, when=when, note=note)
    with picture:
        if prediction is not None and prediction.picture is not None:
            _channels, height, width = prediction.picture.shape
            st.image(
                enlarge(to_display(prediction.picture), _SEEN),
                caption=_("What it sees"),
                alt=_("The {width} × {height} pixels that the network sees").format(width=width, height=height),
            )
    show_bars(prediction, spec, key=key)
    announce_answer(prediction, key=key)


def show_label(prediction: Prediction | None, *, key: str, invitation: str, when: str, note: str = "") -> None:
    """The answer and how sure the network is of it; parameters as of `show_answer`."""
    with st.container(key=key):
        if prediction is None:
            _sentence(invitation, key)
            st.caption(when)
            return
        share = prediction.probabilities[prediction.label]
        sure = format_confidence(share)
        if prediction.is_out_of_distribution:
            _sentence(_unlike(prediction), key)
            guess = _("It has learned nothing like it. If it had to choose: {label}, {share} sure.")
            st.caption(guess.format(label=escape_markdown(prediction.label), share=sure))
            return
        show_large_answer(prediction.label, key=key)
        st.caption(_("The network is {share} sure.").format(share=sure) + (f" {note}" if note else ""))


def announce_answer(prediction: Prediction | None, *, key: str) -> None:
    """Have the prediction read out when it has changed."""
    if prediction is None:
        announce("", subject=key)
        return
    sure = format_confidence(prediction.probabilities[prediction.label])
    event = repr(sorted(prediction.probabilities.items()))
    if prediction.is_out_of_distribution:
        guess = _("If it had to choose: {label}, {share} sure.").format(label=prediction.label, share=sure)
        announce(f"{_unlike(prediction)}. {guess}", subject=key, event=event)
    else:
        announce_label(prediction.label, sure, key=key, event=event)


def announce_label(label: str, sure: str, *, key: str, event: str) -> None:
    """sure: how sure the network is, as the page shows it; event: changes with the answer."""
    announce(_("Read as {label}, {share} sure.").format(label=label, share=sure), subject=key, event=event)


def show_large_answer(label: str, *, key: str) -> None:
    """A class in large letters. Not a heading, because no section begins with it. key: of the container around it."""
    with st.container(key=f"answer_{key}"):
        st.markdown(f"**{escape_markdown(label)}**")  # alone, a class like "-" would begin a list


def _sentence(text: str, key: str) -> None:
    """Where there is no class to name; smaller, so that it takes no more room."""
    with st.container(key=f"sentence_{key}"):
        st.markdown(text)


def _unlike(prediction: Prediction) -> str:
    if set(prediction.probabilities) <= set("0123456789"):
        return _("This does not look like a digit")
    return _("This looks like nothing it knows")


def show_bars(prediction: Prediction | None, spec: DatasetSpec, *, key: str) -> None:
    """A bar for each class; of very many, for the likeliest."""
    shares = prediction.probabilities if prediction else dict.fromkeys(spec.classes, 0.0)
    if len(shares) <= _MOST_BARS:
        draw_probability_bars(shares, key=f"{key}_bars")
        return
    likeliest = sorted(shares, key=shares.__getitem__, reverse=True)[:_LIKELIEST]
    draw_probability_bars({label: shares[label] for label in likeliest}, key=f"{key}_bars")
    st.caption(_("The {count} likeliest of {all} classes.").format(count=_LIKELIEST, all=len(shares)))
