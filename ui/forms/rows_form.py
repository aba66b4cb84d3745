"""A list that is edited row by row: blocks of a network, or layers of several kinds whose shapes must fit each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from nn_core.errors import ConfigError
from nn_core.i18n import _
from nn_core.models.stack import FlattenRow, compute_shapes
from nn_core.settings import Section, get_title
from nn_core.task import TaskSpec
from ui.app.text import escape_markdown
from ui.forms.formula_plot import show_activation
from ui.forms.setting_widget import is_applicable, list_shown_settings, show_setting

__all__ = ["edit_rows"]

Kinds = Mapping[str, type[Section]]


def edit_rows(
    rows: Sequence[Section], field: FieldInfo, kinds: Kinds, path: str, *, problem: TaskSpec | None = None
) -> list[dict[str, Any]]:
    """The rows' values, for `config.changed`.

    rows: the defaults; field: declares the list; kinds: what a row may be, by name; path: begins the widgets' keys;
    problem: what the first layer of a stack gets, so that the shapes can be checked.
    """
    order = _order(rows, path)
    stacked = problem is not None and kinds.get("flatten") is FlattenRow
    told = [f"**{_(get_title(kind))}**: {_(kind.__doc__ or '')}" for kind in kinds.values() if len(kinds) > 1]
    st.markdown(f"**{_(field.title or path)}**", help="\n\n".join([_(field.description or ""), *told]))
    check = _Check(problem) if stacked and problem else None
    values = []
    with st.container(key=f"rows-{path}", gap="xsmall"):
        for number, (row, default) in enumerate(order):
            with st.container(border=True, key=f"row-{path}.{row}", gap="xsmall"):
                values.append(
                    _row(number, default, kinds, f"{path}.{row}", _Moves(path, number, len(order), field), check)
                )
        if check:
            check.show_output()
    _adder(order, kinds, path, field)
    return values


# What is kept between two runs of the script


def _order(rows: Sequence[Section], path: str) -> list[tuple[int, Section]]:
    """(its number for good, what it began as) of each row from top to bottom. It starts anew when the form does: then
    the button below it was not there in the run before."""
    order: list[tuple[int, Section]]
    if f"{path}.add" not in st.session_state or f"{path}.order" not in st.session_state:
        st.session_state[f"{path}.order"] = list(enumerate(rows))
    order = st.session_state[f"{path}.order"]
    return order


class _Moves:
    """The buttons of a row: up, down, away."""

    def __init__(self, path: str, number: int, count: int, field: FieldInfo) -> None:
        self.path, self.number, self.count = path, number, count
        self.fewest = next((rule.min_length for rule in field.metadata if hasattr(rule, "min_length")), 0)

    def show(self, key: str) -> None:
        first, last = self.number == 0, self.number == self.count - 1
        with st.container(horizontal=True, gap=None, width="content", key=f"moves-{key}"):
            for name, icon, tip, ends in (
                ("up", ":material/arrow_upward:", _("Move up"), first),
                ("down", ":material/arrow_downward:", _("Move down"), last),
                ("delete", ":material/delete:", _("Take this row out"), self.count <= self.fewest),
            ):
                st.button(
                    "",
                    key=f"{key}.{name}",
                    icon=icon,
                    help=tip,
                    type="tertiary",
                    disabled=ends,
                    on_click=self.do,
                    args=[name],
                )

    def do(self, name: str) -> None:
        order = st.session_state[f"{self.path}.order"]
        row = order.pop(self.number)
        if name != "delete":
            order.insert(self.number + (1 if name == "down" else -1), row)


def _adder(order: list[tuple[int, Section]], kinds: Kinds, path: str, field: FieldInfo) -> None:
    most = next((rule.max_length for rule in field.metadata if hasattr(rule, "max_length")), 100)

    def add() -> None:
        kind = st.session_state.get(f"{path}.new", next(iter(kinds)))
        order.append((max((row for row, _default in order), default=-1) + 1, kinds[kind]()))

    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        if len(kinds) > 1:
            _kind_box(kinds, f"{path}.new", next(iter(kinds)))
        st.button(_("Add a row"), key=f"{path}.add", icon=":material/add:", on_click=add, disabled=len(order) >= most)


# A row


def _row(number: int, default: Section, kinds: Kinds, path: str, moves: _Moves, check: _Check | None) -> dict[str, Any]:
    """One of several kinds: a line with the kind and one with its settings. Of one kind alone, all in a line."""
    values: dict[str, Any] = {}
    kind, leaves = getattr(default, "name", ""), None
    several = len(kinds) > 1
    if several:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{number + 1}**", width=20)
            kind = values["name"] = _kind_box(kinds, f"{path}.name", kind)
            st.space("stretch")
            with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
                leaves = st.empty()
                moves.show(path)
        path = f"{path}.{kind}"
    section = kinds[kind]
    start = default if isinstance(default, section) else section()
    # Tick boxes last: fields of one height beside each other.
    fields = sorted(list_shown_settings(section).items(), key=lambda item: item[1].annotation is bool)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        if not several:
            st.markdown(f"**{number + 1}**", width=20)
        for key, field in fields:
            if is_applicable(field, values):
                explained = several or number == 0
                values[key] = show_setting(
                    getattr(start, key), field, f"{path}.{key}", narrow=True, explained=explained
                )
        if not several:
            st.space("stretch")
            moves.show(path)
    if values.get("activation") == "formula":
        show_activation("formula", values["formula"], path)
    sentence = check.add(section, values) if check else ""
    if sentence:
        st.markdown(f":red[:material/error: {escape_markdown(sentence)}]")
    elif leaves and check and check.leaves:
        leaves.caption(check.leaves, width="content")
    return values


def _kind_box(kinds: Kinds, key: str, kind: str) -> str:
    names = list(kinds)
    return st.selectbox(
        _("Layer"),
        names,
        index=names.index(kind),
        format_func=lambda name: _(get_title(kinds[name])),
        key=key,
        label_visibility="collapsed",
        width=145,
    )


class _Check:
    """The shapes that pass through a stack, row after row, and the sentence of the first row that cannot be."""

    def __init__(self, problem: TaskSpec) -> None:
        self._problem = problem
        self._rows: list[Any] = []
        self._broken = False
        self.leaves = ""
        """The shape after the latest row, or nothing below a row that cannot be."""

    def add(self, section: type[Section], values: dict[str, Any]) -> str:
        """The row's sentence, or nothing."""
        self.leaves = ""
        if self._broken:
            return ""
        try:
            self._rows.append(section(**values))
            # Flattened, so that a picture may leave the row: there may be rows to come.
            passed = compute_shapes([*self._rows, FlattenRow()], self._problem)
        except ConfigError as error:
            self._broken = True
            return str(error)
        except ValidationError as error:
            self._broken = True
            return " ".join(str(mistake["msg"]) for mistake in error.errors())
        self.leaves = "→ " + " × ".join(map(str, passed[-2]))
        return ""

    def show_output(self) -> None:
        """The layer that is always there."""
        with st.container(border=True, key="output_row", gap="xsmall"):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(_("**Output** · Dense, a number for each class"), width="content")
                st.space("stretch")
                st.caption(f"→ {self._problem.classes}", width="content")
            if not self._broken:
                try:
                    compute_shapes(self._rows, self._problem)
                except ConfigError as error:
                    st.markdown(f":red[:material/error: {escape_markdown(str(error))}]")
