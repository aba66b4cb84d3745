"""Forms made from the declared settings, a widget for each; see `ui.forms.setting_widget` for the widgets themselves."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st
from pydantic.fields import FieldInfo
from streamlit.delta_generator import DeltaGenerator

from nn_core.i18n import _
from nn_core.models.activations import Activated
from nn_core.settings import Section, get_alternatives, get_row_types, get_title, is_advanced
from nn_core.task import TaskSpec
from ui.forms.formula_plot import show_activation
from ui.forms.rows_form import edit_rows
from ui.forms.setting_widget import is_applicable, is_wide, list_shown_settings, show_setting

__all__ = ["Later", "show_more_settings", "show_section_form"]

Later = list[Callable[[], None]]
"""Widgets that are drawn after the others, behind a fold."""


def show_section_form(
    section: Section,
    field: FieldInfo,
    path: str,
    *,
    later: Later | None = None,
    among: Collection[str] | None = None,
    without: Collection[str] = (),
    problem: TaskSpec | None = None,
) -> dict[str, Any]:
    """Widgets for a section and those inside it; gives the values that they hold, for `config.changed`.

    section: holds the defaults; field: declares it, perhaps as a choice between several; path: begins the widgets' keys;
    later: takes the advanced settings, which put their values in their place once `show_more_settings` draws them; among: the
    names that may be chosen, all of them where None; without: the settings to leave out; problem: for which rows of
    layers are checked.
    """
    form = _Form(later, frozenset(without), problem)
    choices = get_alternatives(field)
    if len(choices) < 2:
        return form.fields(section, type(section), path)
    offered = [name for name in choices if among is None or name in among]
    given: str = section.name  # type: ignore[attr-defined]
    name = st.selectbox(
        _(field.title or path),
        offered,
        index=offered.index(given) if given in offered else 0,
        format_func=lambda name: _(get_title(choices[name])),
        key=f"{path}.name",
    )
    chosen = choices[name]
    st.caption(_(chosen.__doc__ or ""))
    values = form.fields(section if name == given else chosen(), chosen, f"{path}.{name}")
    values["name"] = name
    return values


def show_more_settings(later: Later, key: str) -> None:
    """The fold with the advanced settings that `show_section_form` put off; nothing if there are none."""
    if later:
        with st.expander(_("More settings"), key=key):
            for draw in later:
                draw()


@dataclass(frozen=True)
class _Form:
    later: Later | None
    without: frozenset[str]
    problem: TaskSpec | None

    def fields(self, defaults: Section, section: type[Section], path: str) -> dict[str, Any]:
        """Plain settings two abreast; what wants more room, and sections inside, below each other."""
        values: dict[str, Any] = {}
        pairs = _Pairs()
        for key, field in list_shown_settings(section).items():
            value, place = getattr(defaults, key), f"{path}.{key}"
            if key in self.without:
                continue
            if get_alternatives(field):
                pairs = _Pairs()
                st.markdown(f"**{_(field.title or key)}**", help=_(value.__doc__ or ""))
                values[key] = show_section_form(value, field, place, later=self.later, problem=self.problem)
            elif self.later is not None and is_advanced(field):
                self.later.append(partial(self._put, values, key, value, field, place))
            elif get_row_types(field) or is_wide(field):
                self._put(values, key, value, field, place)
                pairs = _Pairs()
            elif is_applicable(field, values):
                with pairs.next():
                    self._put(values, key, value, field, place)
            if key == "formula" and issubclass(section, Activated):
                show_activation(values["activation"], values.get("formula", ""), f"{path}.activation")
                pairs = _Pairs()
        return values

    def _put(self, values: dict[str, Any], key: str, value: Any, field: FieldInfo, path: str) -> None:
        if not is_applicable(field, values):
            return
        if rows := get_row_types(field):
            values[key] = edit_rows(value, field, rows, path, problem=self.problem)
        else:
            values[key] = show_setting(value, field, path)


class _Pairs:
    """Places two abreast, a new line for every second one, so that neighbours stand at one height."""

    def __init__(self) -> None:
        self._free: list[DeltaGenerator] = []

    def next(self) -> DeltaGenerator:
        if not self._free:
            self._free = list(st.columns(2))
        return self._free.pop(0)
