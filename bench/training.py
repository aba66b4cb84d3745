"""Training `simple_net`: a real worker process with all features, beside the usual training loops.

All alternate in every round, so that a ratio compares measurements made one after the other. Only one trains at a time.
"""

import statistics
from contextlib import AbstractContextManager, ExitStack
from functools import partial

from bench.harness import Bench, TimedLoop, open_loop
from bench.table import Row, log, median_ratio, skip
from bench.worker import worker
from nn_core.devices import count_cores

__all__ = ["measure"]

_ROUNDS = 5
_SECONDS = 2.5
_WARM_UP_SECONDS = 0.5


def measure(bench: Bench) -> list[Row]:
    cores = count_cores()

    def loop(kind: str, **environment: str) -> AbstractContextManager[TimedLoop]:
        return open_loop("bench.loops", kind, bench.data_name, bench.data_root, **environment)

    with ExitStack() as stack:
        ours = stack.enter_context(worker(bench, "ours"))
        all_cores = stack.enter_context(worker(bench, "ours-all-cores", threads=cores))
        baselines = {
            "bare": stack.enter_context(loop("bare")),
            "bare-1": stack.enter_context(loop("bare", OMP_NUM_THREADS="1")),
            "tutorial-0": stack.enter_context(loop("tutorial-0")),
            "tutorial-2": stack.enter_context(loop("tutorial-2")),
        }
        loops: dict[str, TimedLoop] = {"alone": ours.samples_per_second}
        if screen := bench.screen:
            loops["bare"] = baselines.pop("bare")
            loops["watched"] = partial(ours.watched, screen)
            loops["bare-1"] = baselines.pop("bare-1")
            loops["watched-all-cores"] = partial(all_cores.watched, screen)
        return _rows(bench, _alternate({**loops, **baselines}), cores)


def _alternate(loops: dict[str, TimedLoop]) -> dict[str, list[float]]:
    for train in loops.values():
        train(_WARM_UP_SECONDS)
    rates: dict[str, list[float]] = {name: [] for name in loops}
    for number in range(_ROUNDS):
        for name, train in loops.items():
            rates[name].append(train(_SECONDS))
        latest = ", ".join(f"{name} {values[-1]:,.0f}" for name, values in rates.items())
        log(f"Training, round {number + 1} of {_ROUNDS}, samples/s: {latest}")
    return rates


def _rows(bench: Bench, rates: dict[str, list[float]], cores: int) -> list[Row]:
    def row(what: str, ours: str, words: str, theirs: str, at_least: float | None = None) -> Row:
        ratio = median_ratio(rates[ours], rates[theirs])
        return Row(
            f"Training `simple_net` on `{bench.data_name}`, {what}",
            f"{statistics.median(rates[ours]):,.0f} samples/s",
            f"{words}: {statistics.median(rates[theirs]):,.0f} samples/s",
            f"{ratio:.2f} ×",
            f"≥ {at_least:g} ×" if at_least else "",
            ratio >= at_least if at_least else None,
        )

    everything = "everything on"
    tutorial = max(("tutorial-0", "tutorial-2"), key=lambda name: statistics.median(rates[name]))
    tutorial_words = f"tutorial's DataLoader loop, {tutorial[-1]} workers"
    words = {"bare": "bare PyTorch loop, torch's default threads", "bare-1": "bare PyTorch loop, 1 thread"}
    faster, slower = sorted(words, key=lambda name: statistics.median(rates[name]), reverse=True)
    alone = [row(f"{everything}, no viewer", "alone", words[name], name) for name in (faster, slower)]
    if "watched" not in rates:
        return [*skip("Training with a page watching", bench.no_screen), *alone]
    return [
        row(f"{everything}, a page watching", "watched", words[faster], faster, 0.9),
        row(f"{everything}, a page watching", "watched", words[slower], slower, 0.9),
        row(f"{everything}, a page watching", "watched", tutorial_words, tutorial, 8),
        row(f"{everything}, a page watching, {cores} threads", "watched-all-cores", words["bare"], "bare"),
        *alone,
    ]
