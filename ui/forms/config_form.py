"""Forms generated from declared settings; `ui.forms.setting_widget` shows the widget of one setting."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial

import streamlit as st
from pydantic.fields import FieldInfo
from streamlit.delta_generator import DeltaGenerator

from nn_core.i18n import _
from nn_core.models.activations import ActivationSettings
from nn_core.settings import Section, get_alternatives, get_row_types, get_title, is_advanced
from nn_core.task import TaskSpec
from ui.forms.formula_plot import show_activation
from ui.forms.rows_form import edit_rows
from ui.forms.setting_widget import Values, is_applicable, is_wide, list_shown_settings, show_setting

__all__ = ["Deferred", "show_more_settings", "show_section_form"]

Deferred = list[Callable[[], None]]
"""Functions that show advanced settings later, in an expander."""


def show_section_form(
    section: Section,
    field: FieldInfo,
    path: str,
    *,
    deferred: Deferred | None = None,
    allowed: Collection[str] | None = None,
    without: Collection[str] = (),
    task: TaskSpec | None = None,
) -> Values:
    """Show the widgets of a section and of the sections inside it; return their values.

    Args:
        section: contains the defaults.
        field: declares the section, possibly as a choice between several.
        path: the prefix of the widgets' keys.
        deferred: collects the advanced settings. `show_more_settings` shows them and adds their values to the result.
        allowed: the names that may be chosen; all if None.
        without: settings to leave out; "section.name" for one of a section inside.
        task: for which the shapes of rows of layers are checked.
    """
    form = _Form(deferred, frozenset(without), task)
    choices = get_alternatives(field)
    if len(choices) < 2:
        return form.show(section, type(section), path)
    offered = [name for name in choices if allowed is None or name in allowed]
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
    values = form.show(section if name == given else chosen(), chosen, f"{path}.{name}")
    values["name"] = name
    return values


def show_more_settings(deferred: Deferred, key: str) -> None:
    """Show the deferred settings in an expander, or nothing if there are none."""
    if deferred:
        with st.expander(_("More settings"), key=key):
            for show in deferred:
                show()


@dataclass(frozen=True)
class _Form:
    deferred: Deferred | None
    without: frozenset[str]
    task: TaskSpec | None

    def show(self, defaults: Section, section: type[Section], path: str) -> Values:
        """Show plain settings in two columns; wide settings and sections inside use the whole width."""
        values: Values = {}
        cells = _iterate_cells()
        for key, field in list_shown_settings(section).items():
            if key in self.without:
                continue
            inner, show = f"{path}.{key}", partial(self._show_setting, values, key, defaults, field, f"{path}.{key}")
            if get_alternatives(field):
                cells = _iterate_cells()
                value: Section = getattr(defaults, key)
                st.markdown(f"**{_(field.title or key)}**", help=_(value.__doc__ or ""))
                prefix = f"{key}."
                without = {name.removeprefix(prefix) for name in self.without if name.startswith(prefix)}
                values[key] = show_section_form(
                    value, field, inner, deferred=self.deferred, without=without, task=self.task
                )
            elif self.deferred is not None and is_advanced(field):
                self.deferred.append(show)
            elif get_row_types(field) or is_wide(field):
                show()
                cells = _iterate_cells()
            elif is_applicable(field, values):
                with next(cells):
                    show()
            if key == "formula" and issubclass(section, ActivationSettings):
                show_activation(str(values["activation"]), str(values.get("formula", "")), f"{path}.activation")
                cells = _iterate_cells()
        return values

    def _show_setting(self, values: Values, key: str, defaults: Section, field: FieldInfo, path: str) -> None:
        if not is_applicable(field, values):
            return
        if rows := get_row_types(field):
            values[key] = edit_rows(getattr(defaults, key), field, rows, path, task=self.task)
        else:
            values[key] = show_setting(getattr(defaults, key), field, path)


def _iterate_cells() -> Iterator[DeltaGenerator]:
    """Cells in two columns. Every second cell starts a new row, so that neighbours are aligned."""
    while True:
        yield from st.columns(2)
