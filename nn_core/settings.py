"""Declarations of settings: default, bounds, unit and a sentence for beginners, in one line.

The widgets and tooltips of pages, `--set` of the command line, validation, error messages and `docs/settings.md` all
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
    """A group of settings: immutable; an undeclared name is an error.

    A section that is one of several alternatives has a fixed `name` and a title: `class …(Section, title=N_("…"))`.
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

    Args:
        default: the default value.
        title: the label; the caller marks it with `N_`, and it is translated where it is shown.
        help: a sentence for beginners, marked and translated likewise.
        unit: the unit of a number.
        advanced: whether beginners never need it; forms put it in a collapsed part.
        only_if: (name, value) of a setting in the same section; with another value there, this setting has no effect and forms
            hide it.
        bounds: pydantic's `ge`, `gt`, `le`, `lt`, `min_length` and `max_length`.
    """
    extra: Any = {"unit": unit, "advanced": advanced, "only_if": list(only_if) if only_if else None}
    return Field(default, title=title, description=help, json_schema_extra=extra, **bounds)


def declare_group(default: Section, title: str) -> Any:
    """Declare a section inside another. The inner section's docstring describes it."""
    return Field(default, title=title)


def _get_extra(field: FieldInfo, key: str) -> Any:
    extra = field.json_schema_extra
    return extra.get(key) if isinstance(extra, dict) else None


def get_unit(field: FieldInfo) -> str:
    """Return the unit of a setting, or an empty string."""
    return str(_get_extra(field, "unit") or "")


def is_advanced(field: FieldInfo) -> bool:
    """Return whether forms put the setting in a collapsed part."""
    return bool(_get_extra(field, "advanced"))


def get_condition(field: FieldInfo) -> tuple[str, Any] | None:
    """Return the (name, value) of the setting without which this one has no effect."""
    condition = _get_extra(field, "only_if")
    return (str(condition[0]), condition[1]) if isinstance(condition, list) else None


def get_title(section: type[Section]) -> str:
    """Return the section's title, untranslated."""
    return str(section.model_config.get("title") or section.__name__)


def make_error(sentence: str) -> PydanticCustomError:
    """Return the error that a validator raises; `sentence` has the value, the rule and the remedy."""
    return PydanticCustomError("sentence", "{sentence}", {"sentence": sentence})


def get_row_types(field: FieldInfo) -> dict[str, type[Section]]:
    """Return the sections that a row of a list may be, by name; an empty dict if the field is not a list of sections."""
    if get_origin(field.annotation) is not tuple:
        return {}
    row = get_args(field.annotation)[0]
    members = get_args(get_args(row)[0]) if get_origin(row) is Annotated else (row,)
    sections = [member for member in members if isinstance(member, type) and issubclass(member, Section)]
    return {section.model_fields["name"].default if len(sections) > 1 else "": section for section in sections}


def make_choice(registry: Mapping[str, type[Section]]) -> Any:
    """Return the type of a field with one of the registered sections; `name` is the discriminator."""
    sections = tuple(registry.values())
    return Annotated[Union[sections], Field(discriminator="name")]  # noqa: UP007  a union made at run time


def get_alternatives(field: FieldInfo) -> dict[str, type[Section]]:
    """Return the sections that a field may contain, by name: several for a choice such as the model, one (named "") for a
    plain section, none for a plain value."""
    annotation = field.annotation
    if get_origin(annotation) is tuple:
        return {}
    members = get_args(annotation) or (annotation,)
    sections = [member for member in members if isinstance(member, type) and issubclass(member, Section)]
    if len(sections) == 1:
        return {"": sections[0]}
    return {section.model_fields["name"].default: section for section in sections}
