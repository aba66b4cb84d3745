"""Two explanations of an answer: which parts of a drawing mattered, and the smallest change that leads to another answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from nn_core.formatting import format_confidence, format_percent
from nn_core.i18n import _
from ui.app.cache import get_explain_lock, get_weights_version
from ui.app.text import escape_markdown
from ui.data.picture_views import enlarge, to_display
from ui.draw.why_pictures import draw_change, draw_coloured_patches, draw_coloured_strokes

if TYPE_CHECKING:
    from PIL import Image

    from nn_core.drawings import Drawing, Stroke
    from nn_core.drawings.preprocess import Prepared
    from nn_core.inference import Attribution, Counterfactual, Patch, Prediction, TrainedNetwork
    from ui.draw.explain import Question

__all__ = ["show_attribution", "show_counterfactual"]

_LARGE, _MEDIUM, _SMALL = 224, 168, 112  # screen pixels; two beside each other fit on a phone


def show_attribution(question: Question) -> None:
    """Show the strokes of the drawing, or the patches of the picture, in the colours of their influence."""
    network, prediction, source = question.network, question.prediction, question.source
    label = prediction.label
    state = (str(question.run.path), get_weights_version(question.run))
    coloured: Image.Image | str
    if isinstance(source, bytes):
        if prediction.picture is None:
            return
        patches, influence = _attribute_patches(*state, prediction.picture, label, network)
        coloured = draw_coloured_patches(prediction.picture, patches, influence.scores, _LARGE)
    else:
        pieces, influence = _attribute_strokes(*state, source, label, network)
        if len(pieces) < 2:
            st.caption(_("A dot cannot be divided. Draw a line to see the influence of each part."))
            return
        coloured = draw_coloured_strokes(pieces, influence.scores, source.pen_width)
    with st.container(horizontal=True, gap="small", key=f"{question.key}_mattered"):
        st.image(
            coloured,
            width=_LARGE,
            caption=_("Your picture") if isinstance(source, bytes) else _("What you drew"),
            alt=_(
                "Your input: blue where it counts for {label}, orange with stripes where it counts against it"
            ).format(label=label),
        )
        st.image(
            enlarge(to_display(influence.picture_without), _SMALL),
            width=_SMALL,
            caption=_("Without the bluest"),
            alt=_("The same without the parts that count most for {label}, as the network sees it").format(label=label),
        )
        with st.container(width=352):
            st.markdown(
                _(
                    ":blue[**Blue**] (+) counts for {label}, :orange[**orange**] with stripes (−) against it. Grey hardly "
                    "matters."
                ).format(label=escape_markdown(label))
            )
            st.markdown(_describe_rest(question, influence))
            st.caption(
                _(
                    "The parts are added in many random orders. The influence of a part is the average gain in confidence when it "
                    "is added (its Shapley value)."
                )
            )


def _describe_rest(question: Question, influence: Attribution) -> str:
    """What the network answers without the parts that mattered most."""
    before, after = question.prediction, _predict(question.network, influence.picture_without)
    count, parts = len(influence.strongest), len(influence.scores)
    removed = _("the bluest of {parts} parts") if count == 1 else _("the bluest {count} of {parts} parts")
    values = {
        "removed": removed.format(count=count, parts=parts),
        "label": escape_markdown(before.label),
        "other": escape_markdown(after.label),
        "before": _format_confidence(before),
        "after": _format_confidence(after),
    }
    if after.label == before.label:
        sentence = _("Even without {removed}, it says **{label}** ({after}).")
    else:
        sentence = _("Without {removed}, it says **{other}** ({after}).")
    return (sentence + " " + _("With all of them, it says **{label}** ({before}).")).format(**values) + _describe_doubt(
        after
    )


def show_counterfactual(question: Question) -> None:
    """Show the picture before the change, the change in two colours, and the picture after it, for any or a chosen other answer."""
    network, prediction = question.network, question.prediction
    picture = prediction.picture
    if picture is None:
        return
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
    change = _find_change(str(question.run.path), get_weights_version(question.run), picture, target, network)
    if change is None:
        st.info(_describe_no_change(question, target), icon=":material/search_off:")
        return
    after = _predict(network, change.picture)
    with st.container(horizontal=True, gap="small", key=f"{question.key}_find_change"):
        st.image(
            enlarge(to_display(picture), _MEDIUM),
            width=_MEDIUM,
            caption=_("Now: {label}").format(label=escape_markdown(prediction.label)),
            alt=_("What the network sees now"),
        )
        st.image(
            draw_change(picture, change, _MEDIUM),
            width=_MEDIUM,
            caption=_("The change"),
            alt=_("The change: blue where it becomes lighter, orange with stripes where it becomes darker"),
        )
        st.image(
            enlarge(to_display(change.picture), _MEDIUM),
            width=_MEDIUM,
            caption=_("Then: {label}").format(label=escape_markdown(change.label)),
            alt=_("What the network sees after the change"),
        )
    st.markdown(_describe_change(question, change, after))
    st.caption(
        _(
            "Found by adding and erasing dots one by one where they raise the other answer most, and checked on the network. A "
            "smaller change may exist."
        )
    )


def _describe_change(question: Question, change: Counterfactual, after: Prediction) -> str:
    ink = question.network.spec.is_line_drawing
    values = {
        "share": format_percent(change.share),
        "label": escape_markdown(question.prediction.label),
        "before": _format_confidence(question.prediction),
        "other": escape_markdown(change.label),
        "after": _format_confidence(after),
    }
    colours = (
        _(":blue[**Blue**] (+) is added ink, :orange[**orange**] with stripes (−) is removed ink.")
        if ink
        else _(":blue[**Blue**] (+) becomes lighter, :orange[**orange**] with stripes (−) becomes darker.")
    )
    amount = (
        _("Changing {share} of the ink turns **{label}** ({before}) into **{other}** ({after}).")
        if ink
        else _("Changing {share} of the brightness turns **{label}** ({before}) into **{other}** ({after}).")
    )
    return colours + " " + amount.format(**values) + _describe_doubt(after)


def _describe_no_change(question: Question, target: str | None) -> str:
    wanted = _("another answer") if target is None else escape_markdown(target)
    return _("No change up to the size of the whole picture makes it say {wanted}. Choose another answer.").format(
        wanted=wanted
    )


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
