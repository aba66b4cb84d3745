"""Evaluates a run on its test data, which training never uses."""

import math
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from nn_core.atomic_io import replace_json
from nn_core.data import Split
from nn_core.data.transforms import to_unit_float
from nn_core.evaluation.answers import Answers, answer_examples, write_answers
from nn_core.evaluation.calibrate import calibrate, compute_calibration_error
from nn_core.evaluation.held_out import HeldOutData
from nn_core.inference.network import TrainedNetwork, load_network
from nn_core.runs import RunFolder, reports
from nn_core.statistics.proportions import compute_wilson_interval
from nn_core.statistics.scores import AverageScores, compute_scores
from nn_core.training.losses import build_loss
from nn_core.training.setup import load_training_data

__all__ = ["evaluate_run"]

_BATCH = 1000  # pictures at a time, because floats take four times the memory
_RECONSTRUCTIONS = 8  # examples of each quality
_EXAMPLES = 12  # of each confusion
_SCATTERED, _WORST = 1000, 12  # predicted values


def evaluate_run(
    run: RunFolder, data_folder: Path, device: torch.device | None = None, *, has_calibration: bool = False
) -> reports.EvaluationReport:
    """Evaluate the run's best network, and write evaluation.json, calibration.safetensors and
    answers.safetensors into `run.results`.

    Args:
        run: the run.
        data_folder: where its data is.
        device: the CPU by default.
        has_calibration: whether calibration.safetensors has just been written for this network.

    Raises:
        DamagedRun: the run cannot be read.
        DatasetUnavailable: its data is not on this machine.
        OSError: a file cannot be written.
    """
    network = load_network(run, data_folder, device)
    dataset = load_training_data(run, network.config, data_folder)
    best = run.status().best
    step = best.step if best else None
    results = run.results
    if run.is_shipped:
        results.mkdir(parents=True, exist_ok=True)
    report: reports.EvaluationReport
    if network.goal == "classify":
        file = results / run.calibration_file.name
        calibration = network.calibration if has_calibration else calibrate(network, dataset, step, file)
        data = HeldOutData(network.spec, network.config.data, dataset.test, is_substitute=False)
        answers = answer_examples(replace(network, calibration=calibration), data, step)
        report = _evaluate_classification(network, answers)
        write_answers(results / run.answers_file.name, answers)
    elif network.goal == "regress":
        report = _evaluate_regression(network, dataset.test, step)
    else:
        report = _evaluate_reconstruction(network, dataset.test, step)
    replace_json(results / run.evaluation_file.name, report.to_json())
    return report


def _evaluate_reconstruction(network: TrainedNetwork, test: Split, step: int | None) -> reports.ReconstructionReport:
    loss = build_loss(network.config.loss, network.goal)
    errors, losses = [], []
    total = squares = torch.zeros(network.spec.shape, dtype=torch.float64)
    for batch in test.inputs.split(_BATCH):
        originals, outputs = to_unit_float(batch), network.compute_outputs(batch)
        errors.append((outputs - originals).square().flatten(1).mean(dim=1))
        losses.append(loss(outputs, originals).item() * len(batch))
        total = total + originals.double().sum(dim=0)
        squares = squares + originals.double().square().sum(dim=0)
    error = torch.cat(errors)
    variance = squares / len(test) - (total / len(test)).square()
    per_class = [error[test.labels == i] for i in range(len(network.spec.classes))]
    return reports.ReconstructionReport(
        samples=len(test),
        step=step,
        accuracy=None,
        loss=sum(losses) / len(test),
        mean_squared_error=error.mean().item(),
        error_of_mean_picture=variance.mean().item(),
        classes=list(network.spec.classes),
        per_class={
            label: reports.ClassError(mean_squared_error=each.mean().item() if len(each) else None, support=len(each))
            for label, each in zip(network.spec.classes, per_class, strict=True)
        },
        examples=_choose_examples(error),
    )


