"""Measures the accuracy of a network on disturbed test examples."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import torch
from torch import Tensor

from nn_core.data import DatasetSpec
from nn_core.errors import BadInput, describe_unknown
from nn_core.evaluation.held_out import HeldOutData, load_held_out_data
from nn_core.evaluation.robustness.perturbation import Perturbation
from nn_core.evaluation.robustness.registry import PERTURBATIONS, list_perturbations
from nn_core.i18n import _
from nn_core.inference.network import TrainedNetwork, load_network
from nn_core.runs import RunFolder
from nn_core.runs.robustness import (
    LevelResult,
    PerturbationResult,
    RobustnessReport,
    ShownAnswer,
    ShownExample,
    read_robustness,
    write_robustness,
)

__all__ = ["DEFAULT_EXAMPLES", "choose_rows", "measure_robustness"]

DEFAULT_EXAMPLES = 1000
_CHUNK = 250  # examples between two reports of the progress
_SHOWN = 8  # examples whose answers are kept

Report = Callable[[int, int, str], object]
"""Is called with how much is done, of how much, and what is measured now."""


def measure_robustness(
    run: RunFolder,
    data_folder: Path,
    *,
    kinds: Sequence[str] = (),
    examples: int | None = DEFAULT_EXAMPLES,
    seed: int = 0,
    report_progress: Report = lambda _done, _total, _title: None,
    device: torch.device | None = None,
) -> RobustnessReport:
    """Measure the run's best network on disturbed test examples. Writes `robustness.json` into `run.results` after each perturbation, so
    that the finished ones are kept if it is interrupted. Earlier results for the same examples are kept too.

    Args:
        run: the run.
        data_folder: where its data is.
        kinds: the names of the perturbations; all that suit its data by default.
        examples: at most so many test examples, evenly spread; None for all.
        seed: of everything random.
        report_progress: is called several times for each perturbation.
        device: the CPU by default.

    Raises:
        BadInput: the network does not classify, or a perturbation does not suit its data or does not exist.
        DamagedRun: the run cannot be read.
        DatasetUnavailable: neither its data nor a substitute is on this machine.
        OSError: the results cannot be written.
    """
    network = load_network(run, data_folder, device)
    if network.goal != "classify":
        raise BadInput(
            _(
                "Robustness is the accuracy on disturbed examples, and the network of '{run}' has none: choose a run that classifies."
            ).format(run=run.name)
        )
    data = load_held_out_data(network.config, data_folder)
    chosen = _choose_perturbations(kinds, data.spec)
    rows = choose_rows(len(data.test), examples)
    best = run.status().best
    report = RobustnessReport(
        step=best.step if best else None,
        data=data.spec.name,
        is_substitute=data.is_substitute,
        examples=len(rows),
        available=len(data.test),
        seed=seed,
        classes=list(data.spec.classes),
        perturbations={},
    )
    if (earlier := read_robustness(run)) and earlier.has_same_examples(report):
        report = earlier
    if run.is_shipped:
        run.results.mkdir(parents=True, exist_ok=True)
    total, done = sum(len(each.levels) for each in chosen) * len(rows), 0
    plain = network.compute_outputs(data.test.inputs[rows])
    for each in chosen:
        outputs = []
        for level in each.levels:
            parts = [plain] if level == 0 else []
            for chunk in rows.split(_CHUNK) if level else ():
                report_progress(done, total, each.title)
                disturbed = each.disturb(data.test.inputs[chunk], level, chunk.tolist(), data.spec, seed)
                parts.append(network.compute_outputs(disturbed))
                done += len(chunk)
            done += 0 if level else len(rows)
            outputs.append(torch.cat(parts))
        result = _summarize(each, outputs, rows, data, network)
        report = report.model_copy(update={"perturbations": {**report.perturbations, each.name: result}})
        write_robustness(run, report)
    report_progress(total, total, "")
    return report


def choose_rows(available: int, most: int | None) -> Tensor:
    """The rows of at most so many examples, evenly spread, because data is often ordered by class."""
    if most is None or available <= most:
        return torch.arange(available)
    return torch.linspace(0, available - 1, most).round().long()


def _choose_perturbations(kinds: Sequence[str], spec: DatasetSpec) -> list[Perturbation]:
    suitable = list_perturbations(spec)
    for kind in kinds:
        if kind not in PERTURBATIONS:
            raise BadInput(describe_unknown(_("perturbation"), kind, [each.name for each in suitable]))
        if PERTURBATIONS[kind] not in suitable:
            raise BadInput(
                _("'{kind}' does not suit the examples of '{data}'. Choose one of: {names}.").format(
                    kind=kind, data=spec.name, names=", ".join(each.name for each in suitable)
                )
            )
    return [each for each in suitable if not kinds or each.name in kinds]


def _summarize(
    perturbation: Perturbation, outputs: Sequence[Tensor], rows: Tensor, data: HeldOutData, network: TrainedNetwork
) -> PerturbationResult:
    """outputs: the logits [count, classes] for each level."""
    labels = data.test.labels[rows]
    levels = [
        LevelResult(level=level, correct=int((logits.argmax(dim=1) == labels).sum()), count=len(rows))
        for level, logits in zip(perturbation.levels, outputs, strict=True)
    ]
    shown = list(_choose_shown(labels))
    probabilities = [network.calibration.compute_probabilities(logits[shown]) for logits in outputs]
    examples = [
        ShownExample(
            row=int(rows[index]),
            label=int(labels[index]),
            answers=[
                ShownAnswer(predicted=int(each[place].argmax()), confidence=float(each[place].max()))
                for each in probabilities
            ],
        )
        for place, index in enumerate(shown)
    ]
    return PerturbationResult(levels=levels, examples=examples)


def _choose_shown(labels: Tensor) -> Iterator[int]:
    """The first example of each class, then others, as indices."""
    listed: list[int] = labels.tolist()
    firsts = list(dict.fromkeys(listed.index(label) for label in sorted(set(listed))))
    others = [index for index in range(len(listed)) if index not in firsts]
    yield from (firsts + others)[:_SHOWN]
