"""How a run is repeated: its settings beside those of its preset, and the command line that gives exactly these settings."""

import json
import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from functools import reduce
from operator import attrgetter
from pathlib import Path

from pydantic.fields import FieldInfo

from nn_core.config.data_defaults import fit_loss, get_data_defaults
from nn_core.config.overrides import apply_settings, read_config
from nn_core.config.presets import PRESETS, get_preset
from nn_core.config.run import RunConfig
from nn_core.data import DATASETS, PlaneSettings, find_configured_dataset
from nn_core.errors import DatasetUnavailable
from nn_core.i18n import _
from nn_core.settings import Section, get_title, get_unit, list_settings

__all__ = [
    "Setting",
    "SettingGroup",
    "build_config",
    "choose_preset",
    "list_assignments",
    "list_groups",
    "list_used_settings",
    "make_command",
]

_NAMES = tuple(f"{section}.name" for section in ("data", "model", "optimizer", "loss", "scheduler"))
_STAGES: tuple[Callable[[str], bool], ...] = (
    lambda path: path in _NAMES,
    lambda path: path.startswith("data."),
    lambda path: path == "training.batch_size",
    lambda path: True,
)
"""Which settings are compared first: a preset's other defaults depend on them."""


@dataclass(frozen=True)
class Setting:
    """A setting of a run, as text. difference: "preset: 0.01" if the preset has another value; "" if it has the same."""

    path: str
    title: str
    value: str
    difference: str


@dataclass(frozen=True)
class SettingGroup:
    """The settings of one section, under its title."""

    title: str
    settings: Sequence[Setting]


def build_config(
    preset_name: str, assignments: Iterable[str], data_folder: Path, config_file: Path | None = None
) -> RunConfig:
    """Build a config from the preset, changed by the file and then by single settings.

    The preset's batch size, number of epochs and loss depend on the data, unless the file or the settings contain them.

    Raises:
        ConfigError: A setting is wrong.
    """
    assignments = list(assignments)

    def change(base: RunConfig) -> RunConfig:
        return apply_settings(read_config(config_file, base=base) if config_file else base, assignments)

    base = get_preset(preset_name, change(get_preset(preset_name)).data.name)
    config = change(base)
    with suppress(DatasetUnavailable):  # reported by what needs the data
        spec = find_configured_dataset(config.data, data_folder)
        base = fit_loss(base, spec)
        given = config.training.batch_size
        training = get_data_defaults(
            preset_name, spec, config.data, None if given == base.training.batch_size else given
        )
        config = change(base.model_copy(update={"training": training}))
    return config


def list_assignments(config: RunConfig, preset_name: str, data_folder: Path) -> list[str]:
    """List the `path=value` with which `build_config` makes this config from the preset; only what differs."""
    assignments: list[str] = []
    values = dict(_walk_values(config))
    for is_in_stage in _STAGES:
        built = dict(_walk_values(build_config(preset_name, assignments, data_folder)))
        assignments += [
            f"{path}={_format_assigned(value)}"
            for path, value in values.items()
            if is_in_stage(path) and built.get(path, _MISSING) != value
        ]
    return assignments


_MISSING = object()


def choose_preset(config: RunConfig, data_folder: Path) -> str:
    """Return the preset with the same network from which the fewest settings differ; without one, the first preset."""
    presets = [name for name, preset in PRESETS.items() if preset.model.name == config.model.name]
    return min(presets, key=lambda name: len(list_assignments(config, name, data_folder)), default=next(iter(PRESETS)))


def make_command(config: RunConfig, preset_name: str, data_folder: Path) -> str:
    """Return the command line, quoted for a shell, that trains with these settings from the beginning."""
    parts = ["python", "-m", "nn_core", "train", "--preset", preset_name]
    for assignment in list_assignments(config, preset_name, data_folder):
        parts += ["--set", assignment]
    return shlex.join(parts)


def list_used_settings(config: RunConfig, ignored: Set[str]) -> Iterator[tuple[str, FieldInfo, object]]:
    """Yield path, declaration and value of every setting that has an effect on this data, except the paths that are ignored."""
    spec = DATASETS.get(config.data.name)
    used = spec.plane_settings if spec else ()
    unused = {f"data.plane.{name}" for name in PlaneSettings.model_fields if name not in used}
    yield from list_settings(config, ignored | unused)


def list_groups(config: RunConfig, preset_name: str, data_folder: Path) -> list[SettingGroup]:
    """List all settings that have an effect, by section, with the preset's values for the same data where they differ.

    The settings of another network, optimizer, loss or schedule are compared with its own defaults.
    """
    named = [each for each in list_assignments(config, preset_name, data_folder) if each.partition("=")[0] in _NAMES]
    base = {path: value for path, _field, value in list_settings(build_config(preset_name, named, data_folder))}
    base |= {path: attrgetter(path)(get_preset(preset_name)) for path in _NAMES}
    chosen = {each.partition(".")[0] for each in named} - {"data"}
    groups: dict[str, list[Setting]] = {}
    for path, field, value in list_used_settings(config, {"version"}):
        section, _dot, name = path.rpartition(".")
        title = _get_group_title(config, section) if path in _NAMES else _(field.title or name)
        unit = f" {_(get_unit(field))}" if get_unit(field) else ""
        difference = ""
        if base.get(path, value) != value:
            # The settings of another optimizer, say, are not in the preset.
            is_new = section in chosen and path not in _NAMES
            text = _("default: {value}") if is_new else _("preset: {value}")
            difference = text.format(value=_format_value(base[path]) + unit)
        setting = Setting(path, title, _format_value(value) + unit, difference)
        rows = groups.setdefault(section, [])
        rows.insert(0, setting) if path in _NAMES else rows.append(setting)
    return [SettingGroup(_get_group_title(config, section), settings) for section, settings in groups.items()]


def _get_group_title(config: RunConfig, section: str) -> str:
    """The title of a section by its path."""
    *around, name = section.split(".")
    parent: Section = reduce(getattr, around, config)
    return _(type(parent).model_fields[name].title or name)


def _walk_values(section: Section, prefix: str = "") -> Iterator[tuple[str, object]]:
    """Yield path and plain value of every setting, also of those without effect."""
    for name, value in section:
        if isinstance(value, Section):
            yield from _walk_values(value, f"{prefix}{name}.")
        elif prefix or name != "version":
            yield f"{prefix}{name}", _to_plain(value)


def _to_plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_to_plain(each) for each in value]
    return value.model_dump(mode="json") if isinstance(value, Section) else value


def _format_assigned(value: object) -> str:
    """Write a value so that `apply_settings` reads the same one: a text as it is, unless it would be read as JSON."""
    if isinstance(value, str):
        with suppress(ValueError, RecursionError):
            json.loads(value)
            return json.dumps(value)
        return value
    return json.dumps(value)


def _format_value(value: object) -> str:
    """Write a value for people."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, tuple):
        return ", ".join(_format_value(each) for each in value) or "–"
    if isinstance(value, Section):
        named = ", ".join(f"{name} {_format_value(each)}" for name, each in value)
        return f"{_(get_title(type(value)))} ({named})"
    return str(value) if value != "" else "–"
