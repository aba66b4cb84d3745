"""The accuracy of a network on disturbed test examples, as `robustness.json` contains it. Needs no torch."""

from __future__ import annotations

from pydantic import ValidationError

from nn_core.atomic_io import replace_json
from nn_core.runs.folder import RunFolder
from nn_core.runs.reports import Report
from nn_core.statistics.proportions import compute_wilson_interval

__all__ = [
    "ROBUSTNESS_JOB",
    "LevelResult",
    "PerturbationResult",
    "RobustnessReport",
    "ShownAnswer",
    "ShownExample",
    "read_robustness",
    "write_robustness",
]


ROBUSTNESS_JOB = "robustness"
"""The name of the job (`nn_core.jobs.side_job`) that measures it, in `run.results`."""


class LevelResult(Report):
    """The answers at one level of a perturbation. level 0 is the unchanged examples."""

    level: float
    correct: int
    count: int

    @property
    def accuracy(self) -> float:
        return self.correct / self.count

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the accuracy (Wilson)."""
        return compute_wilson_interval(self.correct, self.count)


class ShownAnswer(Report):
    """The answer for one example at one level. predicted: the index of a class; confidence: calibrated, from 0 to 1."""

    predicted: int
    confidence: float


class ShownExample(Report):
    """An example and the answers for it, one for each level. row: in the test split; label: the index of its class."""

    row: int
    label: int
    answers: list[ShownAnswer]


class PerturbationResult(Report):
    """The results of one perturbation. levels: ascending, with 0 among them."""

    levels: list[LevelResult]
    examples: list[ShownExample]


class RobustnessReport(Report):
    """What was measured for one network on the same examples.

    Attributes:
        step: the training step after which the network was saved.
        data: the name of the data set that the examples are from.
        is_substitute: whether that is not the run's own.
        examples: how many were used.
        available: how many the test split has.
        seed: of everything random in the perturbations.
        classes: their names.
        perturbations: by name, in the order in which they were measured.
    """

    step: int | None
    data: str
    is_substitute: bool
    examples: int
    available: int
    seed: int
    classes: list[str]
    perturbations: dict[str, PerturbationResult]

    def has_same_examples(self, other: RobustnessReport) -> bool:
        """Whether both were measured on the same examples, so that their curves can be compared."""
        return (self.data, self.examples, self.available, self.seed, self.classes) == (
            other.data,
            other.examples,
            other.available,
            other.seed,
            other.classes,
        )


def read_robustness(run: RunFolder) -> RobustnessReport | None:
    """Read the results of the run's best network; None if there are none, they are damaged, or they are of an earlier network."""
    best = run.status().best
    try:
        report = run.read_cached(
            run.results / run.robustness_file.name,
            lambda file: RobustnessReport.model_validate_json(file.read_bytes()),
        )
    except (OSError, ValidationError):
        return None
    return report if report.step == (best.step if best else None) else None


def write_robustness(run: RunFolder, report: RobustnessReport) -> None:
    """Replace the results. Raises OSError."""
    replace_json(run.results / run.robustness_file.name, report.to_json())
