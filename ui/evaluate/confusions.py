"""The pictures or texts of the most frequent confusions."""

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

__all__ = ["show_confusions", "show_pictures", "show_texts"]

ShowExamples = Callable[[Confusion], None]
"""Shows the examples of a confused pair of classes."""

_MAX_PAIRS = 6
_COLUMNS = 3
_MAX_EXAMPLES = 8
_SIDE = 56  # screen pixels
_MAX_NAME_LENGTH = 40  # characters of a class in a sentence


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
