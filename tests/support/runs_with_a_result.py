"""Finished runs with one epoch in their curves."""

from pathlib import Path

from untrained_runs import untrained_run

from nn_core.runs import RunFolder, append_metrics
from nn_core.runs.status import Best

__all__ = ["SAMPLES", "VALIDATION_ACCURACY", "run_of"]

SAMPLES = {"simple_net": "pictures", "text_cnn": "texts", "plane": "points"}
VALIDATION_ACCURACY = 0.9321  # which no untrained network has on the test split


def run_of(root: Path, preset: str) -> RunFolder:
    """A finished run without an evaluation, with one epoch in its curves."""
    run = untrained_run(root, preset)
    accuracy = None if preset == "autoencoder" else VALIDATION_ACCURACY
    best = Best(epoch=1, step=1, accuracy=accuracy, loss=0.4321)
    run.write_status(
        run.status().model_copy(update={"best": best, "epochs": 1, "epochs_done": 1, "step": 1, "steps": 1})
    )
    for kind in ("train", "validation"):
        line = {"kind": kind, "step": 1, "epoch": 1.0, "loss": 0.4321, "accuracy": accuracy, "lr": 0.1}
        append_metrics(run.metrics_file, [line])
    return run
