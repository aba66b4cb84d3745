"""What the rules of the diagnosis know about a run: its settings, its curves, and measurements of its network and its data.

Needs no torch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from nn_core.config import RunConfig
from nn_core.errors import DIVERGED_MESSAGE
from nn_core.i18n import _
from nn_core.runs import History, RunStatus
from nn_core.runs.reports import ClassificationReport, EvaluationReport

__all__ = [
    "Agreement",
    "CurveFigures",
    "InputFigures",
    "Measurements",
    "NetworkFigures",
    "Probe",
    "UnitFigures",
    "WeightFigures",
    "compute_agreement",
    "measure_curves",
]


@dataclass(frozen=True)
class Agreement:
    """How often answers equal labels, and how often that would happen by chance.

    Attributes:
        accuracy: From 0 to 1.
        chance: The expected accuracy of the same answers in random order; for one class only, the share of that class.
        samples: Number of answers.
    """

    accuracy: float
    chance: float
    samples: int

    @property
    def deviations(self) -> float:
        """How many standard deviations of guessing the accuracy is above chance."""
        spread = math.sqrt(max(self.chance * (1 - self.chance), 1e-9) / max(self.samples, 1))
        return (self.accuracy - self.chance) / spread

    @property
    def kappa(self) -> float:
        """Cohen's kappa (1960): 0 for guessing, 1 for answers that are all right."""
        return (self.accuracy - self.chance) / max(1 - self.chance, 1e-9)

    @property
    def is_chance(self) -> bool:
        """Whether this is what guessing gives, or hardly more."""
        return self.samples >= _MIN_SAMPLES and (self.deviations < _DEVIATIONS or self.kappa < _SMALLEST_KAPPA)


_MIN_SAMPLES = 20
_DEVIATIONS = 3.0
_MIN_STEPS = 100
_SMALLEST_KAPPA = 0.03


def compute_agreement(matrix: list[list[int]]) -> Agreement:
    """Compute the agreement from a confusion matrix: a row for each true class, a column for each answer."""
    total = sum(map(sum, matrix))
    if not total:
        return Agreement(0.0, 0.0, 0)
    correct = sum(row[index] for index, row in enumerate(matrix))
    columns = [sum(column) for column in zip(*matrix, strict=True)]
    chance = sum(sum(row) * column for row, column in zip(matrix, columns, strict=True)) / total**2
    return Agreement(correct / total, chance, total)


@dataclass(frozen=True)
class CurveFigures:
    """Of metrics.jsonl.

    Attributes:
        first_loss: Of the first training step.
        highest_loss: Of the training after the first step.
        train_loss, train_accuracy: Means over the last epoch; the accuracy is None for a network that does not classify.
        roughness: Median change of the training loss from one point to the next in the second half, as a fraction of the loss.
        validation_loss, validation_accuracy: One for each epoch.
        last_lr_factor: Learning rate at the end, as a fraction of that before the schedule.
    """

    first_loss: float
    highest_loss: float
    train_loss: float
    train_accuracy: float | None
    roughness: float
    validation_loss: tuple[float, ...]
    validation_accuracy: tuple[float, ...]
    last_lr_factor: float


