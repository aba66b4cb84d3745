"""What a lesson brought: the user's drawings and the test split, read by the network before it and after it."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import torch

from nn_core.data import Dataset, load_dataset
from nn_core.data.taught import drawn_split, known
from nn_core.drawings.corrections import read_corrections
from nn_core.errors import NNLabError
from nn_core.files import replace_json
from nn_core.inference.network import TrainedNetwork, load_network
from nn_core.runs import RunFolder, find_run

__all__ = ["measure_teaching"]


def measure_teaching(run: RunFolder, data_folder: Path, device: torch.device | None = None) -> dict[str, Any]:
    """Measure both networks of a run that started from another and learned drawings, write teaching.json and return it.

    before and after: how many of the drawings are read rightly (`right` `of` so many) and the test accuracy, a share from 0 to
    1; drawings: of each, in the run's order, what it is and what it was taken for before and after. The drawings are those that
    were learned: they tell whether the lesson was understood, the test split tells what it cost.

    Raises DamagedRun, DatasetUnavailable, or OSError when teaching.json cannot be written.
    """
    config = run.config()
    dataset = load_dataset(config.data, data_folder)
    corrections = known(read_corrections(run.drawings_file), dataset.spec)
    inputs = drawn_split(corrections, dataset.spec).inputs
    told, figures = [], []
    for weights, measured in ((run.start_weights, _measured_accuracy(run)), (run.best_weights, None)):
        network = load_network(run, data_folder, device, weights=weights)
        answers = [network.spec.classes[i] for i in network.outputs(inputs).argmax(dim=1).tolist()]
        right = sum(answer == each.label for answer, each in zip(answers, corrections, strict=True))
        told.append(answers)
        accuracy = _accuracy(network, dataset) if measured is None else measured
        figures.append({"right": right, "of": len(corrections), "test_accuracy": accuracy})
    teaching = {
        "run": run.name,
        "parent": config.training.start_from,
        "test_samples": len(dataset.test),
        "before": figures[0],
        "after": figures[1],
        "drawings": [
            {"label": each.label, "before": before, "after": after}
            for each, before, after in zip(corrections, *told, strict=True)
        ],
    }
    replace_json(run.teaching_file, teaching)
    return teaching


def _measured_accuracy(run: RunFolder) -> float | None:
    """What the parent's evaluation says, where the parent still is what this run started from, and has learned the same data."""
    config = run.config()
    with suppress(NNLabError, OSError, LookupError):
        parent = find_run(run.path.parent, config.training.start_from)
        evaluation = parent.evaluation()
        if (
            evaluation
            and parent.config().data.name == config.data.name
            and evaluation["step"] == _step(parent)
            and parent.best_weights.read_bytes() == run.start_weights.read_bytes()
        ):
            return float(evaluation["accuracy"])
    return None


def _step(run: RunFolder) -> int | None:
    best = run.status().best
    return best.step if best else None


def _accuracy(network: TrainedNetwork, dataset: Dataset) -> float:
    """On the test split, a share from 0 to 1."""
    answers = network.outputs(dataset.test.inputs).argmax(dim=1)
    return (answers == dataset.test.labels).double().mean().item()
