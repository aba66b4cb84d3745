"""A table of numbers as HTML: screen readers read the formatted cells ("99.8 %"), and columns sort by the exact values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from nn_core.errors import to_one_line
from nn_core.i18n import _
from ui.components.shared import declare_component

__all__ = ["Column", "show_data_table"]

_MAX_CHARACTERS = 200

_mount = declare_component(
    "data_table", html='<div class="scroller"></div><p class="unseen" role="status"></p><dl class="notes"></dl>'
)


@dataclass(frozen=True)
class Column:
    """A column of the table.

    Attributes:
        title: its header.
        texts: of its cells.
        values: to sort by; None sorts by the texts.
        about: a sentence that explains the column, shown below the table.
        notes: small texts below those of its cells.
    """

    title: str
    texts: Sequence[str]
    values: Sequence[float] | None = None
    about: str = ""
    notes: Sequence[str] = ()


def show_data_table(columns: Sequence[Column], *, caption: str, key: str, footer: int = 0) -> None:
    """Show the columns. Each header is a button that sorts by it. The first column names the rows.

    Args:
        columns: all of one length.
        caption: what the table shows, for screen readers.
        key: the element's key.
        footer: that many last rows stay at the bottom and are not sorted.
    """
    _mount(
        key=key,
        data={
            "caption": caption,
            "footer": footer,
            "columns": [
                {
                    "title": column.title,
                    "about": column.about,
                    "notes": list(column.notes),
                    "texts": [to_one_line(text, _MAX_CHARACTERS) for text in column.texts],
                    "values": None if column.values is None else [_number(value) for value in column.values],
                }
                for column in columns
            ],
            "text": {
                "sort": _("Sort by {title}"),
                "ascending": _("Sorted by {title}, smallest first"),
                "descending": _("Sorted by {title}, largest first"),
                "original": _("In the original order"),
            },
        },
    )


def _number(value: float) -> float | None:
    return round(float(value), 6) if math.isfinite(value) else None
