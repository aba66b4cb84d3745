"""Widgets made from the declared settings: label, bounds, unit and tooltip all come from `nn_core.config`."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal, get_args, get_origin

import streamlit as st
from pydantic.fields import FieldInfo

from nn_core.config import Section, alternatives, is_advanced, unit_of
from nn_core.i18n import _

__all__ = ["section_form"]

Naming = Callable[[str], str]
_SLIDER_STEPS = 20


def section_form(section: Section, field: FieldInfo, path: str, *, names: Naming = str) -> dict[str, Any]:
    """Widgets for a section and those inside it; gives the values that they hold, for `config.changed`.

    section: holds the defaults; field: declares it, perhaps as a choice between several; path: begins the widgets' keys;
    names: what to call the alternatives of a choice, and the values of its `name`.
    """
    choices = alternatives(field)
    if len(choices) < 2:
        return _fields(section, type(section), path, names)
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
    return {"name": name, **_fields(defaults, chosen, f"{path}.{name}", names)}


def _fields(defaults: Section, section: type[Section], path: str, names: Naming) -> dict[str, Any]:
    """The everyday settings in sight, the advanced ones behind a fold."""
    values: dict[str, Any] = {}
    own = {key: field for key, field in section.model_fields.items() if not _is_tag(field)}
    for advanced in (False, True):
        these = {key: field for key, field in own.items() if is_advanced(field) is advanced}
        with _fold(path, advanced and bool(these)):
            for key, field in these.items():
                inner = getattr(defaults, key)
                if isinstance(inner, Section):
                    st.markdown(f"**{_(field.title or key)}**", help=_(field.description or inner.__doc__ or ""))
                    values[key] = section_form(inner, field, f"{path}.{key}", names=names)
                else:
                    values[key] = _widget(inner, field, f"{path}.{key}", names)
    return values


def _is_tag(field: FieldInfo) -> bool:
    """The `name` that tells the alternatives of a choice apart."""
    return get_origin(field.annotation) is Literal and len(get_args(field.annotation)) == 1


@contextmanager
def _fold(path: str, folded: bool) -> Iterator[None]:
    if not folded:
        yield
        return
    with st.expander(_("More settings"), key=f"{path}.more"):
        yield


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
