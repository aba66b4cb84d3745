"""`python -m bench.vitals_cost [PRESET …] [--seconds N]`: what watching the network costs each preset's training.

Two complete runs of a preset, one with `training.vitals` and one without, take turns of equal numbers of steps, with validation and
with everything that the callbacks write. Both train with one thread. The table has the processor time of the callbacks, as a share of the
time without them, and the ratios of the two runs: in total, and the median of the pairs of turns. Ratios need a quiet machine. That the weights are equal bit by bit is for the tests to show,
because these two runs draw from the same random numbers in turn.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import torch

from bench.table import log, median_ratio
from nn_core.config import PRESETS, update_config
from nn_core.data import load_dataset
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder
from nn_core.training.callbacks import Callback, LiveView
from nn_core.training.loop import Step, train
from nn_core.training.state import TrainState
from nn_core.vitals.recorder import VitalsRecorder, make_vitals_callbacks
from nn_core.vitals.records import read_vitals

_TURN_SECONDS = 0.25
_TARGET = 0.02

T = TypeVar("T")


@dataclass
class Arm:
    """One of the two runs, in a thread of its own, because the callbacks measure the processor time of their thread.

    Attributes:
        cpu, wall: Seconds of each turn.
        own: Processor time of the callbacks alone.
    """

    state: TrainState
    callbacks: Sequence[Callback]
    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    own: float = 0.0
    thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    def __post_init__(self) -> None:
        for callback in self.callbacks:
            assert isinstance(callback, LiveView)
            vars(callback)["refresh"] = self._timed(callback.refresh)
            if isinstance(callback, VitalsRecorder):
                meter = callback._meter
                vars(meter)["copy_weights"] = self._timed(meter.copy_weights)
        self._steps = self._train()

    def _timed(self, act: Callable[[T], None]) -> Callable[[T], None]:
        def measured(argument: T) -> None:
            started = time.thread_time()
            act(argument)
            self.own += time.thread_time() - started

        return measured

    def _train(self) -> Iterator[int]:
        for callback in self.callbacks:
            callback.on_start(self.state)
        for event in train(self.state):
            for callback in self.callbacks:
                if isinstance(event, Step):
                    callback.on_step(self.state, event)
                else:
                    callback.on_epoch(self.state, event)
            yield self.state.step
        for callback in self.callbacks:
            callback.on_end(self.state)

    def take_turn(self, until_step: int, *, measured: bool = True) -> bool:
        """Train up to this step; returns whether the run goes on."""
        return self.thread.submit(self._take_turn, until_step, measured).result()

    def end(self) -> None:
        """End a run that was not trained to its last step."""
        for callback in self.callbacks:
            self.thread.submit(callback.on_end, self.state).result()
        self.thread.shutdown()

    def _take_turn(self, until_step: int, measured: bool) -> bool:
        cpu, wall = time.thread_time(), time.perf_counter()
        goes_on = any(step >= until_step for step in self._steps)
        if measured:
            self.cpu.append(time.thread_time() - cpu)
            self.wall.append(time.perf_counter() - wall)
        return goes_on


def measure(preset: str, folder: Path, seconds: float) -> str:
    """Measure a preset for at most about this many seconds of each run, and return its row."""
    config = PRESETS[preset]
    dataset = load_dataset(config.data, get_data_folder())
    arms = []
    for watched in (True, False):
        run = RunFolder(folder / f"{preset}-{watched}")
        run.path.mkdir()
        own = update_config(config, {"training": {"vitals": watched}})
        state = TrainState(own, dataset, torch.device("cpu"))
        arms.append(Arm(state, make_vitals_callbacks(run, state, log)))
    watching, plain = arms
    for arm in arms:
        arm.take_turn(3, measured=False)  # the first steps set torch up
    plain.take_turn(13)
    turn_steps = max(1, round(10 * _TURN_SECONDS / plain.cpu[0]))
    watching.take_turn(13)
    goes_on, step, number = True, 13, 0
    while goes_on and sum(plain.cpu) < seconds:
        step += turn_steps
        number += 1
        for arm in arms if number % 2 else reversed(arms):
            goes_on = arm.take_turn(step) and goes_on
    for arm in arms:
        arm.end()
    records = read_vitals(RunFolder(folder / f"{preset}-True").vitals_file)
    own = watching.own / (sum(watching.cpu) - watching.own)
    cpu, wall = (median_ratio(one, other) for one, other in ((watching.cpu, plain.cpu), (watching.wall, plain.wall)))
    total = sum(watching.cpu) / sum(plain.cpu)
    cells = (
        f"`{preset}`",
        f"{watching.state.step:,}",
        f"{sum(plain.cpu):.1f} s",
        f"{len(records)}",
        f"{100 * own:.2f} %",
        f"{100 * (total - 1):+.1f} %",
        f"{100 * (cpu - 1):+.1f} %",
        f"{100 * (wall - 1):+.1f} %",
        "yes" if own <= _TARGET else "**no**",
    )
    return f"| {' | '.join(cells)} |"


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("presets", nargs="*", default=list(PRESETS))
    parser.add_argument("--seconds", type=float, default=20.0)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    print(
        "| preset | steps | training | records | callbacks | processor time, total | pairs, median | wall time, median | at most 2 % |"
    )
    print("|" + " --- |" * 9)
    with tempfile.TemporaryDirectory() as folder:
        for preset in options.presets or PRESETS:
            print(measure(preset, Path(folder), options.seconds), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
