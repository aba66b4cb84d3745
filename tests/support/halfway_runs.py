"""A short run of every preset, optimizer, schedule and goal, each stopped after its first epoch and exported.

A new entry of a registry is tested by being there.
"""

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cli_in_process import command

from nn_core.config import PRESETS, RunConfig, apply_settings
from nn_core.data import DATASETS
from nn_core.jobs.runner import run_worker
from nn_core.models import MODELS
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder, RunStatus, create_run
from nn_core.task import Goal, Kind
from nn_core.training import OPTIMIZERS, SCHEDULERS

__all__ = [
    "CASES",
    "DATA",
    "GREETINGS",
    "SHORT",
    "SMALLEST",
    "Case",
    "HalfwayRuns",
    "goal_of",
    "kind_of",
    "resume_here",
    "short",
    "smallest_muon_cases",
]

GREETINGS = [
    (f"{word} {name}", label)
    for word, label in (("hello", "english"), ("guten tag", "deutsch"), ("bonjour", "francais"))
    for name in "anna bea carl dora emil fritz gina hans ida jan".split()
]

DATA: dict[Kind, tuple[str, ...]] = {
    "pictures": ("data.name=own-colours",),
    "text": ("data.name=own-greetings",),
    "points": ("data.name=moons", "data.plane.points=50"),
}
"""A few dozen samples of each kind."""

SHORT = ("training.epochs=2", "training.batch_size=16", "training.device=cpu", "training.threads=1")


def kind_of(config: RunConfig) -> Kind:
    return DATASETS[config.data.name].kind


def goal_of(config: RunConfig) -> Goal:
    return MODELS[config.model.name].goal


def short(preset: str, *settings: str) -> RunConfig:
    """The preset on the few samples of its kind."""
    return apply_settings(PRESETS[preset], [*DATA[kind_of(PRESETS[preset])], *SHORT, *settings])


SMALLEST: dict[tuple[Kind, Goal], str] = {}
"""A preset for each kind of data and each goal; of pictures one whose hidden layer Muon trains."""
for _name in ("simple_net", *PRESETS):
    SMALLEST.setdefault((kind_of(PRESETS[_name]), goal_of(PRESETS[_name])), _name)

VARIANTS = {
    "average": "training.ema=0.9",
    "bf16": "training.precision=bf16",
    "clipped": "training.clip_norm=1",
    "patient": "training.patience=5",
    "drawn": "data.augmentation.shift=2",
}
"""What else changes the state that is saved, or what is drawn from its random numbers."""

CASES: dict[str, RunConfig] = {
    **{f"preset {name}": short(name) for name in PRESETS},
    **{
        f"{optimizer} {kind} {goal}": short(preset, f"optimizer.name={optimizer}")
        for optimizer in OPTIMIZERS
        for (kind, goal), preset in SMALLEST.items()
    },
    **{f"schedule {name}": short("mlp", f"scheduler.name={name}") for name in SCHEDULERS},
    **{f"with {name}": short("quick", setting) for name, setting in VARIANTS.items()},
}


@dataclass(frozen=True)
class Case:
    """A run that was stopped after its first epoch, and its ZIP."""

    name: str
    run: RunFolder
    archive: Path


class _StopsAfterOneEpoch:
    def line(self, text: str) -> None:
        if text.startswith("Epoch 1 of"):
            os.kill(os.getpid(), signal.SIGTERM)

    def progress(self, status: RunStatus) -> None: ...


class _Silent:
    def line(self, text: str) -> None: ...

    def progress(self, status: RunStatus) -> None: ...


def resume_here(run: RunFolder) -> None:
    with run.lock():
        run_worker(run, get_data_folder(), _Silent())


@dataclass
class HalfwayRuns:
    """The cases by name; each is trained below `folder` when it is first asked for."""

    folder: Path
    _trained: dict[str, Case] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Case:
        if name not in self._trained:
            self._trained[name] = self._train(name)
        return self._trained[name]

    def values(self) -> Iterator[Case]:
        """All cases."""
        return (self[name] for name in CASES)

    def _train(self, name: str) -> Case:
        run = create_run(self.folder / "runs", CASES[name], name.replace(" ", "-"))
        with run.lock():
            run_worker(run, get_data_folder(), _StopsAfterOneEpoch())
        assert run.status().status == "stopped", (name, run.status().message)
        archive = self.folder / f"{run.name}.zip"
        exported = command("export", run.name, "--as", "zip", "--to", archive)
        assert (exported.code, exported.out, exported.err) == (0, f"{archive}\n", ""), name
        return Case(name, run, archive)


def smallest_muon_cases() -> list[str]:
    """A case for each goal and kind of data, all of them with Muon, whose state is the richest."""
    return [f"muon {kind} {goal}" for kind, goal in SMALLEST]
