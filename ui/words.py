"""What pages say of a run's examples and of its result: pictures, texts or points, and which split a figure is of."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from nn_core.config import RunConfig
from nn_core.data import find_dataset
from nn_core.errors import NNLabError
from nn_core.i18n import _
from nn_core.models import MODELS
from nn_core.places import data_folder
from nn_core.problem import Goal, Kind, plural_of
from nn_core.runs import RunFolder, RunStatus
from nn_core.runs.metrics import Curve
from ui.text import percent

__all__ = ["About", "Figure", "about", "headline", "result_sentence", "validation_figure"]


@dataclass(frozen=True)
class Figure:
    """A number with its label, and a sentence that says of which examples it is."""

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
        return plural_of(self.kind)

    @property
    def per_second(self) -> str:
        return _("{samples} per second").format(samples=self.samples).capitalize()

    @property
    def testing(self) -> str:
        return _("Training is done. Testing on {samples} it has not seen …").format(samples=self.samples)

    @property
    def training_help(self) -> str:
        return _(
            "Of the last few batches of training {samples}, which it learns from. The curve below is smoothed."
        ).format(samples=self.samples)

    @property
    def validation_help(self) -> str:
        return _(
            "Of the validation {samples}: held out of training, but used to choose the best epoch. The test at the end "
            "uses {samples} that served for neither."
        ).format(samples=self.samples)

    @property
    def test_help(self) -> str:
        return _(
            "Of the test {samples}, measured once after training: they were used neither to train nor to choose the best epoch."
        ).format(samples=self.samples)

    @property
    def error_name(self) -> str:
        """What the loss of a reconstruction is called."""
        return _("mean squared error") if self.config.loss.name == "mse" else _("loss")


def headline(what: About, status: RunStatus, validation: Curve, evaluation: dict[str, Any] | None) -> Figure:
    """The one figure that says best how good the network is: the test's as soon as there is one.

    Args:
        what: the run's examples and goal.
        status: says whether the test runs now, and which epoch is the best one.
        validation: the curve so far.
        evaluation: of the run's best network; None where it has not been tested.
    """
    testing = status.active and status.activity == "evaluating"
    if what.goal == "reconstruct":
        if evaluation or testing:
            value = f"{evaluation['mean_squared_error']:.4f}" if evaluation and not testing else _("testing …")
            return Figure(_("Test mean squared error"), value, what.test_help + " " + _("0 is perfect."))
    elif evaluation or testing:
        value = percent(evaluation["accuracy"]) if evaluation and not testing else _("testing …")
        return Figure(_("Test accuracy"), value, what.test_help)
    return validation_figure(what, status, validation)


def validation_figure(what: About, status: RunStatus, validation: Curve) -> Figure:
    """Of the latest epoch while the run trains, and of the best one, whose weights are kept, once it has ended."""
    best = None if status.active and status.activity != "evaluating" else status.best
    if what.goal == "reconstruct":
        label = _("Validation {error_name}").format(error_name=what.error_name)
        error = best.loss if best else validation.loss[-1] if validation.loss else None
        value, tip = ("–" if error is None else f"{error:.4f}"), what.validation_help + " " + _("0 is perfect.")
    else:
        label = _("Validation accuracy")
        share = best.accuracy if best else validation.accuracy[-1] if validation.accuracy else None
        value, tip = ("–" if share is None else percent(share)), what.validation_help
    return Figure(_("{label} (best epoch)").format(label=label) if best else label, value, tip)


def result_sentence(what: About, status: RunStatus, evaluation: dict[str, Any] | None) -> str:
    """Markdown: what a finished run has reached, on new examples where it was tested, and which split that is."""
    best = status.best
    if what.goal == "reconstruct":
        if evaluation:
            said = _("**Done.** It reproduces new {samples} with a mean squared error of {error:.4f} (test error).")
            return said.format(samples=what.samples, error=evaluation["mean_squared_error"])
        if best:
            said = _(
                "**Done.** Its validation {error_name} is {error:.4f}. It has not been tested on new {samples} yet."
            )
            return said.format(error_name=what.error_name, error=best.loss, samples=what.samples)
    elif evaluation:
        said = _("**Done.** It gets {accuracy} of new {samples} right (test accuracy).")
        return said.format(accuracy=percent(evaluation["accuracy"]), samples=what.samples)
    elif best and best.accuracy is not None:
        said = _("**Done.** Its validation accuracy is {accuracy}. It has not been tested on new {samples} yet.")
        return said.format(accuracy=percent(best.accuracy), samples=what.samples)
    return _("**Done.** It has not been tested on new {samples} yet.").format(samples=what.samples)


def about(run: RunFolder) -> About:
    """Raises DamagedRun, or ConfigError."""
    config = run.config()
    kind: Kind | None = None
    with suppress(NNLabError):
        kind = find_dataset(config.data.name, data_folder()).kind
    return About(config, kind, MODELS[config.model.name].goal)
