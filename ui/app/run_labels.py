"""How pages describe a run's examples and its result: pictures, texts or points, and the split that a figure belongs to."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from nn_core.config import RunConfig
from nn_core.data import find_dataset
from nn_core.errors import NNLabError
from nn_core.formatting import format_percent
from nn_core.i18n import _
from nn_core.models import MODELS
from nn_core.paths import get_data_folder
from nn_core.runs import Best, RunFolder, RunStatus
from nn_core.runs.metrics import Curve
from nn_core.runs.queue import get_queue_position
from nn_core.task import Goal, Kind, get_plural

__all__ = [
    "UNKNOWN",
    "About",
    "Figure",
    "describe_queue_position",
    "describe_result",
    "describe_run_labels",
    "get_headline",
    "get_validation_figure",
]

UNKNOWN = "–"
"""The value of a figure that is not known yet."""


@dataclass(frozen=True)
class Figure:
    """A number with its label, and a sentence that says on which examples it was measured."""

    label: str
    value: str
    help: str


@dataclass(frozen=True)
class About:
    """kind: of the data, None where the set is no longer known."""

    config: RunConfig
    kind: Kind | None
    goal: Goal

    @property
    def samples(self) -> str:
        """What the examples are called: pictures, texts, points, or simply examples."""
        return get_plural(self.kind)

    @property
    def per_second(self) -> str:
        return _("{samples} per second").format(samples=self.samples).capitalize()

    @property
    def testing(self) -> str:
        return _("Training is done. Testing on {samples} it has not seen …").format(samples=self.samples)

    @property
    def training_help(self) -> str:
        return _(
            "On the last few batches of training {samples}, which it learns from. The curve below is smoothed."
        ).format(samples=self.samples)

    @property
    def validation_help(self) -> str:
        return _(
            "On the validation {samples}: held out of training, but used to choose the best epoch. The test at the end "
            "uses {samples} that were used for neither."
        ).format(samples=self.samples)

    @property
    def test_help(self) -> str:
        return _(
            "On the test {samples}, once after training: they were used neither to train nor to choose the best epoch."
        ).format(samples=self.samples)

    @property
    def error_name(self) -> str:
        """What the loss of a reconstruction is called."""
        return _("mean squared error") if self.config.loss.name == "mse" else _("loss")


def get_headline(what: About, status: RunStatus, validation: Curve, evaluation: dict[str, Any] | None) -> Figure:
    """The one figure that says best how good the network is: the test's as soon as there is one.

    Args:
        what: the run's examples and goal.
        status: says whether the test runs now, and which epoch is the best one.
        validation: the curve so far.
        evaluation: of the run's best network; None where it has not been tested.
    """
    if status.is_active and status.activity == "evaluating":
        value = _("testing …")
    elif evaluation is None:
        return get_validation_figure(what, status, validation)
    elif what.goal == "reconstruct":
        value = f"{evaluation['mean_squared_error']:.4f}"
    else:
        value = format_percent(evaluation["accuracy"])
    if what.goal == "reconstruct":
        return Figure(_("Test mean squared error"), value, what.test_help + " " + _("0 is perfect."))
    return Figure(_("Test accuracy"), value, what.test_help)


def get_validation_figure(what: About, status: RunStatus, validation: Curve) -> Figure:
    """That of the latest epoch while the run trains; once it has ended, that of the best one, whose weights are kept."""
    best = None if status.is_active and status.activity != "evaluating" else status.best
    if what.goal == "reconstruct":
        label = _("Validation {error_name}").format(error_name=what.error_name)
        error = best.loss if best else validation.loss[-1] if validation.loss else None
        value, tip = (UNKNOWN if error is None else f"{error:.4f}"), what.validation_help + " " + _("0 is perfect.")
    else:
        label = _("Validation accuracy")
        share = best.accuracy if best else validation.accuracy[-1] if validation.accuracy else None
        value, tip = (UNKNOWN if share is None else format_percent(share)), what.validation_help
    return Figure(_("{label} (best epoch)").format(label=label) if best else label, value, tip)


def describe_result(what: About, status: RunStatus, evaluation: dict[str, Any] | None) -> str:
    """Markdown: what a finished run has reached, on new examples where it was tested, and which split that is."""
    return f"**{_('Done.')}** {_result(what, status.best, evaluation)}"


def _result(what: About, best: Best | None, evaluation: dict[str, Any] | None) -> str:
    samples = what.samples
    if evaluation and what.goal == "reconstruct":
        return _("It reproduces new {samples} with a mean squared error of {error} (test error).").format(
            samples=samples, error=f"{evaluation['mean_squared_error']:.4f}"
        )
    if evaluation:
        return _("It gets {accuracy} of new {samples} right (test accuracy).").format(
            accuracy=format_percent(evaluation["accuracy"]), samples=samples
        )
    untested = _("It has not been tested on new {samples} yet.").format(samples=samples)
    if best and what.goal == "reconstruct":
        reached = _("Its validation {error_name} is {error}.").format(
            error_name=what.error_name, error=f"{best.loss:.4f}"
        )
    elif best and best.accuracy is not None:
        reached = _("Its validation accuracy is {accuracy}.").format(accuracy=format_percent(best.accuracy))
    else:
        return untested
    return f"{reached} {untested}"


def describe_run_labels(run: RunFolder) -> About:
    """Raises DamagedRun, or ConfigError."""
    config = run.config()
    kind: Kind | None = None
    with suppress(NNLabError):
        kind = find_dataset(config.data.name, get_data_folder()).kind
    return About(config, kind, MODELS[config.model.name].goal)


def describe_queue_position(run: RunFolder, status: RunStatus) -> str | None:
    """Where the run stands among those that wait; None where it does not wait."""
    place = get_queue_position(run.path) if status.status == "queued" else None
    if place is None:
        return None
    if place == 1:
        return _("Next in the queue: it begins by itself when the training before it ends or is paused.")
    return _("Place {place} in the queue: it begins by itself when its turn comes.").format(place=place)
