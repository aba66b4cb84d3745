"""What a lesson brought: the user's drawings and the test split, read by the network before it and after it."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from nn_core.atomic_io import replace_json
from nn_core.data import Dataset
from nn_core.data.rehearsal import filter_known, make_drawn_split
from nn_core.drawings.corrections import Correction, read_corrections
from nn_core.errors import NNLabError
from nn_core.evaluation.calibrate import calibrate, fit_calibration
from nn_core.inference.calibration import UNCALIBRATED, Calibration, read_calibration
from nn_core.inference.network import TrainedNetwork, load_network
from nn_core.runs import RunFolder, find_run
from nn_core.training.setup import load_training_data

__all__ = ["evaluate_finetuning"]


def evaluate_finetuning(run: RunFolder, data_folder: Path, device: torch.device | None = None) -> dict[str, Any]:
    """Measure both networks of a run that started from another and learned drawings, write teaching.json and return it.

    before and after: of the drawings, how many are read rightly (`right`), read as something else (`wrong`) or refused as
    like nothing that the network learned (`refused`), which together are `of`; and the test accuracy, a share from 0 to 1.
    drawings: of each, in the run's order, what it is, what it was taken for before and after, and whether it was refused
    (`before_refused`, `after_refused`). The drawings are those that were learned, and they are read as the Draw page reads
    them: they show whether the lesson was understood, and the test split shows what it cost.

    Also calibrates the network and writes calibration.safetensors, so that it can be used as soon as teaching.json is there.

    Raises DamagedRun, DatasetUnavailable, or OSError when a file cannot be written.
    """
    config = run.config()
    dataset = load_training_data(run, config, data_folder)
    corrections = filter_known(read_corrections(run.drawings_file), dataset.spec)
    inputs = make_drawn_split(corrections, dataset.spec).inputs
    parent = _unchanged_parent(run)
    before = load_network(run, data_folder, device, weights=run.start_weights)
    before = replace(before, calibration=_calibration_before(parent, before, dataset))
    after = load_network(run, data_folder, device, weights=run.best_weights)
    after = replace(after, calibration=calibrate(after, dataset, _step(run), run.calibration_file))
    answers = [_read(network, inputs) for network in (before, after)]
    measured = _measured_accuracy(parent, run)
    accuracies = (_accuracy(before, dataset) if measured is None else measured, _accuracy(after, dataset))
    teaching = {
        "run": run.name,
        "parent": config.training.start_from,
        "test_samples": len(dataset.test),
        **{
            time: {**_counts(read, corrections), "test_accuracy": accuracy}
            for time, read, accuracy in zip(("before", "after"), answers, accuracies, strict=True)
        },
        "drawings": [
            {
                "label": each.label,
                "before": before,
                "after": after,
                "before_refused": before_refused,
                "after_refused": after_refused,
            }
            for each, (before, before_refused), (after, after_refused) in zip(corrections, *answers, strict=True)
        ],
    }
    replace_json(run.teaching_file, teaching)
    return teaching


def _read(network: TrainedNetwork, inputs: Tensor) -> list[tuple[str, bool]]:
    """Of each drawing: the answer, and whether it is refused."""
    outputs, features = network.compute_tta_outputs_and_features(inputs)
    labels = [network.spec.classes[index] for index in outputs.argmax(dim=1).tolist()]
    return list(zip(labels, network.calibration.detect_out_of_distribution(features).tolist(), strict=True))


def _counts(read: list[tuple[str, bool]], corrections: list[Correction]) -> dict[str, int]:
    refused = sum(is_refused for _label, is_refused in read)
    right = sum(
        label == each.label and not is_refused for (label, is_refused), each in zip(read, corrections, strict=True)
    )
    return {"right": right, "wrong": len(read) - right - refused, "refused": refused, "of": len(read)}


def _unchanged_parent(run: RunFolder) -> RunFolder | None:
    """The run that this one started from, where it still has the network that it had then."""
    with suppress(NNLabError, OSError):
        parent = find_run(run.path.parent, run.config().training.start_from)
        if parent.best_weights.read_bytes() == run.start_weights.read_bytes():
            return parent
    return None


def _calibration_before(parent: RunFolder | None, network: TrainedNetwork, learned: Dataset) -> Calibration:
    """The calibration that the Draw page used before the lesson: the parent's. Where there is none, one is fitted, since the
    comparison is fair only if both networks can refuse a drawing."""
    if parent:
        with suppress(NNLabError):
            calibration = read_calibration(parent)
            if calibration is not UNCALIBRATED and not calibration.damage:
                return calibration
    return fit_calibration(network, learned)


def _measured_accuracy(parent: RunFolder | None, run: RunFolder) -> float | None:
    """The test accuracy in the parent's evaluation, where it learned the same data."""
    with suppress(NNLabError, OSError, LookupError):
        if parent and parent.config().data.name == run.config().data.name:
            evaluation = parent.evaluation_of(parent.status())
            return float(evaluation["accuracy"]) if evaluation else None
    return None


def _step(run: RunFolder) -> int | None:
    best = run.status().best
    return best.step if best else None


def _accuracy(network: TrainedNetwork, dataset: Dataset) -> float:
    """On the test split, a share from 0 to 1."""
    answers = network.compute_outputs(dataset.test.inputs).argmax(dim=1)
    return (answers == dataset.test.labels).double().mean().item()
