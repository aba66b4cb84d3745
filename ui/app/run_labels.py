"""How pages name a run's examples and describe its result, always with the split on which a figure was measured."""

from contextlib import suppress
from dataclasses import dataclass

from nn_core.config import RunConfig
from nn_core.data import DatasetSpec, find_configured_dataset
from nn_core.errors import NNLabError
from nn_core.formatting import format_loss, format_percent
from nn_core.i18n import _
from nn_core.models import MODELS, get_goal
from nn_core.paths import get_data_folder
from nn_core.runs import Best, RunFolder, RunStatus
from nn_core.runs.metrics import Curve
from nn_core.runs.queue import get_queue_position
from nn_core.runs.reports import EvaluationReport, ReconstructionReport, RegressionReport, describe_majority
from nn_core.task import Goal, Kind, get_plural
from ui.app.text import escape_markdown

__all__ = [
    "UNKNOWN",
    "Figure",
    "RunLabels",
    "describe_queue_position",
    "describe_r_squared",
    "describe_result",
    "format_r_squared",
    "get_headline",
    "get_run_labels",
    "get_validation_figure",
]

UNKNOWN = "–"
"""The value of a figure that is not known yet."""


@dataclass(frozen=True)
class Figure:
    """A formatted number with its label and a sentence that says on which examples it was measured."""

    label: str
    value: str
    help: str


@dataclass(frozen=True)
class RunLabels:
    """What pages call the examples of a run and its figures.

    Attributes:
        config: of the run.
        dataset: of its data; None if the data set no longer exists.
        goal: of its network.
    """

    config: RunConfig
    dataset: DatasetSpec | None
    goal: Goal

    @property
    def kind(self) -> Kind | None:
        return self.dataset.kind if self.dataset else None

    @property
    def samples(self) -> str:
        """Pictures, texts, points, or examples if the kind is unknown."""
        return get_plural(self.kind)

    @property
    def per_second(self) -> str:
        return _("{samples} per second").format(samples=self.samples).capitalize()

    @property
    def testing(self) -> str:
        return _("Training is done. Testing on new {samples} …").format(samples=self.samples)

    @property
    def training_help(self) -> str:
        return _(
            "The last point of the thin curve: the mean over the batches of training {samples} since the point before it, in a short run a "
            "single batch. The bold curve and the number beside its name are smoothed."
        ).format(samples=self.samples)

    @property
    def validation_help(self) -> str:
        return _(
            "Measured on the validation {samples}: not used for training, but used to choose the best epoch. The test at the end "
            "uses {samples} that were used for neither."
        ).format(samples=self.samples)

    @property
    def test_help(self) -> str:
        return _(
            "Measured on the test {samples} after training: they were used neither to train nor to choose the best epoch."
        ).format(samples=self.samples)

    @property
    def error_name(self) -> str:
        """What the loss of an autoencoder is called."""
        return _("mean squared error") if self.config.loss.name == "mse" else _("loss")


def get_headline(
    labels: RunLabels, status: RunStatus, validation: Curve, evaluation: EvaluationReport | None
) -> Figure:
    """The figure that best says how good the network is: the test result once there is one.

    Args:
        labels: the run's examples and goal.
        status: says whether the test is running and which epoch is the best one.
        validation: the curve so far.
        evaluation: of the run's best network; None if it has not been tested.
    """
    if status.is_active and status.activity == "evaluating":
        value = _("testing …")
    elif evaluation is None:
        return get_validation_figure(labels, status, validation)
    elif isinstance(evaluation, ReconstructionReport):
        value = format_loss(evaluation.mean_squared_error)
    elif isinstance(evaluation, RegressionReport):
        value = format_r_squared(evaluation.r_squared)
    else:
        value = format_percent(evaluation.accuracy)
    if labels.goal == "reconstruct":
        return Figure(_("Test mean squared error"), value, labels.test_help + " " + _("0 is perfect."))
    if labels.goal == "regress":
        return Figure(_("Test R²"), value, labels.test_help + " " + describe_r_squared())
    return Figure(_("Test accuracy"), value, labels.test_help)


