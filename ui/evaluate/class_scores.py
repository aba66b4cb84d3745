"""Precision, recall and F1 of each class with their intervals, and their averages."""

from __future__ import annotations

from functools import partial

import streamlit as st

from nn_core.formatting import format_percent
from nn_core.glossary import get_term
from nn_core.i18n import _
from nn_core.runs.reports import ClassificationReport
from nn_core.statistics.scores import MIN_SAMPLES, Score, compute_scores
from nn_core.task import Kind, get_plural
from ui.app.glossary import describe_view, explain
from ui.app.text import escape_markdown
from ui.app.url_values import MAX_TEXT_LENGTH, make_text_value, restore_widget, show_rejected, write_url
from ui.app.widgets import section_card
from ui.components.data_table import Column, show_data_table
from ui.evaluate.matrix_files import make_scores_csv

__all__ = ["show_class_scores"]

_SEARCHED_FROM = 16  # classes
_DELAY = "300ms"  # after the last key
_KEY, _VALUE = "find_class", make_text_value("class", "")


def show_class_scores(evaluation: ClassificationReport, kind: Kind, *, run: str) -> None:
    """Show the table, with a search field if there are many classes. run: the name of its folder."""
    with section_card(_("Per class"), key="class_table"):
        st.fragment(_show_table)(evaluation, kind, run)


def _show_table(evaluation: ClassificationReport, kind: Kind, run: str) -> None:
    samples, classes = get_plural(kind), evaluation.classes
    describe_view(
        _("How well each class is recognised, with 95 % intervals."),
        _(
            "Look for a class whose recall is much lower than that of the others; where intervals overlap widely, it may be chance."
        ),
        "recall",
        "precision",
        "f1",
        "macro_average",
        "class_balance",
    )
    scores = compute_scores(evaluation.confusion_matrix)
    query = _ask_for_name() if len(classes) >= _SEARCHED_FROM else ""
    rows = [index for index, name in enumerate(classes) if query.casefold() in name.casefold()]
    if not rows:
        text = _("No class has “{query}” in its name. Empty the field to see all {count:,}.")
        st.info(text.format(query=escape_markdown(query), count=len(classes)), icon=":material/search_off:")
        return
    averages = [scores.macro, scores.weighted]
    shown = [*(scores.classes[index] for index in rows), *averages]
    columns = [Column(_("Class"), [*(classes[index] for index in rows), _("Macro average"), _("Weighted average")])]
    for name in ("precision", "recall", "f1"):
        column: list[Score] = [getattr(row, name) for row in shown]
        columns.append(
            Column(
                _(get_term(name).title),
                [format_percent(score.value) if score.interval else "–" for score in column],
                [score.value for score in column],
                explain(name),
                [_format_interval(score) for score in column],
            )
        )
    supports = [scores.classes[index].support for index in rows]
    texts = [*(f"{support:,}" for support in supports), *([f"{evaluation.samples:,}"] * len(averages))]
    columns.append(Column(samples.capitalize(), texts, [*supports, *([evaluation.samples] * len(averages))]))
    caption = _("Precision, recall and F1 of each class with 95 % intervals, and how many {samples} of it were tested.")
    show_data_table(columns, caption=caption.format(samples=samples), key="class_figures", footer=len(averages))
    st.caption(
        _(
            "The macro average counts each class equally, the weighted average each of the {samples}. “–”: there are no {samples} to compute it "
            "from; averages count that as 0 %, and leave out classes that neither occur nor were predicted. Averages have an interval if each class "
            "has at least {few} {samples}."
        ).format(samples=samples, few=MIN_SAMPLES)
    )
    st.download_button(
        _("Download the scores (CSV)"),
        data=partial(make_scores_csv, classes, scores),
        file_name=f"{run}-scores-per-class.csv",
        mime="text/csv",
        icon=":material/download:",
        key="scores_csv",
        on_click="ignore",
    )


def _format_interval(score: Score) -> str:
    if not score.interval:
        return ""
    low, high = score.interval
    return f"{100 * low:.1f}–{100 * high:.1f}"  # the percent sign is that of the score above it


def _ask_for_name() -> str:
    restore_widget(_KEY, _VALUE)
    show_rejected(_VALUE.name)
    query = st.text_input(_("Find a class"), key=_KEY, max_chars=MAX_TEXT_LENGTH, icon=":material/search:", live=_DELAY)
    write_url((_VALUE,), {_VALUE.name: query or ""})
    return query or ""