def measure_curves(history: History, base_lr: float) -> CurveFigures | None:
    """Summarise the curves; None before the first point. base_lr: before the schedule."""
    train, validation = history.train, history.validation
    count = len(train.epoch)
    if not count:
        return None
    losses, epochs = train.loss[:count], train.epoch[:count]
    start_of_last = max(math.ceil(epochs[-1]) - 1, 0)
    last = [index for index, epoch in enumerate(epochs) if epoch > start_of_last]
    accuracies = train.accuracy[:count]
    second_half = list(losses[count // 2 :])
    changes = sorted(abs(b - a) / max(abs(a), 1e-9) for a, b in pairwise(second_half))
    return CurveFigures(
        first_loss=losses[0],
        highest_loss=max(losses[1:], default=losses[0]),
        train_loss=fmean(losses[index] for index in last),
        train_accuracy=fmean(accuracies[index] for index in last) if len(accuracies) == count else None,
        roughness=changes[len(changes) // 2] if changes else 0.0,
        validation_loss=tuple(validation.loss),
        validation_accuracy=tuple(validation.accuracy),
        last_lr_factor=float(history.last_train.get("lr", base_lr)) / base_lr,
    )


@dataclass(frozen=True)
class WeightFigures:
    """Of a weight matrix, in the order of the network: its norm, and that of the gradient of a batch."""

    name: str
    norm: float
    gradient_norm: float

    @property
    def relative_gradient(self) -> float:
        return self.gradient_norm / max(self.norm, 1e-12)


@dataclass(frozen=True)
class UnitFigures:
    """Of the units after one activation.

    Attributes:
        layer: Name of the module.
        activation: Its class, such as ReLU.
        units: Their number.
        dead: Share of the units whose slope is zero for every sample, for activations that are flat on one side.
        saturated: Share of the values, over all units and samples, with less than a twentieth of the largest slope, for activations
            that are flat on both sides.
    """

    layer: str
    activation: str
    units: int
    dead: float
    saturated: float


@dataclass(frozen=True)
class NetworkFigures:
    """Of the network at one moment, for a batch of training samples.

    Attributes:
        loss: Of the batch; may be infinite or not a number.
        weights: One for each weight matrix.
        units: One for each activation.
    """

    loss: float
    weights: tuple[WeightFigures, ...]
    units: tuple[UnitFigures, ...]

    @property
    def gradient_norm(self) -> float:
        return math.sqrt(sum(weight.gradient_norm**2 for weight in self.weights))


@dataclass(frozen=True)
class InputFigures:
    """Of the network's inputs: those of the channel or coordinate that is farthest from mean 0 and standard deviation 1."""

    mean: float
    std: float


@dataclass(frozen=True)
class Probe:
    """What was measured by running the network and by looking at the data.

    Attributes:
        start: The network before the first step.
        now: The saved network.
        uninformed_loss: Of a network that finds all classes equally likely, or always gives the mean picture or value.
        validation: The answers of the saved network for validation samples; None for a network that does not classify.
        validation_loss: Of the saved network.
        has_softmax: Whether all outputs are probabilities that add up to 1.
        inputs: None for text.
        neighbours: How well the nearest neighbours among the training samples predict the label of a training sample; None for a network
            that does not classify, or with too few samples.
        class_counts: Training and validation samples of each class.
        train_samples: Number of samples to train on.
        saved_step: The step of the latest checkpoint, from which the saved network is.
    """

    start: NetworkFigures
    now: NetworkFigures
    uninformed_loss: float
    validation: Agreement | None
    validation_loss: float
    has_softmax: bool
    inputs: InputFigures | None
    neighbours: Agreement | None
    class_counts: tuple[int, ...]
    train_samples: int
    saved_step: int


@dataclass(frozen=True)
class Measurements:
    """All that the rules know.

    Attributes:
        config: Settings of the run.
        status: Its status.
        classes: Names of the classes.
        kind: Kind of the data.
        goal: What the network does.
        lr: Learning rate before the schedule: the config's, or the one requested since.
        curves: None before the first point.
        probe: None if the network or its data could not be read.
        evaluation: On the test data; None before the end.
    """

    config: RunConfig
    status: RunStatus
    classes: tuple[str, ...]
    kind: str
    goal: str
    lr: float
    curves: CurveFigures | None
    probe: Probe | None
    evaluation: EvaluationReport | None

    @property
    def is_done(self) -> bool:
        """Whether the run has trained for all its epochs, or ended early on purpose."""
        return self.status.status == "finished"

    @property
    def is_early(self) -> bool:
        """Whether the run trains and has hardly begun, or had when the network that was measured was saved."""
        step = min(self.status.step, self.probe.saved_step) if self.probe else self.status.step
        return self.status.is_active and (step < _MIN_STEPS or self.status.epochs_done < 1)

    @property
    def has_diverged(self) -> bool:
        """Whether the run ended because the loss was no longer finite."""
        return self.status.status == "failed" and self.status.message.startswith(_(DIVERGED_MESSAGE).partition("{")[0])

    @property
    def growth(self) -> float:
        """The largest factor by which the norm of a weight matrix has grown."""
        if self.probe is None:
            return 1.0
        before = {weights.name: weights.norm for weights in self.probe.start.weights}
        return max(
            (weights.norm / before[weights.name] for weights in self.probe.now.weights if weights.name in before),
            default=1.0,
        )

    @property
    def loss_of_accuracy(self) -> float:
        """How far the last validation accuracy is below the best one."""
        accuracies = self.curves.validation_accuracy if self.curves else ()
        return max(accuracies) - accuracies[-1] if accuracies else 0.0

    @property
    def result(self) -> Agreement | None:
        """The answers for the validation data, or for the test data where only those are known."""
        if self.probe and self.probe.validation:
            return self.probe.validation
        if isinstance(self.evaluation, ClassificationReport):
            return compute_agreement(self.evaluation.confusion_matrix)
        return None

    @property
    def is_at_chance(self) -> bool:
        """Whether the network has learned nothing that can be measured."""
        if self.goal != "classify":
            return bool(self.probe and self.probe.validation_loss > 0.97 * self.probe.uninformed_loss)
        return self.result is not None and self.result.is_chance

    @property
    def is_poor(self) -> bool:
        """Whether the result is worse than what a comparison with the nearest neighbours gives, or near chance."""
        if self.is_at_chance or self.has_diverged:
            return True
        if self.probe is None:
            return False
        if self.goal != "classify":
            return self.probe.validation_loss > 0.7 * self.probe.uninformed_loss
        neighbours, result = self.probe.neighbours, self.result
        return bool(neighbours and result and result.accuracy < neighbours.accuracy - 0.02)
