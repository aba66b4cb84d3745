"""How a setting is declared: one line that gives its default, bounds, unit and a sentence for a newcomer.

The page's widgets and tooltips, the command line's `--set`, validation, error messages and `docs/settings.md` all
come from these declarations.
"""

from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

__all__ = ["Section", "alternatives", "group", "is_advanced", "setting", "unit_of"]


class Section(BaseModel):
    """A group of settings: immutable, and a name that is not declared is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def setting(default: Any, title: str, help: str, *, unit: str = "", advanced: bool = False, **bounds: Any) -> Any:
    """Declare a setting.

    title and help are marked with `N_` by the caller and translated where they are shown. `bounds` are pydantic's
    (`ge`, `gt`, `le`, `lt`). An `advanced` setting is one that a newcomer never needs; forms put it behind a fold.
    """
    return Field(
        default, title=title, description=help, json_schema_extra={"unit": unit, "advanced": advanced}, **bounds
    )


def group(default: Section, title: str) -> Any:
    """Declare a section inside another; what it is for stands in the section's docstring."""
    return Field(default, title=title)


def unit_of(field: FieldInfo) -> str:
    extra = field.json_schema_extra
    return str(extra.get("unit", "")) if isinstance(extra, dict) else ""


def is_advanced(field: FieldInfo) -> bool:
    extra = field.json_schema_extra
    return bool(extra.get("advanced")) if isinstance(extra, dict) else False


def alternatives(field: FieldInfo) -> dict[str, type[Section]]:
    """The sections that a field may hold, by name: several for a choice such as the model, one (named "") for a plain
    section, none for a plain value."""
    annotation = field.annotation
    members = get_args(annotation) or (annotation,)
    sections = [member for member in members if isinstance(member, type) and issubclass(member, Section)]
    if len(sections) == 1:
        return {"": sections[0]}
    return {section.model_fields["name"].default: section for section in sections}
