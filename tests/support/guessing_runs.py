"""A run that has learned nothing, because its learning rate was far too high."""

from pathlib import Path

from untrained_runs import untrained_run

from nn_core.runs import RunFolder, append_metrics
from nn_core.runs.status import Best

__all__ = ["guessing_run"]

_CURVE = ((0.1, 2.3), (0.5, 900.0), (1.0, 90.0), (2.0, 4.0))
_STEPS_PER_EPOCH = 36


def guessing_run(root: Path, name: str = "too-fast") -> RunFolder:
    """A finished run of two epochs with a learning rate of 5."""
    run = untrained_run(root, "simple_net", "optimizer.lr=5", "training.epochs=2", "training.device=cpu", name=name)
    for epoch, loss in _CURVE:
        step = int(_STEPS_PER_EPOCH * epoch)
        kinds = ["train", "validation"] if epoch >= 1 else ["train"]
        line = {"step": step, "epoch": epoch, "loss": loss, "accuracy": 0.1, "lr": 5.0}
        append_metrics(run.metrics_file, [{"kind": kind, **line} for kind in kinds])
    steps = 2 * _STEPS_PER_EPOCH
    done = {"best": Best(epoch=1, step=_STEPS_PER_EPOCH, accuracy=0.1, loss=2.4), "epochs_done": 2, "step": steps}
    run.write_status(run.status().model_copy(update={**done, "steps": steps, "epochs": 2}))
    return run
