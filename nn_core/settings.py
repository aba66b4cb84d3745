"""Declarations of settings: default, bounds, unit and a sentence for beginners, in one line.

The widgets and tooltips of pages, `--set` of the command line, validation, error messages and `docs/settings.md` all
come from these declarations.
"""

from collections.abc import Iterator, Set
from typing import TYPE_CHECKING, Annotated, TypedDict, TypeVar, Unpack, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from nn_core.glossary import get_term
from nn_core.i18n import _

__all__ = [
    "NamedSection",
    "Section",
    "declare_choice",
    "declare_group",
    "declare_setting",
    "describe_setting",
    "get_alternatives",
    "get_condition",
    "get_row_types",
    "get_sections",
    "get_title",
    "get_unit",
    "is_advanced",
    "list_settings",
    "make_error",
]

T = TypeVar("T")


class Section(BaseModel):
    """A group of settings: immutable; an undeclared name is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class NamedSection(Section):
    """A section that is one of several alternatives, with a fixed `name` and a title: `class …(NamedSection, title=N_("…"))`."""

    if TYPE_CHECKING:  # each declares its own; pydantic would move a field of the base class to the front

        @property
        def name(self) -> str: ...


class Bounds(TypedDict, total=False):
    """The rules for the value of a setting, as in `pydantic.Field`."""

    ge: float
    gt: float
    le: float
    lt: float
    min_length: int
    max_length: int


def declare_setting(
    default: T,
    title: str,
    help: str = "",
    *,
    term: str = "",
    unit: str = "",
    advanced: bool = False,
    only_if: tuple[str, str] | None = None,
    **bounds: Unpack[Bounds],
) -> T:
    """Declare a setting.

    Args:
        default: the default value.
        title: the label; it is translated where it is shown.
        help: a sentence for beginners, translated likewise; it may be left out if the term's says everything.
        term: the name of the term in the glossary whose sentence comes before the help.
        unit: the unit of a number.
        advanced: whether beginners never need it; forms put it in a collapsed part.
        only_if: (name, value) of a setting in the same section; with another value there, this setting has no effect and forms
            hide it.
        bounds: the rules for the value.
    """
    extra: dict[str, JsonValue] = {
        "term": term,
        "unit": unit,
        "advanced": advanced,
        "only_if": [*only_if] if only_if else None,
    }
    return Field(default, title=title, description=help, json_schema_extra=extra, **bounds)


def declare_group(default: T, title: str) -> T:
    """Declare a section inside another. The inner section's docstring describes it."""
    return Field(default, title=title)


def declare_choice(default: T, title: str) -> T:
    """Declare a field with one of several named sections: the field's type is their union."""
    return Field(default, title=title, discriminator="name")


def _get_extra(field: FieldInfo, key: str) -> JsonValue:
    extra = field.json_schema_extra
    return extra.get(key) if isinstance(extra, dict) else None


def get_unit(field: FieldInfo) -> str:
    """Return the unit of a setting, or an empty string."""
    return str(_get_extra(field, "unit") or "")


def describe_setting(field: FieldInfo) -> str:
    """Return what the setting does for a tooltip, translated: the glossary's sentence about its term, if it has one, and its own help."""
    term = str(_get_extra(field, "term") or "")
    sentences = [get_term(term).short] if term else []
    return " ".join(_(sentence) for sentence in [*sentences, field.description] if sentence)


def is_advanced(field: FieldInfo) -> bool:
    """Return whether forms put the setting in a collapsed part."""
    return bool(_get_extra(field, "advanced"))


def get_condition(field: FieldInfo) -> tuple[str, JsonValue] | None:
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
    return get_sections(get_args(row)[0] if get_origin(row) is Annotated else row)


def get_alternatives(field: FieldInfo) -> dict[str, type[Section]]:
    """Return the sections that a field may contain, by name: several for a choice such as the model, one (named "") for a
    plain section, none for a plain value."""
    return {} if get_origin(field.annotation) is tuple else get_sections(field.annotation)


def get_sections(annotation: object) -> dict[str, type[Section]]:
    """Return the sections of a union by their names; a section that is not in a union is named ""."""
    members = get_args(annotation) or (annotation,)
    sections = [member for member in members if isinstance(member, type) and issubclass(member, Section)]
    if len(sections) == 1:
        return {"": sections[0]}
    return {section.model_fields["name"].default: section for section in sections}


def list_settings(
    section: Section, ignored: Set[str] = frozenset(), prefix: str = ""
) -> Iterator[tuple[str, FieldInfo, object]]:
    """Yield path, declaration and value of every setting, except the paths that are ignored and settings without effect."""
    for name, field in type(section).model_fields.items():
        path, value, condition = f"{prefix}{name}", getattr(section, name), get_condition(field)
        if path in ignored or (condition and getattr(section, condition[0]) != condition[1]):
            continue
        if isinstance(value, Section):
            yield from list_settings(value, ignored, f"{path}.")
        else:
            yield path, field, value
