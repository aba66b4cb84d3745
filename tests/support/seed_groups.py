"""Groups of finished runs with other seeds, written without training."""

from collections.abc import Sequence
from pathlib import Path

from nn_core.atomic_io import replace_json
from nn_core.config import apply_settings, get_preset
from nn_core.runs import RunFolder, RunLabel, append_metrics, create_run
from nn_core.runs.repeat import create_next_member
from nn_core.runs.status import Best

__all__ = ["finish_run", "make_group"]


def make_group(
    root: Path,
    accuracies: Sequence[float],
    *settings: str,
    name: str = "",
    folder: str | None = None,
    seeds_total: int | None = None,
) -> list[RunFolder]:
    """Runs on points with the seeds 0, 1, …; the test accuracies are those given. folder: of the first one. seeds_total: more, the
    last of which have not begun."""
    first = create_run(
        root, apply_settings(get_preset("plane"), ["training.epochs=4", *settings]), folder, label=RunLabel(name=name)
    )
    members = [first]
    while member := create_next_member(root, first, seeds_total or len(accuracies)):
        members.append(member)
    for run, accuracy in zip(members, accuracies, strict=False):
        finish_run(run, accuracy)
    return members


def finish_run(run: RunFolder, accuracy: float) -> None:
    """Give the run four epochs of curves, a result and an evaluation."""
    lines = [
        {
            "kind": kind,
            "step": 10 * epoch,
            "epoch": float(epoch),
            "loss": 1 / epoch,
            "accuracy": accuracy - 0.1 / epoch,
            "lr": 0.1,
        }
        for epoch in (1, 2, 3, 4)
        for kind in ("train", "validation")
    ]
    append_metrics(run.metrics_file, lines)
    best = Best(epoch=4, step=40, accuracy=accuracy - 0.01, loss=0.25)
    run.write_status(
        run.status().model_copy(
            update={
                "status": "finished",
                "best": best,
                "epochs_done": 4,
                "step": 40,
                "steps": 40,
                "elapsed_seconds": 12.0,
            }
        )
    )
    scores = {"precision": accuracy, "recall": accuracy, "f1": accuracy, "support": 500}
    right = round(500 * accuracy)
    evaluation = {
        "samples": 1000,
        "step": 40,
        "accuracy": accuracy,
        "accuracy_interval": [accuracy - 0.02, accuracy + 0.02],
        "loss": 0.3,
        "classes": ["blue", "orange"],
        "confusion_matrix": [[right, 500 - right], [500 - right, right]],
        "per_class": {"blue": scores, "orange": scores},
        "confusions": [],
    }
    replace_json(run.evaluation_file, evaluation)
