"""All mistakes of a network that classifies: the most frequent pairs of classes, the list with filter and order, and one example in full."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from nn_core.data import DatasetSpec
from nn_core.errors import to_one_line
from nn_core.formatting import format_confidence, format_decimal
from nn_core.i18n import _
from nn_core.runs import RunFolder
from nn_core.runs.reports import ClassificationReport
from ui.app.errors import show_errors
from ui.app.glossary import describe_view
from ui.app.text import escape_markdown
from ui.app.widgets import section_card
from ui.components.example_list import ListedExample
from ui.evaluate.examined import Examined, get_run_answers, load_examined, show_source_note
from ui.evaluate.example_pages import ExamplePages, check_page, show_downloads, show_pages
from ui.evaluate.list_state import (
    ListState,
    change_list,
    get_chosen_class,
    get_order_key,
    read_list,
    show_class_choice,
    write_list,
)
from ui.evaluate.mistake_filter import MistakeFilter
from ui.evaluate.opened_example import name_example, show_opened_answer

if TYPE_CHECKING:
    from nn_core.evaluation.answers import Answers

__all__ = ["show_mistakes"]

_ORDERS = ("most_confident", "least_confident", "highest_loss")
_MAX_PAIRS = 8
_MAX_NAME = 40  # characters of a class on a button


def show_mistakes(run: RunFolder, spec: DatasetSpec, _evaluation: ClassificationReport) -> None:
    """Show the card. It is a fragment, so that a click in it redraws nothing else."""
    with section_card(_("All mistakes"), key="mistakes"):
        st.fragment(_show_list)(run, spec)


def _show_list(run: RunFolder, spec: DatasetSpec) -> None:
    from nn_core.evaluation.mistakes import select_mistakes

    with show_errors():
        describe_view(
            _("Every test example that the network got wrong. Choose one to see why."),
            _(
                "Look for mistakes that you would make too, for wrong labels, and for what confident mistakes have in common."
            ),
            "confidence",
            "calibration",
            "label",
            key="mistakes",
        )
        examined = load_examined(run, spec)
        if examined is None:
            return
        show_source_note(examined)
        rejected = st.container()
        answers = get_run_answers(examined)
        classes, key = examined.network.spec.classes, f"mistakes_{run.name}"
        state = read_list(key, classes, _ORDERS, len(answers))
        _show_pairs(examined, answers, key)
        _show_controls(classes, key, state)
        places = {name: index for index, name in enumerate(classes)}
        true, predicted = (
            None if name is None else places[name] for name in (state.chosen.true, state.chosen.predicted)
        )
        rows = select_mistakes(answers, true, predicted, state.order)  # type: ignore[arg-type]
        test = examined.dataset.test
        pages = check_page(
            ExamplePages(
                key,
                state,
                rows,
                partial(_describe, examined, answers),
                (lambda chosen: test.inputs[chosen]) if spec.kind == "pictures" else None,
            )
        )
        st.markdown(_describe_filter(examined, answers, state, len(rows)))
        if len(rows):
            show_pages(pages)
            show_downloads(examined, answers, rows)
        if state.example is not None:
            show_opened_answer(examined, answers, pages, state.example)
        with rejected:
            write_list(st.session_state[key], classes, _ORDERS, len(answers))


def _show_pairs(examined: Examined, answers: Answers, key: str) -> None:
    """Show a button for each of the most frequent confusions, which sets the filter."""
    from nn_core.evaluation.mistakes import count_confusions

    pairs, classes = count_confusions(answers), examined.network.spec.classes
    if not pairs:
        return
    st.markdown(_("**Most frequent confusions**"))
    with st.container(horizontal=True, gap="small", key="frequent_confusions"):
        for true, predicted, count in pairs[:_MAX_PAIRS]:
            names = [classes[true], classes[predicted]]
            times = _("once") if count == 1 else _("{count:,} times").format(count=count)
            label = _("{pair} ({times})").format(pair=_join_pair(*names), times=times)
            st.button(
                escape_markdown(label),
                key=f"confusion_{true}_{predicted}",
                on_click=partial(change_list, key, chosen=MistakeFilter(*names)),
                help=_("Show only these mistakes"),
            )
    if len(pairs) > _MAX_PAIRS:
        st.caption(
            _("The {count} most frequent of {all:,} confused pairs; choose any pair below.").format(
                count=_MAX_PAIRS, all=len(pairs)
            )
        )


def _show_controls(classes: tuple[str, ...], key: str, state: ListState) -> None:
    """Show the choice of true class, answer and order. The widgets follow the list, which other views can change."""
    orders = {
        "most_confident": _("most confident first"),
        "least_confident": _("least confident first"),
        "highest_loss": _("highest loss first (suspected wrong labels)"),
    }
    keys = {name: f"{key}_{name}" for name in ("true", "predicted")}
    order_key = get_order_key(key)
    st.session_state[order_key] = state.order

    def apply_filter() -> None:
        change_list(
            key, chosen=MistakeFilter(*(get_chosen_class(keys[name], classes) for name in ("true", "predicted")))
        )

    def apply_order() -> None:
        change_list(key, order=st.session_state[order_key])

    with st.container(horizontal=True, vertical_alignment="bottom", key="mistake_filter"):
        for name, label, chosen in (
            ("true", _("True class"), state.chosen.true),
            ("predicted", _("Answer"), state.chosen.predicted),
        ):
            show_class_choice(label, classes, chosen, key=keys[name], on_change=apply_filter)
        st.selectbox(
            _("Order"),
            list(orders),
            format_func=orders.__getitem__,
            key=order_key,
            on_change=apply_order,
            width=330,
        )


def _describe_filter(examined: Examined, answers: Answers, state: ListState, count: int) -> str:
    """Say in a sentence what the list contains, also if that is nothing."""
    true, predicted = (
        name and f"**{escape_markdown(to_one_line(name, _MAX_NAME))}**"
        for name in (state.chosen.true, state.chosen.predicted)
    )
    values = {
        "true": true,
        "predicted": predicted,
        "count": f"{count:,}",
        "all": f"{len(answers):,}",
        "samples": examined.samples,
    }
    if true and true == predicted:
        text = _("Right answers: {count} of {all} test {samples} are {true} and were read as {true}.")
        empty = _("None of the {all} test {samples} is {true} and was read correctly. Choose other classes.")
    elif true and predicted:
        text = _("Mistakes: {count} of {all} test {samples} are {true} and were read as {predicted}.")
        empty = _("None of the {all} test {samples} is {true} and was read as {predicted}. Choose other classes.")
    elif true:
        text = _("Mistakes: {count} of {all} test {samples} are {true} and were read as another class.")
        empty = _("None of the {all} test {samples} is {true} and was read as another class. Choose other classes.")
    elif predicted:
        text = _("Mistakes: {count} of {all} test {samples} were read as {predicted} and are of another class.")
        empty = _("None of the {all} test {samples} was read as {predicted} by mistake. Choose other classes.")
    else:
        text = _("Mistakes: {count} of {all} test {samples}.")
        empty = _(
            "No mistakes: all {all} test {samples} were read correctly. Choose the same class as True class and as Answer to see right answers."
        )
    return (text if count else f":material/search_off: {empty}").format(**values)


def _describe(examined: Examined, answers: Answers, index: int) -> ListedExample:
    classes = examined.network.spec.classes
    true, predicted = (classes[int(labels[index])] for labels in (answers.labels, answers.predicted))
    confidence = format_confidence(float(answers.confidence[index]))
    title = examined.get_text(index)
    if examined.spec.kind == "points":
        x1, x2 = examined.dataset.test.inputs[index].tolist()
        title = f"({format_decimal(x1)}, {format_decimal(x2)})"
    verdict = (
        _("{true} read correctly").format(true=_shorten(true)) if true == predicted else _join_pair(true, predicted)
    )
    name = f"{name_example(examined, index)} {title}".strip()
    label = _("{name}: {verdict}, {confidence} confidence").format(name=name, verdict=verdict, confidence=confidence)
    return ListedExample(index, title, verdict, confidence, label)


def _join_pair(true: str, predicted: str) -> str:
    return _("{true} read as {predicted}").format(true=_shorten(true), predicted=_shorten(predicted))


def _shorten(name: str) -> str:
    return to_one_line(name, _MAX_NAME)
