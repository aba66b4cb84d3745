"""The confusion matrix as a grid: a row for each true class, a column for each predicted one.

Only non-zero cells are sent, compressed, and only visible cells are in the page, so a thousand classes are as fast as ten.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from nn_core.errors import to_one_line
from nn_core.i18n import _
from nn_core.runs.label import isolate_direction
from ui.components.shared import declare_component, get_component_value

if TYPE_CHECKING:
    from numpy import ndarray

__all__ = ["Opens", "PackedCells", "Unit", "get_picked_cell", "pack_cells", "show_confusion_grid"]

_MAX_NAME = 200

Unit = Literal["counts", "recall", "precision"]
"""What the cells show: counts, or percentages of their row or of their column."""
Place = tuple[int | None, int | None]
"""The true and the predicted class of a cell; None on one side for a whole row or column."""
Packed = tuple[int, str]
"""Whole numbers of so many bytes, the lowest bytes of all first, compressed, in Base64."""

_mount = declare_component(
    "confusion_matrix",
    *("cells.js", "layout.js", "overview.js", "keyboard.js", "picture.js", "confusion_matrix.js"),
    shared=("colours.js", "text.js"),
)


@dataclass(frozen=True)
class PackedCells:
    """The non-zero cells row by row: the number of zeros before each, and its count."""

    gaps: Packed
    counts: Packed


@dataclass(frozen=True)
class Opens:
    """Sentences that say what picking does. cell: of a cell; line: of a row or a column."""

    cell: str
    line: str


def pack_cells(counts: Sequence[Sequence[int]]) -> PackedCells:
    """Compress the non-zero cells: 130 kB for 1,000 classes and 50,000 samples."""
    import numpy as np

    cells = np.asarray(counts, dtype=np.uint32).ravel()
    places = cells.nonzero()[0]
    return PackedCells(_pack(np.diff(places, prepend=-1) - 1), _pack(cells[places]))


def _pack(numbers: ndarray) -> Packed:
    import numpy as np

    narrow = numbers.astype(np.min_scalar_type(int(numbers.max(initial=0))).newbyteorder("<"))
    planes = (
        narrow.view(np.uint8).reshape(-1, narrow.itemsize).T
    )  # all lowest bytes first: the higher ones compress well
    return narrow.itemsize, base64.b64encode(zlib.compress(planes.tobytes(), 6)).decode()


def get_picked_cell(key: str, classes: int) -> Place | None:
    """Return the (true, predicted) cell, row or column that was picked just now, as indices into that many classes."""
    cell = get_component_value(key, "cell")
    if not isinstance(cell, list) or len(cell) != 2:
        return None
    true, predicted = (side if isinstance(side, int) and 0 <= side < classes else None for side in cell)
    return true, predicted


def show_confusion_grid(
    classes: Sequence[str],
    counts: Sequence[Sequence[int]],
    *,
    summary: str,
    samples: str,
    title: str,
    key: str,
    unit: Unit = "counts",
    order: Sequence[int] | None = None,
    picked: Place | None = None,
    is_pickable: bool = False,
    opens: Opens | None = None,
    chosen_note: str = "",
) -> None:
    """Show the grid. Arrow keys move through it, and it scrolls and zooms if it does not fit.

    Args:
        classes: their names, in the order of the matrix.
        counts: the matrix, rows true, columns predicted.
        summary: a sentence about the whole matrix, shown above the table and read by screen readers with it.
        samples: what is counted, such as "pictures".
        title: of the picture that can be saved.
        key: the element's key.
        unit: what the cells show.
        order: of the classes on the screen, as indices; as they are by default.
        picked: what is marked as chosen.
        is_pickable: whether a cell, a row or a column can be picked; `get_picked_cell` then returns it.
        opens: say what picking does.
        chosen_note: a sentence beside what is chosen.
    """
    cells = pack_cells(counts)
    _mount(
        key=key,
        data={
            "classes": [isolate_direction(to_one_line(name, _MAX_NAME)) for name in classes],
            "gaps": cells.gaps,
            "counts": cells.counts,
            "order": list(order or range(len(classes))),
            "unit": unit,
            "picked": picked,
            "pickable": is_pickable,
            "text": _make_texts(summary, samples)
            | {
                "title": to_one_line(title, _MAX_NAME),
                "open": opens.cell if opens else "",
                "openLine": opens.line if opens else "",
                "chosenNote": chosen_note,
            },
        },
        on_cell_change=lambda: None,
    )


def _make_texts(summary: str, samples: str) -> dict[str, str | dict[str, str]]:
    of_row = _("misread (the stronger the colour, the larger the share of its true class)")
    return {
        "summary": summary,
        "caption": _("Each row is a true class, each column what the network read."),
        "corner": _("True class"),
        "trueAxis": _("True class"),
        "predictedAxis": _("Read as"),
        "units": {
            "counts": _("Number of {samples}").replace("{samples}", samples),
            "recall": _("Percent of the {samples} of each true class (rows)").replace("{samples}", samples),
            "precision": _("Percent of the {samples} that were read as each class (columns)").replace(
                "{samples}", samples
            ),
        },
        "cell": _("{true} read as {predicted}: {count} of {total} ({share})"),
        "correct": _("{true} read correctly: {count} of {total} ({share})"),
        "cell_of_answers": _("{true} read as {predicted}: {count} of {total} read as {predicted} ({share})"),
        "correct_of_answers": _("{true} read correctly: {count} of {total} read as {predicted} ({share})"),
        "row": _("true class {true}: {total} {samples}, {share} read correctly").replace("{samples}", samples),
        "column": _("read as {predicted}: {total} {samples}, {share} of them correctly").replace("{samples}", samples),
        "hint": _("Point at a cell, or move with the arrow keys."),
        "hintZoom": _("Zoom with + and −, or Ctrl and the wheel; drag to move."),
        "opened": _("Chosen."),
        "cleared": _("No longer chosen."),
        "chosen": _("Chosen:"),
        "clear": _("Show all again"),
        "hits": _("read correctly (framed)"),
        "misses": {
            "counts": of_row,
            "recall": of_row,
            "precision": _("misread (the stronger the colour, the larger the share of its column)"),
        },
        "zoom": _("Size of the cells"),
        "smaller": _("Smaller cells"),
        "larger": _("Larger cells"),
        "fit": _("All"),
        "fitTitle": _("Show all cells"),
        "picture": _("Download the picture:"),
        "file": "confusion-matrix",
    }
