"""The settings of a run that have an effect on its result: their paths, titles and values, as text and to compare."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pydantic.fields import FieldInfo

from nn_core.config import RunConfig
from nn_core.config.repeat import list_used_settings
from nn_core.errors import to_one_line
from nn_core.i18n import _
from nn_core.models.plane_mlp import FEATURE_LABELS
from nn_core.settings import Section

__all__ = [
    "WITHOUT_EFFECT",
    "SettingValue",
    "find_differing_settings",
    "format_setting",
    "get_rank",
    "read_settings",
    "walk_config",
]

_MAX_VALUE_LENGTH = 30
WITHOUT_EFFECT = {
    "version",
    *(f"training.{name}" for name in ("device", "devices", "threads", "compile", "checkpoint_seconds", "vitals")),
}
"""What does not change the result of a run."""
_FIRST = (
    "data.name",
    "data.plane.function",
    "data.train_examples",
    "training.start_from",
    "model.",
    "optimizer.name",
    "optimizer.lr",
    "training.epochs",
    "training.batch_size",
)
"""The settings that are named first; the others follow in the order of the form."""


@dataclass(frozen=True)
class SettingValue:
    """The value of one setting in one run.

    Attributes:
        title: of the setting.
        text: the value as it is shown.
        value: to sort and search by: a number, or the text.
        exact: what two runs must have in common for the setting to be equal.
    """

    title: str
    text: str
    value: float | str
    exact: object


@lru_cache(maxsize=4096)
def read_settings(config: RunConfig) -> Mapping[str, SettingValue]:
    """Return the settings that have an effect on the result, by path. Equal configs give the same object."""
    found = {}
    for path, field, value in walk_config(config):
        section, _dot, name = path.rpartition(".")
        is_choice = name == "name" and section in RunConfig.model_fields
        title = RunConfig.model_fields[section].title if is_choice else field.title
        text = format_setting(path, value)
        number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
        found[path] = SettingValue(_(title or name), text, text if number is None else number, value)
    return found


def find_differing_settings(runs: Sequence[Mapping[str, SettingValue]]) -> list[str]:
    """Return the paths of the settings with more than one value among the runs that have them.

    The most telling ones come first, and last those that most runs do not have, such as the settings of one network.
    """
    counts = Counter(id(settings) for settings in runs)
    distinct = {id(settings): settings for settings in runs}
    values: dict[str, set[object]] = {}
    having: Counter[str] = Counter()
    for identity, settings in distinct.items():
        for path, setting in settings.items():
            values.setdefault(path, set()).add(setting.exact)
            having[path] += counts[identity]
    rare = {path for path, count in having.items() if 2 * count < len(runs)}
    return sorted(
        (path for path, found in values.items() if len(found) > 1), key=lambda path: (path in rare, get_rank(path))
    )


def walk_config(config: RunConfig) -> Iterator[tuple[str, FieldInfo, object]]:
    """Yield path, declaration and value of every setting that has an effect on the result of this run."""
    return list_used_settings(config, WITHOUT_EFFECT)


def format_setting(path: str, value: object) -> str:
    """Format the value of a setting briefly, on one line."""
    match path, value:
        case "optimizer.lr", float():
            text = f"{value:.9f}".rstrip("0").rstrip(".") if value >= 1e-9 else str(value)
        case "data.train_examples", 0:
            text = _("all")
        case "training.start_from", "":
            text = _("random weights")
        case "data.plane.drawn", tuple():
            text = _("{count:,} points").format(count=len(value))
        case _path, bool():
            text = _("yes") if value else _("no")
        case _path, float():
            text = f"{value:g}"
        case "model.features", tuple():
            text = " ".join(FEATURE_LABELS[feature] for feature in value)
        case "model.layers", tuple():
            text = "-".join(str(layer.neurons) for layer in value) or "0"
        case _path, tuple() if any(isinstance(each, Section) for each in value):
            text = str(len(value))
        case _path, tuple():
            text = "-".join(map(str, value))
        case _:
            text = str(value)
    return to_one_line(text, _MAX_VALUE_LENGTH)


def get_rank(path: str) -> int:
    """Return the place of a setting where only some are named: 0 for the most telling."""
    return next((rank for rank, start in enumerate(_FIRST) if path.startswith(start)), len(_FIRST))
