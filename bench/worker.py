"""A real worker process that takes turns with others: it is paused whenever it is not measured."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from browsing import new_page, open_page
from processes import running, started
from waiting import wait_until

from bench.stand import Bench, Screen
from nn_core.runs import RunFolder

__all__ = ["Worker", "worker"]

_EPOCHS = 10_000  # more than anybody gets to


@dataclass(frozen=True)
class Worker:
    run: RunFolder

    def samples_per_second(self, seconds: float) -> float:
        """Of what the run itself counts between two pauses: learning, validation, metrics, and the checkpoint at a pause."""
        before = self.run.status()
        self.run.ask("resume")
        wait_until(lambda: self.run.status().status == "running", "the run goes on")
        time.sleep(seconds)
        self.pause()
        after = self.run.status()
        batch = self.run.config().training.batch_size
        return (after.step - before.step) * batch / (after.elapsed_seconds - before.elapsed_seconds)

    def watched(self, screen: Screen, seconds: float) -> float:
        """The same with the live view of the run open in a browser."""
        with new_page(screen.browser) as page:
            open_page(page, f"{screen.app.url}/train?run={self.run.name}")
            page.locator('.live-chart[data-covered]:not([data-covered="0"])').wait_for()
            return self.samples_per_second(seconds)

    def pause(self) -> None:
        self.run.ask("pause")
        wait_until(lambda: self.run.status().status == "paused", "the run is paused")


@contextmanager
def worker(bench: Bench, name: str, *, threads: int = 0) -> Iterator[Worker]:
    """`python -m nn_core train` with `simple_net`, paused after its first steps. threads: 0 for the default."""
    config = {
        "data": {"name": bench.data_name},
        "training": {"epochs": _EPOCHS, "threads": threads, "device": "cpu"},
    }
    file = bench.folder / f"{name}.json"
    file.write_text(json.dumps(config))
    runs = bench.runs_root
    with started("train", "--preset", "simple_net", "--config", file, "--runs", runs, "--name", name):
        run = RunFolder(runs / name)
        wait_until(lambda: run.status_file.exists(), "the run exists")
        ready = Worker(running(run))
        ready.pause()
        yield ready
