"""Groups of runs that differ only in the seed. Each member names its group in `group.json`, so deleting one leaves the others intact."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nn_core.config import RunConfig
from nn_core.errors import NewerVersion, NNLabError, to_one_line
from nn_core.i18n import _
from nn_core.models import MODELS
from nn_core.runs.folder import RunFolder
from nn_core.runs.label import MAX_NAME_LENGTH
from nn_core.runs.reports import ReconstructionReport, RegressionReport
from nn_core.runs.setting_values import WITHOUT_EFFECT
from nn_core.runs.status import ACTIVE, RunState, RunStatus
from nn_core.runs.titles import describe_settings, get_chosen_name
from nn_core.statistics.spread import Spread, compute_spread

__all__ = [
    "Figure",
    "GroupFile",
    "RunGroup",
    "SeedRun",
    "change_seed",
    "describe_base",
    "find_group",
    "list_groups",
    "make_member_name",
    "read_group_file",
]

Figure = Literal["accuracy", "r_squared", "error"]
"""What the results of a group are: accuracies (0 to 1), R², or errors, of which smaller ones are better."""

_MAX_DIFFERENCES = 3
_MAX_VALUE_LENGTH = 30


class GroupFile(BaseModel):
    """The content of `group.json`.

    Attributes:
        group: identifies the group.
        seed: of the member.
        origin: the folder of the run that was repeated; it is no member itself if it is read-only or was imported.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: int = 1
    group: str = Field(pattern=r"^[0-9a-z-]{1,64}$")
    seed: int = Field(ge=0)
    origin: str = Field(default="", max_length=200)


@dataclass(frozen=True)
class SeedRun:
    """A member of a group.

    Attributes:
        validation: accuracy or R² of the best epoch, or its loss; None before the first epoch has ended.
        test: accuracy, R² or mean squared error on the test data; None before the test.
        left_out: why the means leave the run out, as a sentence; empty for a run that counts, or will once it has finished.
    """

    run: RunFolder
    seed: int
    status: RunState | Literal["damaged", "newer"]
    validation: float | None = None
    test: float | None = None
    left_out: str = ""

    @property
    def is_counted(self) -> bool:
        return self.status == "finished" and not self.left_out

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE


@dataclass(frozen=True)
class RunGroup:
    """Runs that differ only in the seed, in the order of their seeds.

    Attributes:
        name: as plain text, which a user may have chosen.
        config: the settings of most members; None if no member's can be read.
    """

    identity: str
    name: str
    origin: str
    figure: Figure
    config: RunConfig | None
    members: tuple[SeedRun, ...]

    @property
    def finished(self) -> int:
        """How many members have finished, including those that are left out."""
        return sum(member.status == "finished" for member in self.members)

    @property
    def counted(self) -> tuple[SeedRun, ...]:
        """The members that the means are of."""
        return tuple(member for member in self.members if member.is_counted)

    @property
    def is_active(self) -> bool:
        return any(member.is_active for member in self.members)

    @property
    def test_results(self) -> list[float]:
        return [member.test for member in self.counted if member.test is not None]

    @cached_property
    def validation(self) -> Spread | None:
        return compute_spread([member.validation for member in self.counted if member.validation is not None])

    @cached_property
    def test(self) -> Spread | None:
        return compute_spread(self.test_results)


def read_group_file(file: Path) -> GroupFile | None:
    """Read a group.json, which may come from another machine; None if it is missing or damaged."""
    try:
        return GroupFile.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None


def list_groups(runs: Sequence[RunFolder]) -> list[RunGroup]:
    """Find the groups among these runs, in the order of their first members. A single run is no group."""
    found: defaultdict[str, list[tuple[RunFolder, GroupFile]]] = defaultdict(list)
    for run in runs:
        if entry := _read_entry(run):
            found[entry.group].append((run, entry))
    return [_summarize(entries) for entries in found.values() if len(entries) > 1]


def find_group(run: RunFolder, runs: Sequence[RunFolder], *, least: int = 2) -> RunGroup | None:
    """Find the group that the run is in, or that repeats it; None without one.

    Args:
        run: any run.
        runs: all runs.
        least: how many members make a group.
    """
    own = _read_entry(run)
    entries = [(other, entry) for other in runs if (entry := _read_entry(other))]
    identities = [own.group] if own else [entry.group for _other, entry in entries if entry.origin == run.name]
    members = [each for each in entries if each[1].group in identities[:1]]
    return _summarize(members) if len(members) >= least else None


def make_member_name(base: str, seed: int) -> str:
    """Name a member of a group: "Simple network · seed 3". A long base is shortened."""
    addition = _add_seed("", seed)
    room = MAX_NAME_LENGTH - len(addition)
    return (base if len(base) <= room else f"{base[: room - 1].rstrip()}…") + addition


def _add_seed(base: str, seed: int) -> str:
    return _("{run} · seed {seed}").format(run=base, seed=seed)


def _read_entry(run: RunFolder) -> GroupFile | None:
    return run.read_cached(run.group_file, read_group_file) if run.group_file.exists() else None


