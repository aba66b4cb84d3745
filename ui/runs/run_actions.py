"""What can be done with the ticked runs: open, name, tag, annotate, delete and download."""

from collections.abc import Callable, Sequence
from contextlib import suppress

import streamlit as st

from nn_core.errors import NNLabError
from nn_core.i18n import _
from nn_core.runs import RunFolder, RunLabel
from nn_core.runs.bin import KEPT_DAYS
from nn_core.runs.label import MAX_TAG_LENGTH
from nn_core.runs.table import RunRow
from ui.app.actions import move_to_bin, rename_run
from ui.app.errors import toast_errors
from ui.app.next_steps import compare_all, show_step_link, try_it
from ui.app.text import escape_markdown, escape_title
from ui.app.widgets import show_link
from ui.auth.permissions import can_change
from ui.compare.run_choice import MAX_COMPARED
from ui.runs.rename import show_rename_button
from ui.runs.run_files import show_metrics_files, show_run_files
from ui.runs.table_view import TICKED
from ui.runs.undo import UndoableChange, remember_change

__all__ = ["show_actions"]

_TAG, _ANNOTATE = "tag_runs", "annotate_runs"
_ADDED, _REUSED, _REMOVED, _NOTE = "added_tags", "reused_tags", "removed_tags", "added_note"


def show_actions(ticked: Sequence[RunRow], all_tags: Sequence[str]) -> None:
    """Show what can be done with the ticked runs.

    Args:
        ticked: the rows, at least one.
        all_tags: of all runs, to choose from.
    """
    own = [row for row in ticked if not row.run.is_shipped]
    with st.container(horizontal=True, vertical_alignment="center", key="run_actions"):
        if len(ticked) == 1:
            _show_single(ticked[0])
        else:
            st.markdown(f"**{_('{count} runs ticked').format(count=len(ticked))}**", width="content")
            if len(ticked) <= MAX_COMPARED:
                show_step_link(compare_all([row.run for row in ticked]))
        if can_change() and own:
            _show_tags(own, all_tags)
            if len(ticked) > 1:
                _show_note(own)
            label = _("Delete") if len(own) == 1 else _("Delete {count} runs").format(count=len(own))
            st.button(label, key="delete_run", icon=":material/delete:", on_click=_delete, args=[own])
        if len(ticked) > 1:
            st.button(_("Untick all"), key="untick_all", type="tertiary", on_click=_untick)
    if shipped := [row for row in ticked if row.run.is_shipped]:
        sentence = (
            _("It comes with NN Lab and is read-only.")
            if len(ticked) == 1
            else _("{count} of them come with NN Lab and are read-only.").format(count=len(shipped))
        )
        st.caption(sentence)
    if len(ticked) == 1:
        show_run_files(ticked[0].run)
    else:
        with st.expander(_("Download the metrics"), icon=":material/download:", key="metrics_of_runs"):
            show_metrics_files([row.run for row in ticked])


def _show_single(row: RunRow) -> None:
    st.markdown(f"**{escape_title(row.title)}**", width="content")
    show_link("train", _("Open"), "open_in_new", run=row.run)
    show_link("evaluate", run=row.run)
    with suppress(NNLabError):  # a damaged run cannot be tried
        if step := try_it(row.run):
            show_step_link(step)
    show_rename_button(row.run)


def _show_tags(rows: Sequence[RunRow], all_tags: Sequence[str]) -> None:
    own_tags = sorted({tag for row in rows for tag in row.label.tags}, key=str.casefold)
    offered = [tag for tag in all_tags if not all(tag in row.label.tags for row in rows)]
    with (
        st.popover(_("Tags"), icon=":material/sell:", key=_TAG, on_change="rerun"),
        st.form("tags_form", border=False, clear_on_submit=True),
    ):
        st.text_input(
            _("Add tags"),
            key=_ADDED,
            placeholder=_("good, needs work"),
            help=_("Separated by commas, up to {count} characters each. The search finds them: tag:good").format(
                count=MAX_TAG_LENGTH
            ),
        )
        if offered:
            st.pills(_("Add tags in use"), offered, selection_mode="multi", key=_REUSED, format_func=escape_markdown)
        if own_tags:
            st.pills(_("Remove tags"), own_tags, selection_mode="multi", key=_REMOVED, format_func=escape_markdown)
        st.form_submit_button(_("Save"), key="confirm_tags", type="primary", on_click=_save_tags, args=[rows])


def _save_tags(rows: Sequence[RunRow]) -> None:
    typed = [tag for tag in st.session_state.get(_ADDED, "").split(",") if tag.strip()]
    added, removed = [*typed, *st.session_state.get(_REUSED, [])], st.session_state.get(_REMOVED, [])
    if added or removed:
        sentence = _("Tags changed: {count}.")
        _change_labels(rows, sentence, lambda run: rename_run(run, add_tags=added, remove_tags=removed))
    st.session_state[_TAG] = False


def _show_note(rows: Sequence[RunRow]) -> None:
    with (
        st.popover(_("Note"), icon=":material/notes:", key=_ANNOTATE, on_change="rerun"),
        st.form("note_form", border=False, clear_on_submit=True),
    ):
        st.text_area(_("Add to the notes of these runs"), key=_NOTE, height=90)
        st.form_submit_button(_("Save"), key="confirm_note", type="primary", on_click=_save_note, args=[rows])


def _save_note(rows: Sequence[RunRow]) -> None:
    text = st.session_state.get(_NOTE, "").strip()
    if text:
        _change_labels(
            rows,
            _("Notes changed: {count}."),
            lambda run: rename_run(run, note="\n".join(filter(None, [run.label().note, text]))),
        )
    st.session_state[_ANNOTATE] = False


def _change_labels(rows: Sequence[RunRow], sentence: str, change: Callable[[RunFolder], RunLabel]) -> None:
    changed = []
    for row in rows:
        with toast_errors():
            before = row.run.label()
            change(row.run)
            changed.append((row.run, before))
    if changed:
        remember_change(UndoableChange(_join(sentence, [row.title for row in rows][: len(changed)]), labels=changed))


def _delete(rows: Sequence[RunRow]) -> None:
    deleted, titles = [], []
    for row in rows:
        with toast_errors():
            deleted.append(move_to_bin(row.run))
            titles.append(row.title)
    if deleted:
        sentence = _("Deleted: {{count}}. Undo is possible for {days} days.").format(days=KEPT_DAYS)
        remember_change(UndoableChange(_join(sentence, titles), deleted=deleted))
        names = {each.name for each in deleted}
        st.query_params[TICKED] = [name for name in st.query_params.get_all(TICKED) if name not in names]


def _join(sentence: str, titles: Sequence[str]) -> str:
    """Fill in the title of the only run, or the number of several."""
    return sentence.format(count=titles[0] if len(titles) == 1 else _("{count} runs").format(count=len(titles)))


def _untick() -> None:
    st.query_params.pop(TICKED, None)
