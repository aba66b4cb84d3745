"""How a setting is declared: one line that gives its default, bounds, unit and a sentence for a newcomer.

The page's widgets and tooltips, the command line's `--set`, validation, error messages and `docs/settings.md` all
come from these declarations.
"""

from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

__all__ = ["Section", "alternatives", "setting", "unit_of"]


class Section(BaseModel):
    """A group of settings: immutable, and a name that is not declared is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def setting(default: Any, title: str, help: str, *, unit: str = "", **bounds: Any) -> Any:
    """Declare a setting.

    title and help are marked with `N_` by the caller and translated where they are shown. `bounds` are pydantic's
    (`ge`, `gt`, `le`, `lt`).
    """
    return Field(default, title=title, description=help, json_schema_extra={"unit": unit}, **bounds)


def unit_of(field: FieldInfo) -> str:
    extra = field.json_schema_extra
    return str(extra.get("unit", "")) if isinstance(extra, dict) else ""


def alternatives(field: FieldInfo) -> dict[str, type[Section]]:
    """The sections that a field may hold, by name: several for a choice such as the model, one (named "") for a plain
    section, none for a plain value."""
    annotation = field.annotation
    members = get_args(annotation) or (annotation,)
    sections = [member for member in members if isinstance(member, type) and issubclass(member, Section)]
    if len(sections) == 1:
        return {"": sections[0]}
    return {section.model_fields["name"].default: section for section in sections}
