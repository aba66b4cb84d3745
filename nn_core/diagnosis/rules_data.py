"""Rules about the data: labels, the scale of the inputs, classes, and the test data."""

import math

from pydantic import JsonValue

from nn_core.diagnosis.findings import Finding
from nn_core.diagnosis.measurements import Measurements
from nn_core.formatting import format_percent
from nn_core.i18n import _
from nn_core.runs.reports import ClassificationReport

__all__ = ["check_inputs", "check_labels", "check_predicted_classes", "check_test_data"]

_SMALLEST_STD, _LARGEST_STD, _LARGEST_MEAN = 0.5, 2.0, 1.0
_GROSS = 5.0
_MIN_SUPPORT, _MIN_SUPPORT_OF_RARE = 5, 2  # test examples
_RARE = 1 / 3  # of the mean number of examples of a class
_MIN_DROP = 0.08
_DEVIATIONS = 4.0
_MIN_NEIGHBOURS = 50
_MANY_CLASSES_MISSING = 1 / 3


def check_labels(m: Measurements) -> Finding | None:
    """Whether the labels seem to belong to other samples."""
    if m.probe is None or m.probe.neighbours is None or not m.is_at_chance:
        return None
    neighbours = m.probe.neighbours
    if not neighbours.is_chance or neighbours.samples < _MIN_NEIGHBOURS:
        return None
    return Finding(
        "shuffled_labels",
        _("The labels look shuffled: they do not seem to belong to their examples."),
        _(
            "The most similar examples have the same label in {accuracy} of {count:,} cases, and {chance} is expected by chance; the network finds no connection either."
        ).format(
            accuracy=format_percent(neighbours.accuracy),
            count=neighbours.samples,
            chance=format_percent(neighbours.chance),
        ),
        _("Look at some examples on the Data page: if their labels are wrong, correct the file and import it again."),
        {},
        0.95,
    )


def check_inputs(m: Measurements) -> Finding | None:
    """Whether the inputs are far from mean 0 and standard deviation 1."""
    if m.probe is None or m.probe.inputs is None:
        return None
    mean, std = m.probe.inputs.mean, m.probe.inputs.std
    if _SMALLEST_STD < std < _LARGEST_STD and abs(mean) < _LARGEST_MEAN:
        return None
    is_gross = not 1 / _GROSS < std < _GROSS or abs(mean) > _GROSS
    remedy = _("Set the mean and the standard deviation of the data set to those of its training data.")
    settings: dict[str, JsonValue] = {}
    button = ""
    if m.config.data.scaling != "mean-std":
        remedy = _(
            "Train with the pixel scaling 'mean-std', which subtracts the mean and divides by the standard deviation."
        )
        settings, button = {"data.scaling": "mean-std"}, _("Normalise the inputs")
    elif getattr(m.config.model, "norm", "") == "none":
        settings, button = {"model.norm": "batch"}, _("Try batch norm")
    return Finding(
        "unnormalised_inputs",
        _("The inputs are not normalised."),
        _(
            "Their mean is {mean:.3g} and their standard deviation {std:.3g}; networks learn best with about 0 and 1."
        ).format(mean=mean, std=std),
        remedy,
        settings,
        0.97 if is_gross else 0.9 if m.is_poor else 0.5,
        button,
    )


def check_predicted_classes(m: Measurements) -> Finding | None:
    """Whether the network never answers with one of the classes."""
    report = m.evaluation
    counts = m.probe.class_counts if m.probe else ()
    if m.is_at_chance or not isinstance(report, ClassificationReport):
        return None
    support = [sum(row) for row in report.confusion_matrix]
    answers = [sum(column) for column in zip(*report.confusion_matrix, strict=True)]
    usual = sum(counts) / max(len(counts), 1)
    missing = [
        index
        for index, answered in enumerate(answers)
        if not answered
        and support[index] >= (_MIN_SUPPORT if not counts or counts[index] > _RARE * usual else _MIN_SUPPORT_OF_RARE)
    ]
    if not missing or len(missing) > max(1, _MANY_CLASSES_MISSING * len(support)):
        return None
    index = min(missing, key=lambda each: (counts[each] if counts else 0, -support[each]))
    name = report.classes[index]
    evidence = _("None of its {count:,} test examples is recognised, and no other example is taken for it").format(
        count=support[index]
    )
    settings: dict[str, JsonValue] = {}
    has_none = bool(counts) and counts[index] == 0
    if has_none:
        evidence = _("{evidence}; there are no training examples of it.").format(evidence=evidence)
        remedy = _("Add training examples of '{name}'.").format(name=name)
    else:
        evidence += "."
        if counts:
            evidence = _("{evidence} {own:,} of {all:,} training examples belong to it.").format(
                evidence=evidence, own=counts[index], all=sum(counts)
            )
        remedy = _("Add training examples of '{name}', or give rare classes more weight.").format(name=name)
        if "class_weights" in type(m.config.loss).model_fields:
            settings = {"loss.class_weights": "balanced"}
    return Finding(
        "class_never_predicted",
        _("The class '{name}' is never predicted.").format(name=name),
        evidence,
        remedy,
        settings,
        0.96 if has_none else 0.4 if m.is_poor else 0.7,
        _("Try class weights") if settings else "",
    )


def check_test_data(m: Measurements) -> Finding | None:
    """Whether the test data seem to differ from the training and validation data."""
    report, best = m.evaluation, m.status.best
    if not isinstance(report, ClassificationReport) or best is None or best.accuracy is None or m.is_at_chance:
        return None
    validated = m.probe.validation.samples if m.probe and m.probe.validation else report.samples
    drop = best.accuracy - report.accuracy
    pooled = (best.accuracy * validated + report.accuracy * report.samples) / (validated + report.samples)
    spread = math.sqrt(max(pooled * (1 - pooled), 1e-6) * (1 / validated + 1 / max(report.samples, 1)))
    if drop < _MIN_DROP or drop < _DEVIATIONS * spread:
        return None
    settings: dict[str, JsonValue] = {}
    remedy = _("Compare the test examples with the training examples on the Data page.")
    if m.kind == "pictures" and not m.config.data.augmentation.is_active:
        settings = {"data.augmentation.rotate": 10.0, "data.augmentation.shift": 2.0, "data.augmentation.scale": 0.1}
        remedy = _(
            "Compare the test examples with the training examples on the Data page; augmentation makes a network less sensitive to such differences."
        )
    return Finding(
        "test_below_validation",
        _("The result on the test data is far below that on the validation data."),
        _(
            "The test accuracy is {test} and the best validation accuracy {validation}; by chance they differ by {spread} or less."
        ).format(
            test=format_percent(report.accuracy),
            validation=format_percent(best.accuracy),
            spread=format_percent(2 * spread),
        ),
        remedy,
        settings,
        0.9,
        _("Try augmentation") if settings else "",
    )
