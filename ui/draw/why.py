"""Two views of why: which parts of a drawing mattered to the answer, and the smallest change that makes it another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from nn_core.formatting import format_confidence, format_percent
from nn_core.i18n import _
from ui.app.cache import get_explain_lock, get_weights_version
from ui.app.text import escape_markdown
from ui.data.picture_views import enlarge, to_display
from ui.draw.why_pictures import change_overlay, draw_coloured_patches, draw_coloured_strokes

if TYPE_CHECKING:
    from PIL import Image

    from nn_core.drawings import Drawing, Stroke
    from nn_core.drawings.preprocess import Prepared
    from nn_core.inference import Attribution, Counterfactual, Patch, Prediction, TrainedNetwork
    from ui.draw.explain import Question

__all__ = ["show_attribution", "show_counterfactual"]

_LARGE, _MIDDLE, _SMALL = 224, 168, 112  # screen pixels; two beside each other fit on a phone


def show_attribution(question: Question) -> None:
    """The drawing with its pieces, or the picture with its patches, in the colours of their influence."""
    network, prediction, source = question.network, question.prediction, question.source
    label = prediction.label
    state = (str(question.run.path), get_weights_version(question.run))
    coloured: Image.Image | str
    if isinstance(source, bytes):
        if prediction.picture is None:
            return
        patches, influence = _patches(*state, prediction.picture, label, network)
        coloured = draw_coloured_patches(prediction.picture, patches, influence.scores, _LARGE)
    else:
        pieces, influence = _pieces(*state, source, label, network)
        if len(pieces) < 2:
            st.caption(_("A dot cannot be taken apart. Draw a line, and each piece of it gets its colour."))
            return
        coloured = draw_coloured_strokes(pieces, influence.scores, source.pen_width)
    with st.container(horizontal=True, gap="small", key=f"{question.key}_mattered"):
        st.image(
            coloured,
            width=_LARGE,
            caption=_("Your picture") if isinstance(source, bytes) else _("What you drew"),
            alt=_(
                "What you gave the network: blue where it spoke for {label}, orange with stripes where it spoke against it"
            ).format(label=label),
        )
        st.image(
            enlarge(to_display(influence.picture_without), _SMALL),
            width=_SMALL,
            caption=_("Without the bluest"),
            alt=_("The same without the parts that spoke most for {label}, as the network sees it").format(label=label),
        )
        with st.container(width=352):
            st.markdown(
                _(
                    ":blue[**Blue**] (+) spoke for {label}, :orange[**orange**] with stripes (−) spoke against it, the rest "
                    "hardly mattered."
                ).format(label=escape_markdown(label))
            )
            st.markdown(_without(question, influence))
            st.caption(
                _(
                    "The parts are put together in many random orders, and each counts for what the sureness gains at its "
                    "coming, on the average (its Shapley value)."
                )
            )


def _without(question: Question, influence: Attribution) -> str:
    """What the network makes of what is left, in a sentence."""
    before, after = question.prediction, _asked(question.network, influence.picture_without)
    count, parts = len(influence.strongest), len(influence.scores)
    some = _("the bluest of its {parts} parts") if count == 1 else _("the bluest {count} of its {parts} parts")
    words = {
        "some": some.format(count=count, parts=parts),
        "label": escape_markdown(before.label),
        "other": escape_markdown(after.label),
        "before": _sure(before),
        "after": _sure(after),
    }
    if after.label == before.label:
        sentence = _("Even without {some} it says **{label}**, {after} sure.")
    else:
        sentence = _("Without {some} it says **{other}**, {after} sure.")
    return (sentence + " " + _("With all of them it says **{label}**, {before} sure.")).format(**words) + _doubt(after)


def show_counterfactual(question: Question) -> None:
    """Before, the change in two colours, and after; towards any other answer, or one that is chosen."""
    network, prediction = question.network, question.prediction
    picture = prediction.picture
    if picture is None:
        return
    others = [name for name in network.spec.classes if name != prediction.label]
    key = f"{question.key}_target"
    if st.session_state.get(key) not in (None, *others):
        st.session_state[key] = None  # chosen for another answer, or another network
    target = st.selectbox(
        _("What would make it say"),
        [None, *others],
        format_func=lambda name: _("anything else (the nearest)") if name is None else name,
        key=key,
        width=_LARGE,
    )
    change = _change(str(question.run.path), get_weights_version(question.run), picture, target, network)
    if change is None:
        st.info(_none_found(question, target), icon=":material/search_off:")
        return
    after = _asked(network, change.picture)
    with st.container(horizontal=True, gap="small", key=f"{question.key}_change"):
        st.image(
            enlarge(to_display(picture), _MIDDLE),
            width=_MIDDLE,
            caption=_("Now: {label}").format(label=escape_markdown(prediction.label)),
            alt=_("What the network sees now"),
        )
        st.image(
            change_overlay(picture, change, _MIDDLE),
            width=_MIDDLE,
            caption=_("The change"),
            alt=_("The change: blue where it becomes lighter, orange with stripes where it becomes darker"),
        )
        st.image(
            enlarge(to_display(change.picture), _MIDDLE),
            width=_MIDDLE,
            caption=_("Then: {label}").format(label=escape_markdown(change.label)),
            alt=_("What the network would see after the change"),
        )
    st.markdown(_change_in_words(question, change, after))
    st.caption(
        _(
            "Found by setting dabs of a pen one by one where they bring the other answer nearest. A smaller change may exist; "
            "this one was tried out on the network."
        )
    )


def _change_in_words(question: Question, change: Counterfactual, after: Prediction) -> str:
    ink = question.network.spec.is_line_drawing
    words = {
        "share": format_percent(change.share),
        "label": escape_markdown(question.prediction.label),
        "before": _sure(question.prediction),
        "other": escape_markdown(change.label),
        "after": _sure(after),
    }
    colours = (
        _(":blue[**Blue**] (+) is ink added, :orange[**orange**] with stripes (−) is ink taken away.")
        if ink
        else _(":blue[**Blue**] (+) becomes lighter, :orange[**orange**] with stripes (−) becomes darker.")
    )
    amount = (
        _("Changing {share} of the drawing's ink turns **{label}** ({before} sure) into **{other}** ({after} sure).")
        if ink
        else _(
            "Changing {share} of the picture's light turns **{label}** ({before} sure) into **{other}** ({after} sure)."
        )
    )
    return colours + " " + amount.format(**words) + _doubt(after)


def _none_found(question: Question, target: str | None) -> str:
    wanted = _("another answer") if target is None else escape_markdown(target)
    return _(
        "No change was found that makes it say {wanted} and takes no more than is in the whole picture. Choose another answer."
    ).format(wanted=wanted)


def _sure(prediction: Prediction) -> str:
    share = prediction.probabilities[prediction.label]
    return format_confidence(share)


def _doubt(prediction: Prediction) -> str:
    """Nothing, or that the network would refuse to answer."""
    if not prediction.is_out_of_distribution:
        return ""
    return " " + _("But such a picture is unlike all that it learned, and it would say so.")


def _asked(network: TrainedNetwork, picture: Prepared) -> Prediction:
    from nn_core.inference import predict_prepared

    return predict_prepared(network, picture)


@st.cache_data(show_spinner="Asking the network about each part …", max_entries=64)
def _pieces(
    run: str, version: int, drawing: Drawing, label: str, _network: TrainedNetwork
) -> tuple[list[Stroke], Attribution]:
    from nn_core.inference import attribute_strokes

    with get_explain_lock():
        return attribute_strokes(_network, drawing, label)


@st.cache_data(show_spinner="Asking the network about each part …", max_entries=64)
def _patches(
    run: str, version: int, picture: Prepared, label: str, _network: TrainedNetwork
) -> tuple[list[Patch], Attribution]:
    from nn_core.inference import attribute_patches

    with get_explain_lock():
        return attribute_patches(_network, picture, label)


@st.cache_data(show_spinner="Looking for the smallest change …", max_entries=64)
def _change(
    run: str, version: int, picture: Prepared, target: str | None, _network: TrainedNetwork
) -> Counterfactual | None:
    from nn_core.inference import find_counterfactual

    with get_explain_lock():
        return find_counterfactual(_network, picture, target)
