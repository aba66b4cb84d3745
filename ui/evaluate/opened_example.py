"""One test example of a network that classifies: large, with its probabilities, what explains the answer, and its nearest training examples."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from nn_core.formatting import format_confidence, format_decimal, format_percent
from nn_core.i18n import _
from ui.app.glossary import describe_view, explain
from ui.app.images import enlarge, to_display
from ui.app.text import escape_markdown, show_section_heading
from ui.app.widgets import show_link
from ui.components.announcer import announce
from ui.draw.explain import Question, show_attention_view, show_attribution, show_counterfactual
from ui.draw.prediction_view import show_bars
from ui.draw.xray import show_xray
from ui.evaluate.examined import Examined
from ui.evaluate.example_pages import OPENED, ExamplePages, show_neighbour_buttons
from ui.evaluate.nearest_view import show_nearest
from ui.inspect.attention_view import show_letters

if TYPE_CHECKING:
    from nn_core.evaluation.answers import Answers
    from nn_core.inference import Prediction

__all__ = ["name_example", "show_closer_views", "show_opened_answer"]

_SIDE = 224  # screen pixels
_SMALLEST_FILE = 28  # pixels; in a smaller picture the Draw page finds no ink
_KEY = "opened"


def show_opened_answer(examined: Examined, answers: Answers, pages: ExamplePages, index: int) -> None:
    """Show the example with this index in the test split."""
    prediction, classes = _make_prediction(examined, answers, index), examined.network.spec.classes
    true = classes[int(answers.labels[index])]
    title, is_correct = name_example(examined, index), bool(answers.is_correct[index])
    with st.container(border=True, key=OPENED):
        show_section_heading(title)
        place = show_neighbour_buttons(pages, index)
        describe_view(
            _("One example, the answer and what led to it."),
            _("Look for what the network took for the other class, and whether the label is right."),
            "confidence",
            "calibration",
            "label",
            key="opened_example",
        )
        left, right = st.columns([1, 2], gap="large")
        with left:
            _show_input(examined, index)
            st.caption(place)
        with right:
            bold_true, bold_answer = (f"**{escape_markdown(name)}**" for name in (true, prediction.label))
            st.markdown(_describe_verdict(bold_true, bold_answer, prediction.confidence, is_correct=is_correct))
            st.markdown(_describe_confidence(examined, answers, index), help=explain("calibration"))
            show_bars(prediction, examined.network.spec, key=_KEY)
        show_closer_views(_list_views(examined, prediction, index, int(answers.predicted[index])))
        show_link("backprop", _("See one training step with this example"), run=examined.run, example=str(index))
    verdict = _describe_verdict(true, prediction.label, prediction.confidence, is_correct=is_correct)
    announce(f"{title}: {verdict} {place}", subject=OPENED)


def name_example(examined: Examined, index: int) -> str:
    """What to call an example, as plain text."""
    names = {
        "pictures": _("Test picture {index:,}"),
        "text": _("Test text {index:,}"),
        "points": _("Test point {index:,}"),
    }
    return names[examined.spec.kind].format(index=index)


def show_closer_views(views: dict[str, Callable[[], None]]) -> None:
    """Show a choice of views, by title, and below it the chosen one. The choice stays from example to example."""
    key = f"{_KEY}_closer"
    if st.session_state.get(key) not in (None, *views):
        del st.session_state[key]  # of a network of another kind
    chosen = st.segmented_control(_("Look closer"), list(views), key=key)
    if chosen:
        views[chosen]()


def _list_views(examined: Examined, prediction: Prediction, index: int, answer: int) -> dict[str, Callable[[], None]]:
    from nn_core.inference import has_attention

    views: dict[str, Callable[[], None]] = {}
    network, run = examined.network, examined.run
    if prediction.picture is not None:
        file = _write_png(prediction)
        # An evaluation sees one view of each picture, and so do the explanations of its answers.
        single = replace(network, is_single_view=True)
        question = Question(run, single, file, prediction, key=_KEY, caption=_("The picture"))
        views[_("What mattered")] = partial(show_attribution, question)
        views[_("Smallest change")] = partial(show_counterfactual, question)
        if has_attention(network):
            views[_("Where it looked")] = partial(show_attention_view, question)
        if network.spec.is_line_drawing and network.spec.shape[-1] >= _SMALLEST_FILE:
            views[_("X-ray")] = partial(_show_upload, replace(question, network=network))
    elif examined.spec.kind == "text":
        views[_("Which letters mattered")] = partial(show_letters, network, examined.get_text(index), prediction.label)
    views[_("Nearest training examples")] = partial(show_nearest, examined, index, answer=answer)
    return views


def _show_upload(question: Question) -> None:
    """Show the X-ray of the picture as a file, which the Draw page prepares again and looks at in several views."""
    from nn_core.inference import predict_picture

    assert isinstance(question.source, bytes)
    uploaded = predict_picture(question.network, question.source)
    if uploaded is None:
        st.info(_("There is no ink in the picture, so the Draw page would read nothing."), icon=":material/crop:")
        return
    st.caption(
        _(
            "This test picture is prepared already. As an upload on the Draw page, which answers **{answer}**, this would happen to it."
        ).format(answer=escape_markdown(uploaded.label))
    )
    show_xray(replace(question, prediction=uploaded))


def _write_png(prediction: Prediction) -> bytes:
    from PIL import Image

    assert prediction.picture is not None
    stream = io.BytesIO()
    Image.fromarray(to_display(prediction.picture)).save(stream, "PNG")
    return stream.getvalue()


def _make_prediction(examined: Examined, answers: Answers, index: int) -> Prediction:
    """The stored answer, which is that of the list."""
    from nn_core.inference import Prediction

    classes = examined.network.spec.classes
    probabilities = dict(zip(classes, answers.probabilities[index].tolist(), strict=True))
    sample = examined.dataset.test.inputs[index]
    picture = sample.numpy() if examined.spec.kind == "pictures" else None
    return Prediction(
        classes[int(answers.predicted[index])], probabilities, picture, bool(answers.out_of_distribution[index])
    )


def _show_input(examined: Examined, index: int) -> None:
    sample, kind = examined.dataset.test.inputs[index], examined.spec.kind
    if kind == "pictures":
        st.image(
            enlarge(to_display(sample.numpy()), _SIDE),
            width=_SIDE,
            alt=_("{name}, enlarged").format(name=name_example(examined, index)),
        )
    elif kind == "text":
        st.markdown(f"**“{escape_markdown(examined.get_text(index))}”**")
    else:
        x1, x2 = sample.tolist()
        st.markdown(_("x₁ = {x1}, x₂ = {x2}").format(x1=format_decimal(x1), x2=format_decimal(x2)))


def _describe_verdict(true: str, answer: str, confidence: float, *, is_correct: bool) -> str:
    text = (
        _("It is {true}, and the network answers {answer}, with {share} confidence.")
        if is_correct
        else _("It is {true}, but the network answers {answer}, with {share} confidence.")
    )
    return text.format(true=true, answer=answer, share=format_confidence(confidence))


def _describe_confidence(examined: Examined, answers: Answers, index: int) -> str:
    """What the confidence means: how often answers with about the same confidence are right."""
    from nn_core.evaluation.mistakes import compute_confidence_bin

    answer, true = (
        float(answers.probabilities[index, int(label)]) for label in (answers.predicted[index], answers.labels[index])
    )
    similar = compute_confidence_bin(answers, answer)
    text = _(
        "Of the {count:,} test {samples} that it answers with {low} to {high} confidence, {share} are right."
    ).format(
        count=similar.count,
        samples=examined.samples,
        low=format_percent(similar.low, 0),
        high=format_percent(similar.high, 0),
        share=format_percent(similar.correct / similar.count),
    )
    if not answers.is_correct[index]:
        text = _("To the true class it gives {true}.").format(true=format_confidence(true)) + " " + text
    if answers.out_of_distribution[index]:
        text += " " + _("It is unlike everything that the network was trained on, so the Draw page would refuse it.")
    return text
