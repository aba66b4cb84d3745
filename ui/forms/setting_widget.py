"""The widget of a declared setting: label, bounds, unit and tooltip come from the declaration."""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, get_args, get_origin

import streamlit as st
from pydantic.fields import FieldInfo

from nn_core.i18n import _
from nn_core.models.plane_mlp import FEATURE_LABELS
from nn_core.settings import Section, describe_setting, get_condition, get_unit, is_advanced
from ui.app.text import escape_markdown

__all__ = ["Values", "get_rule", "is_applicable", "is_wide", "list_shown_settings", "show_setting"]

Values = dict[str, object]
"""The values of a section's widgets by setting, as `update_config` takes them."""

_Width = int | Literal["stretch"]
_SLIDER_STEPS = 20
_MAX_SLIDER_POSITIONS = 32
"""With more positions, a slider is hard to set to one of them."""
_NARROW_PX, _NARROW_CHOICE_PX = 92, 150
_SEPARATOR = re.compile(r"[\s,;]+")


def show_setting(
    value: object, field: FieldInfo, key: str, *, narrow: bool = False, has_tooltip: bool = True
) -> object:
    """Show the widget of a setting and return its value.

    Args:
        value: the default.
        field: declares the setting.
        key: of the widget.
        narrow: as small as possible, so that many fit in a row.
        has_tooltip: whether the declared help is shown as a tooltip.
    """
    unit = get_unit(field)
    label = _(field.title or key) + (f" ({_(unit)})" if unit else "")
    tip = describe_setting(field) if has_tooltip else None
    if get_origin(field.annotation) is Literal:
        options: list[object] = list(get_args(field.annotation))
        width: _Width = _NARROW_CHOICE_PX if narrow else "stretch"
        return st.selectbox(
            label, options, index=options.index(value), format_func=_get_choice_label, key=key, help=tip, width=width
        )
    if isinstance(value, bool):
        return st.checkbox(label, value, key=key, help=tip) if narrow else st.toggle(label, value, key=key, help=tip)
    if isinstance(value, str):
        return st.text_input(label, value, max_chars=get_rule(field.metadata, "max_length"), key=key, help=tip)
    if isinstance(value, tuple) and get_origin(get_args(field.annotation)[0]) is Literal:
        return _show_choices(value, field, label, key, tip)
    if isinstance(value, tuple):
        return _show_number_list(value, field, label, key, tip)
    assert isinstance(value, int | float), "a setting is a choice, a switch, a text, a list or a number"
    return _show_number(value, field, label, key, tip, narrow)


def is_wide(field: FieldInfo) -> bool:
    """Whether the widget needs the whole width, as a text field does."""
    return field.annotation is str or get_origin(field.annotation) is tuple


def list_shown_settings(section: type[Section]) -> dict[str, FieldInfo]:
    """All settings of a section except its fixed `name`, inherited ones last."""
    inherited = {key for base in section.__mro__[1:] if issubclass(base, Section) for key in base.model_fields}
    fields = {key: field for key, field in section.model_fields.items() if not _is_tag(field)}
    return dict(sorted(fields.items(), key=lambda item: item[0] in inherited))


def is_applicable(field: FieldInfo, values: Mapping[str, object]) -> bool:
    """Whether the setting has a meaning with the values of the settings shown before it."""
    condition = get_condition(field)
    return condition is None or values.get(condition[0], condition[1]) == condition[1]


def _is_tag(field: FieldInfo) -> bool:
    return get_origin(field.annotation) is Literal and len(get_args(field.annotation)) == 1


def _show_number(
    value: int | float, field: FieldInfo, label: str, key: str, tip: str | None, narrow: bool
) -> int | float:
    low, high, closed = _get_bounds(field.metadata)
    width: _Width = _NARROW_PX if narrow else "stretch"
    is_slider = closed and not narrow and not is_advanced(field)
    if isinstance(value, int):
        if is_slider and high - low <= _MAX_SLIDER_POSITIONS:
            return int(st.slider(label, int(low), int(high), value, key=key, help=tip))
        # Streamlit warns about a default if the session already has a value.
        start: int | Literal["min"] = "min" if key in st.session_state else value
        return int(st.number_input(label, int(low), int(high), start, step=1, key=key, help=tip, width=width))
    if is_slider:
        return st.slider(label, low, high, value, step=_round_step(high - low), key=key, help=tip)
    step = _fine_step(value, high)
    return st.number_input(label, low, high, value, step=step, format="%g", key=key, help=tip, width=width)


