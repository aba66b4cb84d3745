"""The confusion matrix as a table: a row for each true class, a column for each predicted one.

Only non-zero cells are sent, and only visible cells are in the page, so a thousand classes are as fast as ten.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nn_core.errors import to_one_line
from nn_core.i18n import _
from ui.components.shared import declare_component, get_component_value

__all__ = ["get_picked_cell", "make_sparse_cells", "show_confusion_grid"]

_MAX_NAME = 200

_mount = declare_component(
    "confusion_matrix",
    *("cells.js", "layout.js", "keyboard.js", "confusion_matrix.js"),
    shared=("colours.js", "text.js"),
)


def make_sparse_cells(counts: Sequence[Sequence[int]]) -> dict[str, list[int]]:
    """Return the non-zero cells row by row (CSR).

    Returns:
        lengths: number of non-zero cells of each row; columns and counts: of all of them, one row after the other.
    """
    filled = [[(column, count) for column, count in enumerate(row) if count] for row in counts]
    return {
        "lengths": [len(row) for row in filled],
        "columns": [column for row in filled for column, _count in row],
        "counts": [count for row in filled for _column, count in row],
    }


def get_picked_cell(key: str) -> tuple[int, int] | None:
    """Return the (true, predicted) cell that was picked last, as indices into the classes."""
    cell = get_component_value(key, "cell")
    return (int(cell[0]), int(cell[1])) if isinstance(cell, list) and len(cell) == 2 else None


def show_confusion_grid(
    classes: Sequence[str],
    counts: Sequence[Sequence[int]],
    *,
    summary: str,
    samples: str,
    key: str,
    on_pick: Callable[[], None] | None = None,
) -> None:
    """Show the table. Arrow keys move through it, and it scrolls if it does not fit.

    Args:
        classes: their names, in the order of the matrix.
        counts: the matrix, rows true, columns predicted.
        summary: a sentence about the whole matrix, shown above the table and read by screen readers with it.
        samples: what is counted, such as "pictures".
        key: the element's key.
        on_pick: called when a cell with mistakes was picked; `get_picked_cell` then returns it. None: no cell can be picked.
    """
    _mount(
        key=key,
        data={
            "classes": [to_one_line(name, _MAX_NAME) for name in classes],
            **make_sparse_cells(counts),
            "pickable": on_pick is not None,
            "text": _make_texts(summary, samples),
        },
        on_cell_change=on_pick or (lambda: None),
    )


def _make_texts(summary: str, samples: str) -> dict[str, str]:
    return {
        "summary": summary,
        "caption": _("Each row is a true class, each column what the network read."),
        "corner": _("True class"),
        "unit": _("Cells show"),
        "counts": _("Counts"),
        "shares": _("Percent"),
        "cell": _("true {true}, read as {predicted}: {count} of {total}, {share}"),
        "correct": _("true {true}, read correctly: {count} of {total}, {share}"),
        "row": _("true class {true}: {total} {samples}, {share} read correctly").replace("{samples}", samples),
        "column": _("read as {predicted}: {total} {samples}, {share} of them correctly").replace("{samples}", samples),
        "hint": _("Point at a cell, or move with the arrow keys."),
        "open": _("Click or press Enter to see them."),
        "opened": _("Shown below the matrix."),
        "hits": _("read correctly (framed)"),
        "misses": _("misread (the stronger the colour, the larger the share of its true class)"),
    }
