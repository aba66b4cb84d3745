"""The options for an uploaded archive of pictures, and what was found in it."""

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from nn_core.data.custom.archives.class_sources import ArchiveOptions, Question
from nn_core.data.custom.archives.preview import ArchivePreview, ClassPreview, describe_archive
from nn_core.i18n import N_, _
from ui.app.actions import make_picture_dataset
from ui.app.images import make_contact_sheet, to_display
from ui.app.text import escape_markdown
from ui.app.widgets import choose
from ui.data.creation import Create

__all__ = ["show_archive_form"]


_MAX_ROWS = 20  # of the table of classes
_LABELS = {
    "classes": N_("What are the classes?"),
    "names_encoding": N_("How do the names read correctly?"),
    "label_column": N_("Which column of the table has the classes?"),
}


def show_archive_form(file: UploadedFile, number: int) -> Create | None:
    """Show what was found and the options.

    Returns:
        The function that creates the data set, given its title and a function called with (done, total); None while a question
        must be answered first.

    Raises:
        BadInput: nothing can be imported from the archive.
    """
    from nn_core.data.custom.picture_import import MAX_SIDE, MIN_SIDE

    options, preview = _ask(file, number)
    if preview.classes and not preview.needs_answer:
        _show_preview(preview)
    left, right = st.columns(2)
    with left:
        is_colour = choose(
            _("Convert to"),
            {True: _("Colour"), False: _("Grey")},
            key=f"own_colour_{number}",
            help=_("Grey is enough if the classes differ in shape, and trains about three times faster."),
        )
    side = right.slider(
        _("Size (pixels)"),
        MIN_SIDE,
        MAX_SIDE,
        32,
        step=4,
        key=f"own_side_{number}",
        help=_("Each picture becomes a square of this size. Larger ones show more detail and train more slowly."),
    )
    if preview.needs_answer:
        st.info(_("Choose above what is right, then the data set can be created."), icon=":material/help:")
        return None
    return lambda title, show_progress: make_picture_dataset(
        file, title, side=side, colour=is_colour, options=options, on_progress=show_progress
    )


def _ask(file: UploadedFile, number: int) -> tuple[ArchiveOptions, ArchivePreview]:
    """Show the questions. An answer can raise another question, such as for the column of a table."""
    options = ArchiveOptions()
    asked: set[str] = set()
    while True:
        preview = _get_preview(file, options, number)
        question = next((each for each in preview.questions if each.option not in asked), None)
        if question is None:
            return options, preview
        asked.add(question.option)
        if answer := _show_question(question, file, number):
            options = options.answer(question, answer)


def _show_question(question: Question, file: UploadedFile, number: int) -> str | None:
    with st.container(key=f"archive_{question.option}"):
        return st.selectbox(
            _(_LABELS[question.option]),
            list(question.choices),
            index=None if question.must_answer else 0,
            format_func=question.choices.__getitem__,
            placeholder=_("Choose"),
            key=f"own_{question.option}_{number}_{file.file_id}",
            help=_("The archive can be understood in several ways."),
        )


def _get_preview(file: UploadedFile, options: ArchiveOptions, number: int) -> ArchivePreview:
    """Read the archive once for each choice, not for every change of another field."""
    previews: dict[ArchiveOptions, ArchivePreview] = st.session_state.setdefault(
        f"own_previews_{number}_{file.file_id}", {}
    )
    if options not in previews:
        with st.spinner(_("Looking into the archive …")):
            previews[options] = describe_archive(file, options)
    return previews[options]


def _show_preview(preview: ArchivePreview) -> None:
    with st.container(border=True, key="archive_preview"):
        st.markdown(_("**What was found**"))
        st.table(_make_rows(preview))
        if len(preview.classes) > _MAX_ROWS:
            st.caption(_("… and {count:,} more classes.").format(count=len(preview.classes) - _MAX_ROWS))
        if not preview.has_splits:
            st.caption(_("A fifth of each class will be held back for the test."))
        with st.container(horizontal=True):
            for each in preview.classes:
                _show_samples(each)
        for note in preview.notes:
            st.caption(escape_markdown(note))


def _make_rows(preview: ArchivePreview) -> dict[str, list[str]]:
    shown = preview.classes[:_MAX_ROWS]
    rows = {_("Class"): [escape_markdown(each.label) for each in shown]}
    if not preview.has_splits:
        return {**rows, _("Pictures"): [f"{each.train:,}" for each in shown]}
    return {
        **rows,
        _("Training"): [f"{each.train:,}" for each in shown],
        _("Test"): [f"{each.test:,}" for each in shown],
    }


def _show_samples(preview: ClassPreview) -> None:
    if preview.samples:
        st.image(
            make_contact_sheet([[to_display(sample) for sample in preview.samples]], scale=1, gap=4),
            caption=escape_markdown(preview.label),
            alt=_("{count} pictures of the class {label}").format(count=len(preview.samples), label=preview.label),
        )
