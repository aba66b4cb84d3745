"""What the Playground's live views cost: training with and without them, and reading them on the server.

Two trainings alternate in this process in short blocks and count processor time, so that other programs disturb both alike. The
clocks of the live views run only in their own blocks, as on a machine that does nothing else. The page reads both previews in a frame.
"""

import gc
import statistics
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from unittest.mock import patch

import torch

from bench.harness import Bench
from bench.table import Row, log
from nn_core.config import RunConfig, apply_settings, get_preset
from nn_core.data import load_dataset
from nn_core.jobs.live_views import Previews
from nn_core.jobs.previews import list_previews, read_preview
from nn_core.runs import RunFolder
from nn_core.training import callbacks
from nn_core.training.loop import Step, train
from nn_core.training.state import TrainState

__all__ = ["measure"]

_PAIRS, _WARM_UP_PAIRS, _STEPS = 80, 10, 100  # pairs of blocks of so many batches
_READS = 200
_AT_LEAST = 0.9
_MOST_MS = 10.0
_EVERY = '["x1","x2","x1_squared","x2_squared","x1_x2","sin_x1","sin_x2"]'
_WIDE = ",".join(['{"neurons":32}'] * 6)
_NETWORKS = {
    "no hidden layer": ("model.layers=[]",),
    "8 and 8 neurons, the default": ("model.layers=[{},{}]",),
    "six layers of 8, all features": (f"model.layers=[{','.join(['{}'] * 6)}]", f"model.features={_EVERY}"),
    "six layers of 32, all features": (f"model.layers=[{_WIDE}]", f"model.features={_EVERY}"),
}
_DATA = ("data.name=spiral", "data.plane.points=600", "data.validation_share=0.25", "training.epochs=10000")


def measure(_bench: Bench | None = None) -> list[Row]:
    torch.set_num_threads(1)
    gc.collect()
    gc.freeze()  # as in a worker
    rows = []
    for name, settings in _NETWORKS.items():
        config = apply_settings(get_preset("playground"), [*_DATA, *settings])
        with tempfile.TemporaryDirectory(prefix="nn-lab-playground-") as folder:
            rows += _measure_network(name, config, RunFolder(Path(folder)))
    return rows


class _OwnTime:
    """Stands in for the `time` of live views: both clocks count the seconds of the blocks so far."""

    def __init__(self) -> None:
        self.seconds, self.since = 0.0, 0.0

    def monotonic(self) -> float:
        return self.seconds + time.thread_time() - self.since

    thread_time = monotonic

    def run(self, act: Callable[[], None]) -> float:
        """Let the clocks run during `act`. Returns its seconds."""
        self.since = time.thread_time()
        act()
        taken = time.thread_time() - self.since
        self.seconds += taken
        self.since += taken
        return taken


class _TimedPreviews(Previews):
    """Live views that count the seconds of their updates."""

    spent = 0.0

    def refresh(self, state: TrainState) -> None:
        since = time.thread_time()
        super().refresh(state)
        self.spent += time.thread_time() - since


def _measure_network(name: str, config: RunConfig, run: RunFolder) -> list[Row]:
    plain, watched = (
        TrainState(config, load_dataset(config.data, run.path), torch.device("cpu")) for _each in range(2)
    )
    views = _TimedPreviews(run, watched)
    blocks = _make_block(plain, None), _make_block(watched, views)
    own_time, other_time = _OwnTime(), _OwnTime()
    pairs = []
    with patch.object(callbacks, "time", own_time):
        for _pair in range(_PAIRS):
            spent = views.spent
            seconds = other_time.run(blocks[0]), own_time.run(blocks[1])
            pairs.append((*seconds, views.spent - spent))
    without, with_views, updates = zip(*pairs[_WARM_UP_PAIRS:], strict=True)
    # Updates are in few blocks, so their share is that of all; what else the views cost is in every block.
    slower = statistics.median(
        (all_ - update) / plain_ for plain_, all_, update in zip(without, with_views, updates, strict=True)
    )
    ratio = (1 - sum(updates) / sum(with_views)) / slower
    speed, read_ms = _STEPS / statistics.median(without), _time_reading(run)
    log(f"{name}: {ratio:.3f} ×, {read_ms:.2f} ms")
    return [
        Row(
            f"Playground, {name}: training with its live views",
            f"{ratio * speed:,.0f} batches/s",
            f"without them: {speed:,.0f} batches/s",
            f"{ratio:.3f} ×",
            f"≥ {_AT_LEAST:g} ×",
            ratio >= _AT_LEAST,
        ),
        Row(
            f"Playground, {name}: reading the live views of a frame",
            f"{read_ms:.2f} ms",
            target=f"≤ {_MOST_MS:g} ms",
            met=read_ms <= _MOST_MS,
        ),
    ]


def _make_block(state: TrainState, views: Previews | None) -> Callable[[], None]:
    """Return a function that trains the next batches."""
    steps = (event for event in train(state) if isinstance(event, Step))

    def train_block() -> None:
        for step in islice(steps, _STEPS):
            if views:
                views.on_step(state, step)

    return train_block


def _time_reading(run: RunFolder) -> float:
    """Milliseconds of processor time for all views."""
    previews = list_previews("classify", "points", "plane_mlp")
    started_at = time.process_time()
    for _read in range(_READS):
        assert all(read_preview(run, preview) for preview in previews)
    return 1000 * (time.process_time() - started_at) / _READS