def describe_r_squared() -> str:
    """Explain R² in a sentence."""
    return _(
        "R² is the share of the differences between the values that the network explains: 1 is perfect, 0 is no better than always "
        "predicting their mean."
    )


def format_r_squared(r_squared: float | None) -> str:
    return UNKNOWN if r_squared is None else f"{r_squared:.3f}".replace("-", "−")


def get_validation_figure(labels: RunLabels, status: RunStatus, validation: Curve) -> Figure:
    """The validation figure of the latest epoch while the run trains, and of the best epoch, whose weights are kept, afterwards."""
    best = None if status.is_active and status.activity != "evaluating" else status.best
    if labels.goal == "reconstruct":
        label = _("Validation {error_name}").format(error_name=labels.error_name)
        error = best.loss if best else validation.loss[-1] if validation.loss else None
        value = UNKNOWN if error is None else format_loss(error)
        tip = labels.validation_help + " " + _("0 is perfect.")
    elif labels.goal == "regress":
        label = _("Validation R²")
        value = format_r_squared(best.r_squared if best else validation.r_squared[-1] if validation.r_squared else None)
        tip = labels.validation_help + " " + describe_r_squared()
    else:
        label = _("Validation accuracy")
        accuracy = best.accuracy if best else validation.accuracy[-1] if validation.accuracy else None
        value, tip = UNKNOWN if accuracy is None else format_percent(accuracy), labels.validation_help
    return Figure(_("{label} (best epoch)").format(label=label) if best else label, value, tip)


def describe_result(labels: RunLabels, status: RunStatus, evaluation: EvaluationReport | None) -> str:
    """Describe the result of a finished run and the split on which it was measured, as Markdown."""
    return f"**{_('Done.')}** {_describe_figures(labels, status.best, evaluation)}"


def _describe_figures(labels: RunLabels, best: Best | None, evaluation: EvaluationReport | None) -> str:
    samples = labels.samples
    if isinstance(evaluation, ReconstructionReport):
        return _("It reproduces new {samples} with a mean squared error of {error} (test error).").format(
            samples=samples, error=format_loss(evaluation.mean_squared_error)
        )
    if isinstance(evaluation, RegressionReport):
        return _(
            "Its predictions for new {samples} are off by {error} (root mean squared error of the test), R² {r_squared}."
        ).format(
            samples=samples,
            error=format_loss(evaluation.root_mean_squared_error),
            r_squared=format_r_squared(evaluation.r_squared),
        )
    if evaluation:
        result = _("It gets {accuracy} of new {samples} right (test accuracy).").format(
            accuracy=format_percent(evaluation.accuracy), samples=samples
        )
        return f"{result} {escape_markdown(describe_majority(evaluation))}".rstrip()
    untested = _("It has not been tested on new {samples} yet.").format(samples=samples)
    if best and labels.goal == "reconstruct":
        result = _("Its validation {error_name} is {error}.").format(
            error_name=labels.error_name, error=format_loss(best.loss)
        )
    elif best and best.r_squared is not None:
        result = _("Its validation R² is {r_squared}.").format(r_squared=format_r_squared(best.r_squared))
    elif best and best.accuracy is not None:
        result = _("Its validation accuracy is {accuracy}.").format(accuracy=format_percent(best.accuracy))
    else:
        return untested
    return f"{result} {untested}"


def get_run_labels(run: RunFolder) -> RunLabels:
    """Read what pages call the run's examples. Raises DamagedRun or ConfigError."""
    config = run.config()
    dataset = None
    with suppress(NNLabError):
        dataset = find_configured_dataset(config.data, get_data_folder())
    goal = get_goal(config.model.name, dataset.task) if dataset else MODELS[config.model.name].goal
    return RunLabels(config, dataset, goal)


def describe_queue_position(run: RunFolder, status: RunStatus) -> str | None:
    """Describe the run's place in the queue; None if it is not queued."""
    place = get_queue_position(run.path) if status.status == "queued" else None
    if place is None:
        return None
    if place == 1:
        return _("Next in the queue: it starts automatically when the current run ends or is paused.")
    return _("Place {place} in the queue: it starts automatically.").format(place=place)
