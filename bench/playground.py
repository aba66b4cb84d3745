"""What the Playground's live views cost: training with and without them, and reading them on the server.

The trainings alternate in this process, with one thread, and count batches per second of processor time, which other programs do not
disturb. The page reads both previews once per frame.
"""

import math
import tempfile
import time
from pathlib import Path

import torch

from bench.harness import Bench
from bench.table import Row, log, median_ratio
from nn_core.config import apply_settings, get_preset
from nn_core.data import load_dataset
from nn_core.jobs.live_views import Previews
from nn_core.jobs.previews import list_previews, read_preview
from nn_core.runs import RunFolder
from nn_core.training.loop import Step, train
from nn_core.training.state import TrainState

__all__ = ["measure", "measure_network"]

_ROUNDS = 9
_SECONDS = 2.0
_WARM_UP_SECONDS = 0.5
_READS = 200
_FIRST_STEP = 300  # from which on it is measured
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


def measure(_bench: Bench | None = None) -> list[Row]:
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory(prefix="nn-lab-playground-") as folder:
        return [row for name, settings in _NETWORKS.items() for row in measure_network(name, settings, Path(folder))]


def measure_network(name: str, settings: tuple[str, ...], folder: Path, rounds: int = _ROUNDS) -> list[Row]:
    """Measure one network on the spiral with the Playground's settings."""
    usual = ("data.name=spiral", "data.plane.points=600", "data.validation_share=0.25", "training.epochs=10000")
    config = apply_settings(get_preset("playground"), [*usual, *settings])
    dataset, run = load_dataset(config.data, folder), RunFolder(folder)

    def train_for(seconds: float, *, is_watched: bool) -> float:
        """Train from the beginning; return the batches per second of processor time."""
        state = TrainState(config, dataset, torch.device("cpu"))
        callbacks = [Previews(run, state)] if is_watched else []
        until, cpu_started_at = math.inf, 0.0
        for event in train(state):
            if isinstance(event, Step):
                for callback in callbacks:
                    callback.on_step(state, event)
                if state.step == _FIRST_STEP:
                    until, cpu_started_at = time.monotonic() + seconds, time.process_time()
                if time.monotonic() > until:
                    break
        return (state.step - _FIRST_STEP) / (time.process_time() - cpu_started_at)

    train_for(_WARM_UP_SECONDS, is_watched=True)
    watched, plain = [], []
    for _round in range(rounds):
        plain.append(train_for(_SECONDS, is_watched=False))
        watched.append(train_for(_SECONDS, is_watched=True))
    ratio = median_ratio(watched, plain)
    read_ms = _time_reading(run)
    log(f"{name}: {ratio:.3f} ×, {read_ms:.2f} ms")
    return [
        Row(
            f"Playground, {name}: training with its live views",
            f"{sorted(watched)[rounds // 2]:,.0f} batches/s",
            f"without them: {sorted(plain)[rounds // 2]:,.0f} batches/s",
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


def _time_reading(run: RunFolder) -> float:
    """Milliseconds of processor time for all views."""
    previews = list_previews("classify", "points", "plane_mlp")
    started_at = time.process_time()
    for _read in range(_READS):
        assert all(read_preview(run, preview) for preview in previews)
    return 1000 * (time.process_time() - started_at) / _READS
