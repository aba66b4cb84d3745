"""The comparison of two to eight runs: their settings, and their results for the same test examples."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as declare_field
from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import JsonValue

from nn_core.config import RunConfig
from nn_core.data.transforms import to_unit_float
from nn_core.errors import BadInput
from nn_core.evaluation.answers import get_answers
from nn_core.evaluation.comparability import Participant, Remark, describe_comparability
from nn_core.i18n import _
from nn_core.inference.network import load_network
from nn_core.settings import Section, get_condition
from nn_core.statistics.paired import (
    compare_errors,
    compute_mcnemar_p_value,
    compute_mean_interval,
    compute_paired_interval,
    correct_p_values,
)
from nn_core.statistics.proportions import compute_wilson_interval
from nn_core.task import Goal

__all__ = [
    "Comparison",
    "Pair",
    "Result",
    "RunAnswers",
    "compare_accuracies",
    "compare_mean_errors",
    "compare_runs",
    "find_different_settings",
]

_BATCH = 1000  # examples whose reconstructions are in memory at a time
_VERSION_PATH = "version"


@dataclass(frozen=True)
class RunAnswers:
    """What a network that classifies answered, in the order of the test examples.

    Attributes:
        predicted: int64 [examples], indices of classes.
        confidence: float32 [examples], calibrated.
    """

    predicted: npt.NDArray[np.int64]
    confidence: npt.NDArray[np.float32]


@dataclass(frozen=True)
class Result:
    """The result of one run: its accuracy, or for a network that does not classify its mean error, with the 95 % interval."""

    value: float
    interval: tuple[float, float]


@dataclass(frozen=True)
class Pair:
    """Two runs of a comparison.

    Attributes:
        first, second: their places in it.
        difference: the result of the second one minus that of the first.
        interval: the 95 % interval of the difference.
        p_value: how often chance alone would produce such a difference.
        corrected_p_value: the same, corrected for the number of pairs (Holm, 1979).
        only_first: the examples that only the first one got right; for errors, those for which its error is smaller.
        only_second: the same of the second one.
    """

    first: int
    second: int
    difference: float
    interval: tuple[float, float]
    p_value: float
    corrected_p_value: float
    only_first: int
    only_second: int


@dataclass(frozen=True)
class Comparison:
    """The comparison of several runs.

    Attributes:
        participants: the runs in their order; the first one is what the others are compared with.
        remarks: what it can and cannot say.
        settings: the values of each setting that differs, in the order of the runs; None for a run without this setting.
        results: of each run; empty if the runs cannot be compared.
        pairs: of all runs with each other; empty likewise.
        labels: int64 [examples], the correct classes; empty for networks that do not classify.
        answers: of each run; empty for networks that do not classify.
        errors: float64 [runs, examples], of networks that do not classify: the mean squared error of a reconstruction, or the absolute
            error of a predicted number.
    """

    participants: tuple[Participant, ...]
    remarks: tuple[Remark, ...]
    settings: dict[str, tuple[JsonValue, ...]]
    results: tuple[Result, ...] = ()
    pairs: tuple[Pair, ...] = ()
    labels: npt.NDArray[np.int64] = declare_field(default_factory=lambda: np.empty(0, np.int64))
    answers: tuple[RunAnswers, ...] = ()
    errors: npt.NDArray[np.float64] = declare_field(default_factory=lambda: np.empty((0, 0)))

    @property
    def goal(self) -> Goal:
        """What the networks do, if they can be compared."""
        return self.participants[0].goal

    @property
    def count(self) -> int:
        """The number of examples that all runs answered; 0 if they cannot be compared."""
        return len(self.labels) or self.errors.shape[1]

    @property
    def is_right(self) -> npt.NDArray[np.bool_]:
        """bool [runs, examples]: which answers are right."""
        right: npt.NDArray[np.bool_] = np.stack([each.predicted for each in self.answers]) == self.labels
        return right

    @property
    def agreement(self) -> list[list[float]]:
        """The share of the examples, from 0 to 1, to which two runs give the same answer, by the places of both."""
        predicted = [each.predicted for each in self.answers]
        return [[float((one == other).mean()) for other in predicted] for one in predicted]

    def find_disagreements(self) -> npt.NDArray[np.int64]:
        """Return the examples that do not have the same answer from all runs, in their order; for errors all, those first whose errors
        differ most."""
        if self.answers:
            predicted = np.stack([each.predicted for each in self.answers])
            return np.flatnonzero((predicted != predicted[0]).any(axis=0))
        return np.argsort(-np.ptp(self.errors, axis=0), kind="stable") if self.errors.size else np.empty(0, np.int64)


def compare_runs(
    participants: Sequence[Participant], data_folder: Path, on_run: Callable[[Participant], None] = lambda run: None
) -> Comparison:
    """Compare the runs on the same test examples, or only their settings if that is not possible.

    Args:
        participants: of `gather_participants`.
        data_folder: where the data sets are.
        on_run: is called before the answers of a run are read or computed.

    Raises:
        DamagedRun: a run has no weights, or they are damaged.
    """
    remarks = tuple(describe_comparability(participants))
    settings = find_different_settings([each.config for each in participants])
    everyone = tuple(participants)
    if any(remark.kind == "blocks" for remark in remarks):
        return Comparison(everyone, remarks, settings)
    if participants[0].goal == "classify":
        answers = []
        for each in participants:
            on_run(each)
            found = get_answers(each.run, data_folder, data=each.data)
            answers.append(RunAnswers(found.predicted.numpy(), found.confidence.numpy()))
        labels = participants[0].data.test.labels.numpy()
        right = np.stack([each.predicted for each in answers]) == labels
        results, pairs = compare_accuracies(right)
        return Comparison(everyone, remarks, settings, results, pairs, labels, tuple(answers))
    rows = []
    for each in participants:
        on_run(each)
        rows.append(_compute_errors(each, data_folder))
    errors = np.stack(rows)
    if errors.shape[1] < 2:
        raise BadInput(_("There is only one test example, which cannot show a difference: add more to the data set."))
    results, pairs = compare_mean_errors(errors)
    return Comparison(everyone, remarks, settings, results, pairs, errors=errors)


def compare_accuracies(right: npt.NDArray[np.bool_]) -> tuple[tuple[Result, ...], tuple[Pair, ...]]:
    """Return the accuracy of each run, and the comparison of each pair. right: bool [runs, examples]."""
    results = tuple(Result(float(row.mean()), compute_wilson_interval(int(row.sum()), len(row))) for row in right)
    return results, _correct([_compare_answers(right, *places) for places in combinations(range(len(right)), 2)])


def compare_mean_errors(errors: npt.NDArray[np.float64]) -> tuple[tuple[Result, ...], tuple[Pair, ...]]:
    """Return the mean error of each run, and the comparison of each pair. errors: float64 [runs, at least two examples]."""
    results = tuple(Result(float(row.mean()), compute_mean_interval(row)) for row in errors)
    return results, _correct([_compare_errors(errors, *places) for places in combinations(range(len(errors)), 2)])


def _compare_answers(right: npt.NDArray[np.bool_], first: int, second: int) -> Pair:
    only_first, only_second = int((right[first] & ~right[second]).sum()), int((right[second] & ~right[first]).sum())
    count = right.shape[1]
    p_value = compute_mcnemar_p_value(only_first, only_second)
    return Pair(
        first,
        second,
        difference=(only_second - only_first) / count,
        interval=compute_paired_interval(only_first, only_second, count),
        p_value=p_value,
        corrected_p_value=p_value,
        only_first=only_first,
        only_second=only_second,
    )


def _compare_errors(errors: npt.NDArray[np.float64], first: int, second: int) -> Pair:
    found = compare_errors(errors[first], errors[second])
    return Pair(
        first,
        second,
        difference=found.difference,
        interval=found.interval,
        p_value=found.p_value,
        corrected_p_value=found.p_value,
        only_first=int((errors[first] < errors[second]).sum()),
        only_second=int((errors[second] < errors[first]).sum()),
    )


def _correct(pairs: Sequence[Pair]) -> tuple[Pair, ...]:
    corrected = correct_p_values([pair.p_value for pair in pairs])
    return tuple(replace(pair, corrected_p_value=value) for pair, value in zip(pairs, corrected, strict=True))


def _compute_errors(participant: Participant, data_folder: Path) -> npt.NDArray[np.float64]:
    """float64 [examples]: the mean squared error of each reconstruction, or the absolute error of each predicted number."""
    network, test = load_network(participant.run, data_folder), participant.data.test
    errors = []
    for inputs, labels in zip(test.inputs.split(_BATCH), test.labels.split(_BATCH), strict=True):
        outputs = network.compute_outputs(inputs).double()
        if participant.goal == "regress":
            errors.append((outputs.squeeze(1) - labels.double()).abs())
        else:
            errors.append((outputs - to_unit_float(inputs).double()).square().flatten(1).mean(dim=1))
    return np.concatenate([each.numpy() for each in errors])


def find_different_settings(configs: Sequence[RunConfig]) -> dict[str, tuple[JsonValue, ...]]:
    """Return the values of every setting that differs, in the order of the configs; None for a config in which there is no such setting,
    or in which it has no effect."""
    values = [dict(_walk(config)) for config in configs]
    sections = list(RunConfig.model_fields)
    rows = {
        path: tuple(each.get(path) for each in values)
        for path in sorted(
            dict.fromkeys(path for each in values for path in each),
            key=lambda path: (sections.index(path.split(".")[0]), not path.endswith(".name")),
        )
        if path != _VERSION_PATH
    }
    return {path: row for path, row in rows.items() if any(value != row[0] for value in row)}


def _walk(section: Section, prefix: str = "") -> Iterator[tuple[str, JsonValue]]:
    """Yield the path and the value of every setting that has an effect."""
    written = section.model_dump(mode="json")
    for name, field in type(section).model_fields.items():
        value, condition = getattr(section, name), get_condition(field)
        if condition and getattr(section, condition[0]) != condition[1]:
            continue
        if isinstance(value, Section):
            yield from _walk(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", written[name]
