"""The confusion matrix: what its cells show, the order of its classes, and the cell that the list of mistakes shows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Literal, get_args

import streamlit as st

from nn_core.i18n import _
from nn_core.runs.reports import ClassificationReport, describe_matrix
from nn_core.task import Kind, get_plural
from ui.app.glossary import describe_view
from ui.app.widgets import section_card
from ui.components.confusion_matrix import Opens, Unit, get_picked_cell, show_confusion_grid
from ui.evaluate.matrix_files import make_matrix_csv
from ui.evaluate.mistake_filter import MistakeFilter, read_filter, write_filter
from ui.inspect.layer_choice import choose_in_url

__all__ = ["Examples", "show_confusion_matrix"]

Examples = Literal["own", "substitute", "none"]
"""What the list of mistakes shows: the examples that the matrix counts, those of a substitute data set, or none."""
_Order = Literal["given", "similar"]

_MAX_ORDERED = 2_000  # classes; more would take a minute


def show_confusion_matrix(
    evaluation: ClassificationReport, kind: Kind, *, run: str, title: str, examples: Examples
) -> None:
    """Show the matrix with a row for each true class and a column for each predicted one. It is a fragment of the page.

    A click or Enter on a cell, a row or a column writes the filter of the list of mistakes; the same one again removes it.

    Args:
        evaluation: of the run.
        kind: of the data.
        run: the run's name. The matrix of another run is another element.
        title: of the picture that can be saved.
        examples: what the list of mistakes shows.
    """
    with section_card(_("Confusion matrix"), key="confusion_matrix"):
        st.fragment(_show_matrix)(evaluation, kind, run=run, title=title, examples=examples)


def _show_matrix(evaluation: ClassificationReport, kind: Kind, *, run: str, title: str, examples: Examples) -> None:
    key, classes, counts = f"matrix_table_{run}", evaluation.classes, evaluation.confusion_matrix
    describe_view(
        _("The matrix counts every answer; the right ones are on the diagonal."),
        _("Look for large numbers beside the diagonal: these are the classes that it mixes up."),
        "confusion_matrix",
        "accuracy",
        "recall",
        "precision",
    )
    chosen = read_filter(classes)
    if cell := get_picked_cell(key, len(classes)):
        picked = MistakeFilter(*(None if index is None else classes[index] for index in cell))
        write_filter(MistakeFilter() if picked == chosen else picked, classes)
        st.rerun()  # all of the page, because the list is another part of it
    with st.container(horizontal=True, gap="medium"):
        unit, order = _choose_unit(), _choose_order(evaluation, run)
    opens = Opens(
        cell=_("Click or press Enter to list them below."), line=_("Click or press Enter to list its mistakes below.")
    )
    note = _("The list below counts other {samples}: see its note.")
    show_confusion_grid(
        classes,
        counts,
        summary=describe_matrix(evaluation, kind),
        samples=get_plural(kind),
        title=title,
        key=key,
        unit=unit,
        order=order,
        picked=_find_place(chosen, classes),
        is_pickable=examples != "none",
        opens=opens if examples == "own" else None,
        chosen_note=note.format(samples=get_plural(kind)) if examples == "substitute" else "",
    )
    st.download_button(
        _("Download the counts (CSV)"),
        data=partial(make_matrix_csv, classes, counts, order),
        file_name=f"{run}-confusion-matrix.csv",
        mime="text/csv",
        icon=":material/download:",
        key="matrix_csv",
        on_click="ignore",
    )


def _find_place(chosen: MistakeFilter, classes: Sequence[str]) -> tuple[int | None, int | None] | None:
    true, predicted = (None if name is None else classes.index(name) for name in (chosen.true, chosen.predicted))
    return None if true is None and predicted is None else (true, predicted)


def _choose_unit() -> Unit:
    titles: dict[Unit, str] = {
        "counts": _("Counts"),
        "recall": _("% of row"),
        "precision": _("% of column"),
    }
    assert list(titles) == list(get_args(Unit))
    help = _(
        "A percentage of the row says what happens to a class: on the diagonal it is the recall. One of the column says what an answer is worth: on the diagonal it is the precision."
    )
    return choose_in_url("cells", _("Cells show"), titles, key="matrix_unit", help=help)


def _choose_order(evaluation: ClassificationReport, run: str) -> list[int]:
    """Let the user choose the order of the classes; return it as indices."""
    given = list(range(len(evaluation.classes)))
    if not 2 < len(given) <= _MAX_ORDERED:
        return given
    titles: dict[_Order, str] = {"given": _("As in the data set"), "similar": _("By similarity")}
    help = _("By similarity, classes that it often mixes up stand side by side (hierarchical clustering).")
    if choose_in_url("order", _("Order of the classes"), titles, key="matrix_order", help=help) == "given":
        return given
    return _order_by_similarity((run, evaluation.step, evaluation.loss), evaluation.confusion_matrix)


@st.cache_data(show_spinner="Ordering the classes …", max_entries=32)
def _order_by_similarity(version: tuple[str, int | None, float], _counts: list[list[int]]) -> list[int]:
    from nn_core.statistics.class_order import order_by_similarity

    del version  # the key of the cache
    return order_by_similarity(_counts)
