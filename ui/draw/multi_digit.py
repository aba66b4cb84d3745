"""The answer to a drawing: one digit, or a number with its digits in a row, one of which can be selected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from nn_core.formatting import CERTAIN, format_confidence, format_percent
from nn_core.i18n import _
from ui.app.text import escape_markdown
from ui.data.picture_views import enlarge, to_display
from ui.draw.prediction_view import announce_label, has_only_digits, show_answer, show_bars, show_large_answer

if TYPE_CHECKING:
    from nn_core.data import DatasetSpec
    from nn_core.inference import Reading, ReadPart

__all__ = ["show_reading"]

_SIDE = 64  # screen pixels of a digit


def show_reading(
    reading: Reading | None, spec: DatasetSpec, *, key: str, invitation: str, when: str
) -> ReadPart | None:
    """Show the answer, and return the digit to be explained: the only one, or the selected one; None if nothing is drawn.

    The parameters are those of `ui.draw.prediction_view.show_answer`.
    """
    if reading is None or len(reading.parts) == 1:
        part = reading.parts[0] if reading else None
        show_answer(part.prediction if part else None, spec, key=key, invitation=invitation, when=when)
        return part
    with st.container(key=key):
        show_large_answer(reading.label, key=key)
        st.caption(_describe_confidence(reading))
    confidence = reading.probabilities[reading.label]
    announce_label(reading.label, format_confidence(confidence), key=key, event=f"{reading.label} {confidence}")
    with st.container(key=f"{key}_digits", horizontal=True, gap="small"):
        for place, part in enumerate(reading.parts, start=1):
            _show_part(part, place)
    part = reading.parts[_choose_part(reading, spec, key)]
    show_bars(part.prediction, spec, key=key)
    return part


def _describe_confidence(reading: Reading) -> str:
    confidence = format_confidence(reading.probabilities[reading.label])
    text = _("{share} sure of both.") if len(reading.parts) == 2 else _("{share} sure of all {count}.")
    text = text.format(share=confidence[0].upper() + confidence[1:], count=len(reading.parts))
    unknown = [
        escape_markdown(part.prediction.label) for part in reading.parts if part.prediction.is_out_of_distribution
    ]
    return f"{text} {_('Not recognised: {labels}.').format(labels=', '.join(unknown))}" if unknown else text


def _show_part(part: ReadPart, place: int) -> None:
    label = part.prediction.label
    if part.prediction.picture is not None:
        st.image(
            enlarge(to_display(part.prediction.picture), _SIDE),
            caption=f"{escape_markdown(label)} · {format_percent(min(part.prediction.probabilities[label], CERTAIN))}",
            alt=_("Number {place} from the left, read as {label}").format(place=place, label=label),
        )


def _choose_part(reading: Reading, spec: DatasetSpec, key: str) -> int:
    """The index of the part to explain."""
    labels = [part.prediction.label for part in reading.parts]
    chosen: int = st.segmented_control(
        _("Digit to explain") if has_only_digits(spec.classes) else _("Drawing to explain"),
        range(len(labels)),
        default=0,
        required=True,
        format_func=lambda place: escape_markdown(labels[place]),
        key=f"{key}_part_of_{len(labels)}",
    )
    return chosen
