"""Runs: a table of all runs, to open, compare, rename, delete, download and import them."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

import streamlit as st

from nn_core.errors import NewerVersion, NNLabError
from nn_core.formatting import format_duration, format_percent
from nn_core.i18n import _
from nn_core.runs import RunFolder, RunStatus, make_titles
from nn_core.runs.groups import RunGroup, list_groups
from nn_core.runs.label import isolate_direction
from nn_core.runs.queue import get_queue_position
from ui.app import navigation
from ui.app.actions import delete_run, resume_run
from ui.app.errors import show_errors, toast_errors
from ui.app.next_steps import change_a_setting, compare_runs, see_mistakes, show_next_steps, show_step_link, try_it
from ui.app.run_labels import describe_r_squared, format_r_squared
from ui.app.text import escape_title, parse_date
from ui.app.url_values import reject, show_rejected
from ui.app.widgets import show_link
from ui.auth.permissions import can_change
from ui.runs.comparison import show_comparison
from ui.runs.rename import show_rename_button
from ui.runs.run_files import offer_import, show_run_files
from ui.runs.run_picker import get_status_label, list_all_runs
from ui.seeds.group_rows import show_group_rows

navigation.open_app()

_TICKED = "compare"  # the names of the ticked runs, in the URL
_TABLE = "runs_table_shown"  # the rows of the table and those that are ticked
_TABLE_NUMBER = "runs_table_number"
_FIGURE_SPACE = "\N{FIGURE SPACE}"
_PERCENT_WIDTH = len("100.00 %")


def make_row(run: RunFolder, title: str) -> dict[str, object]:
    name, note = isolate_direction(title), isolate_direction(" ".join(run.label().note.split()))
    try:
        status, config = run.status(), run.config()
    except NNLabError as error:
        label = get_status_label("newer" if isinstance(error, NewerVersion) else "damaged")
        return {
            _("Run"): name,
            _("Status"): label,
            _("Note"): note,
            _("Message"): str(error),
            _("Folder"): run.name,
        }
    return {
        _("Run"): name,
        _("Status"): _format_status(run, status),
        _("Note"): note,
        _("Message"): status.message,
        _("Validation accuracy"): _format_accuracy(status),
        _("Validation R²"): _format_r_squared(status),
        _("Network"): config.model.name,
        _("Data"): config.data.name,
        _("Epochs"): f"{status.epochs_done} / {status.epochs}",
        _("Duration"): format_duration(status.elapsed_seconds),
        # As text, because it sorts and screen readers read what is shown.
        _("Date"): f"{parse_date(status.created_at):%Y-%m-%d, %H:%M}",
        _("Folder"): run.name,
    }


def _format_status(run: RunFolder, status: RunStatus) -> str:
    label = get_status_label(status.status)
    place = get_queue_position(run.path) if status.status == "queued" else None
    return _("{status}, place {place}").format(status=label, place=place) if place else label


def _format_accuracy(status: RunStatus) -> str | None:
    """Format the best validation accuracy; None before the first epoch has ended and for networks that do not classify.

    It is text because screen readers would read every digit of a number, and padded so that it sorts by value.
    """
    if status.best is None or status.best.accuracy is None:
        return None
    return format_percent(status.best.accuracy, 2).rjust(_PERCENT_WIDTH, _FIGURE_SPACE)


def _format_r_squared(status: RunStatus) -> str | None:
    """Format the best validation R²; None before the first epoch has ended and for networks that predict no number."""
    if status.best is None or status.best.r_squared is None:
        return None
    return format_r_squared(status.best.r_squared)


def show_table(
    runs: list[RunFolder], titles: Mapping[str, str], words: Sequence[str], *, has_groups: bool
) -> tuple[list[RunFolder], list[RunFolder]]:
    """Show the table; return the runs in it and those that are ticked.

    Args:
        runs: all runs.
        titles: of the runs, by the names of their folders.
        words: only runs with all of these words are shown, and those that are ticked.
        has_groups: whether groups with these words are shown above.
    """
    ticked = _read_ticked([run.name for run in runs])
    all_rows = {run.name: make_row(run, titles[run.name]) for run in runs}
    runs = [run for run in runs if run.name in ticked or _matches(all_rows[run.name], words)]
    if not runs and has_groups:
        return [], []
    if not runs:
        st.info(_("No run has all of these words. Search for others."), icon=":material/search_off:")
        return [], []
    rows = [all_rows[run.name] for run in runs]
    columns = [
        column
        for column in max((list(row) for row in rows), key=len)
        if any(row.get(column) for row in rows) or column not in (_("Note"), _("Message"), _("Validation R²"))
    ]
    names = [run.name for run in runs]
    key = _get_table_key(names, ticked)

    def store_ticked() -> None:
        chosen = [names[number] for number in st.session_state[key]["selection"]["rows"] if number < len(names)]
        st.query_params[_TICKED] = chosen
        st.session_state[_TABLE] = (names, chosen)

    state = st.dataframe(
        {column: [row.get(column) for row in rows] for column in columns},
        key=key,
        on_select=store_ticked,
        selection_mode="multi-row",
        selection_default={"selection": {"rows": [names.index(name) for name in ticked], "columns": [], "cells": []}},
        hide_index=True,
        placeholder="–",
        height="content" if len(rows) <= 12 else 460,
        column_config={
            _("Run"): st.column_config.TextColumn(pinned=True, width=320),
            _("Note"): st.column_config.TextColumn(width="medium"),
            _("Message"): st.column_config.TextColumn(width="medium"),
            _("Validation accuracy"): st.column_config.TextColumn(
                alignment="right",
                help=_(
                    "Of the best epoch, on the validation examples: not used for training, but used to choose that epoch."
                ),
            ),
            _("Validation R²"): st.column_config.TextColumn(alignment="right", help=describe_r_squared()),
        },
        alt=_("Runs with note, status, validation accuracy, network, data, duration and date."),
    )
    return runs, [runs[index] for index in state["selection"]["rows"] if index < len(runs)]


def _matches(row: Mapping[str, object], words: Sequence[str]) -> bool:
    """Whether every word is somewhere in the row, in upper or lower case."""
    text = " ".join(str(cell) for cell in row.values()).casefold()
    return all(word.casefold() in text for word in words)


def is_group_wanted(group: RunGroup, titles: Mapping[str, str], words: Sequence[str]) -> bool:
    """Whether every word is in the row of one of its members."""
    return any(_matches(make_row(member.run, titles[member.run.name]), words) for member in group.members)


def _read_ticked(names: list[str]) -> list[str]:
    """Read the ticked runs from the URL. The name of a missing run is reported on the page and removed from the URL."""
    requested = list(dict.fromkeys(st.query_params.get_all(_TICKED)))
    known = [name for name in requested if name in names]
    for name in requested:
        if name not in names:
            reject(_TICKED, name, _("there is no run with this name; tick one in the table"), remaining=known)
    show_rejected(_TICKED)
    return known


def _get_table_key(names: list[str], ticked: list[str]) -> str:
    """The table's key. A new key makes the table read its ticks from the URL again.

    It changes when the URL contains other runs than are ticked, as after Back, and when the rows have changed, because Streamlit
    stores ticks by row number.
    """
    if st.session_state.get(_TABLE) != (names, ticked):
        st.session_state[_TABLE] = (names, ticked)
        st.session_state[_TABLE_NUMBER] = st.session_state.get(_TABLE_NUMBER, 0) + 1
    return f"runs_table_{st.session_state[_TABLE_NUMBER]}"


def offer_interrupted(runs: list[RunFolder]) -> None:
    """Show a button that resumes the interrupted runs, or nothing if there are none.

    Args:
        runs: newest first, as the page lists them.
    """
    interrupted = [run for run in runs if is_interrupted(run)]
    if not interrupted or not can_change():
        return

    def resume() -> None:
        for run in reversed(interrupted):  # oldest first, so that they train in the order in which they were started
            with toast_errors():
                resume_run(run)

    with st.container(border=True, key="interrupted", horizontal=True, vertical_alignment="center"):
        text = _("Interrupted runs: {count}. They continue from where they were last saved.")
        st.markdown(text.format(count=len(interrupted)), width="content")
        st.space("stretch")
        label = _("Resume all") if len(interrupted) > 1 else _("Resume")
        st.button(label, key="resume_interrupted", icon=":material/play_arrow:", on_click=resume)


def is_interrupted(run: RunFolder) -> bool:
    """Whether the run was interrupted and can be resumed: not with a damaged or newer config, and no shipped run."""
    with suppress(NNLabError):
        return run.status().status == "interrupted" and bool(run.config()) and not run.is_shipped
    return False


def show_actions(run: RunFolder, title: str) -> None:
    """Show the actions for the only ticked run."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{escape_title(title)}**", width="content")
        show_link("train", _("Open"), "open_in_new", run=run)
        show_link("evaluate", run=run)
        with suppress(NNLabError):  # a damaged run cannot be tried
            if step := try_it(run):
                show_step_link(step)
        show_rename_button(run)
        if can_change() and not run.is_shipped and st.button(_("Delete"), key="delete_run", icon=":material/delete:"):
            ask_delete(run, title)
    if run.is_shipped:
        st.caption(_("It comes with NN Lab and is read-only."))
    show_run_files(run)


