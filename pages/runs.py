"""Runs: a table of all runs, to find, compare, name, tag, delete, download and import them."""

from contextlib import suppress

import streamlit as st

from nn_core.errors import NNLabError
from nn_core.i18n import _
from nn_core.runs import RunFolder, make_titles
from nn_core.runs.columns import get_columns
from nn_core.runs.table import RunRow, list_single_rows, make_rows
from ui.app import navigation
from ui.app.actions import resume_run
from ui.app.errors import toast_errors
from ui.app.next_steps import change_a_setting, compare_runs, see_mistakes, show_next_steps
from ui.app.widgets import show_link
from ui.auth.permissions import can_change
from ui.runs.column_choice import choose_columns, select_columns
from ui.runs.curves import show_curves
from ui.runs.deleted_runs import show_deleted_runs
from ui.runs.run_actions import show_actions
from ui.runs.run_files import offer_import
from ui.runs.run_picker import list_all_runs
from ui.runs.search import choose_folding, choose_group, choose_kind, enter_search, find_rows
from ui.runs.table_view import read_ticked, show_table
from ui.runs.undo import offer_undo
from ui.seeds.group_rows import fold_groups

navigation.open_app()

_CHARTED = 6


def offer_interrupted(rows: list[RunRow]) -> None:
    """Show a button that resumes the interrupted runs, or nothing if there are none.

    Args:
        rows: newest first, as the page lists them.
    """
    interrupted = [row.run for row in rows if row.status == "interrupted" and not row.run.is_shipped]
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


def show_runs(rows: list[RunRow]) -> list[RunRow]:
    """Show the table with everything above and below it; return the rows in it, the ticked ones first."""
    offer_interrupted(rows)
    st.caption(
        _("Tick one run to open, name, tag, delete or download it. Tick several to compare their curves.")
        if can_change()
        else _("Tick one run to open or download it. Tick several to compare their curves.")
    )
    columns = get_columns(rows)
    names = read_ticked(rows)
    listed = [*(kind := choose_kind(rows)), *(row for row in rows if row.name in names and row not in kind)]
    groups = fold_groups(listed)
    with st.container(horizontal=True, vertical_alignment="bottom", key="table_controls"):
        with st.container(width=380):
            text = enter_search()
        group = choose_group()
        if len(groups) < len(listed) and choose_folding():
            listed = groups
        keys = choose_columns(columns)
    found = find_rows(listed, names, text)
    single = list_single_rows(found)
    ticked = [row for row in single if row.name in names]
    if found:
        show_table(found, select_columns(keys, found), columns, names, group)
        st.caption(
            _(
                "Keyboard: press Tab to reach the boxes, choose a run with the arrow keys and tick it with the space bar."
            )
        )
    offer_undo()
    if ticked:
        tags = {tag.casefold(): tag for row in rows for tag in row.label.tags}
        show_actions(ticked, sorted(tags.values(), key=str.casefold))
    with_curves = [row for row in single if row.run.metrics_file.exists()]  # imported weights have none
    own = [row for row in with_curves if not row.run.is_shipped]
    if found:
        show_curves(ticked or own[:_CHARTED] or with_curves[:1], are_ticked=bool(ticked))
    return [*ticked, *(row for row in single if row not in ticked)]


def show_steps(rows: list[RunRow], ticked: int) -> None:
    """Show the next steps for the first row, which is a ticked one if any is ticked."""
    run: RunFolder = rows[0].run
    with suppress(NNLabError):  # a damaged run has no next steps
        comparison = compare_runs(run) if ticked < 2 else None  # several ticked runs are already compared
        show_next_steps(see_mistakes(run), comparison or change_a_setting(run), run=None if ticked == 1 else run)


st.title(_("Runs"), anchor=False)
runs = list_all_runs()
titles = make_titles(runs)
shown: list[RunRow] = []
if not runs:
    st.info(_("No runs yet. Train a network first; its run then appears here."), icon=":material/history:")
    show_link("train")
    offer_undo()
else:
    shown = show_runs(make_rows(runs, titles))
show_deleted_runs()
offer_import(runs, titles)
if shown:
    show_steps(shown, len(st.query_params.get_all("compare")))
