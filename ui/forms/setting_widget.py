"""One widget for one declared setting: label, bounds, unit and tooltip all come from its declaration."""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, get_args, get_origin

import streamlit as st
from pydantic.fields import FieldInfo

from nn_core.i18n import _
from nn_core.settings import Section, get_condition, get_unit, is_advanced
from ui.app.text import escape_markdown

__all__ = ["is_applicable", "is_wide", "list_shown_settings", "show_setting"]

_SLIDER_STEPS = 20
_MOST_SLIDER_PLACES = 32
"""A slider with more places than this is hard to set to one of them."""
_NARROW_PX, _NARROW_CHOICE_PX = 92, 150
_BETWEEN_NUMBERS = re.compile(r"[\s,;]+")


def show_setting(value: Any, field: FieldInfo, key: str, *, narrow: bool = False, explained: bool = True) -> Any:
    """Draw the widget and give what it holds. narrow: as small as it can be, for many of them in a line;
    explained: with its tooltip."""
    unit = get_unit(field)
    label = _(field.title or key) + (f" ({_(unit)})" if unit else "")
    tip = _(field.description or "") if explained else None
    if get_origin(field.annotation) is Literal:
        options = list(get_args(field.annotation))
        width: Any = _NARROW_CHOICE_PX if narrow else "stretch"
        return st.selectbox(
            label, options, index=options.index(value), format_func=_value_title, key=key, help=tip, width=width
        )
    if isinstance(value, bool):
        return st.checkbox(label, value, key=key, help=tip) if narrow else st.toggle(label, value, key=key, help=tip)
    if isinstance(value, str):
        return st.text_input(label, value, max_chars=_rule(field.metadata, "max_length"), key=key, help=tip)
    if isinstance(value, tuple):
        return _numbers(value, field, label, key, tip)
    return _number(value, field, label, key, tip, narrow)


def is_wide(field: FieldInfo) -> bool:
    """Whether it wants the whole width: what is typed as text does."""
    return field.annotation is str or get_origin(field.annotation) is tuple


def list_shown_settings(section: type[Section]) -> dict[str, FieldInfo]:
    """All but the fixed `name` of a section: what it adds itself first, then what it shares with others."""
    shared = {key for base in section.__mro__[1:] if issubclass(base, Section) for key in base.model_fields}
    fields = {key: field for key, field in section.model_fields.items() if not _is_tag(field)}
    return dict(sorted(fields.items(), key=lambda item: item[0] in shared))


def is_applicable(field: FieldInfo, values: Mapping[str, Any]) -> bool:
    """Whether the setting means anything beside those already drawn."""
    condition = get_condition(field)
    return condition is None or values.get(condition[0], condition[1]) == condition[1]


def _is_tag(field: FieldInfo) -> bool:
    return get_origin(field.annotation) is Literal and len(get_args(field.annotation)) == 1


def _number(value: int | float, field: FieldInfo, label: str, key: str, tip: str | None, narrow: bool) -> int | float:
    low, high, closed = _bounds(field.metadata)
    width: Any = _NARROW_PX if narrow else "stretch"
    slides = closed and not narrow and not is_advanced(field)
    if isinstance(value, int):
        if slides and high - low <= _MOST_SLIDER_PLACES:
            return int(st.slider(label, int(low), int(high), value, key=key, help=tip))
        # Streamlit warns about a default beside a value that the session already holds.
        begin: int | Literal["min"] = "min" if key in st.session_state else value
        return int(st.number_input(label, int(low), int(high), begin, step=1, key=key, help=tip, width=width))
    if slides:
        return st.slider(label, low, high, value, step=_round_step(high - low), key=key, help=tip)
    step = _fine_step(value, high)
    return st.number_input(label, low, high, value, step=step, format="%g", key=key, help=tip, width=width)


def _numbers(value: tuple[Any, ...], field: FieldInfo, label: str, key: str, tip: str | None) -> tuple[Any, ...]:
    """A list of numbers as text. What cannot be read gets a sentence, and the last list that could be stays."""
    kind, low, high = _element(field)
    example = ", ".join(map(str, value or (field.default if isinstance(field.default, tuple) else ())))
    text = st.text_input(label, ", ".join(map(str, value)), key=key, help=tip)
    fewest, most = _rule(field.metadata, "min_length") or 0, _rule(field.metadata, "max_length") or 100
    try:
        given = tuple(kind(part) for part in _BETWEEN_NUMBERS.split(text.strip(" ,;[]()")) if part)
        if not (fewest <= len(given) <= most and all(low <= number <= high for number in given)):
            raise ValueError
    except ValueError:
        sentence = _("'{text}' cannot be: write {fewest} to {most} {what} from {low:g} to {high:g}, such as {example}.")
        what = _("whole numbers") if kind is int else _("numbers")
        st.error(
            escape_markdown(
                sentence.format(text=text, fewest=fewest, most=most, what=what, low=low, high=high, example=example)
            ),
            icon=":material/error:",
        )
        kept: tuple[Any, ...] = st.session_state.get(f"{key}.kept", value)
        return kept
    st.session_state[f"{key}.kept"] = given
    return given


def _element(field: FieldInfo) -> tuple[type, float, float]:
    """(type, lowest, highest) of the numbers of a list."""
    element = get_args(field.annotation)[0]
    if get_origin(element) is not Annotated:
        return element, -math.inf, math.inf
    kind, *rules = get_args(element)
    flat = [rule for outer in rules for rule in (outer.metadata if isinstance(outer, FieldInfo) else [outer])]
    low, high, _closed = _bounds(flat)
    return kind, low, high


def _rule(rules: Iterable[Any], name: str) -> Any:
    """The value of the rule of that name, such as `max_length`, or None."""
    return next((getattr(rule, name) for rule in rules if hasattr(rule, name)), None)


def _bounds(rules: Iterable[Any]) -> tuple[float, float, bool]:
    """(lowest, highest, whether both belong to the range)."""
    given = {name: getattr(rule, name) for rule in rules for name in ("ge", "gt", "le", "lt") if hasattr(rule, name)}
    low, high = given.get("ge", given.get("gt", 0.0)), given.get("le", given.get("lt", 1e9))
    return float(low), float(high), "ge" in given and "le" in given


def _round_step(span: float) -> float:
    """Of 1, 2 and 5 times a power of ten, the one nearest to a twentieth of the span."""
    steps = [float(f"{lead}e{power}") for power in range(-4, 4) for lead in (1, 2, 5)]
    return min(steps, key=lambda step: abs(math.log(step * _SLIDER_STEPS / span)))


def _fine_step(value: float, high: float) -> float:
    """A tenth of the value's power of ten: 0.001 changes by 0.0001. From 0 on, a fiftieth of what there is, or less."""
    return (
        float(f"1e{math.floor(math.log10(value)) - 1}") if value else min(0.1, 10 ** math.floor(math.log10(high / 5)))
    )


def _value_title(name: str) -> str:
    """What a newcomer calls one of the values of a setting; the value itself, without underscores, where that says it."""
    titles = {
        "auto": _("Automatic"),
        "cpu": "CPU",
        "cuda": _("NVIDIA GPU (CUDA)"),
        "mps": _("Apple GPU (MPS)"),
        "none": _("None"),
        "batch": _("Batch norm"),
        "layer": _("Layer norm"),
        "dense": _("Dense"),
        "convolutional": _("Convolutional"),
        "flatten": _("Flatten"),
        "mean": _("Mean"),
        "max": _("Strongest"),
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
    return titles.get(name, name.replace("_", " "))
