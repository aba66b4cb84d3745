"""Changes to a configuration from outside (`--set path=value`, a JSON file, a form), and the sentences about what is wrong with them."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from nn_core.config.run import CONFIG_VERSION, RunConfig
from nn_core.errors import ConfigError, NewerVersion, UnknownSetting, describe_unknown, suggest_one_of
from nn_core.i18n import _
from nn_core.settings import Section, get_alternatives, get_row_types

__all__ = ["apply_resume_settings", "apply_settings", "parse_config", "read_config", "update_config"]

_FIXED_AFTER_START = (
    "data",
    "model",
    "optimizer.name",
    "loss.name",
    "loss.class_weights",
    "training.batch_size",
    "training.seed",
    "training.start_from",
)
_QUOTED = re.compile("'([^']*)'")


def apply_settings(config: RunConfig, assignments: Iterable[str]) -> RunConfig:
    """Apply each `path=value` to the config. A value is JSON, or else a plain string. Raises ConfigError."""
    changes: dict[str, object] = {}
    for assignment in assignments:
        path, equals, text = assignment.partition("=")
        if not equals or not path:
            raise ConfigError(
                _("'{text}' is not a setting: write path=value, for example training.epochs=5.").format(text=assignment)
            )
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = text
        _assign(changes, path.split("."), value, path)
    return update_config(config, changes)


def apply_resume_settings(config: RunConfig, assignments: Iterable[str]) -> RunConfig:
    """Apply settings to a run that has started. Raises ConfigError for settings on which its weights or its progress depend."""
    new = apply_settings(config, assignments)
    for path in _FIXED_AFTER_START:
        section, _dot, name = path.partition(".")
        before, after = (getattr(each, section) for each in (config, new))
        if name:  # not every loss has class weights
            before, after = (getattr(each, name, None) for each in (before, after))
        if before != after:
            raise ConfigError(
                _("{path} cannot be changed in a run that has started; start a new run.").format(path=path)
            )
    switches = {
        "training.ema": (config.training.ema, new.training.ema),
        "optimizer.momentum": (_get_rmsprop_momentum(config), _get_rmsprop_momentum(new)),
    }
    for path, (before, after) in switches.items():
        if bool(before) != bool(after):
            raise ConfigError(
                _(
                    "{path} = {after:g} is not possible: a run that has started with {before:g} can change this value but not switch it on or "
                    "off; start a new run."
                ).format(path=path, before=before, after=after)
            )
    return new


def _get_rmsprop_momentum(config: RunConfig) -> float:
    """The momentum of RMSprop, which cannot be switched on or off during a run; 0 for other optimizers."""
    return config.optimizer.momentum if config.optimizer.name == "rmsprop" else 0.0


def update_config(config: RunConfig, changes: Mapping[str, object]) -> RunConfig:
    """Apply nested `changes` to the config. Raises ConfigError.

    A section for which another model, optimizer, loss or schedule is chosen starts from the defaults of the new choice, because
    the settings of the old one, such as the momentum of SGD, have no meaning for it.
    """
    return parse_config(_merge_changes(config, changes))


def read_config(file: Path, base: RunConfig | None = None) -> RunConfig:
    """Read a configuration from a JSON file: a complete one, or changes to `base`. Raises ConfigError."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else _("it is not text")
        raise ConfigError(
            _("Cannot read the config file '{file}': {reason}. Give a JSON file.").format(file=file, reason=reason)
        ) from error
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(
            _("'{file}' is not valid JSON ({reason}). Correct it or start from a preset.").format(
                file=file, reason=error
            )
        ) from error
    if not isinstance(values, dict):
        raise ConfigError(
            _("'{file}' must contain a JSON object of settings, like a run's config.json.").format(file=file)
        )
    try:
        return parse_config(values) if base is None else parse_config(_merge_changes(base, values))
    except ConfigError as error:
        raise type(error)(f"{file}: {error}") from error


