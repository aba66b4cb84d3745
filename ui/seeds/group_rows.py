"""Groups of seeds as rows of a list: one row for the group, and one for each of its members beneath."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import streamlit as st

from nn_core.i18n import _
from nn_core.runs import RunFolder
from nn_core.runs.groups import RunGroup, list_groups
from nn_core.runs.table import RunRow, TestResult
from ui.app.text import escape_markdown, escape_title
from ui.runs.run_picker import get_status_label
from ui.seeds.figures import format_figure, format_spread, get_test_title, get_validation_title

__all__ = ["GroupRow", "MemberRow", "fold_groups", "make_group_row", "show_member_table"]


@dataclass(frozen=True)
class MemberRow:
    """The cells of a member. note: why the means leave it out; empty if they do not."""

    run: RunFolder
    title: str
    seed: int
    status: str
    validation: str
    test: str
    note: str


@dataclass(frozen=True)
class GroupRow:
    """The cells of a group: the means and standard deviations of its finished members. All are plain text."""

    group: RunGroup
    name: str
    runs: str
    validation: str
    test: str
    members: tuple[MemberRow, ...]


def make_group_row(group: RunGroup, titles: Mapping[str, str]) -> GroupRow:
    """Make the row of a group. titles: of runs, by the names of their folders."""
    return GroupRow(
        group,
        group.name,
        _("{finished} of {total} runs").format(finished=group.finished, total=len(group.members)),
        format_spread(group.validation, group.figure),
        format_spread(group.test, group.figure),
        tuple(
            MemberRow(
                member.run,
                titles.get(member.run.name, member.run.name),
                member.seed,
                get_status_label(member.status),
                format_figure(member.validation, group.figure),
                format_figure(member.test, group.figure),
                member.left_out,
            )
            for member in group.members
        ),
    )


def fold_groups(rows: Sequence[RunRow]) -> list[RunRow]:
    """Return the rows of the table of runs with one row in place of the members of each group of seeds, where the first of them was."""
    by_name = {row.name: row for row in rows}
    folded: dict[str, RunRow] = {}  # by the name of the member in whose place it is
    for group in list_groups([row.run for row in rows]):
        members = {member.run.name: by_name.pop(member.run.name) for member in group.members}
        first = next(row.name for row in rows if row.name in members)
        folded[first] = _make_table_row(group, list(members.values()))
    return [folded.get(row.name, row) for row in rows if row.name in by_name or row.name in folded]


def _make_table_row(group: RunGroup, members: Sequence[RunRow]) -> RunRow:
    cells = make_group_row(group, {})
    lead = next((row for row in members if row.state), members[0])
    state, test = lead.state, None
    # The means decide the place of the row where the table is sorted.
    if state and state.best:
        mean = group.validation.mean if group.validation else None
        figure = "loss" if group.figure == "error" else group.figure
        state = state.model_copy(update={"best": state.best.model_copy(update={"loss": None, figure: mean})})
    if group.figure != "error":
        test = TestResult.model_validate({group.figure: group.test.mean if group.test else None})
    texts = {"status": cells.runs, "message": "", "note": "", "tags": "", "epochs": "", "duration": "", "folder": ""}
    texts["loss"] = cells.validation if group.figure == "error" else ""
    if column := {"accuracy": "validation", "r_squared": "validation_r_squared"}.get(group.figure):
        texts |= {column: cells.validation, column.replace("validation", "test"): cells.test}
    return replace(
        lead,
        title=group.name,
        state=state,
        test=test,
        settings={path: value for path, value in lead.settings.items() if path != "training.seed"},
        members=tuple(members),
        texts=texts,
    )


def show_member_table(row: GroupRow) -> None:
    """Show a line for each member, and the mean and the standard deviation below."""
    members, figure = row.members, row.group.figure
    columns = {
        _("Seed"): [*(str(member.seed) for member in members), _("Mean ± standard deviation")],
        _("Run"): [*(escape_title(member.title) for member in members), row.runs],
        _("Status"): [*(member.status for member in members), ""],
        _("{title} (best epoch)").format(title=get_validation_title(figure)): [
            *(member.validation for member in members),
            row.validation,
        ],
        get_test_title(figure): [*(member.test for member in members), row.test],
    }
    if any(member.note for member in members):
        columns[_("Left out because")] = [*(escape_markdown(member.note) for member in members), ""]
    st.table(columns, hide_index=True)
