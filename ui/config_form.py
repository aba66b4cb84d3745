"""Widgets made from the declared settings: label, bounds, unit and tooltip all come from `nn_core.config`."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any, Literal, get_args, get_origin

import streamlit as st
from pydantic.fields import FieldInfo

from nn_core.i18n import _
from nn_core.settings import Section, alternatives, is_advanced, unit_of

__all__ = ["Later", "more_settings", "section_form"]

Naming = Callable[[str], str]
Later = list[Callable[[], None]]
"""Widgets that are drawn after the others, behind a fold."""
_SLIDER_STEPS = 20


def section_form(
    section: Section, field: FieldInfo, path: str, *, names: Naming = str, later: Later | None = None
) -> dict[str, Any]:
    """Widgets for a section and those inside it; gives the values that they hold, for `config.changed`.

    section: holds the defaults; field: declares it, perhaps as a choice between several; path: begins the widgets' keys;
    names: what to call the alternatives of a choice, and the values of its `name`; later: takes the advanced settings,
    which put their values in their place once `more_settings` draws them.
    """
    choices = alternatives(field)
    if len(choices) < 2:
        return _fields(section, type(section), path, names, later)
    given: str = section.name  # type: ignore[attr-defined]
    name = st.selectbox(
        _(field.title or path),
        list(choices),
        index=list(choices).index(given),
        format_func=names,
        key=f"{path}.name",
        help="\n\n".join(f"**{names(key)}**: {_(choice.__doc__ or '')}" for key, choice in choices.items()),
    )
    chosen = choices[name]
    defaults = section if name == given else chosen()
    values = _fields(defaults, chosen, f"{path}.{name}", names, later)
    values["name"] = name
    return values


def more_settings(later: Later, key: str) -> None:
    """The fold with the advanced settings that `section_form` put off; nothing if there are none."""
    if later:
        with st.expander(_("More settings"), key=key):
            for draw in later:
                draw()


def _fields(defaults: Section, section: type[Section], path: str, names: Naming, later: Later | None) -> dict[str, Any]:
    """Plain settings two abreast, sections inside below them."""
    values: dict[str, Any] = {}
    fields = {key: field for key, field in section.model_fields.items() if not _is_tag(field)}
    inner = {key for key, field in fields.items() if alternatives(field)}
    put_off = {key for key, field in fields.items() if later is not None and is_advanced(field)}
    in_sight = [key for key in fields if key not in inner | put_off]
    columns = st.columns(min(2, len(in_sight))) if in_sight else []
    for number, key in enumerate(in_sight):
        with columns[number % 2]:
            values[key] = _widget(getattr(defaults, key), fields[key], f"{path}.{key}", names)
    for key in fields:
        if key in inner:
            st.markdown(f"**{_(fields[key].title or key)}**", help=_(getattr(defaults, key).__doc__ or ""))
            values[key] = section_form(getattr(defaults, key), fields[key], f"{path}.{key}", names=names, later=later)
        elif key in put_off and later is not None:
            later.append(partial(_fill, values, key, getattr(defaults, key), fields[key], f"{path}.{key}", names))
    return values


def _fill(values: dict[str, Any], key: str, value: Any, field: FieldInfo, path: str, names: Naming) -> None:
    values[key] = _widget(value, field, path, names)


def _is_tag(field: FieldInfo) -> bool:
    """The `name` that tells the alternatives of a choice apart."""
    return get_origin(field.annotation) is Literal and len(get_args(field.annotation)) == 1


def _widget(value: Any, field: FieldInfo, key: str, names: Naming) -> Any:
    unit = unit_of(field)
    label = _(field.title or key) + (f" ({unit})" if unit else "")
    tip = _(field.description or "")
    if get_origin(field.annotation) is Literal:
        options = list(get_args(field.annotation))
        return st.selectbox(label, options, index=options.index(value), format_func=names, key=key, help=tip)
    if isinstance(value, bool):
        return st.toggle(label, value=value, key=key, help=tip)
    low, high, closed = _bounds(field)
    if isinstance(value, int):
        return st.number_input(label, int(low), int(high), value, step=1, key=key, help=tip)
    if closed and not is_advanced(field):
        return st.slider(label, low, high, value, step=_round_step(high - low), key=key, help=tip)
    return st.number_input(label, low, high, value, step=_fine_step(value), format="%g", key=key, help=tip)


def _bounds(field: FieldInfo) -> tuple[float, float, bool]:
    """(lowest, highest, whether both belong to the range)."""
    rules = {
        name: getattr(rule, name) for rule in field.metadata for name in ("ge", "gt", "le", "lt") if hasattr(rule, name)
    }
    low, high = rules.get("ge", rules.get("gt", 0.0)), rules.get("le", rules.get("lt", 1e9))
    return float(low), float(high), "ge" in rules and "le" in rules


def _round_step(span: float) -> float:
    """Of 1, 2 and 5 times a power of ten, the one nearest to a twentieth of the span."""
    steps = [float(f"{lead}e{power}") for power in range(-4, 4) for lead in (1, 2, 5)]
    return min(steps, key=lambda step: abs(math.log(step * _SLIDER_STEPS / span)))


def _fine_step(value: float) -> float:
    """A tenth of the value's power of ten: 0.001 changes by 0.0001."""
    return float(f"1e{math.floor(math.log10(value)) - 1}") if value else 0.001