def parse_config(values: Mapping[str, object]) -> RunConfig:
    """Validate plain values.

    Raises:
        NewerVersion: if a newer version of NN Lab wrote the values.
        UnknownSetting: if a name is not known.
        ConfigError: for any other error, with a sentence for each.
    """
    version = values.get("version", CONFIG_VERSION)
    if isinstance(version, int) and version > CONFIG_VERSION:
        raise NewerVersion(
            _(
                "This configuration was written by a newer NN Lab: it has version {version}, but this NN Lab reads version {ours}. "
                "Update NN Lab to open it. The file was not changed."
            ).format(version=version, ours=CONFIG_VERSION)
        )
    if version != CONFIG_VERSION:
        raise ConfigError(
            _(
                "This configuration has version {version!r}, but this NN Lab reads version {ours}: "
                "open it with the NN Lab that wrote it, or start from a preset."
            ).format(version=version, ours=CONFIG_VERSION)
        )
    try:
        return RunConfig.model_validate(values)
    except ValidationError as error:
        sentences = " ".join(_describe_error(values, detail) for detail in error.errors())
        has_unknown = any(detail["type"] in ("extra_forbidden", "union_tag_invalid") for detail in error.errors())
        raise (UnknownSetting if has_unknown else ConfigError)(sentences) from error


def _assign(changes: dict[str, object], keys: list[str], value: object, path: str) -> None:
    for key in keys[:-1]:
        inner = changes.setdefault(key, {})
        if not isinstance(inner, dict):
            raise ConfigError(
                _(
                    "'{path}' conflicts with another --set that replaces the whole section; leave one of them out."
                ).format(path=path)
            )
        changes = inner
    changes[keys[-1]] = value


def _merge_changes(config: RunConfig, changes: Mapping[str, object]) -> dict[str, object]:
    """Merge the changes into plain values; a section with another chosen name (model, optimizer, …) starts from its defaults."""
    base = config.model_dump()
    for key, change in changes.items():
        field = RunConfig.model_fields.get(key)
        chosen = change.get("name") if isinstance(change, Mapping) else None
        if field and len(get_alternatives(field)) > 1 and chosen not in (None, base[key]["name"]):
            base[key] = {}
    return _merge(base, changes)


def _merge(base: Mapping[str, object], changes: Mapping[str, object]) -> dict[str, object]:
    merged = dict(base)
    for key, value in changes.items():
        inner = merged.get(key)
        merged[key] = _merge(inner, value) if isinstance(inner, dict) and isinstance(value, Mapping) else value
    return merged


def _describe_error(values: Mapping[str, object], error: ErrorDetails) -> str:
    """Describe one of the errors of validating `values` as a RunConfig in a sentence."""
    context = error.get("ctx", {})
    location = [str(part) for part in error["loc"]]
    path = ".".join(_remove_tags(values, location))
    given = error["input"]
    match error["type"]:
        case "sentence":
            return str(context["sentence"])
        case "extra_forbidden":
            remedy = suggest_one_of(location[-1], _list_siblings(location))
            return _("Unknown setting '{path}'.").format(path=path) + " " + remedy
        case "union_tag_invalid":
            return describe_unknown(path, context["tag"], _QUOTED.findall(context["expected_tags"]))
        case "literal_error":
            return describe_unknown(path.removesuffix(".name"), str(given), _QUOTED.findall(context["expected"]))
        case "greater_than" | "greater_than_equal" | "less_than" | "less_than_equal":
            ((kind, bound),) = context.items()
            rules = {"ge": _("at least"), "gt": _("more than"), "le": _("at most"), "lt": _("less than")}
            return _("{path} = {given} is out of range: it must be {rule} {bound:g}.").format(
                path=path, given=given, rule=rules[kind], bound=bound
            )
    message = error["msg"].removesuffix(".")
    if not path:
        return message + "."
    reason = message[:1].lower() + message[1:]
    return _("{path} = {given!r} is not valid: {reason}.").format(path=path, given=given, reason=reason)


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