def _choose_examples(error: Tensor) -> reports.ReconstructionExamples:
    order = error.argsort()
    count = min(_RECONSTRUCTIONS, len(order))
    middle = (len(order) - count) // 2

    def describe(indices: Tensor) -> list[reports.ReconstructionExample]:
        return [
            reports.ReconstructionExample(index=i, mean_squared_error=round(error[i].item(), 6))
            for i in indices.tolist()
        ]

    return reports.ReconstructionExamples(
        best=describe(order[:count]),
        middle=describe(order[middle : middle + count]),
        worst=describe(order[-count:].flip(0)),
    )


def _evaluate_regression(network: TrainedNetwork, test: Split, step: int | None) -> reports.RegressionReport:
    outputs = network.compute_outputs(test.inputs)
    predicted, values = outputs.squeeze(1).double(), test.labels.double()
    errors = predicted - values
    squared, variance = errors.square().mean().item(), values.var(correction=0).item()

    def describe(indices: Tensor) -> list[reports.ValueExample]:
        return [
            reports.ValueExample(index=i, value=round(values[i].item(), 5), predicted=round(predicted[i].item(), 5))
            for i in indices.tolist()
        ]

    return reports.RegressionReport(
        samples=len(test),
        step=step,
        accuracy=None,
        loss=build_loss(network.config.loss, network.goal)(outputs, test.labels).item(),
        root_mean_squared_error=math.sqrt(squared),
        mean_absolute_error=errors.abs().mean().item(),
        r_squared=1 - squared / variance if variance else None,
        error_of_mean=math.sqrt(variance),
        scatter=describe(torch.arange(len(test))[:: math.ceil(len(test) / _SCATTERED)]),
        worst=describe(errors.abs().argsort(descending=True)[:_WORST]),
    )


def _evaluate_classification(network: TrainedNetwork, answers: Answers) -> reports.ClassificationReport:
    from sklearn.metrics import confusion_matrix

    classes, labels, predicted = network.spec.classes, answers.labels, answers.predicted
    indices = list(range(len(classes)))
    correct = int(answers.is_correct.sum())
    matrix = confusion_matrix(labels.numpy(), predicted.numpy(), labels=indices).tolist()
    scores = compute_scores(matrix)
    return reports.ClassificationReport(
        samples=len(answers),
        step=answers.step,
        accuracy=correct / len(labels),
        accuracy_interval=compute_wilson_interval(correct, len(labels)),
        loss=build_loss(network.config.loss, network.goal)(answers.logits, labels).item(),
        calibration_error=compute_calibration_error(answers.probabilities, labels),
        in_distribution_rate=1 - answers.out_of_distribution.double().mean().item(),
        classes=list(classes),
        confusion_matrix=matrix,
        per_class={
            label: reports.ClassScores(**_describe_scores(row).model_dump(), support=row.support)
            for label, row in zip(classes, scores.classes, strict=True)
        },
        macro_average=_describe_scores(scores.macro),
        weighted_average=_describe_scores(scores.weighted),
        confusions=_find_confusions(answers.probabilities, labels, classes),
    )


def _describe_scores(scores: AverageScores) -> reports.AverageScores:
    return reports.AverageScores(
        precision=scores.precision.value,
        recall=scores.recall.value,
        f1=scores.f1.value,
        precision_interval=scores.precision.interval,
        recall_interval=scores.recall.interval,
        f1_interval=scores.f1.interval,
    )


def _find_confusions(probabilities: Tensor, labels: Tensor, classes: tuple[str, ...]) -> list[reports.Confusion]:
    confidence, predicted = probabilities.max(dim=1)
    pairs: dict[tuple[int, int], list[int]] = {}
    wrong = torch.nonzero(predicted != labels).flatten()
    for index in wrong[confidence[wrong].argsort(descending=True)].tolist():
        pairs.setdefault((int(labels[index]), int(predicted[index])), []).append(index)
    return [
        reports.Confusion(
            true=classes[true],
            predicted=classes[answer],
            count=len(indices),
            examples=[
                reports.ConfusionExample(index=i, probability=round(confidence[i].item(), 4))
                for i in indices[:_EXAMPLES]
            ],
        )
        for (true, answer), indices in sorted(pairs.items(), key=lambda pair: -len(pair[1]))
    ]
