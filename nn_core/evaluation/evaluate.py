"""Evaluates a run on its test split, which training has never looked at."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from nn_core.atomic_io import replace_json
from nn_core.data import Split
from nn_core.data.transforms.normalize import to_unit_float
from nn_core.evaluation.calibrate import calibrate, compute_calibration_error
from nn_core.inference.calibration import Calibration
from nn_core.inference.network import TrainedNetwork, load_network
from nn_core.runs import RunFolder
from nn_core.training.losses import build_loss
from nn_core.training.setup import load_training_data

__all__ = ["evaluate_run"]

_BATCH = 1000
_PAIRS = 8  # pictures kept of each quality
_EXAMPLES = 12  # samples kept of each confusion, the surest mistakes first


def evaluate_run(
    run: RunFolder, data_folder: Path, device: torch.device | None = None, *, calibrated: bool = False
) -> dict[str, Any]:
    """Measure the run's best network, write evaluation.json (and calibration.safetensors) into `run.results` and return what it
    holds.

    step: after which the network was saved; accuracy: a share from 0 to 1, accuracy_interval: its 95 % confidence
    interval (Wilson, 1927); loss: the mean of the run's own loss; calibration_error: by how much its sureness misses its
    accuracy; let_through: the share of samples that look like something it learned; confusion_matrix: counts, a row for each true class and
    a column for each predicted one; per_class: precision, recall, f1 and support of each class by name; confusions: pairs
    of classes, the most frequent first, with the surest mistakes as indices into the test split.

    Of a network that reconstructs: accuracy is None, and mean_squared_error is that of the pixels from 0 to 1; per_class
    has it of each class (None without a picture); examples: the pictures that are most alike, middling and least alike;
    error_of_mean_picture: what one would get by always giving back the mean of the test pictures.

    calibrated: whether calibration.safetensors has just been written for this very network.

    Raises DamagedRun, DatasetUnavailable, or OSError when evaluation.json cannot be written.
    """
    network = load_network(run, data_folder, device)
    dataset = load_training_data(run, network.config, data_folder)
    best = run.status().best
    step = best.step if best else None
    results = run.results
    if run.is_shipped:
        results.mkdir(parents=True, exist_ok=True)
    if network.goal == "classify":
        file = results / run.calibration_file.name
        calibration = network.calibration if calibrated else calibrate(network, dataset, step, file)
        figures = _classified(network, calibration, dataset.test)
    else:
        figures = _reconstructed(network, dataset.test)
    evaluation = {"samples": len(dataset.test), "step": step, **figures}
    replace_json(results / run.evaluation_file.name, evaluation)
    return evaluation


def _reconstructed(network: TrainedNetwork, test: Split) -> dict[str, Any]:
    """Of a network that gives pictures back: there is nothing to be right or wrong about, only more or less alike."""
    loss = build_loss(network.config.loss, network.goal)
    errors, losses = [], []
    total = squares = torch.zeros(network.spec.shape, dtype=torch.float64)
    for part in test.inputs.split(_BATCH):  # so many pictures at a time: floats take four times the room of a picture
        originals, made = to_unit_float(part), network.compute_outputs(part)
        errors.append((made - originals).square().flatten(1).mean(dim=1))
        losses.append(loss(made, originals).item() * len(part))
        total = total + originals.double().sum(dim=0)
        squares = squares + originals.double().square().sum(dim=0)
    error = torch.cat(errors)
    variance = squares / len(test) - (total / len(test)).square()
    of_class = [error[test.labels == i] for i in range(len(network.spec.classes))]
    return {
        "accuracy": None,
        "loss": sum(losses) / len(test),
        "mean_squared_error": error.mean().item(),
        "error_of_mean_picture": variance.mean().item(),
        "classes": list(network.spec.classes),
        "per_class": {
            label: {"mean_squared_error": part.mean().item() if len(part) else None, "support": len(part)}
            for label, part in zip(network.spec.classes, of_class, strict=True)
        },
        "examples": _examples(error),
    }


def _examples(error: Tensor) -> dict[str, list[dict[str, Any]]]:
    order = error.argsort()
    count = min(_PAIRS, len(order))
    middle = (len(order) - count) // 2
    chosen = {"best": order[:count], "middle": order[middle : middle + count], "worst": order[-count:].flip(0)}
    return {
        name: [{"index": i, "mean_squared_error": round(error[i].item(), 6)} for i in indices.tolist()]
        for name, indices in chosen.items()
    }


def _classified(network: TrainedNetwork, calibration: Calibration, test: Split) -> dict[str, Any]:
    from scipy.stats import binomtest
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    logits, features = network.compute_outputs_and_features(test.inputs)
    classes, labels = network.spec.classes, test.labels
    everything = list(range(len(classes)))
    probabilities = calibration.compute_probabilities(logits)
    predicted = probabilities.argmax(dim=1)
    hits = int((predicted == labels).sum())
    interval = binomtest(hits, len(labels)).proportion_ci(0.95, method="wilson")
    columns = precision_recall_fscore_support(labels.numpy(), predicted.numpy(), labels=everything, zero_division=0.0)
    names = ("precision", "recall", "f1", "support")
    return {
        "accuracy": hits / len(labels),
        "accuracy_interval": [float(interval.low), float(interval.high)],
        "loss": build_loss(network.config.loss, network.goal)(logits, labels).item(),
        "calibration_error": compute_calibration_error(probabilities, labels),
        "let_through": 1 - calibration.detect_out_of_distribution(features).double().mean().item(),
        "classes": list(classes),
        "confusion_matrix": confusion_matrix(labels.numpy(), predicted.numpy(), labels=everything).tolist(),
        "per_class": {
            label: {name: column[i].item() for name, column in zip(names, columns, strict=True)}
            for i, label in enumerate(classes)
        },
        "confusions": _confusions(probabilities, labels, classes),
    }


def _confusions(probabilities: Tensor, labels: Tensor, classes: tuple[str, ...]) -> list[dict[str, Any]]:
    sureness, predicted = probabilities.max(dim=1)
    pairs: dict[tuple[int, int], list[int]] = {}
    wrong = torch.nonzero(predicted != labels).flatten()
    for index in wrong[sureness[wrong].argsort(descending=True)].tolist():
        pairs.setdefault((int(labels[index]), int(predicted[index])), []).append(index)
    return [
        {
            "true": classes[true],
            "predicted": classes[guess],
            "count": len(indices),
            "examples": [{"index": i, "probability": round(sureness[i].item(), 4)} for i in indices[:_EXAMPLES]],
        }
        for (true, guess), indices in sorted(pairs.items(), key=lambda pair: -len(pair[1]))
    ]
