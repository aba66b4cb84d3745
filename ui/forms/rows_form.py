"""An editor for a list of rows: the blocks of a network, or layers of several kinds whose shapes must match."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import streamlit as st
from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from nn_core.errors import ConfigError
from nn_core.i18n import _
from nn_core.models.layers import FlattenRow, Row, compute_shapes
from nn_core.settings import Section, describe_setting, get_title
from nn_core.task import TaskSpec
from ui.app.text import escape_markdown
from ui.forms.formula_plot import show_activation
from ui.forms.setting_widget import Values, get_rule, is_applicable, list_shown_settings, show_setting

__all__ = ["edit_rows"]

Kinds = Mapping[str, type[Section]]
Order = list[tuple[int, Section]]
"""The rows from top to bottom: (permanent number, default)."""


def edit_rows(
    rows: Sequence[Section], field: FieldInfo, kinds: Kinds, path: str, *, task: TaskSpec | None = None
) -> list[Values]:
    """Show the editor; return the values of each row.

    Args:
        rows: the defaults.
        field: declares the list.
        kinds: the types of rows by name.
        path: the prefix of the widgets' keys.
        task: gives the shape of the network's input, from which the shapes of a stack of layers are checked.
    """
    order = _get_order(rows, path)
    kind_help = [f"**{_(get_title(kind))}**: {_(kind.__doc__ or '')}" for kind in kinds.values() if len(kinds) > 1]
    st.markdown(f"**{_(field.title or path)}**", help="\n\n".join([describe_setting(field), *kind_help]))
    check = _ShapeCheck(task) if task is not None and kinds.get("flatten") is FlattenRow else None
    values = []
    with st.container(key=f"rows-{path}", gap="xsmall"):
        for number, (row, default) in enumerate(order):
            with st.container(border=True, key=f"row-{path}.{row}", gap="xsmall"):
                key = f"{path}.{row}"
                show_buttons = partial(_show_row_buttons, order, number, field, key)
                values.append(_show_row(number, default, kinds, key, show_buttons, check))
        if check:
            check.show_output()
    _show_add_button(order, kinds, path, field)
    return values


def _get_order(rows: Sequence[Section], path: str) -> Order:
    """The order of the rows, kept in the session.

    The list is reset when the form was not shown in the previous run of the script, so that its button has no state.
    """
    if f"{path}.add" not in st.session_state or f"{path}.order" not in st.session_state:
        st.session_state[f"{path}.order"] = list(enumerate(rows))
    order: Order = st.session_state[f"{path}.order"]
    return order


def _show_row_buttons(order: Order, number: int, field: FieldInfo, key: str) -> None:
    """Show the buttons that move a row up or down or delete it."""

    def move(shift: int) -> None:
        order.insert(number + shift, order.pop(number))

    def delete() -> None:
        del order[number]

    first, last = number == 0, number == len(order) - 1
    is_needed = len(order) <= (get_rule(field.metadata, "min_length") or 0)
    with st.container(horizontal=True, gap=None, width="content", key=f"moves-{key}"):
        for action, icon, tip, is_disabled, apply in (
            ("up", ":material/arrow_upward:", _("Move up"), first, partial(move, -1)),
            ("down", ":material/arrow_downward:", _("Move down"), last, partial(move, 1)),
            ("delete", ":material/delete:", _("Delete this row"), is_needed, delete),
        ):
            st.button(
                "", key=f"{key}.{action}", icon=icon, help=tip, type="tertiary", disabled=is_disabled, on_click=apply
            )


def _show_add_button(order: Order, kinds: Kinds, path: str, field: FieldInfo) -> None:
    max_rows = get_rule(field.metadata, "max_length") or 100

    def add() -> None:
        kind = st.session_state.get(f"{path}.new", next(iter(kinds)))
        order.append((max((row for row, _default in order), default=-1) + 1, kinds[kind]()))

    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        if len(kinds) > 1:
            _kind_box(kinds, f"{path}.new", next(iter(kinds)))
        st.button(
            _("Add a row"), key=f"{path}.add", icon=":material/add:", on_click=add, disabled=len(order) >= max_rows
        )


def _show_row(
    number: int, default: Section, kinds: Kinds, path: str, show_buttons: Callable[[], None], check: _ShapeCheck | None
) -> Values:
    """Show a row: with several kinds, one line for the kind and one for its settings; with a single kind, one line for all."""
    values: Values = {}
    kind, output = getattr(default, "name", ""), None
    has_kinds = len(kinds) > 1
    if has_kinds:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{number + 1}**", width=20)
            kind = values["name"] = _kind_box(kinds, f"{path}.name", kind)
            st.space("stretch")
            with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
                output = st.empty()
                show_buttons()
        path = f"{path}.{kind}"
    section = kinds[kind]
    start = default if isinstance(default, section) else section()
    # Checkboxes last, so that fields of the same height are next to each other.
    fields = sorted(list_shown_settings(section).items(), key=lambda item: item[1].annotation is bool)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        if not has_kinds:
            st.markdown(f"**{number + 1}**", width=20)
        for key, field in fields:
            if is_applicable(field, values):
                has_tooltip = has_kinds or number == 0
                values[key] = show_setting(
                    getattr(start, key), field, f"{path}.{key}", narrow=True, has_tooltip=has_tooltip
                )
        if not has_kinds:
            st.space("stretch")
            show_buttons()
    if values.get("activation") == "formula":
        show_activation("formula", str(values["formula"]), path)
    sentence = check.add(values) if check else ""
    if sentence:
        st.markdown(f":red[:material/error: {escape_markdown(sentence)}]")
    elif output and check and check.output:
        output.caption(check.output, width="content")
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


_ROW: TypeAdapter[Row] = TypeAdapter(Row)


class _ShapeCheck:
    """Computes the output shape of each row of a stack, and the error of the first row that does not fit."""

    def __init__(self, task: TaskSpec) -> None:
        self._task = task
        self._rows: list[Row] = []
        self._has_error = False
        self.output = ""
        """The output shape of the latest row; empty from the first row with an error on."""

    def add(self, values: Values) -> str:
        """Add a row; return its error sentence, or an empty string."""
        self.output = ""
        if self._has_error:
            return ""
        try:
            self._rows.append(_ROW.validate_python(values))
            # Flattened at the end, because the output of a row that others follow may be an image.
            shapes = compute_shapes([*self._rows, FlattenRow()], self._task)
        except (ConfigError, ValidationError) as error:
            self._has_error = True
            if isinstance(error, ConfigError):
                return str(error)
            return " ".join(mistake["msg"] for mistake in error.errors())
        self.output = "→ " + " × ".join(map(str, shapes[-2]))
        return ""

    def show_output(self) -> None:
        """Show the output layer, which every stack has."""
        with st.container(border=True, key="output_row", gap="xsmall"):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(_("**Output** · Dense, one number per class"), width="content")
                st.space("stretch")
                st.caption(f"→ {self._task.classes}", width="content")
            if not self._has_error:
                try:
                    compute_shapes(self._rows, self._task)
                except ConfigError as error:
                    st.markdown(f":red[:material/error: {escape_markdown(str(error))}]")
