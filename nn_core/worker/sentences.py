"""What a run's process says at each turn of the run: lines of worker.log, and of the console."""

from pathlib import Path
from typing import Any

from nn_core.formatting import percent, percent_range
from nn_core.i18n import _
from nn_core.runs import RunFolder, RunStatus
from nn_core.training.loop import Figures
from nn_core.training.session import Session

__all__ = ["begins", "downloads", "ended_early", "epoch_ended", "lesson_brought", "stopped", "tested"]


def downloads(title: str, folder: Path) -> str:
    return _("Downloading {title} into {folder}.").format(title=title, folder=folder)


def begins(run: RunFolder, session: Session, status: RunStatus) -> str:
    return _("{run}: {model} ({parameters:,} parameters) learns {data} on {device}.").format(
        run=run.name,
        model=session.config.model.name,
        parameters=status.parameters,
        data=session.config.data.name,
        device=status.device,
    )


def epoch_ended(session: Session, validation: Figures) -> str:
    accuracy = validation.accuracy
    known = _("accuracy {accuracy}, ").format(accuracy=percent(accuracy, 2)) if accuracy is not None else ""
    return _("Epoch {epoch} of {epochs}: validation {known}loss {loss:.4f}.").format(
        epoch=session.epoch, epochs=session.config.training.epochs, known=known, loss=validation.loss
    )


def stopped(session: Session) -> str:
    return _("Stopped after step {step} of {steps}.").format(step=session.step, steps=session.steps)


def ended_early(session: Session) -> str:
    """Why the training came to its end before the last epoch; "" if it did not."""
    if session.best is None or session.epoch >= session.config.training.epochs:
        return ""
    return _(
        "Ended after epoch {epoch} of {epochs}: the best validation result, of epoch {best}, was not beaten in the {patience} "
        "epochs after it."
    ).format(
        epoch=session.epoch,
        epochs=session.config.training.epochs,
        best=session.best.epoch,
        patience=session.epoch - session.best.epoch,
    )


def tested(evaluation: dict[str, Any]) -> str:
    """evaluation: as `evaluate_run` gives it."""
    if evaluation["accuracy"] is None:
        text = _("Test error {error:.5f} (mean squared, of pixels from 0 to 1).")
        return text.format(error=evaluation["mean_squared_error"])
    return _("Test accuracy {accuracy}.").format(accuracy=percent(evaluation["accuracy"], 2))


def lesson_brought(teaching: dict[str, Any]) -> str:
    """teaching: as `measure_teaching` gives it."""
    before, after = teaching["before"], teaching["after"]
    return _(
        "Your drawings: recognised {right}, read wrongly {wrong}, not recognised {refused} of {count}. Test accuracy: {accuracy}."
    ).format(
        right=f"{before['right']} → {after['right']}",
        wrong=f"{before['wrong']} → {after['wrong']}",
        refused=f"{before['refused']} → {after['refused']}",
        count=after["of"],
        accuracy=percent_range(before["test_accuracy"], after["test_accuracy"], 2, " → "),
    )