@st.dialog(_("Delete the run?"))
def ask_delete(run: RunFolder, title: str) -> None:
    st.markdown(_("**{run}** with its weights and curves will be permanently deleted.").format(run=escape_title(title)))
    with st.container(horizontal=True):
        if st.button(_("Delete"), key="confirm_delete", type="primary", icon=":material/delete:"):
            with show_errors():
                delete_run(run)
                st.query_params.pop(_TICKED, None)
                st.rerun()
        if st.button(_("Keep it"), key="keep_run"):
            st.rerun()


st.title(_("Runs"), anchor=False)
runs = list_all_runs()
titles = make_titles(runs)
if not runs:
    st.info(_("No runs yet. Train a network first; its run then appears here."), icon=":material/history:")
    show_link("train")
else:
    offer_interrupted(runs)
    st.caption(
        _("Tick one run to open, rename, delete or download it. Tick several to compare their curves.")
        if can_change()
        else _("Tick one run to open or download it. Tick several to compare their curves.")
    )
    words = st.text_input(
        _("Search"), key="search_runs", icon=":material/search:", placeholder=_("Name, note, network, data …")
    )
    groups, listed = list_groups(runs), []
    if groups and st.toggle(_("Groups of seeds as one row"), value=True, key="group_seeds"):
        listed = [group for group in groups if is_group_wanted(group, titles, words.split())]
        show_group_rows(listed, titles)
        grouped = {member.run.name for group in groups for member in group.members}
        grouped -= set(st.query_params.get_all(_TICKED))  # a ticked run has a row of its own
    else:
        grouped = set()
    single = [run for run in runs if run.name not in grouped]
    with st.container(key="runs_table"):
        shown, ticked = show_table(single, titles, words.split(), has_groups=bool(listed))
    if shown:
        st.caption(
            _("Keyboard: press Tab to reach the table, choose a run with the arrow keys and tick it with Shift+Space.")
        )
        if len(ticked) == 1:
            show_actions(ticked[0], titles[ticked[0].name])
        with_curves = [run for run in shown if run.metrics_file.exists()]  # imported weights have none
        own = [run for run in with_curves if not run.is_shipped]
        show_comparison(ticked or own[:6] or with_curves[:1], titles)
offer_import(runs, titles)
if runs and shown:
    with suppress(NNLabError):  # a damaged run has no next steps
        run = ticked[0] if ticked else shown[0]
        comparison = compare_runs(run) if len(ticked) < 2 else None  # several ticked runs are already compared
        show_next_steps(see_mistakes(run), comparison or change_a_setting(run), run=None if len(ticked) == 1 else run)
