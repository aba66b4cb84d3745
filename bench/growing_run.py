"""`python -m bench.growing_run FOLDER NAME POINTS GROWTH`: a simulated run that grows until this process is killed.

It has POINTS points on each of its four curves at once and GROWTH more every second, which real training would take long
to reach. Prints a line when the first points are written.
"""

import math
import sys
import time
from pathlib import Path
from typing import Any

from nn_core.config import apply_settings, get_preset
from nn_core.runs import RunFolder, append_metrics, create_run
from nn_core.runs.status import Best

_EPOCHS = 2_000
_POINTS_PER_EPOCH = 10
_WRITES_PER_SECOND = 10
_AT_ONCE = 10_000


def records(first: int, count: int) -> list[dict[str, Any]]:
    """`count` training points and as many validation points."""
    lines = []
    for step in range(first, first + count):
        loss = 2.3 * math.exp(-step / 700) * (1 + 0.2 * math.sin(step * 1.7)) + 0.05
        figures = {"step": step, "epoch": step / _POINTS_PER_EPOCH, "loss": loss, "accuracy": 1 - loss / 3, "lr": 0.01}
        lines.append({"kind": "train", **figures, "elapsed_seconds": step / 10, "samples_per_second": 36_000.0})
        lines.append({"kind": "validation", **figures, "loss": 1.1 * loss, "elapsed_seconds": step / 10})
    return lines


def note(run: RunFolder, step: int) -> None:
    steps = _EPOCHS * _POINTS_PER_EPOCH
    changes = {
        "status": "running",
        "activity": "training",
        "device": "CPU",
        "parameters": 101_770,
        "step": step,
        "steps": steps,
        "epochs_done": step // _POINTS_PER_EPOCH,
        "epochs": _EPOCHS,
        "elapsed_seconds": step / 10,
        "remaining_seconds": (steps - step) / 10,
        "samples_per_second": 36_000.0,
        "best": Best(epoch=1, step=step, accuracy=0.98, loss=0.07),
    }
    run.write_status(run.status().model_copy(update=changes))


def main(folder: str, name: str, points: int, growth: int) -> None:
    config = apply_settings(get_preset("simple_net"), [f"training.epochs={_EPOCHS}"])
    run = create_run(Path(folder), config, name)
    with run.lock():
        for first in range(1, points + 1, _AT_ONCE):
            append_metrics(run.metrics_file, records(first, min(_AT_ONCE, points + 1 - first)))
        note(run, points)
        print("ready", flush=True)
        while True:
            for _ in range(_WRITES_PER_SECOND):
                time.sleep(1 / _WRITES_PER_SECOND)
                append_metrics(run.metrics_file, records(points + 1, growth // _WRITES_PER_SECOND))
                points += growth // _WRITES_PER_SECOND
            note(run, points)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
