"""Evaluates a fine-tuning run: the user's drawings and the test data, before and after."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from nn_core.atomic_io import replace_json
from nn_core.data import Dataset
from nn_core.data.custom.drawings import make_drawn_split
from nn_core.data.rehearsal import filter_known
from nn_core.drawings.corrections import Correction, read_corrections
from nn_core.errors import NNLabError
from nn_core.evaluation.calibrate import calibrate
from nn_core.finetuning.report import DrawingAnswers, FinetuneReport, FinetuneScores
from nn_core.inference.calibration import UNCALIBRATED, Calibration, read_calibration
from nn_core.inference.network import TrainedNetwork, load_network
from nn_core.runs import RunFolder, find_run
from nn_core.runs.reports import ClassificationReport
from nn_core.training.setup import load_training_data

__all__ = ["evaluate_finetuning"]

_Answer = tuple[str, bool]
"""A drawing's most probable class, and whether the drawing is out of distribution."""


def evaluate_finetuning(run: RunFolder, data_folder: Path, device: torch.device | None = None) -> FinetuneReport:
    """Evaluate both networks of a fine-tuning run and write teaching.json.

    The drawings are those that the run was trained on, and they are predicted as on the Draw page. They show whether the drawings were
    learned; the test data shows what that cost.

    Also writes calibration.safetensors, so that the network can be used as soon as teaching.json exists.

    Raises:
        DamagedRun: the run cannot be read.
        DatasetUnavailable: its data is not on this machine.
        OSError: a file cannot be written.
    """
    config = run.config()
    dataset = load_training_data(run, config, data_folder)
    corrections = filter_known(read_corrections(run.drawings_file), dataset.spec)
    inputs = make_drawn_split(corrections, dataset.spec).inputs
    parent = _find_unchanged_parent(run)
    before = load_network(run, data_folder, device, weights=run.start_weights)
    before = replace(before, calibration=_read_calibration_before(parent, before, dataset))
    after = load_network(run, data_folder, device, weights=run.best_weights)
    best = run.status().best
    step = best.step if best else None
    after = replace(after, calibration=calibrate(after, dataset, step, run.calibration_file))
    answers = [_predict(network, inputs) for network in (before, after)]
    accuracy_before = _get_accuracy_before(parent, run, before, dataset)
    report = FinetuneReport(
        run=run.name,
        parent=config.training.start_from,
        test_samples=len(dataset.test),
        before=_make_scores(answers[0], corrections, accuracy_before),
        after=_make_scores(answers[1], corrections, _compute_accuracy(after, dataset)),
        drawings=[
            DrawingAnswers(
                label=each.label,
                before=label_before,
                after=label_after,
                was_out_of_distribution=was_out,
                is_out_of_distribution=is_out,
            )
            for each, (label_before, was_out), (label_after, is_out) in zip(corrections, *answers, strict=True)
        ],
    )
    replace_json(run.teaching_file, report.to_json())
    return report


def _predict(network: TrainedNetwork, inputs: Tensor) -> list[_Answer]:
    outputs, features = network.compute_tta_outputs_and_features(inputs)
    labels = [network.spec.classes[index] for index in outputs.argmax(dim=1).tolist()]
    return list(zip(labels, network.calibration.detect_out_of_distribution(features).tolist(), strict=True))


def _make_scores(answers: list[_Answer], corrections: list[Correction], test_accuracy: float) -> FinetuneScores:
    out = sum(is_out for _label, is_out in answers)
    correct = sum(
        label == each.label and not is_out for (label, is_out), each in zip(answers, corrections, strict=True)
    )
    return FinetuneScores(
        correct=correct,
        wrong=len(answers) - correct - out,
        out_of_distribution=out,
        count=len(answers),
        test_accuracy=test_accuracy,
    )


def _find_unchanged_parent(run: RunFolder) -> RunFolder | None:
    """The run that this one started from, if it still has the same weights."""
    with suppress(NNLabError, OSError):
        parent = find_run(run.path.parent, run.config().training.start_from)
        if parent.best_weights.read_bytes() == run.start_weights.read_bytes():
            return parent
    return None


def _read_calibration_before(parent: RunFolder | None, network: TrainedNetwork, dataset: Dataset) -> Calibration:
    """The parent's calibration, which the Draw page used before. Where it has none, one is fitted, because the comparison is fair only
    if both networks can detect drawings that are out of distribution."""
    if parent:
        with suppress(NNLabError):
            calibration = read_calibration(parent)
            if calibration is not UNCALIBRATED and not calibration.damage:
                return calibration
    return calibrate(network, dataset)


def _get_accuracy_before(parent: RunFolder | None, run: RunFolder, network: TrainedNetwork, dataset: Dataset) -> float:
    """The test accuracy in the parent's evaluation, if it was trained on the same data; otherwise it is computed."""
    with suppress(NNLabError, OSError):
        if parent and parent.config().data.name == run.config().data.name:
            evaluation = parent.evaluation_of(parent.status())
            if isinstance(evaluation, ClassificationReport):
                return evaluation.accuracy
    return _compute_accuracy(network, dataset)


def _compute_accuracy(network: TrainedNetwork, dataset: Dataset) -> float:
    """On the test data, from 0 to 1."""
    answers = network.compute_outputs(dataset.test.inputs).argmax(dim=1)
    return (answers == dataset.test.labels).double().mean().item()
