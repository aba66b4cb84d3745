"""Where a network errs: the confusion matrix, and the pictures or texts behind the most frequent confusions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

import streamlit as st

from nn_core.errors import to_one_line
from nn_core.formatting import format_percent
from nn_core.i18n import _
from nn_core.task import get_plural
from ui.app.text import escape_markdown, show_section_heading
from ui.components.confusion_matrix import get_picked_cell, show_confusion_grid
from ui.data.picture_views import enlarge, to_display

if TYPE_CHECKING:
    from collections.abc import Callable

    from nn_core.data import Split
    from nn_core.task import Kind

    Show = Callable[["Confusion"], None]
    """Shows the examples of a confused pair of classes."""

__all__ = ["Confusion", "describe_matrix", "show_confusion_matrix", "show_confusions", "show_pictures", "show_texts"]

_PAIRS = 6
_NAMED_PAIRS = 3  # in the summary
_ABREAST = 3
_EXAMPLES = 8
_SIDE = 56  # screen pixels
_LONGEST_NAME = 40  # characters of a class in a sentence


class Example(TypedDict):
    """index: in the test split; probability: that the network gave its wrong answer."""

    index: int
    probability: float


class Confusion(TypedDict):
    """A pair of classes that were confused, as in an evaluation's `confusions`; examples: the most probable ones first."""

    true: str
    predicted: str
    count: int
    examples: list[Example]


def describe_matrix(evaluation: dict[str, Any], kind: Kind) -> str:
    """The matrix in two sentences: how many answers were right, and which classes are confused most."""
    samples = evaluation["samples"]
    correct = sum(row[place] for place, row in enumerate(evaluation["confusion_matrix"]))
    pairs = evaluation["confusions"][:_NAMED_PAIRS]
    if not pairs:
        return _("All {all:,} {samples} were read correctly.").format(all=samples, samples=get_plural(kind))
    share = _("{correct:,} of {all:,} {samples} were read correctly ({share}).").format(
        correct=correct, all=samples, samples=get_plural(kind), share=format_percent(correct / max(1, samples), 2)
    )
    named = [
        _("{true} read as {predicted} ({times})").format(times=_times(pair["count"]), **_names(pair)) for pair in pairs
    ]
    return f"{share} {_('Most frequent confusions: {pairs}.').format(pairs=', '.join(named))}"


def show_confusion_matrix(evaluation: dict[str, Any], kind: Kind, *, run: str, show: Show | None) -> None:
    """A row for each true class, a column for each predicted one; as counts or as percentages of the true class.

    Args:
        evaluation: what `evaluate_run` found.
        kind: of the data.
        run: its name; another run's matrix starts without a chosen cell.
        show: shows the examples behind the chosen cell; None where there are none to show.
    """
    key = f"matrix_table_{run}"
    with st.container(border=True, key="confusion_matrix"):
        show_section_heading(_("Confusion matrix"))
        show_confusion_grid(
            evaluation["classes"],
            evaluation["confusion_matrix"],
            summary=describe_matrix(evaluation, kind),
            samples=get_plural(kind),
            key=key,
            on_pick=(lambda: None) if show else None,
        )
        cell, classes = get_picked_cell(key), evaluation["classes"]
        if show is None or cell is None or max(cell) >= len(classes):
            return
        names = [classes[place] for place in cell]
        pair = next((each for each in evaluation["confusions"] if [each["true"], each["predicted"]] == names), None)
        if pair:
            with st.container(key="picked_confusion"):
                _heading(pair)
                show(pair)


def show_pictures(pair: Confusion, test: Split) -> None:
    """The pictures for which the network was most confident."""
    with st.container(horizontal=True, gap="small"):
        for example in pair["examples"][:_EXAMPLES]:
            st.image(
                enlarge(to_display(test.inputs[example["index"]].numpy()), 2 * _SIDE),
                caption=format_percent(example["probability"], 0),
                width=_SIDE,
                alt=_("A {true} that was read as {predicted}").format(**_names(pair)),
            )


def show_texts(pair: Confusion, texts: list[str]) -> None:
    """The same with texts."""
    lines = [
        f"{format_percent(example['probability'], 0):>5}  {texts[example['index']]}"
        for example in pair["examples"][:_EXAMPLES]
    ]
    st.code("\n".join(lines), language=None)


def show_confusions(evaluation: dict[str, Any], kind: Kind, show: Show) -> None:
    """The pairs of classes that are confused most, each with its examples."""
    with st.container(border=True, key="most_confused"):
        show_section_heading(_("Most frequent confusions"))
        if not evaluation["confusions"]:
            st.success(
                _("None: all {samples} of the test split were read correctly.").format(samples=get_plural(kind)),
                icon=":material/check_circle:",
            )
            return
        pairs = evaluation["confusions"][:_PAIRS]
        for start in range(0, len(pairs), _ABREAST):
            for column, pair in zip(st.columns(_ABREAST, gap="large"), pairs[start:], strict=False):
                with column:
                    _heading(pair)
                    show(pair)
        if kind == "pictures":
            st.caption(_("Below each picture: how sure the network was of its mistake."))
        else:
            st.caption(_("Before each text: how sure the network was of its mistake."))


def _heading(pair: Confusion) -> None:
    named = {side: escape_markdown(name) for side, name in _names(pair).items()}
    st.markdown(_("**{true}** read as **{predicted}** · {times}").format(times=_times(pair["count"]), **named))


def _names(pair: Confusion) -> dict[str, str]:
    return {
        "true": to_one_line(pair["true"], _LONGEST_NAME),
        "predicted": to_one_line(pair["predicted"], _LONGEST_NAME),
    }


def _times(count: int) -> str:
    return _("once") if count == 1 else _("{count:,} times").format(count=count)