@dataclass(frozen=True)
class _Reading:
    """What was read of a member. settings: what its result depends on except for the seed, as a sorted list in JSON; "" if it is damaged."""

    run: RunFolder
    entry: GroupFile
    state: Literal["damaged", "newer"] = "damaged"
    config: RunConfig | None = None
    status: RunStatus | None = None
    settings: str = ""

    @property
    def seed(self) -> int:
        return self.config.training.seed if self.config else self.entry.seed


def _read_member(run: RunFolder, entry: GroupFile) -> _Reading:
    try:
        config, status = run.config(), run.status()
    except NNLabError as error:
        return _Reading(run, entry, "newer" if isinstance(error, NewerVersion) else "damaged")
    return _Reading(run, entry, "damaged", config, status, json.dumps(sorted(_list_settings(config.model_dump()))))


def _list_settings(section: dict[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield the path and the value of each setting on which the result depends, except for the seed."""
    for name, value in section.items():
        path = f"{prefix}{name}"
        if isinstance(value, dict):
            yield from _list_settings(value, f"{path}.")
        elif path not in WITHOUT_EFFECT and path != "training.seed":
            yield path, json.dumps(value)


def _summarize(entries: Sequence[tuple[RunFolder, GroupFile]]) -> RunGroup:
    def get_order(each: _Reading) -> tuple[int, bool, str]:
        return each.seed, each.run.name != each.entry.origin, each.run.name

    readings = sorted((_read_member(*each) for each in entries), key=get_order)
    [(common, _count)] = Counter(each.settings for each in readings if each.settings).most_common(1) or [("[]", 0)]
    typical = next((each for each in readings if each.settings == common), None)
    lead = next((each for each in readings if each.run.name == each.entry.origin), readings[0])
    members: dict[int, SeedRun] = {}
    twins: list[SeedRun] = []
    for each in readings:
        if each.seed in members:
            reason = _("It has the same seed as {run}.").format(run=members[each.seed].run.name)
            twins.append(_make_member(each, reason))
        else:
            members[each.seed] = _make_member(each, _explain_left_out(each, common))
    return RunGroup(
        lead.entry.group,
        _name_group(lead),
        lead.entry.origin,
        next((_get_figure(each) for each in (typical, *readings) if each and each.config), "accuracy"),
        typical.config if typical else None,
        tuple(sorted((*members.values(), *twins), key=lambda member: member.seed)),
    )


def _make_member(each: _Reading, left_out: str) -> SeedRun:
    if each.status is None:
        return SeedRun(each.run, each.seed, each.state, left_out=left_out)
    best, test = each.status.best, None
    figures = (best.accuracy, best.r_squared, best.loss) if best else ()
    validation = next((figure for figure in figures if figure is not None), None)
    with suppress(NNLabError):  # its page reports a damaged evaluation
        evaluation = None if each.status.is_active else each.run.evaluation_of(each.status)
        if isinstance(evaluation, RegressionReport):
            test = evaluation.r_squared
        elif isinstance(evaluation, ReconstructionReport):
            test = evaluation.mean_squared_error
        elif evaluation:
            test = evaluation.accuracy
    return SeedRun(each.run, each.seed, each.status.status, validation, test, left_out)


def _get_figure(each: _Reading) -> Figure:
    if each.config and MODELS[each.config.model.name].goal == "reconstruct":
        return "error"
    best = each.status.best if each.status else None
    return "r_squared" if best and best.r_squared is not None else "accuracy"


def _explain_left_out(each: _Reading, common: str) -> str:
    if not (each.config and each.status):
        return _("It cannot be read.")
    theirs = dict(json.loads(common))
    different = [
        _("{setting} = {value} instead of {usual}").format(
            setting=path, value=_shorten(value), usual=_shorten(theirs.get(path, "–"))
        )
        for path, value in json.loads(each.settings)
        if theirs.get(path) != value
    ]
    if different:
        return _("Its settings differ: {differences}.").format(differences=", ".join(different[:_MAX_DIFFERENCES]))
    if each.settings != common:
        return _("Its settings differ.")
    rate = each.status.learning_rate
    if rate is not None and rate != each.config.optimizer.lr:
        return _("Its learning rate was changed while it trained.")
    return ""


def _shorten(value: str) -> str:
    return to_one_line(value.strip('"'), _MAX_VALUE_LENGTH)


def _name_group(lead: _Reading) -> str:
    """Name the group after its first run, without that run's seed."""
    chosen = get_chosen_name(lead.run)
    if chosen or lead.config is None:
        return chosen.removesuffix(_add_seed("", lead.seed)) or chosen or lead.run.name
    return describe_base(lead.config)


def describe_base(config: RunConfig) -> str:
    """Describe the settings of a run without a name, except for its seed."""
    return describe_settings(change_seed(config, type(config.training)().seed))


def change_seed(config: RunConfig, seed: int) -> RunConfig:
    return config.model_copy(update={"training": config.training.model_copy(update={"seed": seed})})
