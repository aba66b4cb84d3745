"""The confusion matrix, and the pictures or texts of the most frequent confusions."""

from collections.abc import Callable

import streamlit as st

from nn_core.data import Split
from nn_core.errors import to_one_line
from nn_core.formatting import format_percent
from nn_core.i18n import _
from nn_core.runs.reports import ClassificationReport, Confusion
from nn_core.task import Kind, get_plural
from ui.app.glossary import describe_view
from ui.app.images import enlarge, to_display
from ui.app.text import escape_markdown
from ui.app.widgets import section_card
from ui.components.confusion_matrix import get_picked_cell, show_confusion_grid

__all__ = ["describe_matrix", "show_confusion_matrix", "show_confusions", "show_pictures", "show_texts"]

ShowExamples = Callable[[Confusion], None]
"""Shows the examples of a confused pair of classes."""

_MAX_PAIRS = 6
_MAX_SUMMARY_PAIRS = 3
_COLUMNS = 3
_MAX_EXAMPLES = 8
_SIDE = 56  # screen pixels
_MAX_NAME_LENGTH = 40  # characters of a class in a sentence


def describe_matrix(evaluation: ClassificationReport, kind: Kind) -> str:
    """Summarise the matrix in two sentences: the correct answers and the most frequent confusions."""
    samples = evaluation.samples
    correct = sum(row[index] for index, row in enumerate(evaluation.confusion_matrix))
    pairs = evaluation.confusions[:_MAX_SUMMARY_PAIRS]
    if not pairs:
        return _("All {all:,} {samples} were read correctly.").format(all=samples, samples=get_plural(kind))
    result = _("{correct:,} of {all:,} {samples} were read correctly ({accuracy}).").format(
        correct=correct, all=samples, samples=get_plural(kind), accuracy=format_percent(correct / max(1, samples), 2)
    )
    named = [
        _("{true} read as {predicted} ({times})").format(times=_format_times(pair.count), **_shorten_names(pair))
        for pair in pairs
    ]
    return f"{result} {_('Most frequent confusions: {pairs}.').format(pairs=', '.join(named))}"


def show_confusion_matrix(evaluation: ClassificationReport, kind: Kind, *, run: str, show: ShowExamples | None) -> None:
    """Show the matrix with a row for each true class and a column for each predicted one, as counts or as percentages of the true class.

    Args:
        evaluation: of the run.
        kind: of the data.
        run: the run's name. The matrix of another run starts without a chosen cell.
        show: shows the examples of the chosen cell; None if they cannot be shown.
    """
    key = f"matrix_table_{run}"
    with section_card(_("Confusion matrix"), key="confusion_matrix"):
        describe_view(
            _("The matrix counts every answer; the right ones are on the diagonal."),
            _("Look for large numbers beside the diagonal: these are the classes that it mixes up."),
            "confusion_matrix",
            "accuracy",
            "recall",
            "precision",
        )
        show_confusion_grid(
            evaluation.classes,
            evaluation.confusion_matrix,
            summary=describe_matrix(evaluation, kind),
            samples=get_plural(kind),
            key=key,
            on_pick=(lambda: None) if show else None,
        )
        cell, classes = get_picked_cell(key), evaluation.classes
        if show is None or cell is None or max(cell) >= len(classes):
            return
        names = [classes[index] for index in cell]
        pair = next((each for each in evaluation.confusions if [each.true, each.predicted] == names), None)
        if pair:
            with st.container(key="picked_confusion"):
                _show_heading(pair)
                show(pair)


def show_pictures(pair: Confusion, test: Split) -> None:
    """Show the pictures of the most confident mistakes."""
    with st.container(horizontal=True, gap="small"):
        for example in pair.examples[:_MAX_EXAMPLES]:
            st.image(
                enlarge(to_display(test.inputs[example.index].numpy()), 2 * _SIDE),
                caption=format_percent(example.probability, 0),
                width=_SIDE,
                alt=_("A {true} read as {predicted}").format(**_shorten_names(pair)),
            )


def show_texts(pair: Confusion, texts: list[str]) -> None:
    """Show the texts of the most confident mistakes."""
    lines = [
        f"{format_percent(example.probability, 0):>5}  {texts[example.index]}"
        for example in pair.examples[:_MAX_EXAMPLES]
    ]
    st.code("\n".join(lines), language=None)


def show_confusions(evaluation: ClassificationReport, kind: Kind, show: ShowExamples) -> None:
    """Show the most frequently confused pairs of classes with examples."""
    with section_card(_("Most frequent confusions"), key="most_confused"):
        if not evaluation.confusions:
            st.success(
                _("None: all test {samples} were read correctly.").format(samples=get_plural(kind)),
                icon=":material/check_circle:",
            )
            return
        describe_view(
            _("The classes that it mixes up most often, with its most confident mistakes."),
            _("Look for mistakes that you would make too, and for wrong labels."),
            "confidence",
            "calibration",
            "label",
        )
        pairs = evaluation.confusions[:_MAX_PAIRS]
        for start in range(0, len(pairs), _COLUMNS):
            for column, pair in zip(st.columns(_COLUMNS, gap="large"), pairs[start:], strict=False):
                with column:
                    _show_heading(pair)
                    show(pair)
        st.caption(_("The figures are the network's confidence in its wrong answers."))


def _show_heading(pair: Confusion) -> None:
    named = {side: escape_markdown(name) for side, name in _shorten_names(pair).items()}
    st.markdown(_("**{true}** read as **{predicted}** · {times}").format(times=_format_times(pair.count), **named))


def _shorten_names(pair: Confusion) -> dict[str, str]:
    return {
        "true": to_one_line(pair.true, _MAX_NAME_LENGTH),
        "predicted": to_one_line(pair.predicted, _MAX_NAME_LENGTH),
    }


def _format_times(count: int) -> str:
    return _("once") if count == 1 else _("{count:,} times").format(count=count)
