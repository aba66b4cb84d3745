"""The results of an evaluation, as `evaluation.json` and `evaluate --json` contain them. Needs no torch.

The names of the fields are those on disk, except where an alias says otherwise.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from nn_core.errors import to_one_line
from nn_core.formatting import format_percent
from nn_core.i18n import _
from nn_core.task import Kind, get_plural

__all__ = [
    "AverageScores",
    "ClassError",
    "ClassScores",
    "ClassificationReport",
    "Confusion",
    "ConfusionExample",
    "EvaluationReport",
    "ReconstructionExample",
    "ReconstructionExamples",
    "ReconstructionReport",
    "RegressionReport",
    "Report",
    "ValueExample",
    "describe_majority",
    "describe_matrix",
    "describe_missed_classes",
    "describe_regression",
    "read_evaluation_report",
]


class Report(BaseModel):
    """Results that are written as JSON. Fields of newer versions are ignored."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    def to_json(self) -> dict[str, object]:
        """Return what the file contains: what was set, under the names on disk."""
        return self.model_dump(by_alias=True, exclude_unset=True)


class _Evaluation(Report):
    samples: int
    """Of the test split."""
    step: int | None
    """The training step after which the network was saved."""


Interval = tuple[float, float]


class AverageScores(Report):
    """Averages over the classes, with 95 % intervals; None if there are too few samples, and in files of older versions."""

    precision: float
    recall: float
    f1: float
    precision_interval: Interval | None = None
    recall_interval: Interval | None = None
    f1_interval: Interval | None = None


class ClassScores(AverageScores):
    """Of one class. support: its samples in the test split."""

    support: int


class ConfusionExample(Report):
    """index: in the test split; probability: of the wrong answer."""

    index: int
    probability: float


class Confusion(Report):
    """A pair of classes that was confused. examples: those with the highest probability first."""

    true: str
    predicted: str
    count: int
    examples: list[ConfusionExample]


class ClassificationReport(_Evaluation):
    """The results of a network that classifies.

    Attributes:
        accuracy: from 0 to 1.
        accuracy_interval: the 95 % confidence interval of the accuracy (Wilson, 1927).
        loss: the mean of the run's own loss.
        calibration_error: the expected calibration error; None in files of older versions.
        in_distribution_rate: the fraction of the samples that is in distribution; None in files of older versions.
        classes: their names.
        confusion_matrix: counts, a row for each true class and a column for each predicted class.
        per_class: by name.
        macro_average: the mean over the classes; None in files of older versions.
        weighted_average: the mean over the samples; None in files of older versions.
        confusions: the most frequent first.
    """

    accuracy: float
    accuracy_interval: tuple[float, float]
    loss: float
    calibration_error: float | None = None
    in_distribution_rate: float | None = Field(
        default=None, validation_alias="let_through", serialization_alias="let_through"
    )
    classes: list[str]
    confusion_matrix: list[list[int]]
    per_class: dict[str, ClassScores]
    macro_average: AverageScores | None = None
    weighted_average: AverageScores | None = None
    confusions: list[Confusion]


class ClassError(Report):
    """Of one class. mean_squared_error: None for a class without samples."""

    mean_squared_error: float | None
    support: int


class ReconstructionExample(Report):
    """index: in the test split."""

    index: int
    mean_squared_error: float


class ReconstructionExamples(Report):
    """The test pictures with the smallest, the median and the largest errors."""

    best: list[ReconstructionExample]
    middle: list[ReconstructionExample]
    worst: list[ReconstructionExample]


class ReconstructionReport(_Evaluation):
    """The results of a network that reconstructs pictures.

    Attributes:
        accuracy: always None.
        loss: the mean of the run's own loss.
        mean_squared_error: of pixels from 0 to 1.
        error_of_mean_picture: the mean squared error of a network that always gives the mean of the test pictures.
        classes: their names.
        per_class: by name.
        examples: of reconstructions.
    """

    accuracy: None
    loss: float
    mean_squared_error: float
    error_of_mean_picture: float
    classes: list[str]
    per_class: dict[str, ClassError]
    examples: ReconstructionExamples


class ValueExample(Report):
    """One prediction. index: in the test split; value: the true one; predicted: the network's."""

    index: int
    value: float
    predicted: float


class RegressionReport(_Evaluation):
    """The results of a network that predicts a number.

    Attributes:
        accuracy: always None.
        loss: the mean of the run's own loss.
        root_mean_squared_error: in the unit of the values.
        mean_absolute_error: in the unit of the values.
        r_squared: 1 minus the mean squared error divided by the variance of the test values; 1 is perfect, 0 as good as always
            predicting their mean. None if all of them are equal.
        error_of_mean: the root mean squared error of always predicting the mean of the test values.
        scatter: predictions to plot, in the order of the test split; of a large one, evenly chosen.
        worst: the largest errors first.
    """

    accuracy: None
    loss: float
    root_mean_squared_error: float
    mean_absolute_error: float
    r_squared: float | None
    error_of_mean: float
    scatter: list[ValueExample]
    worst: list[ValueExample]


