"""Groups of seeds as rows of a list: one row for the group, and one for each of its members beneath."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from nn_core.i18n import _
from nn_core.runs import RunFolder
from nn_core.runs.groups import RunGroup
from ui.app.text import escape_markdown, escape_title, show_section_heading
from ui.app.widgets import show_link
from ui.runs.run_picker import get_status_label
from ui.seeds.figures import format_figure, format_spread, get_test_title, get_validation_title

__all__ = ["GroupRow", "MemberRow", "make_group_row", "show_group_rows", "show_member_table"]


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


def show_group_rows(groups: Sequence[RunGroup], titles: Mapping[str, str]) -> None:
    """Show each group as a row that opens to those of its members; nothing without groups."""
    if not groups:
        return
    with st.container(border=True, key="seed_groups"):
        show_section_heading(_("Groups of seeds"))
        for group in groups:
            row = make_group_row(group, titles)
            label = _("{name} · {runs} · {title} {test}").format(
                name=escape_title(row.name), runs=row.runs, title=get_test_title(group.figure), test=row.test
            )
            with st.expander(label, key=f"seed_group_{group.identity}", icon=":material/stacks:"):
                show_member_table(row)
                show_link("train", _("Open the group"), "open_in_new", run=row.members[0].run)


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
