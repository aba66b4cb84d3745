"""A network's answer: the class in large letters, its confidence, and a bar for each class; for a number, each of its digits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeVar

import streamlit as st

from nn_core.data import DatasetSpec
from nn_core.formatting import format_confidence
from nn_core.i18n import _
from ui.app.images import enlarge, to_display
from ui.app.text import escape_markdown
from ui.app.widgets import choose
from ui.components.announcer import announce
from ui.components.live_answer import show_live_input, show_live_label
from ui.components.probability_bars import draw_probability_bars

if TYPE_CHECKING:
    from nn_core.inference import Prediction, Reading, ReadPart

__all__ = [
    "announce_answer",
    "get_top_probabilities",
    "has_only_digits",
    "show_answer",
    "show_bars",
    "show_label",
    "show_reading",
]

SourceT = TypeVar("SourceT")

_SURE, _HALF = 0.8, 0.5  # confidences below which the answer's wording becomes more careful
_MAX_BARS = 30
_TOP_CLASSES = 15
_INPUT_SIDE, _DIGIT_SIDE = 112, 64  # screen pixels


def show_answer(
    prediction: Prediction | None,
    spec: DatasetSpec,
    *,
    key: str,
    invitation: str,
    when: str,
    note: str = "",
    drawing: str = "",
) -> None:
    """Show the answer, the picture as the network sees it, and the probability of each class.

    Args:
        prediction: None shows the invitation and empty bars.
        key: of the container with the answer.
        invitation: what to do to get an answer.
        when: when the answer will appear.
        note: Markdown after the confidence.
        drawing: identifies the drawing (`identify_drawing`) where the answer follows the pen; otherwise empty.
    """
    left, right = st.columns([3, 1], vertical_alignment="center")
    with left:
        show_label(prediction, key=key, invitation=invitation, when=when, note=note, drawing=drawing)
    with right:
        _show_input(prediction, spec, key=key, drawing=drawing)
    show_bars(prediction, spec, key=key, drawing=drawing)
    announce_answer(prediction, key=key)


def _show_input(prediction: Prediction | None, spec: DatasetSpec, *, key: str, drawing: str) -> None:
    """Show the picture as the network sees it. Where it follows the pen it is black before anything is drawn, so that nothing moves."""
    picture = prediction.picture if prediction else None
    if drawing:
        _channels, height, width = spec.shape if picture is None else picture.shape
        shown = None if picture is None else to_display(picture)
        show_live_input(shown, width=width, height=height, pen=key, drawing=drawing)
    elif picture is not None:
        _channels, height, width = picture.shape
        st.image(
            enlarge(to_display(picture), _INPUT_SIDE),
            caption=_("What it sees"),
            alt=_("The {width} × {height} pixels that the network sees").format(width=width, height=height),
        )


def show_reading(
    reading: Reading[SourceT] | None, spec: DatasetSpec, *, key: str, invitation: str, when: str, drawing: str = ""
) -> ReadPart[SourceT] | None:
    """Show the answer, and return the digit to be explained: the only one, or the selected one; None if there is none.

    The parameters are those of `show_answer`.
    """
    if reading is None or len(reading.parts) == 1:
        part = reading.parts[0] if reading else None
        prediction = part.prediction if part else None
        show_answer(prediction, spec, key=key, invitation=invitation, when=when, drawing=drawing)
        return part
    left, right = st.columns([3, 1], vertical_alignment="center") if drawing else (st.container(), st.container())
    with left, st.container(key=key):
        _show_large_answer(reading.label, key=key)
        st.caption(_describe_confidence(reading))
        if drawing:
            show_live_label(pen=key, drawing=drawing)
    confidence = reading.probabilities[reading.label]
    _announce_label(reading.label, format_confidence(confidence), key=key, event=f"{reading.label} {confidence}")
    with st.container(key=f"{key}_digits", horizontal=True, gap="small"):
        for place, part in enumerate(reading.parts, start=1):
            _show_part(part, place)
    part = reading.parts[_choose_part(reading, spec, key)]
    if drawing:
        with right:
            _show_input(part.prediction, spec, key=key, drawing=drawing)
    show_bars(part.prediction, spec, key=key, drawing=drawing)
    return part


def _describe_confidence(reading: Reading[SourceT]) -> str:
    confidence = format_confidence(reading.probabilities[reading.label])
    text = _("{share} sure of both.") if len(reading.parts) == 2 else _("{share} sure of all {count}.")
    text = text.format(share=confidence[0].upper() + confidence[1:], count=len(reading.parts))
    unknown = [
        escape_markdown(part.prediction.label) for part in reading.parts if part.prediction.is_out_of_distribution
    ]
    return f"{text} {_('Not recognised: {labels}.').format(labels=', '.join(unknown))}" if unknown else text


def _show_part(part: ReadPart[SourceT], place: int) -> None:
    label = part.prediction.label
    if part.prediction.picture is not None:
        is_unknown = part.prediction.is_out_of_distribution
        certainty = _("not recognised") if is_unknown else format_confidence(part.prediction.probabilities[label])
        st.image(
            enlarge(to_display(part.prediction.picture), _DIGIT_SIDE),
            caption=f"{'?' if is_unknown else escape_markdown(label)} · {certainty}",
            alt=_("Number {place} from the left, read as {label}").format(place=place, label=label),
        )


def _choose_part(reading: Reading[SourceT], spec: DatasetSpec, key: str) -> int:
    """The index of the part to explain."""
    labels = {place: escape_markdown(part.prediction.label) for place, part in enumerate(reading.parts)}
    title = _("Digit to explain") if has_only_digits(spec.classes) else _("Drawing to explain")
    return choose(title, labels, key=f"{key}_part_of_{len(labels)}")


def show_label(
    prediction: Prediction | None,
    *,
    key: str,
    invitation: str,
    when: str,
    note: str = "",
    lead: str = "",
    drawing: str = "",
) -> None:
    """Show the answer and its confidence; the parameters are those of `show_answer`. lead: above the answer."""
    with st.container(key=key):
        if prediction is None:
            _show_sentence(invitation, key)
            st.caption(when)
        else:
            _show_prediction(prediction, key=key, note=note, lead=lead)
        if drawing:
            show_live_label(pen=key, drawing=drawing)


def _show_prediction(prediction: Prediction, *, key: str, note: str, lead: str) -> None:
    confidence = format_confidence(prediction.probabilities[prediction.label])
    if prediction.is_out_of_distribution:
        _show_sentence(_describe_unknown(prediction), key)
        guess = _("It has seen nothing like this. Best guess: {label} ({share})")
        st.caption(guess.format(label=escape_markdown(prediction.label), share=confidence))
        return
    if lead:
        st.caption(lead)
    _show_large_answer(prediction.label, key=key)
    st.caption(f"{_describe_certainty(prediction)} {note}".strip())


def _describe_certainty(prediction: Prediction) -> str:
    """Markdown: how sure the network is, and if it is not, what else it considers."""
    share = format_confidence(prediction.probabilities[prediction.label])
    if prediction.confidence >= _SURE or len(prediction.probabilities) < 2:
        return _("The network is {share} sure.").format(share=share)
    (_first, _share), (other, other_share) = get_top_probabilities(prediction.probabilities, 2).items()
    text = (
        _("The network is only {share} sure; it could also be {other} ({other_share}).")
        if prediction.confidence >= _HALF
        else _("The network does not know: it is only {share} sure, and the next guess is {other} ({other_share}).")
    )
    return text.format(share=share, other=escape_markdown(other), other_share=format_confidence(other_share))


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
        _announce_label(prediction.label, confidence, key=key, event=event)


def _announce_label(label: str, confidence: str, *, key: str, event: str) -> None:
    """Announce an answer with its confidence as formatted on the page. event: changes with the answer."""
    announce(_("Read as {label}, {share} sure.").format(label=label, share=confidence), subject=key, event=event)


def _show_large_answer(label: str, *, key: str) -> None:
    """Show a class in large letters. It is not a heading, because no section begins here. key: of the container around it."""
    with st.container(key=f"answer_{key}"):
        st.markdown(f"**{escape_markdown(label)}**")  # without the asterisks, a class like "-" would begin a list


def _show_sentence(text: str, key: str) -> None:
    """In place of a class; smaller, so that it takes the same height."""
    with st.container(key=f"sentence_{key}"):
        st.markdown(text)


def _describe_unknown(prediction: Prediction) -> str:
    is_digit = has_only_digits(prediction.probabilities)
    return _("This does not look like a digit") if is_digit else _("Not recognised")


def show_bars(prediction: Prediction | None, spec: DatasetSpec, *, key: str, drawing: str = "") -> None:
    """Show a bar for each class; with more than 30 classes, for the 15 most likely. drawing: as for `show_answer`."""
    probabilities = prediction.probabilities if prediction else dict.fromkeys(spec.classes, 0.0)
    is_long = len(probabilities) > _MAX_BARS
    shown = get_top_probabilities(probabilities, _TOP_CLASSES) if is_long else probabilities
    draw_probability_bars(shown, key=f"{key}_bars", pen=key if drawing else "", drawing=drawing)
    if is_long:
        st.caption(_("The {count} most likely of {all} classes.").format(count=_TOP_CLASSES, all=len(probabilities)))


def get_top_probabilities(probabilities: dict[str, float], count: int) -> dict[str, float]:
    """Return the most likely classes, in descending order."""
    return dict(sorted(probabilities.items(), key=lambda item: item[1], reverse=True)[:count])


def has_only_digits(classes: Iterable[str]) -> bool:
    """Whether all classes are digits."""
    return set(classes) <= set("0123456789")
