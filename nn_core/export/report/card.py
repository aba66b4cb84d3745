"""A model card in Markdown, with the metadata and the sections that the Hugging Face Hub knows.

https://huggingface.co/docs/hub/model-cards has the keys of the metadata. JSON is YAML, so each value is written as JSON.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

from jinja2 import Template
from markupsafe import Markup

from nn_core.errors import to_one_line
from nn_core.export.onnx_files import make_commands
from nn_core.export.report.facts import RunFacts, read_facts
from nn_core.export.templates import make_environment
from nn_core.formatting import format_percent, format_percent_range
from nn_core.runs import RunFolder
from nn_core.runs.reports import (
    ClassificationReport,
    ReconstructionReport,
    RegressionReport,
    describe_majority,
    describe_matrix,
    describe_missed_classes,
)
from nn_core.runs.run_command import describe_origin, list_run_commands
from nn_core.statistics.calibration import describe_verdict

__all__ = ["escape_text", "make_card"]

_PIPELINES = {
    ("classify", "pictures"): "image-classification",
    ("classify", "text"): "text-classification",
    ("classify", "points"): "tabular-classification",
    ("regress", "points"): "tabular-regression",
    ("reconstruct", "pictures"): "image-feature-extraction",
}
_HUB_DATASETS = {
    "mnist": "ylecun/mnist",
    "fashion_mnist": "zalando-datasets/fashion_mnist",
    "cifar10": "uoft-cs/cifar10",
}
_MARKUP = re.compile(r"([\\`*_{}\[\]#|~$])")
_MAX_TEXT = 200  # characters
_MAX_CLASSES = 30  # that are named
_WORST = 3  # classes


def make_card(run: RunFolder, data_folder: Path) -> str:
    """Return the card. All figures are measured on the run. Raises BadInput where the run cannot be read."""
    facts = read_facts(run, data_folder)
    evaluation = facts.evaluation
    is_classified = isinstance(evaluation, ClassificationReport)
    classes = [to_one_line(name, _MAX_TEXT) for name in facts.spec.classes]
    commands = {each.purpose: Markup(each.text) for each in list_run_commands(run, facts.spec.kind)}
    return _load_template().render(
        facts=facts,
        metadata=Markup(_make_metadata(facts)),
        classes=classes[:_MAX_CLASSES],
        more_classes=len(classes) - _MAX_CLASSES,
        figures=facts.list_figures(),
        origin=describe_origin(facts.config, facts.origin),
        differences=[each for group in facts.groups for each in group.settings if each.difference],
        worst=_list_worst(facts),
        summary=describe_matrix(evaluation, facts.spec.kind) if isinstance(evaluation, ClassificationReport) else "",
        missed=describe_missed_classes(evaluation) if evaluation else "",
        majority=describe_majority(evaluation) if evaluation else "",
        refused=_describe_refusal(facts),
        calibration=_describe_calibration(facts),
        is_classified=is_classified,
        commands=commands,
        onnx_commands=Markup(make_commands(facts.spec.kind, run.name)),
        command=Markup(to_one_line(facts.command, 10_000)),
    )


def escape_text(text: object) -> object:
    """Return text that Markdown shows as it is, on one line; markup stays."""
    if isinstance(text, Markup):
        return text
    plain = to_one_line(str(text), 10 * _MAX_TEXT).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKUP.sub(r"\\\1", plain)


@cache
def _load_template() -> Template:
    environment = make_environment("nn_core.export.report", finalize=escape_text)
    return environment.get_template("card.md.jinja")


def _make_metadata(facts: RunFacts) -> str:
    results = _list_metrics(facts)
    title = to_one_line(facts.title, _MAX_TEXT)
    pipeline = _PIPELINES.get((facts.goal, facts.spec.kind), "other")
    values: dict[str, object] = {
        "library_name": "pytorch",
        "pipeline_tag": pipeline,
        "tags": ["nn-lab", "pytorch", facts.config.model.name],
    }
    if hub := _HUB_DATASETS.get(facts.spec.name):
        values["datasets"] = [hub]
    if results:
        values["metrics"] = [kind for kind, _value in results]
        dataset = {"type": hub or facts.spec.name, "name": to_one_line(facts.spec.title, _MAX_TEXT), "split": "test"}
        values["model-index"] = [
            {
                "name": title,
                "results": [
                    {
                        "task": {"type": pipeline},
                        "dataset": dataset,
                        "metrics": [{"type": kind, "value": value} for kind, value in results],
                    }
                ],
            }
        ]
    return "\n".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in values.items())


def _list_metrics(facts: RunFacts) -> list[tuple[str, float]]:
    """Return (name on the Hub, value) of each result."""
    evaluation = facts.evaluation
    if isinstance(evaluation, ClassificationReport):
        macro = [("f1", round(facts.scores.macro.f1.value, 6))] if facts.scores else []
        return [("accuracy", round(evaluation.accuracy, 6)), *macro]
    if isinstance(evaluation, ReconstructionReport):
        return [("mse", round(evaluation.mean_squared_error, 8))]
    if isinstance(evaluation, RegressionReport):
        r_squared = [] if evaluation.r_squared is None else [("r_squared", round(evaluation.r_squared, 6))]
        return [("mae", round(evaluation.mean_absolute_error, 8)), *r_squared]
    return []


def _list_worst(facts: RunFacts) -> list[tuple[str, str, str]]:
    """Return name, recall with its interval, and test examples of the classes that are recognised least often."""
    if not facts.scores:
        return []
    tested = [row for row in zip(facts.spec.classes, facts.scores.classes, strict=True) if row[1].recall.interval]
    rows = []
    for name, scores in sorted(tested, key=lambda row: row[1].recall.value)[:_WORST]:
        interval = format_percent_range(*scores.recall.interval) if scores.recall.interval else ""
        recall = f"{format_percent(scores.recall.value)} ({interval})"
        rows.append((to_one_line(name, _MAX_TEXT), recall, f"{scores.support:,}"))
    return rows


def _describe_refusal(facts: RunFacts) -> str:
    evaluation = facts.evaluation
    if not isinstance(evaluation, ClassificationReport) or evaluation.in_distribution_rate is None:
        return "Whether it refuses inputs that are unlike its training data was not measured."
    return (
        f"NN Lab refuses inputs that are unlike everything that the network was trained on. Of the test {facts.samples}, "
        f"it refused {format_percent(1 - evaluation.in_distribution_rate)}."
    )


def _describe_calibration(facts: RunFacts) -> str:
    if not facts.examined or not facts.examined.calibration:
        return ""
    before, after = facts.examined.calibration
    verdict = describe_verdict(before, after, facts.samples, is_substitute=facts.examined.data.is_substitute)
    error, interval = format_percent(after.error.corrected), format_percent_range(*after.error.interval)
    risk = ", on which it may have been trained" if facts.examined.data.is_substitute else ""
    return f"{verdict} Calibration error {error} (95 % interval {interval}), on {facts.examined.source}{risk}."
