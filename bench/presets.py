"""Training each preset: a real worker process with all features, beside a bare loop over the same network.

The two alternate, with the same number of threads, so that a ratio compares measurements made one after the other.
"""

import statistics

from bench.harness import Bench, open_loop
from bench.table import Row, log, median_ratio
from bench.worker import data_name, worker
from nn_core.config import PRESETS
from nn_core.devices import count_cores

__all__ = ["measure"]

_ROUNDS = 3
_SECONDS = 5.0  # the interval between two checkpoints of a run
_WARM_UP_SECONDS = 1.0
_AT_LEAST = 0.9


def measure(bench: Bench) -> list[Row]:
    return [_row(bench, preset) for preset in PRESETS]


def _row(bench: Bench, preset: str) -> Row:
    data, threads = data_name(bench, preset), max(1, count_cores() - 1)  # as a worker chooses
    with (
        worker(bench, f"preset-{preset}", preset) as ours,
        open_loop("bench.bare_preset", preset, data, bench.data_root, OMP_NUM_THREADS=str(threads)) as bare,
    ):
        turns = {"ours": ours.samples_per_second, "bare": bare}
        for turn in turns.values():
            turn(_WARM_UP_SECONDS)
        rates: dict[str, list[float]] = {name: [] for name in turns}
        for _round in range(_ROUNDS):
            for name, turn in turns.items():
                rates[name].append(turn(_SECONDS))
    middle = {name: statistics.median(values) for name, values in rates.items()}
    ratio = median_ratio(rates["ours"], rates["bare"])
    log(f"Preset {preset}: {middle['ours']:,.0f} against {middle['bare']:,.0f} samples/s, {ratio:.2f} ×")
    return Row(
        f"Training preset `{preset}` on `{data}`, everything on",
        f"{middle['ours']:,.0f} samples/s",
        f"bare loop over the same network: {middle['bare']:,.0f} samples/s",
        f"{ratio:.2f} ×",
        f"≥ {_AT_LEAST:g} ×",
        ratio >= _AT_LEAST,
    )