EvaluationReport = ClassificationReport | ReconstructionReport | RegressionReport
_READER: TypeAdapter[EvaluationReport] = TypeAdapter(Annotated[EvaluationReport, Field(union_mode="left_to_right")])


def read_evaluation_report(file: Path) -> EvaluationReport:
    """Raises OSError, or ValidationError for a file that is damaged."""
    return _READER.validate_json(file.read_bytes())


_MAX_LISTED = 5
_MAJORITY = 0.7
_MAX_SUMMARY_PAIRS = 3
_MAX_NAME_LENGTH = 40  # characters of a class in a sentence


def describe_matrix(evaluation: ClassificationReport, kind: Kind) -> str:
    """Summarise the matrix in two sentences: the correct answers and the most frequent confusions."""
    samples = evaluation.samples
    correct = sum(row[index] for index, row in enumerate(evaluation.confusion_matrix))
    places = {name: place for place, name in enumerate(evaluation.classes)}
    pairs = sorted(evaluation.confusions, key=lambda pair: (-pair.count, places[pair.true], places[pair.predicted]))
    if not pairs:
        return _("All {all:,} {samples} were read correctly.").format(all=samples, samples=get_plural(kind))
    result = _("{correct:,} of {all:,} {samples} were read correctly ({accuracy}).").format(
        correct=correct, all=samples, samples=get_plural(kind), accuracy=format_percent(correct / max(1, samples), 2)
    )
    return f"{result} {_('Most frequent confusions: {pairs}.').format(pairs=_name_pairs(pairs))}"


def _name_pairs(pairs: Sequence[Confusion]) -> str:
    """Name the first of these pairs, sorted, and count those that are as frequent as the last one named."""
    named = ", ".join(map(_name_pair, pairs[:_MAX_SUMMARY_PAIRS]))
    more = sum(pair.count == pairs[_MAX_SUMMARY_PAIRS - 1].count for pair in pairs[_MAX_SUMMARY_PAIRS:])
    if not more:
        return named
    others = _("1 other as often") if more == 1 else _("{more:,} others as often").format(more=more)
    return _("{named} and {others}").format(named=named, others=others)


def _name_pair(pair: Confusion) -> str:
    return _("{true} read as {predicted} ({times})").format(
        true=to_one_line(pair.true, _MAX_NAME_LENGTH),
        predicted=to_one_line(pair.predicted, _MAX_NAME_LENGTH),
        times=_("once") if pair.count == 1 else _("{count:,} times").format(count=pair.count),
    )


def describe_missed_classes(report: EvaluationReport) -> str:
    """Name the classes with test examples of which none is recognised; an empty string if there are none.

    A class that is never predicted is distinguished from one that is predicted, but only for examples of other classes.
    """
    if not isinstance(report, ClassificationReport):
        return ""
    never_predicted: list[str] = []
    never_right: list[str] = []
    for index, (label, row) in enumerate(zip(report.classes, report.confusion_matrix, strict=True)):
        if not sum(row) or row[index]:
            continue
        text = _("'{label}' ({count:,} test examples)").format(label=label, count=sum(row))
        is_predicted = any(each[index] for each in report.confusion_matrix)
        (never_right if is_predicted else never_predicted).append(text)
    return " ".join(
        sentence.format(classes=_list_some(classes))
        for sentence, classes in (
            (_("Never predicted: {classes}."), never_predicted),
            (_("Never predicted correctly: {classes}."), never_right),
        )
        if classes
    )


def describe_regression(report: RegressionReport) -> str:
    """Describe the test result of a regression in a sentence."""
    error = _("Test error {error:.4f} (root mean squared)").format(error=report.root_mean_squared_error)
    return f"{error}." if report.r_squared is None else f"{error}, R² {report.r_squared:.3f}."


def describe_majority(report: EvaluationReport) -> str:
    """Say what always giving the most frequent class would reach, if that is most of the test; otherwise an empty string."""
    if not isinstance(report, ClassificationReport):
        return ""
    counts = [sum(row) for row in report.confusion_matrix]
    share = max(counts) / max(1, sum(counts))
    if share < _MAJORITY:
        return ""
    return _("Always answering '{label}' would get {share}.").format(
        label=report.classes[counts.index(max(counts))], share=format_percent(share)
    )


def _list_some(names: list[str]) -> str:
    listed = ", ".join(names[:_MAX_LISTED])
    hidden = len(names) - _MAX_LISTED
    return listed if hidden <= 0 else _("{listed} and {count:,} more").format(listed=listed, count=hidden)
