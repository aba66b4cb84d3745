"""Writes docs/settings.md from the declared settings: `python -m scripts.settings_reference`."""

import json
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from nn_core.config import RunConfig
from nn_core.data import DATASETS
from nn_core.data.dataset import CUSTOM_PREFIX
from nn_core.settings import Section, describe_setting, get_alternatives, get_row_types, get_unit

FILE = Path(__file__).parent.parent / "docs" / "settings.md"
_SIGNS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
_RULES = (*_SIGNS, "min_length", "max_length")


def reference() -> str:
    lines = [
        "# Settings",
        "",
        "Every setting of a run, as `--set path=value` takes it and the Train page shows it. Made from `nn_core/config` by",
        "`python -m scripts.settings_reference`; a test holds the two together.",
    ]
    for key, field in RunConfig.model_fields.items():
        for name, section in get_alternatives(field).items():
            lines += _section(key, name, section)
    return "\n".join(lines) + "\n"


def _section(path: str, name: str, section: type[Section]) -> list[str]:
    title = f"## `{path}.name={name}`" if name else f"## `{path}`"
    lines = ["", title, ""]
    if section.__doc__ and section.__doc__ != Section.__doc__:
        lines += [section.__doc__, ""]
    rows = [_row(f"{path}.{key}", field) for key, field in section.model_fields.items() if not get_alternatives(field)]
    rows = [row for row in rows if row]
    if rows:
        lines += ["| path | default | allowed | what it does |", "| --- | --- | --- | --- |", *rows]
    for key, field in section.model_fields.items():
        for inner_name, inner in {**get_alternatives(field), **get_row_types(field)}.items():
            lines += _section(f"{path}.{key}", inner_name, inner)
    return lines


def _row(path: str, field: FieldInfo) -> str:
    if get_origin(field.annotation) is Literal and len(get_args(field.annotation)) == 1:
        return ""  # the name of an alternative is in the heading
    unit = f" {get_unit(field)}" if get_unit(field) else ""
    default = f"`{_as_json(field.default)}`" if field.default != "" else "empty"
    return f"| `{path}` | {default}{unit} | {_allowed(path, field)} | {describe_setting(field)} |"


def _as_json(value: Any) -> str:
    """The value as `--set` takes it; for a row, only what differs from its default."""
    if isinstance(value, str):
        return value
    return json.dumps(value, default=_without_defaults)


def _without_defaults(row: Section) -> dict[str, Any]:
    fields = type(row).model_fields
    return {key: value for key, value in row if key == "name" or value != fields[key].default}


def _allowed(path: str, field: FieldInfo) -> str:
    """The values that the setting accepts. Raises TypeError for a type that cannot be described."""
    if path == "data.name":
        return ", ".join(f"`{name}`" for name in DATASETS) + f", or a data set of your own: `{CUSTOM_PREFIX}…`"
    rules = _rules(field.metadata)
    if get_row_types(field):
        return f"a list of {_count(rules)} of the rows below"
    if get_origin(field.annotation) is tuple:
        (item, _more) = get_args(field.annotation)
        if get_origin(item) is Literal:
            return f"a list of {_count(rules)} of {_values(item, [])}"
        if get_origin(item) is tuple:
            parts = [get_args(part) for part in get_args(item)]
            inside = "; ".join(f"{kind.__name__} {_values(kind, inner.metadata)}" for kind, inner in parts)
            return f"a list of {_count(rules)} lists: {inside}"
        kind, inner = get_args(item)
        return f"a list of {_count(rules)} numbers, each {_values(kind, inner.metadata)}"
    return _values(field.annotation, field.metadata)


def _rules(metadata: list[Any]) -> dict[str, Any]:
    return {name: getattr(rule, name) for rule in metadata for name in _RULES if hasattr(rule, name)}


def _count(rules: dict[str, Any]) -> str:
    return f"{rules.get('min_length', 0)} to {rules['max_length']}"


def _values(kind: Any, metadata: list[Any]) -> str:
    rules = _rules(metadata)
    if get_origin(kind) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(kind))
    if kind is bool:
        return "`true`, `false`"
    if kind is str:
        return f"text of up to {rules['max_length']} characters"
    if kind in (int, float):
        return ", ".join(f"{sign} {rules[name]:g}" for name, sign in _SIGNS.items() if name in rules)
    raise TypeError(f"no words for {kind}: add them here")


if __name__ == "__main__":
    FILE.write_text(reference(), encoding="utf-8")
