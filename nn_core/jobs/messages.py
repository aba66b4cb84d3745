"""The messages in worker.log and on the console."""

from nn_core.finetuning.report import FinetuneReport
from nn_core.formatting import format_percent, format_percent_range
from nn_core.i18n import _
from nn_core.runs import RunFolder, RunStatus
from nn_core.runs.reports import (
    EvaluationReport,
    ReconstructionReport,
    RegressionReport,
    describe_missed_classes,
    describe_regression,
)
from nn_core.training.loop import Metrics
from nn_core.training.state import TrainState

__all__ = [
    "describe_early_stop",
    "describe_epoch",
    "describe_finetuning",
    "describe_start",
    "describe_test",
]


def describe_start(run: RunFolder, state: TrainState, status: RunStatus) -> str:
    return _("{run}: {model} ({parameters:,} parameters) learns {data} on {device}.").format(
        run=run.name,
        model=state.config.model.name,
        parameters=status.parameters,
        data=state.config.data.name,
        device=status.device,
    )


def describe_epoch(state: TrainState, validation: Metrics) -> str:
    accuracy = validation.accuracy
    first = _("accuracy {accuracy}, ").format(accuracy=format_percent(accuracy, 2)) if accuracy is not None else ""
    if validation.r_squared is not None:
        first = _("R² {r_squared:.3f}, ").format(r_squared=validation.r_squared)
    return _("Epoch {epoch} of {epochs}: validation {first}loss {loss:.4f}.").format(
        epoch=state.epoch, epochs=state.config.training.epochs, first=first, loss=validation.loss
    )


def describe_early_stop(state: TrainState) -> str:
    """Return why the training ended before the last epoch; "" if it did not."""
    if state.best is None or state.epoch >= state.config.training.epochs:
        return ""
    return _(
        "Ended after epoch {epoch} of {epochs}: validation has not improved in the {patience} epochs after epoch {best}."
    ).format(
        epoch=state.epoch,
        epochs=state.config.training.epochs,
        best=state.best.epoch,
        patience=state.epoch - state.best.epoch,
    )


def describe_test(evaluation: EvaluationReport) -> str:
    if isinstance(evaluation, ReconstructionReport):
        text = _("Test error {error:.5f} (mean squared, of pixels from 0 to 1).")
        return text.format(error=evaluation.mean_squared_error)
    if isinstance(evaluation, RegressionReport):
        return describe_regression(evaluation)
    accuracy = _("Test accuracy {accuracy}.").format(accuracy=format_percent(evaluation.accuracy, 2))
    return f"{accuracy} {describe_missed_classes(evaluation)}".rstrip()


def describe_finetuning(report: FinetuneReport) -> str:
    before, after = report.before, report.after
    return _(
        "Your drawings: recognised {right}, read wrongly {wrong}, not recognised {refused} of {count}. Test accuracy: {accuracy}."
    ).format(
        right=f"{before.correct} → {after.correct}",
        wrong=f"{before.wrong} → {after.wrong}",
        refused=f"{before.out_of_distribution} → {after.out_of_distribution}",
        count=after.count,
        accuracy=format_percent_range(before.test_accuracy, after.test_accuracy, 2, " → "),
    )
