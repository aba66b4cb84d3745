"""What a report and a model card say about a run: its settings, its results, and its network's answers for test examples."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from nn_core.config import RunConfig
from nn_core.config.repeat import SettingGroup, list_groups
from nn_core.data import DatasetSpec, find_scaled_dataset
from nn_core.errors import DatasetUnavailable, to_one_line
from nn_core.evaluation.answers import Answers, get_answers
from nn_core.evaluation.held_out import HeldOutData, load_held_out_data
from nn_core.evaluation.mistake_files import list_test_texts
from nn_core.evaluation.mistakes import Errors, measure_errors
from nn_core.formatting import format_duration, format_loss, format_percent, format_percent_range
from nn_core.i18n import _
from nn_core.inference.network import TrainedNetwork, load_network
from nn_core.models import describe_layers, get_goal
from nn_core.models.summary import LayerRow
from nn_core.runs import History, RunFolder, RunStatus, make_titles
from nn_core.runs.environment import Environment, read_environments
from nn_core.runs.reports import ClassificationReport, EvaluationReport, ReconstructionReport
from nn_core.runs.run_command import Origin, find_origin, list_limits, make_run_command
from nn_core.settings import get_title
from nn_core.statistics.calibration import Measured, measure_bins
from nn_core.statistics.reliability import make_bins
from nn_core.statistics.scores import ClassificationScores, compute_scores
from nn_core.task import Goal, get_plural

__all__ = ["Examined", "Figure", "RunFacts", "read_facts"]

_MAX_TITLE = 80  # characters


@dataclass(frozen=True)
class Figure:
    """A result with its title, and what it was measured on or its interval."""

    title: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class Examined:
    """The network's answers for test examples.

    Attributes:
        network: the best one of the run.
        data: the examples; another data set's if the run's own is not on this machine.
        found: the answers, or the errors of a network that does not classify.
        texts: the examples as they were written, if they are texts.
    """

    network: TrainedNetwork
    data: HeldOutData
    found: Answers | Errors
    texts: Sequence[str] = ()

    @property
    def source(self) -> str:
        """Which examples these are, such as "1,000 test pictures of MNIST"."""
        return _describe_source(len(self.data.test), self.data.spec)

    @cached_property
    def calibration(self) -> tuple[Measured, Measured] | None:
        """How far confidence and accuracy agree before and after temperature scaling; None if the network does not classify."""
        if not isinstance(self.found, Answers) or not len(self.found):
            return None
        correct = self.found.is_correct.numpy()
        before, after = (
            measure_bins(tuple(make_bins(confidence.numpy(), correct)))
            for confidence in (self.found.logits.softmax(dim=1).amax(dim=1), self.found.confidence)
        )
        return before, after


@dataclass(frozen=True)
class RunFacts:
    """What is known of a run.

    Attributes:
        title: what pages call the run.
        spec: of its data.
        evaluation: of its best network on its own test data; None before one.
        origin: the preset that its settings are compared with.
        command: repeats the run; "" if its weights were imported.
        limits: what the command does not repeat, a sentence each.
        rows: the layers of the network.
        examined: None if there are no weights or no test data on this machine.
    """

    run: RunFolder
    title: str
    config: RunConfig
    status: RunStatus
    spec: DatasetSpec
    goal: Goal
    evaluation: EvaluationReport | None
    history: History
    origin: Origin
    groups: Sequence[SettingGroup]
    command: str
    limits: Sequence[str]
    environments: Sequence[Environment]
    rows: Sequence[LayerRow]
    examined: Examined | None

    @property
    def samples(self) -> str:
        """The plural noun for its examples."""
        return get_plural(self.spec.kind)

    @property
    def network_title(self) -> str:
        return _(get_title(type(self.config.model)))

    @property
    def parameters(self) -> int:
        return sum(row.parameters for row in self.rows)

    @property
    def source(self) -> str:
        """On which examples the evaluation was made."""
        return _describe_source(self.evaluation.samples, self.spec) if self.evaluation else ""

    @cached_property
    def scores(self) -> ClassificationScores | None:
        """Of the classes, from the confusion matrix, because files of older versions have no intervals."""
        if not isinstance(self.evaluation, ClassificationReport) or not self.evaluation.samples:
            return None
        return compute_scores(self.evaluation.confusion_matrix)

    def list_figures(self) -> list[Figure]:
        """Return the results, then the size of the network and the training time."""
        figures = _list_results(self.evaluation, self.scores) if self.evaluation else []
        if self.examined and self.examined.calibration:
            error = self.examined.calibration[1].error
            interval = _("95 % interval {range}").format(range=format_percent_range(*error.interval))
            if self.examined.data.is_substitute:
                interval = _("{interval}, on {source}, on which it may have been trained").format(
                    interval=interval, source=self.examined.source
                )
            figures.append(Figure(_("Calibration error"), format_percent(error.corrected), interval))
        figures.append(Figure(_("Parameters"), f"{self.parameters:,}"))
        if self.status.elapsed_seconds:
            epochs = _("{count:,} epochs").format(count=self.status.epochs_done)
            figures.append(Figure(_("Training time"), format_duration(self.status.elapsed_seconds), epochs))
        return figures


def read_facts(run: RunFolder, data_folder: Path) -> RunFacts:
    """Read what is known of a run, and run its network on the test examples if its answers are not stored.

    Raises:
        BadInput: the run cannot be read.
    """
    config, status = run.config(), run.status()
    spec = find_scaled_dataset(config.data, data_folder)
    history, origin = History(run.metrics_file), find_origin(run, data_folder)
    history.update()
    return RunFacts(
        run=run,
        title=to_one_line(make_titles([run])[run.name], _MAX_TITLE),
        config=config,
        status=status,
        spec=spec,
        goal=get_goal(config.model.name, spec.task),
        evaluation=run.evaluation_of(status),
        history=history,
        origin=origin,
        groups=list_groups(config, origin.preset, data_folder),
        command=make_run_command(run, data_folder),
        limits=list_limits(run, history),
        environments=read_environments(run),
        rows=describe_layers(config.model, spec.task),
        examined=_examine(run, config, data_folder),
    )


def _examine(run: RunFolder, config: RunConfig, data_folder: Path) -> Examined | None:
    if not (run.best_weights.exists() or run.last_weights.exists()):
        return None
    network = load_network(run, data_folder)
    with suppress(DatasetUnavailable):
        data = load_held_out_data(config, data_folder)
        found: Answers | Errors
        if network.goal == "classify":
            found = get_answers(run, data_folder, data=data, network=network)
        else:
            found = measure_errors(network, data.test)
        return Examined(network, data, found, list_test_texts(data.spec, data.test, data_folder))
    return None


def _describe_source(count: int, spec: DatasetSpec) -> str:
    text = _("{count:,} test {samples} of {data}")
    return text.format(count=count, samples=get_plural(spec.kind), data=to_one_line(_(spec.title), _MAX_TITLE))


def _list_results(evaluation: EvaluationReport, scores: ClassificationScores | None) -> list[Figure]:
    loss = Figure(_("Test loss"), format_loss(evaluation.loss))
    if isinstance(evaluation, ClassificationReport):
        interval = _("95 % interval {range}").format(range=format_percent_range(*evaluation.accuracy_interval, 2))
        f1 = [Figure(_("F1, macro average"), format_percent(scores.macro.f1.value, 2))] if scores else []
        return [Figure(_("Test accuracy"), format_percent(evaluation.accuracy, 2), interval), *f1, loss]
    if isinstance(evaluation, ReconstructionReport):
        always = _("always the mean picture: {error}").format(error=format_loss(evaluation.error_of_mean_picture))
        title = _("Mean squared error")
        return [Figure(title, format_loss(evaluation.mean_squared_error), always), loss]
    always = _("always the mean value: {error}").format(error=format_loss(evaluation.error_of_mean))
    figures = [Figure(_("Root mean squared error"), format_loss(evaluation.root_mean_squared_error), always)]
    figures.append(Figure(_("Mean absolute error"), format_loss(evaluation.mean_absolute_error)))
    if evaluation.r_squared is not None:
        figures.append(Figure("R²", f"{evaluation.r_squared:.3f}"))
    return [*figures, loss]