def _show_number_list(
    value: tuple[float, ...], field: FieldInfo, label: str, key: str, tip: str | None
) -> tuple[float, ...]:
    """Show a list of numbers as a text field. Text that cannot be read gets an error sentence, and the last valid list is returned."""
    kind, low, high = _get_element_type(field)
    example = ", ".join(map(str, value or (field.default if isinstance(field.default, tuple) else ())))
    text = st.text_input(label, ", ".join(map(str, value)), key=key, help=tip)
    min_length, max_length = get_rule(field.metadata, "min_length") or 0, get_rule(field.metadata, "max_length") or 100
    try:
        given = tuple(kind(part) for part in _SEPARATOR.split(text.strip(" ,;[]()")) if part)
        if not (min_length <= len(given) <= max_length and all(low <= number <= high for number in given)):
            raise ValueError
    except ValueError:
        sentence = _(
            "'{text}' is not valid: write {fewest} to {most} {what} from {low:g} to {high:g}, such as {example}."
        ).format(
            text=text,
            fewest=min_length,
            most=max_length,
            what=_("whole numbers") if kind is int else _("numbers"),
            low=low,
            high=high,
            example=example,
        )
        st.error(escape_markdown(sentence), icon=":material/error:")
        last_valid: tuple[float, ...] = st.session_state.get(f"{key}.last_valid", value)
        return last_valid
    st.session_state[f"{key}.last_valid"] = given
    return given


def _show_choices(value: tuple[str, ...], field: FieldInfo, label: str, key: str, tip: str | None) -> tuple[str, ...]:
    """Show a list of names as a field in which several can be chosen. Without any, where that is not allowed, the default is returned."""
    options: list[str] = list(get_args(get_args(field.annotation)[0]))
    chosen = st.multiselect(label, options, default=list(value), format_func=_get_choice_label, key=key, help=tip)
    if len(chosen) < (get_rule(field.metadata, "min_length") or 0):
        sentence = _("Nothing is chosen, but at least one is needed: {names} stay chosen.").format(
            names=", ".join(map(_get_choice_label, value))
        )
        st.error(escape_markdown(sentence), icon=":material/error:")
        return value
    return tuple(chosen)


def _get_element_type(field: FieldInfo) -> tuple[type[float], float, float]:
    """Return (type, lowest, highest) of the numbers of a list."""
    element = get_args(field.annotation)[0]
    if get_origin(element) is not Annotated:
        return element, -math.inf, math.inf
    kind, *rules = get_args(element)
    flat = [rule for outer in rules for rule in (outer.metadata if isinstance(outer, FieldInfo) else [outer])]
    low, high, _closed = _get_bounds(flat)
    return kind, low, high


def get_rule(rules: Iterable[object], name: str) -> int | None:
    """The value of a declared rule such as `max_length`, or None."""
    return next((getattr(rule, name) for rule in rules if hasattr(rule, name)), None)


def _get_bounds(rules: Iterable[object]) -> tuple[float, float, bool]:
    """Return (lowest, highest, whether both bounds are inclusive)."""
    given = {name: getattr(rule, name) for rule in rules for name in ("ge", "gt", "le", "lt") if hasattr(rule, name)}
    low, high = given.get("ge", given.get("gt", 0.0)), given.get("le", given.get("lt", 1e9))
    return float(low), float(high), "ge" in given and "le" in given


def _round_step(span: float) -> float:
    """The number nearest to a twentieth of the span among 1, 2 and 5 times a power of ten."""
    steps = [float(f"{lead}e{power}") for power in range(-4, 4) for lead in (1, 2, 5)]
    return min(steps, key=lambda step: abs(math.log(step * _SLIDER_STEPS / span)))


def _fine_step(value: float, high: float) -> float:
    """A tenth of the value's power of ten, so that 0.001 changes by 0.0001. For 0, at most a fiftieth of the range."""
    if not value:
        return min(0.1, float(f"1e{math.floor(math.log10(high / 5))}"))
    return float(f"1e{math.floor(math.log10(value)) - 1}")


def _get_choice_label(name: str) -> str:
    """The label of one of the values of a setting: a translated name, or the value without underscores."""
    titles: dict[str, str] = {
        "auto": _("Automatic"),
        "cpu": "CPU",
        "cuda": _("NVIDIA GPU (CUDA)"),
        "mps": _("Apple GPU (MPS)"),
        "none": _("None"),
        "balanced": _("Balanced"),
        "batch": _("Batch norm"),
        "layer": _("Layer norm"),
        "dense": _("Dense"),
        "convolutional": _("Convolutional"),
        "flatten": _("Flatten"),
        "mean": _("Mean"),
        "max": _("Maximum"),
        "rnn": _("Plain RNN"),
        "lstm": "LSTM",
        "gru": "GRU",
        "relu": "ReLU",
        "leaky_relu": "Leaky ReLU",
        "elu": "ELU",
        "selu": "SELU",
        "gelu": "GELU",
        "silu": "SiLU",
        "mish": "Mish",
        "softplus": "Softplus",
        "formula": _("Your own formula"),
    }
    return titles.get(name) or FEATURE_LABELS.get(name, name.replace("_", " "))
