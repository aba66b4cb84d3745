"""The options for an uploaded table: its columns, with a preview, and the length of texts."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from nn_core.data.custom.metadata import CustomDataset
from nn_core.data.custom.validation import shorten
from nn_core.i18n import _
from ui.app.actions import make_table_dataset
from ui.app.text import escape_markdown
from ui.data.creation import Create
from ui.data.table_preview import (
    TableCheck,
    TableUpload,
    check_table,
    inspect_upload,
    show_picture_preview,
    show_preview,
)

__all__ = ["show_table_form"]


_MAX_CLASSES = 20


@dataclass(frozen=True)
class _Chosen:
    """The chosen columns, counted from 0; None as long as the user has to choose. A table of pixels has no texts."""

    text: int | None
    label: int | None
    are_pixels: bool = False


def show_table_form(file: TableUpload, number: int) -> Create | None:
    """Show the options; return the function that creates the data set, given its title and a function called with (done, total), or
    None as long as it cannot be created."""
    if file.notice:
        st.info(escape_markdown(file.notice), icon=":material/folder_zip:")
    overview = inspect_upload(file)
    titles = [_describe_column(overview.columns.names, column) for column in range(overview.heading.width)]
    key = f"{number}_{file.id}"
    if overview.pixels:
        layout = overview.pixels
        st.info(
            _(
                "This table has pixels: each row is a picture of {side} × {side} pixels. They become a data set of pictures."
            ).format(side=layout.side),
            icon=":material/image:",
        )
        others = [column for column in range(len(titles)) if column not in set(layout.columns)]
        label = _choose_column(_("Column of the labels"), others, layout.label, titles, f"own_label_column_{key}")
        show_picture_preview(file, overview, label)
        return _make_creator(file, _Chosen(None, label, are_pixels=True), None)
    choice, every = overview.choice, range(len(titles))
    has_texts = overview.columns.has_texts(choice.text)
    notice = st.container()  # above the boxes, although it depends on them
    left, right = st.columns(2)
    with left:
        best = None if choice.text_rivals or not has_texts else choice.text
        text = _choose_column(_("Column of the texts"), every, best, titles, f"own_text_column_{key}")
    with right:
        best = None if choice.label_rivals else choice.label
        label = _choose_column(_("Column of the labels"), every, best, titles, f"own_label_column_{key}")
    with notice:
        if text is None and not has_texts:
            st.warning(
                _(
                    "No column looks like texts: they have numbers or dates. NN Lab learns from texts and pictures, not from measurements."
                ),
                icon=":material/help:",
            )
        elif text is None:
            _show_rivals(
                _("Several columns may be the texts: {columns}. Choose one."), choice.text, choice.text_rivals, titles
            )
        if label is None:
            _show_rivals(
                _("Several columns may be the labels: {columns}. Choose one."),
                choice.label,
                choice.label_rivals,
                titles,
            )
    problem, warnings = "", overview.warnings
    if text is None or label is None:
        problem = _("Choose the column of the texts and that of the labels, then the data set can be created.")
    elif text == label:
        problem = _("One column cannot be both the text and the label. Choose another column for one of them.")
    else:
        check = check_table(file, text, label)
        problem, warnings = check.problem, check.warnings
        if not problem:
            _show_classes(check)
    if problem:
        st.warning(escape_markdown(problem), icon=":material/warning:")
    for sentence in warnings:
        st.warning(escape_markdown(sentence), icon=":material/warning:")
    show_preview(overview, text, label, titles)
    return None if problem else _make_creator(file, _Chosen(text, label), _choose_length(number))


def _show_rivals(sentence: str, best: int, rivals: Sequence[int], titles: Sequence[str]) -> None:
    names = ", ".join(f"'{shorten(titles[column])}'" for column in sorted((best, *rivals)))
    st.warning(sentence.format(columns=escape_markdown(names)), icon=":material/help:")


def _describe_column(names: Sequence[str], column: int) -> str:
    return f"{column + 1}: {names[column]}" if names[column] else _("Column {number}").format(number=column + 1)


def _choose_column(title: str, columns: Sequence[int], best: int | None, titles: Sequence[str], key: str) -> int | None:
    columns = list(columns)
    return st.selectbox(
        title,
        columns,
        index=None if best is None else columns.index(best),
        format_func=lambda column: titles[column],
        placeholder=_("Choose a column"),
        key=key,
    )


def _choose_length(number: int) -> int | None:
    from nn_core.data.custom.table_import import MAX_TEXT_LENGTH, MIN_TEXT_LENGTH

    return st.number_input(
        _("Characters per text"),
        MIN_TEXT_LENGTH,
        MAX_TEXT_LENGTH,
        None,
        step=1,
        placeholder=_("Automatic"),
        key=f"own_length_{number}",
        help=_("Longer texts are cut to this length. Automatic: the length that fits 95 % of your texts, at most 200."),
    )


def _show_classes(check: TableCheck) -> None:
    counts = Counter(check.counts).most_common(_MAX_CLASSES)
    listed = ", ".join(f"{escape_markdown(label)} ({count:,})" for label, count in counts)
    st.markdown(
        _("**{count} classes** in {rows:,} rows: {classes}").format(
            count=len(check.counts),
            rows=sum(check.counts.values()),
            classes=listed + (" …" if len(check.counts) > len(counts) else ""),
        )
    )


def _make_creator(file: TableUpload, chosen: _Chosen, length: int | None) -> Create:
    def create(title: str, show_progress: Callable[[int, int], None]) -> CustomDataset:
        return make_table_dataset(
            file.stream,
            title,
            text_column=None if chosen.text is None else chosen.text + 1,
            label_column=None if chosen.label is None else chosen.label + 1,
            length=length,
            on_progress=show_progress,
        )

    return create
