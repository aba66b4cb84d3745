"""A run of three short epochs in this process, as a whole or in parts."""

import json
import os
import signal
from collections.abc import Callable
from typing import Any

from nn_core.config import RunConfig, apply_settings, get_preset
from nn_core.jobs.runner import run_worker
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder, RunStatus

__all__ = ["assert_same_outcome", "figures", "three_epochs", "trained"]

_EPOCHS = 3


def three_epochs(*settings: str) -> RunConfig:
    """18 steps each."""
    return apply_settings(
        get_preset("simple_net"),
        [
            "model.hidden=16",
            "training.device=cpu",
            f"training.epochs={_EPOCHS}",
            "training.batch_size=200",
            "optimizer.momentum=0.9",
            *settings,
        ],
    )


class _Notes:
    """Keeps the messages of the worker, and calls each action when its epoch has ended."""

    def __init__(self, actions: dict[int, Callable[[], object]]) -> None:
        self.actions = actions
        self.lines: list[str] = []

    def line(self, text: str) -> None:
        self.lines.append(text)
        for epoch, act in self.actions.items():
            if text.startswith(f"Epoch {epoch} of"):
                act()

    def progress(self, status: RunStatus) -> None: ...


def trained(run: RunFolder, until: int = _EPOCHS, after: dict[int, Callable[[], object]] | None = None) -> list[str]:
    """Start or resume the run until the end of that epoch. Returns the messages of the worker. after: actions by the epoch that they follow."""
    stop = {until: lambda: os.kill(os.getpid(), signal.SIGTERM)} if until < _EPOCHS else {}
    notes = _Notes({**stop, **(after or {})})
    with run.lock():
        run_worker(run, get_data_folder(), notes)
    return notes.lines


def figures(run: RunFolder) -> list[dict[str, Any]]:
    """metrics.jsonl without the times, which no two runs share."""
    lines = [json.loads(line) for line in run.metrics_file.read_bytes().splitlines()]
    return [{key: line[key] for key in ("kind", "step", "loss", "accuracy", "lr")} for line in lines]


def assert_same_outcome(run: RunFolder, whole: RunFolder) -> None:
    """Both have finished, with the very same weights and figures."""
    assert run.status().status == "finished"
    for name in ("last.safetensors", "best.safetensors"):
        assert (run.path / name).read_bytes() == (whole.path / name).read_bytes(), name
    assert figures(run) == figures(whole)
