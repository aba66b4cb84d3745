"""Explanations below an answer, of which only the chosen one is computed. Two of them are here: which parts of a drawing mattered,
and the smallest change that leads to another answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st
from PIL import Image

from nn_core.drawings import Drawing, Stroke
from nn_core.formatting import format_confidence, format_percent
from nn_core.i18n import _
from nn_core.runs import RunFolder
from ui.app.cache import get_explain_lock, get_weights_version
from ui.app.glossary import describe_view
from ui.app.images import draw_change, draw_coloured_patches, draw_coloured_strokes, enlarge, to_display
from ui.app.text import escape_markdown
from ui.draw.side_by_side import show_other_networks
from ui.draw.xray import show_xray
from ui.inspect.attention_view import show_attention

if TYPE_CHECKING:
    from nn_core.drawings.pictures import PictureSource
    from nn_core.drawings.preprocess import Prepared
    from nn_core.inference import Attribution, Counterfactual, Patch, Prediction, TrainedNetwork

__all__ = ["Question", "explain_answer", "show_attention_view", "show_attribution", "show_counterfactual"]

_LARGE, _MEDIUM, _SMALL = 224, 168, 112  # screen pixels; two beside each other fit on a phone


@dataclass(frozen=True)
class Question:
    """An answer to be explained.

    Attributes:
        source: the strokes, or the content of a picture file, or a digit in it.
        key: prefix of the keys of its widgets, unique on the page.
        caption: of a picture that the user has not made.
    """

    run: RunFolder
    network: TrainedNetwork
    source: Drawing | PictureSource
    prediction: Prediction
    key: str = "look"
    caption: str = ""

    @property
    def state(self) -> tuple[str, int]:
        """What the results depend on besides the picture: the run, and a number that changes with its weights and its views."""
        return str(self.run.path), hash((get_weights_version(self.run), self.network.has_tta))


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
        views[_("Where it looked")] = show_attention_view
    views[_("Other networks")] = show_other_networks
    return views


def show_attention_view(question: Question) -> None:
    if question.prediction.picture is not None:
        show_attention(question.network, question.prediction.picture)


def show_attribution(question: Question) -> None:
    """Show the strokes of the drawing, or the patches of the picture, in the colours of their influence."""
    network, source = question.network, question.source
    label, picture = question.prediction.label, question.prediction.picture
    state = question.state
    coloured: Image.Image | str
    if not isinstance(source, Drawing):
        if picture is None:
            return
        patches, influence = _attribute_patches(*state, picture, label, network)
        coloured = draw_coloured_patches(picture, patches, influence.scores, _LARGE)
    else:
        pieces, influence = _attribute_strokes(*state, source, label, network)
        if len(pieces) < 2:
            st.caption(_("A dot cannot be divided. Draw a line to see the influence of each part."))
            return
        coloured = draw_coloured_strokes(pieces, influence.scores, source.pen_width)
    describe_view(
        _("The colours show how much each part speaks for the answer or against it."),
        _("Look for parts that decide although a person would not use them."),
        "attribution",
        "counterfactual",
        "confidence",
        key=f"{question.key}_attribution",
    )
    with st.container(horizontal=True, gap="small", key=f"{question.key}_mattered"):
        caption = question.caption or (_("What you drew") if isinstance(source, Drawing) else _("Your picture"))
        alt = _("The input: blue where it counts for {label}, orange with stripes where it counts against it")
        st.image(coloured, width=_LARGE, caption=caption, alt=alt.format(label=label))
        without = enlarge(to_display(influence.picture_without), _SMALL)
        alt = _("The same without the parts that count most for {label}, as the network sees it")
        st.image(without, width=_SMALL, caption=_("Without the bluest"), alt=alt.format(label=label))
        with st.container(width=352):
            st.markdown(
                _(
                    ":blue[**Blue**] (+) counts for {label}, :orange[**orange**] with stripes (−) against it. Grey hardly "
                    "matters."
                ).format(label=escape_markdown(label))
            )
            st.markdown(_describe_rest(question, influence))


def _describe_rest(question: Question, influence: Attribution) -> str:
    """What the network answers without the parts that mattered most."""
    before, after = question.prediction, _predict(question.network, influence.picture_without)
    count, parts = len(influence.strongest), len(influence.scores)
    removed = _("the bluest of {parts} parts") if count == 1 else _("the bluest {count} of {parts} parts")
    sentence = (
        _("Even without {removed}, it says **{label}** ({share}).")
        if after.label == before.label
        else _("Without {removed}, it says **{label}** ({share}).")
    ).format(
        removed=removed.format(count=count, parts=parts),
        label=escape_markdown(after.label),
        share=_format_confidence(after),
    )
    of_all = _("With all of them, it says **{label}** ({share}).").format(
        label=escape_markdown(before.label), share=_format_confidence(before)
    )
    return f"{sentence} {of_all}{_describe_doubt(after)}"


def show_counterfactual(question: Question) -> None:
    """Show the picture before the change, the change in two colours, and the picture after it, for any or a chosen other answer."""
    network, prediction = question.network, question.prediction
    picture = prediction.picture
    if picture is None:
        return
    describe_view(
        _("This is the least ink to add or remove that makes the network answer differently."),
        _("Look for changes that are smaller than you expected: there the answer was close to the border."),
        "counterfactual",
        "decision_boundary",
        "attribution",
        key=f"{question.key}_counterfactual",
    )
    others = [name for name in network.spec.classes if name != prediction.label]
    key = f"{question.key}_target"
    if st.session_state.get(key) not in (None, *others):
        st.session_state[key] = None  # chosen for another answer or network
    target = st.selectbox(
        _("What would make it say"),
        [None, *others],
        format_func=lambda name: _("any other answer") if name is None else name,
        key=key,
        width=_LARGE,
    )
    change = _find_change(*question.state, picture, target, network)
    if change is None:
        wanted = _("another answer") if target is None else escape_markdown(target)
        text = _("No change up to the size of the whole picture makes it say {wanted}. Choose another answer.")
        st.info(text.format(wanted=wanted), icon=":material/search_off:")
        return
    after = _predict(network, change.picture)
    images = (
        (
            enlarge(to_display(picture), _MEDIUM),
            _("Now: {label}").format(label=escape_markdown(prediction.label)),
            _("What the network sees now"),
        ),
        (
            draw_change(picture, change, _MEDIUM),
            _("The change"),
            _("The change: blue where it becomes lighter, orange with stripes where it becomes darker"),
        ),
        (
            enlarge(to_display(change.picture), _MEDIUM),
            _("Then: {label}").format(label=escape_markdown(change.label)),
            _("What the network sees after the change"),
        ),
    )
    with st.container(horizontal=True, gap="small", key=f"{question.key}_find_change"):
        for image, caption, alt in images:
            st.image(image, width=_MEDIUM, caption=caption, alt=alt)
    st.markdown(_describe_change(question, change, after))
    st.caption(
        _(
            "Found by adding and erasing dots one by one where they raise the other answer most, and checked on the network. A "
            "smaller change may exist."
        )
    )


def _describe_change(question: Question, change: Counterfactual, after: Prediction) -> str:
    if question.network.spec.is_line_drawing:
        colours = _(":blue[**Blue**] (+) is added ink, :orange[**orange**] with stripes (−) is removed ink.")
        amount = _("Changing {share} of the ink turns **{label}** ({before}) into **{other}** ({after}).")
    else:
        colours = _(":blue[**Blue**] (+) becomes lighter, :orange[**orange**] with stripes (−) becomes darker.")
        amount = _("Changing {share} of the brightness turns **{label}** ({before}) into **{other}** ({after}).")
    amount = amount.format(
        share=format_percent(change.share),
        label=escape_markdown(question.prediction.label),
        before=_format_confidence(question.prediction),
        other=escape_markdown(change.label),
        after=_format_confidence(after),
    )
    return f"{colours} {amount}{_describe_doubt(after)}"


def _format_confidence(prediction: Prediction) -> str:
    return format_confidence(prediction.probabilities[prediction.label])


def _describe_doubt(prediction: Prediction) -> str:
    """A note if the picture is out of distribution."""
    return " " + _("But it would not recognise such a picture.") if prediction.is_out_of_distribution else ""


def _predict(network: TrainedNetwork, picture: Prepared) -> Prediction:
    from nn_core.inference import predict_prepared

    return predict_prepared(network, picture)


@st.cache_data(show_spinner="Testing each part …", max_entries=64)
def _attribute_strokes(
    run: str, version: int, drawing: Drawing, label: str, _network: TrainedNetwork
) -> tuple[list[Stroke], Attribution]:
    from nn_core.inference import attribute_strokes

    with get_explain_lock():
        return attribute_strokes(_network, drawing, label)


@st.cache_data(show_spinner="Testing each part …", max_entries=64)
def _attribute_patches(
    run: str, version: int, picture: Prepared, label: str, _network: TrainedNetwork
) -> tuple[list[Patch], Attribution]:
    from nn_core.inference import attribute_patches

    with get_explain_lock():
        return attribute_patches(_network, picture, label)


@st.cache_data(show_spinner="Searching for the smallest change …", max_entries=64)
def _find_change(
    run: str, version: int, picture: Prepared, target: str | None, _network: TrainedNetwork
) -> Counterfactual | None:
    from nn_core.inference import find_counterfactual

    with get_explain_lock():
        return find_counterfactual(_network, picture, target)
