"""Titles of runs: the name that the user gave, or the network and what distinguishes its settings, such as "Simple network, rate 5".

No two runs of a list have the same title.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from itertools import chain
from pathlib import Path

from pydantic.fields import FieldInfo

from nn_core.config import PRESETS, RunConfig, get_preset
from nn_core.config.data_defaults import fit_loss, get_data_defaults
from nn_core.data import DATASETS, find_configured_dataset, find_dataset
from nn_core.errors import NNLabError, to_one_line
from nn_core.i18n import _
from nn_core.paths import get_data_folder, get_runs_folder
from nn_core.runs.bin import list_deleted_runs
from nn_core.runs.folder import RunFolder
from nn_core.runs.label import isolate_direction
from nn_core.runs.setting_values import format_setting, get_rank, walk_config
from nn_core.runs.store import is_suggested_name
from nn_core.settings import get_title

__all__ = ["describe_settings", "get_chosen_name", "make_titles"]

_MAX_PARTS = 3
_MAX_DATA_LENGTH = 60
_MAX_FOLDER_LENGTH = 200

Parts = dict[str, str]
"""A few words about each setting, by its path."""


def make_titles(runs: Sequence[RunFolder]) -> dict[str, str]:
    """Return the title of each run by the name of its folder.

    Runs that would have the same title are distinguished by the settings in which they differ, else by their start. A name that someone
    chose stays as it is if only one run has it.

    Deleted runs count as long as they can be restored, so that neither deleting nor restoring a run changes the title of another.

    Args:
        runs: all that are listed together.
    """
    listed, runs = runs, [*runs, *_list_deleted(runs)]
    parts = {run.name: _read_parts(run) for run in runs}
    chosen = {run.name: get_chosen_name(run) for run in runs}
    titles = {
        run.name: chosen[run.name] or _join(parts[run.name][0]) or to_one_line(run.name, _MAX_FOLDER_LENGTH)
        for run in runs
    }
    by_name = {run.name: run for run in runs}

    def tell_apart(describe: Callable[[list[str]], list[str]]) -> None:
        groups = defaultdict(list)
        for name, title in titles.items():
            groups[title].append(name)
        for title, names in groups.items():
            if len(names) > 1:
                named = [name for name in names if chosen[name]]
                others = [name for name in names if name not in named] if len(named) == 1 else names
                for name, addition in zip(others, describe(others), strict=True):
                    titles[name] = f"{isolate_direction(title)}, {addition}" if addition else title

    tell_apart(lambda names: _choose_differences([parts[name][1] for name in names]))
    tell_apart(lambda names: _describe_starts([by_name[name] for name in names]))
    tell_apart(lambda names: [to_one_line(name, _MAX_FOLDER_LENGTH) for name in names])
    return {run.name: titles[run.name] for run in listed}


def _list_deleted(runs: Sequence[RunFolder]) -> list[RunFolder]:
    """List the runs in the bins of the folders of these runs, except those of whose name there is another run."""
    found = {run.name: run for run in runs}
    roots = dict.fromkeys(run.path.parent for run in runs if not run.is_shipped)
    cache = runs[0].cache if runs else None
    deleted = [each.run for root in roots for each in list_deleted_runs(root, cache) if each.name not in found]
    return list({run.name: run for run in deleted}.values())


def describe_settings(config: RunConfig) -> str:
    """Return the title of a run with these settings and without a name."""
    return _join(_describe(config, _get_data_title(config.data.name), _get_parent_name(config, get_runs_folder()))[0])


def get_chosen_name(run: RunFolder) -> str:
    """The name that someone chose: in its label, or for its folder, as older versions and imports do. Empty without one."""
    return run.label().name or ("" if is_suggested_name(run.name) else to_one_line(run.name, _MAX_FOLDER_LENGTH))


def _read_parts(run: RunFolder) -> tuple[Sequence[str], Parts]:
    with suppress(NNLabError):  # a damaged run is called by its folder
        config = run.config()
        return _describe(config, _get_data_title(config.data.name), _get_parent_name(config, run.path.parent))
    return (), {}


def _get_parent_name(config: RunConfig, root: Path) -> str:
    """The name that someone chose for the run from which this one started, to be put into a title; empty without one."""
    name = config.training.start_from
    if not name:
        return ""
    run = RunFolder(root / name)
    if not run.path.is_dir():  # most probably deleted; then it may be in the bin
        run = next((each.run for each in list_deleted_runs(root) if each.name == name), run)
    return isolate_direction(get_chosen_name(run))


def _join(parts: Sequence[str]) -> str:
    return ", ".join(parts)


@lru_cache(maxsize=4096)
def _describe(config: RunConfig, data: str, parent: str) -> tuple[Sequence[str], Parts]:
    """Return the parts of the title, and a few words about every setting.

    Args:
        config: the settings.
        data: the title of the data set.
        parent: the name of the run from which this one started; empty if it has none.
    """
    network = _(get_title(type(config.model)))
    leaves = {path: (field, value) for path, field, value in walk_config(config)}
    parts = {path: _describe_setting(path, field, value) for path, (field, value) in leaves.items()}
    parts |= {"data.name": data, "model.name": network}
    for choice in ("optimizer", "loss", "scheduler"):
        parts[f"{choice}.name"] = _(get_title(type(getattr(config, choice))))
    if config.data.drawings.share:
        return (network, _("fine-tuned from {run}").format(run=parent) if parent else _("fine-tuned")), parts
    presets = [name for name, preset in PRESETS.items() if preset.model.name == config.model.name]
    differences = [_find_differences(config, name) for name in presets]
    differing = min(differences, key=len, default=[])
    start = _("started from {run}").format(run=parent) if parent else _("started from another run")
    named = parts | ({"training.start_from": start} if config.training.start_from else {})
    return (network, *(named[path] for path in differing[:_MAX_PARTS])), parts


def _find_differences(config: RunConfig, preset_name: str) -> list[str]:
    """The paths of the settings that differ from the preset's defaults for the data set, the most telling first.

    The settings of another optimizer, loss or schedule are compared with its own defaults.
    """
    base = get_preset(preset_name, config.data.name)
    with suppress(NNLabError):  # own data may have been deleted
        spec = find_configured_dataset(config.data, get_data_folder())
        base = fit_loss(base, spec)
        training = get_data_defaults(preset_name, spec, config.data)
        epochs = get_data_defaults(preset_name, spec, config.data, config.training.batch_size).epochs
        base = base.model_copy(update={"training": training.model_copy(update={"epochs": epochs})})
    changed = [
        name
        for name in ("optimizer", "loss", "scheduler")
        if type(getattr(config, name)) is not type(getattr(base, name))
    ]
    base = base.model_copy(update={name: type(getattr(config, name))() for name in changed})
    values = {path: value for path, _field, value in walk_config(base)} | {"data.name": PRESETS[preset_name].data.name}
    differing = [path for path, _field, value in walk_config(config) if value != values.get(path)]
    return sorted([*differing, *(f"{name}.name" for name in changed)], key=get_rank)


def _describe_setting(path: str, field: FieldInfo, value: object) -> str:
    title = _(field.title or path.rpartition(".")[2])
    title = title if title[1:2].isdigit() else title[:1].lower() + title[1:]  # "L1 penalty" stays
    match path, value:
        case "optimizer.lr", float():
            return _("rate {value}").format(value=format_setting(path, value))
        case "data.train_examples", 0:
            return _("all training examples")
        case "data.train_examples", int():
            return _("{count:,} training examples").format(count=value)
        case "model.hidden", int():
            return _("{count} hidden neurons").format(count=value)
        case "training.epochs", 1:
            return _("1 epoch")
        case "training.epochs", _:
            return _("{count} epochs").format(count=value)
        case "training.start_from", str():
            return (
                _("started from {run}").format(run=to_one_line(value, _MAX_FOLDER_LENGTH))
                if value
                else _("started from random weights")
            )
        case _path, bool():
            return title if value else _("no {setting}").format(setting=title)
        case "data.plane.drawn", tuple():
            return _("{count:,} drawn points").format(count=len(value))
        case "model.formula" | "data.plane.function", _:
            return f"{title} = {format_setting(path, value)}"
        case _:
            return f"{title} {format_setting(path, value)}"


def _get_data_title(name: str) -> str:
    """The title of a data set, without the count in parentheses that those of NN Lab have; its name if it no longer exists."""
    try:
        title = _(find_dataset(name, get_data_folder()).title)
    except NNLabError:
        title = name
    return to_one_line(title.partition(" (")[0] if name in DATASETS else title, _MAX_DATA_LENGTH)


def _choose_differences(parts: list[Parts]) -> list[str]:
    """Describe each of several runs by as few settings as are needed to tell them apart, and by three at most."""
    chosen: list[str] = []
    kinds = 1
    distinct = {id(each): each for each in parts}.values()  # equal settings share one object, see `_describe`
    for path in sorted(dict.fromkeys(chain.from_iterable(distinct)), key=get_rank) if len(distinct) > 1 else ():
        found = len({tuple(each.get(one) for one in (*chosen, path)) for each in distinct})
        if found > kinds and len(chosen) < _MAX_PARTS:
            chosen.append(path)
            kinds = found
    return [", ".join(each[path] for path in chosen if path in each) for each in parts]


def _describe_starts(runs: list[RunFolder]) -> list[str]:
    """Describe when each of several runs was started; to the second only where the minute does not tell them apart."""
    starts = [_read_start(run) for run in runs]
    minutes = [f"{start:%Y-%m-%d %H:%M}" if start else "" for start in starts]
    counts = Counter(minutes)
    return [
        f"{start:%Y-%m-%d %H:%M:%S}" if start and counts[minute] > 1 else minute
        for start, minute in zip(starts, minutes, strict=True)
    ]


def _read_start(run: RunFolder) -> datetime | None:
    with suppress(NNLabError, OSError):
        return datetime.fromisoformat(run.status().created_at).astimezone()
    return None
