"""Writes docs/settings.md from the declared settings: `python -m scripts.settings_reference`."""

from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from nn_core.config import RunConfig
from nn_core.settings import Section, alternatives, rows_of, unit_of

FILE = Path(__file__).parent.parent / "docs" / "settings.md"


def reference() -> str:
    lines = [
        "# Settings",
        "",
        "Every setting of a run, as `--set path=value` takes it and the Train page shows it. Made from `nn_core/config` by",
        "`python -m scripts.settings_reference`; a test holds the two together.",
    ]
    for key, field in RunConfig.model_fields.items():
        for name, section in alternatives(field).items():
            lines += _section(key, name, section)
    return "\n".join(lines) + "\n"


def _section(path: str, name: str, section: type[Section]) -> list[str]:
    title = f"## `{path}.name={name}`" if name else f"## `{path}`"
    lines = ["", title, ""]
    if section.__doc__ and section.__doc__ != Section.__doc__:
        lines += [section.__doc__, ""]
    rows = [_row(f"{path}.{key}", field) for key, field in section.model_fields.items() if not alternatives(field)]
    rows = [row for row in rows if row]
    if rows:
        lines += ["| path | default | allowed | what it does |", "| --- | --- | --- | --- |", *rows]
    for key, field in section.model_fields.items():
        for inner_name, inner in {**alternatives(field), **rows_of(field)}.items():
            lines += _section(f"{path}.{key}", inner_name, inner)
    return lines


def _row(path: str, field: FieldInfo) -> str:
    if get_origin(field.annotation) is Literal and len(get_args(field.annotation)) == 1:
        return ""  # the name of an alternative: it stands in the heading
    unit = f" {unit_of(field)}" if unit_of(field) else ""
    return f"| `{path}` | `{field.default}`{unit} | {_allowed(field)} | {field.description} |"


def _allowed(field: FieldInfo) -> str:
    if get_origin(field.annotation) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(field.annotation))
    signs: dict[str, str] = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
    bounds: list[Any] = [
        f"{sign} {getattr(rule, name):g}"
        for rule in field.metadata
        for name, sign in signs.items()
        if hasattr(rule, name)
    ]
    return ", ".join(bounds) or "`true`, `false`"


if __name__ == "__main__":
    FILE.write_text(reference(), encoding="utf-8")
