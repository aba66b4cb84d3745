"""A preview of an uploaded table: its first rows, with the chosen columns marked, or its first pictures."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO, TypeVar

import streamlit as st

from nn_core.data.custom.tables.overview import Overview
from nn_core.errors import BadInput
from nn_core.i18n import _
from ui.app.images import make_contact_sheet, to_display
from ui.app.text import escape_markdown

__all__ = ["TableCheck", "TableUpload", "check_table", "inspect_upload", "show_picture_preview", "show_preview"]

_ROWS, _COLUMNS, _PICTURES = 5, 6, 8
_CHARACTERS = 60  # of a cell
_PICTURE_PIXELS = 56
_CACHE = "own_table"

_T = TypeVar("_T")


@dataclass(frozen=True)
class TableUpload:
    """An uploaded table.

    Attributes:
        stream: its content, unpacked.
        id: of the upload.
        name: of the table's file.
        notice: where in the upload it was found; empty if the table is the upload.
    """

    stream: BinaryIO
    id: str
    name: str
    notice: str = ""


@dataclass(frozen=True)
class TableCheck:
    """What the chosen columns contain.

    Attributes:
        counts: the number of texts of each class.
        warnings: sentences about what was left out, repaired or assumed.
        problem: why the data set cannot be made; empty if it can.
    """

    counts: dict[str, int]
    warnings: tuple[str, ...]
    problem: str = ""


def inspect_upload(file: TableUpload) -> Overview:
    """Look through the table, once for each upload. Raises BadInput if it cannot be read."""
    from nn_core.data.custom import LIMITS
    from nn_core.data.custom.tables.overview import inspect_rows
    from nn_core.data.custom.tables.rows import open_rows

    def inspect() -> Overview:
        with st.spinner(_("Reading the table …")), open_rows(file.stream, LIMITS) as rows:
            return inspect_rows(rows, LIMITS)

    return _remember(file, "overview", inspect)


def check_table(file: TableUpload, text: int, label: int) -> TableCheck:
    """Read the columns and count the classes, once for each choice."""
    from nn_core.data.custom import LIMITS
    from nn_core.data.custom.tables.reader import check_classes, collect_rows
    from nn_core.data.custom.tables.rows import open_rows

    def check() -> TableCheck:
        overview = inspect_upload(file)
        with st.spinner(_("Counting the classes …")), open_rows(file.stream, LIMITS) as rows:
            table = collect_rows(rows, overview, text, label, LIMITS)
        problem = ""
        try:
            check_classes(table, overview.columns, label, LIMITS)
        except BadInput as error:
            problem = str(error)
        return TableCheck(dict(Counter(table.labels)), (*table.describe_skipped(), *table.warnings), problem)

    return _remember(file, f"{text} {label}", check)


def _remember(file: TableUpload, key: str, compute: Callable[[], _T]) -> _T:
    """Return the result for this upload, computed at most once as long as no other file is chosen."""
    known = st.session_state.get(_CACHE)
    if known is None or known[0] != file.id:
        known = st.session_state[_CACHE] = (file.id, {})
    results: dict[str, _T] = known[1]
    if key not in results:
        results[key] = compute()
    return results[key]


def show_preview(overview: Overview, text: int | None, label: int | None, titles: Sequence[str]) -> None:
    """Show the first rows. The chosen columns come first; they are marked in their heading, and their cells in colour."""
    marks = {text: _("→ text"), label: _("→ label")}
    chosen = [column for column in (text, label) if column is not None]
    order = list(dict.fromkeys([*chosen, *range(len(titles))]))[:_COLUMNS]
    rows = [(line, _fit(cells, len(titles), text)) for line, cells in overview.first[:_ROWS]]
    content = {}
    for column in order:
        heading = escape_markdown(titles[column])
        cells = [escape_markdown(_shorten(cells[column] if column < len(cells) else "")) for _line, cells in rows]
        if column in marks:
            heading = f"**{heading} {marks[column]}**"
            cells = [f":blue-background[{cell}]" if cell else "" for cell in cells]
        content[heading] = cells
    with st.container(key="table_preview"):
        st.table(content, hide_index=True)
        if len(order) < len(titles):
            hidden = len(titles) - len(order)
            st.caption(
                _("The first rows of {count:,}, without {hidden} more columns.").format(
                    count=overview.count, hidden=hidden
                )
            )
        else:
            st.caption(_("The first rows of {count:,}.").format(count=overview.count))


def show_picture_preview(file: TableUpload, overview: Overview, label: int | None) -> None:
    """Show the first pictures of a table of pixels, with their labels."""
    from nn_core.data.custom.tables.pixels import read_pixels

    if overview.pixels is None:
        return
    pictures, labels = [], []
    for _line, cells in overview.first[:_PICTURES]:
        picture = read_pixels(cells, overview.pixels) if len(cells) >= overview.heading.width else None
        if picture is not None:
            pictures.append(to_display(picture))
            labels.append(cells[label].strip() if label is not None else "?")
    if pictures:
        names = ", ".join(labels)
        sheet = make_contact_sheet([pictures], scale=max(1, round(_PICTURE_PIXELS / overview.pixels.side)), gap=4)
        with st.container(key="table_preview"):
            st.image(
                sheet, width="content", alt=_("The first pictures; their labels are {labels}").format(labels=names)
            )
            st.caption(
                _("The first of {count:,} pictures. Labels: {labels}").format(
                    count=overview.count, labels=escape_markdown(names)
                )
            )
    for sentence in overview.warnings:
        st.warning(escape_markdown(sentence), icon=":material/warning:")


def _shorten(cell: str) -> str:
    cell = " ".join(cell.split())
    return cell if len(cell) <= _CHARACTERS else f"{cell[: _CHARACTERS - 2]} …"


def _fit(cells: list[str], width: int, text: int | None) -> list[str]:
    """Return the cells as they are imported: surplus ones belong to the text."""
    from nn_core.data.custom.tables.repair import join_surplus

    return cells if text is None else join_surplus(cells, width, text, ",")
