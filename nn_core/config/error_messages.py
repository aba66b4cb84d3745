"""Translates pydantic's validation errors into sentences with the value, the rule and the remedy."""

from collections.abc import Mapping

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from nn_core.config.run import RunConfig
from nn_core.errors import suggest_one_of
from nn_core.i18n import _
from nn_core.settings import Section, get_alternatives, get_row_types

__all__ = ["describe_errors"]


def describe_errors(values: Mapping[str, object], error: ValidationError) -> str:
    """Describe each error of validating `values` as a RunConfig in one sentence."""
    return " ".join(_describe_error(values, detail) for detail in error.errors())


def _describe_error(values: Mapping[str, object], error: ErrorDetails) -> str:
    kind, context = error["type"], error.get("ctx", {})
    location = [str(part) for part in error["loc"]]
    path = ".".join(_remove_tags(values, location))
    given = error["input"]
    if kind == "sentence":
        return str(context["sentence"])
    if kind == "extra_forbidden":
        return (
            _("Unknown setting '{path}'.").format(path=path)
            + " "
            + suggest_one_of(location[-1], _list_siblings(location))
        )
    if kind == "union_tag_invalid":
        return (
            _("Unknown {what} '{name}'.").format(what=path, name=context["tag"])
            + " "
            + suggest_one_of(str(context["tag"]), context["expected_tags"].replace("'", "").split(", "))
        )
    if kind == "literal_error":
        what = path.removesuffix(".name")
        allowed = context["expected"].replace("'", "").replace(" or ", ", ").split(", ")
        return _("Unknown {what} '{name}'.").format(what=what, name=given) + " " + suggest_one_of(str(given), allowed)
    bounds = {
        "greater_than_equal": ("ge", _("at least")),
        "greater_than": ("gt", _("more than")),
        "less_than_equal": ("le", _("at most")),
        "less_than": ("lt", _("less than")),
    }
    if kind in bounds:
        key, rule = bounds[kind]
        return _("{path} = {given} is out of range: it must be {rule} {bound:g}.").format(
            path=path, given=given, rule=rule, bound=context[key]
        )
    message = str(error["msg"]).removesuffix(".")
    if not path:
        return message + "."
    return _("{path} = {given!r} is not valid: {reason}.").format(path=path, given=given, reason=_lower_first(message))


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def _remove_tags(values: Mapping[str, object], location: list[str]) -> list[str]:
    """Remove the name of the chosen alternative, which pydantic inserts ('model', 'net', 'hidden') and a path does not have."""
    chosen = values.get(location[0]) if location else None
    if isinstance(chosen, Mapping) and len(location) > 1 and chosen.get("name") == location[1]:
        return [location[0], *location[2:]]
    return location


def _list_siblings(location: list[str]) -> list[str]:
    """List the settings of the section that contains `location`."""
    section: type[Section] = RunConfig
    parts = iter(location[:-1])
    for part in parts:
        field = section.model_fields[part]
        found = get_alternatives(field)
        if not found:  # a list, whose index comes next
            found = get_row_types(field)
            next(parts)
        section = found[""] if "" in found else found[next(parts)]
    return list(section.model_fields)
