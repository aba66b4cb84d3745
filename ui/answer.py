"""What a network answers: the class in large letters, how sure it is, and a bar for each class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from nn_core.i18n import _
from ui.pictures import as_shown, enlarged
from ui.probability_bars import probability_bars
from ui.text import percent, plain

if TYPE_CHECKING:
    from nn_core.data import DatasetSpec
    from nn_core.inference import Prediction

__all__ = ["show_answer"]

_CERTAIN = 0.999  # no network deserves to be shown as 100 % sure
_SEEN = 112  # screen pixels


def show_answer(
    prediction: Prediction | None, spec: DatasetSpec, *, key: str, invitation: str, when: str, note: str = ""
) -> None:
    """The answer, how sure the network is of each class, and the picture that it saw.

    key: of the container with the answer. invitation and when: what to do where there is no answer yet, and when it will
    come. note: Markdown below the sureness.
    """
    answer, picture = st.columns([3, 1], vertical_alignment="center")
    with answer, st.container(key=key):
        if prediction is None:
            st.title(invitation, anchor=False)
            st.caption(when)
        else:
            st.title(plain(prediction.label), anchor=False)
            share = prediction.probabilities[prediction.label]
            sure = percent(share) if share < _CERTAIN else _("over {share}").format(share=percent(_CERTAIN))
            st.caption(_("The network is {share} sure.").format(share=sure) + (f" {note}" if note else ""))
    with picture:
        if prediction is not None and prediction.picture is not None:
            _channels, height, width = prediction.picture.shape
            st.image(
                enlarged(as_shown(prediction.picture), _SEEN),
                caption=_("What it sees"),
                alt=_("The {width} × {height} pixels that the network sees").format(width=width, height=height),
            )
    nothing = dict.fromkeys(spec.classes, 0.0)
    probability_bars(prediction.probabilities if prediction else nothing, key=f"{key}_bars")
