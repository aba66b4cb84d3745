"""How a setting is declared: one line that gives its default, bounds, unit and a sentence for a newcomer.

The page's widgets and tooltips, the command line's `--set`, validation, error messages and `docs/settings.md` all
come from these declarations.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

__all__ = [
    "Section",
    "declare_group",
    "declare_setting",
    "get_alternatives",
    "get_condition",
    "get_row_types",
    "get_title",
    "get_unit",
    "is_advanced",
    "make_choice",
    "make_error",
]


class Section(BaseModel):
    """A group of settings: immutable, and a name that is not declared is an error.

    One that can be chosen among others has a fixed `name` and, as `class …(Section, title=N_("…"))`, what a newcomer calls it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def declare_setting(
    default: Any,
    title: str,
    help: str,
    *,
    unit: str = "",
    advanced: bool = False,
    only_if: tuple[str, Any] | None = None,
    **bounds: Any,
) -> Any:
    """Declare a setting.

    title and help are marked with `N_` by the caller and translated where they are shown. `bounds` are pydantic's
    (`ge`, `gt`, `le`, `lt`, `max_length`). An `advanced` setting is one that a newcomer never needs; forms put it behind a
    fold. only_if: (name, value) of the setting beside it without which this one means nothing; forms hide it then.
    """
    extra: Any = {"unit": unit, "advanced": advanced, "only_if": list(only_if) if only_if else None}
    return Field(default, title=title, description=help, json_schema_extra=extra, **bounds)


def declare_group(default: Section, title: str) -> Any:
    """Declare a section inside another; what it is for stands in the section's docstring."""
    return Field(default, title=title)


def get_unit(field: FieldInfo) -> str:
    extra = field.json_schema_extra
    return str(extra.get("unit", "")) if isinstance(extra, dict) else ""


def is_advanced(field: FieldInfo) -> bool:
    extra = field.json_schema_extra
    return bool(extra.get("advanced")) if isinstance(extra, dict) else False


def get_title(section: type[Section]) -> str:
    """What a newcomer calls it, before translation."""
    return str(section.model_config.get("title") or section.__name__)


def make_error(sentence: str) -> PydanticCustomError:
    """What a validator raises: `sentence` names the value, the rule and the remedy."""
    return PydanticCustomError("sentence", "{sentence}", {"sentence": sentence})


def get_row_types(field: FieldInfo) -> dict[str, type[Section]]:
    """The sections that a row of a list may be, by name; none for what is no list of sections."""
    if get_origin(field.annotation) is not tuple:
        return {}
    row = get_args(field.annotation)[0]
    members = get_args(get_args(row)[0]) if get_origin(row) is Annotated else (row,)
    sections = [member for member in members if isinstance(member, type) and issubclass(member, Section)]
    return {section.model_fields["name"].default if len(sections) > 1 else "": section for section in sections}


def get_condition(field: FieldInfo) -> tuple[str, Any] | None:
    """(name, value) of the setting without which this one means nothing."""
    extra = field.json_schema_extra
    condition = extra.get("only_if") if isinstance(extra, dict) else None
    return (str(condition[0]), condition[1]) if isinstance(condition, list) else None


def make_choice(registry: Mapping[str, type[Section]]) -> Any:
    """The type of a field that holds one of the registered sections, told apart by its `name`."""
    sections = tuple(registry.values())
    return Annotated[Union[sections], Field(discriminator="name")]  # noqa: UP007  a union of what is registered


def get_alternatives(field: FieldInfo) -> dict[str, type[Section]]:
    """The sections that a field may hold, by name: several for a choice such as the model, one (named "") for a plain
    section, none for a plain value."""
    annotation = field.annotation
    if get_origin(annotation) is tuple:
        return {}
    members = get_args(annotation) or (annotation,)
    sections = [member for member in members if isinstance(member, type) and issubclass(member, Section)]
    if len(sections) == 1:
        return {"": sections[0]}
    return {section.model_fields["name"].default: section for section in sections}
