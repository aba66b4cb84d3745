"""A real worker process that alternates with others: it is paused while it is not measured."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from browsing import new_page, open_page
from processes import running
from waiting import wait_until

from bench.harness import Bench, Screen
from nn_core.config import PRESETS, update_config
from nn_core.data import load_dataset
from nn_core.data.split import split_stratified
from nn_core.jobs.launcher import launch_run
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder, create_run

__all__ = ["Worker", "data_name", "worker"]

_EPOCHS = 10_000  # more than are ever reached


@dataclass(frozen=True)
class Worker:
    run: RunFolder

    def samples_per_second(self, seconds: float) -> float:
        """Samples per second by the run's own clock between two pauses: training, validation, metrics, and the checkpoint at a pause."""
        before = self.run.status()
        self.run.send_request("resume")
        wait_until(lambda: self.run.status().status == "running", "the run goes on")
        time.sleep(seconds)
        self.pause()
        after = self.run.status()
        steps = after.step - before.step
        return steps * self.samples_per_step / (after.elapsed_seconds - before.elapsed_seconds)

    @property
    def samples_per_step(self) -> float:
        """The mean, because the last batch of an epoch may be smaller."""
        config, status = self.run.config(), self.run.status()
        labels = load_dataset(config.data, get_data_folder(), download=False).train.labels
        learned = len(split_stratified(labels, config.data.validation_share, config.training.seed)[0])
        return learned * status.epochs / status.steps

    def watched(self, screen: Screen, seconds: float) -> float:
        """The same with the live view of the run open in a browser."""
        with new_page(screen.browser) as page:
            open_page(page, f"{screen.app.url}/train?run={self.run.name}")
            page.locator('.live-chart[data-covered]:not([data-covered="0"])').wait_for()
            return self.samples_per_second(seconds)

    def pause(self) -> None:
        self.run.send_request("pause")
        wait_until(lambda: self.run.status().status == "paused", "the run is paused")


def data_name(bench: Bench, preset: str) -> str:
    """The preset's data set, with the complete MNIST instead of the sample."""
    name = PRESETS[preset].data.name
    return bench.data_name if name == "mnist_sample" else name


@contextmanager
def worker(bench: Bench, name: str, preset: str = "simple_net", *, threads: int = 0) -> Iterator[Worker]:
    """A run of a preset, in a process as the app would start it, paused after its first steps. threads: 0 for the default."""
    changes = {
        "data": {"name": data_name(bench, preset)},
        "training": {"epochs": _EPOCHS, "threads": threads, "device": "cpu"},
    }
    run = create_run(bench.runs_root, update_config(PRESETS[preset], changes), name)
    launch_run(run)
    try:
        ready = Worker(running(run))
        ready.pause()
        yield ready
    finally:
        if pid := run.status().pid:
            os.kill(pid, signal.SIGKILL)
