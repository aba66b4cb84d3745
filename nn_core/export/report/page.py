"""A run's report: one HTML file without scripts, which needs no network and is printed on two pages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Template
from markupsafe import Markup

from nn_core.config.repeat import SettingGroup
from nn_core.diagram.render import DiagramStyle, render_diagram
from nn_core.diagram.stages import list_network_items, list_stages
from nn_core.errors import to_one_line
from nn_core.export.report import examples, results
from nn_core.export.report.facts import RunFacts, read_facts
from nn_core.export.report.parts import shorten
from nn_core.export.templates import make_environment
from nn_core.formatting import format_duration
from nn_core.i18n import _
from nn_core.runs import RunFolder
from nn_core.runs.reports import ClassificationReport, describe_matrix, describe_missed_classes
from nn_core.runs.run_command import describe_origin

__all__ = ["make_report"]

_MAX_VALUE = 300  # characters of a setting
_PRINTED_DIFFERENCES = 12
_PRINTED_COMMAND = 700  # characters
_PRINTED_STAGES = 18
_STYLE = DiagramStyle("currentColor", "var(--ground)", [f"var(--c{index})" for index in range(8)], is_inline=True)


@dataclass(frozen=True)
class _Setting:
    """A setting as text."""

    path: str
    title: str
    value: str
    difference: str


def make_report(run: RunFolder, data_folder: Path) -> str:
    """Return the HTML. Of a run without results it has the settings, the network and the curves so far.

    Raises:
        BadInput: the run cannot be read.
    """
    facts = read_facts(run, data_folder)
    items = list_network_items(facts.rows, facts.spec.task, facts.goal)
    is_classified = isinstance(facts.evaluation, ClassificationReport)
    settings = [(group.title, _list_settings(group)) for group in facts.groups]
    differences = [each for _title, rows in settings for each in rows if each.difference]
    return _load_template().render(
        facts=facts,
        figures=facts.list_figures(),
        origin=describe_origin(facts.config, facts.origin),
        settings=settings,
        differences=differences,
        printed_differences=_PRINTED_DIFFERENCES,
        diagram=Markup(render_diagram(items, [_(name) for name in facts.spec.classes], _STYLE)),
        prints_diagram=len(list_stages(items)) <= _PRINTED_STAGES,
        prints_command=len(facts.command) <= _PRINTED_COMMAND,
        curves=results.draw_curves(facts),
        matrix=results.draw_matrix(facts.evaluation) if isinstance(facts.evaluation, ClassificationReport) else None,
        summary=describe_matrix(facts.evaluation, facts.spec.kind)
        if isinstance(facts.evaluation, ClassificationReport)
        else "",
        missed=describe_missed_classes(facts.evaluation) if facts.evaluation else "",
        is_classified=is_classified,
        examples_chart=examples.make_examples_chart(facts),
        examples=examples.list_examples(facts.examined) if facts.examined else ([], 0),
        calibration=results.draw_calibration(facts),
        scores=results.list_scores(facts),
        examples_title=_name_examples(facts),
        environment=_list_environment(facts),
        substitute=_describe_substitute(facts),
        made=facts.status.updated_at[:10],
    )


@cache
def _load_template() -> Template:
    environment = make_environment("nn_core.export.report", autoescape=True)
    environment.globals |= {"_": _, "Markup": Markup, "shorten": shorten}
    return environment.get_template("report.html.jinja")


def _list_settings(group: SettingGroup) -> list[_Setting]:
    return [
        _Setting(each.path, each.title, to_one_line(each.value, _MAX_VALUE), to_one_line(each.difference, _MAX_VALUE))
        for each in group.settings
    ]


def _name_examples(facts: RunFacts) -> str:
    if facts.goal == "classify":
        return _("Mistakes with the highest confidence")
    return _("Largest errors") if facts.goal == "regress" else _("Largest errors: each picture beside its copy")


def _describe_substitute(facts: RunFacts) -> str:
    """Say that the examples are not the run's own; "" if they are."""
    if not facts.examined or not facts.examined.data.is_substitute:
        return ""
    return _(
        "The run's own test data is not on the machine that made this report: examples and calibration are those of {source}, on which the "
        "network may have been trained. The figures above are from its own test data."
    ).format(source=facts.examined.source)


def _list_environment(facts: RunFacts) -> list[tuple[str, str]]:
    """Return what the last process of the run trained with."""
    rows = [(_("Started"), facts.status.created_at[:19].replace("T", " "))]
    if facts.status.elapsed_seconds:
        rows.append((_("Training time"), format_duration(facts.status.elapsed_seconds)))
    if facts.environments:
        last = facts.environments[-1]
        rows += [
            (_("Device"), last.device),
            (_("System"), last.system),
            ("PyTorch", last.torch),
            ("Python", last.python),
            ("NN Lab", last.nn_lab),
            (_("CPU threads"), f"{last.threads:,}"),
            (_("Processes"), f"{last.processes:,}"),
        ]
        if last.commit:
            changed = _(", with changes that were not committed") if last.is_changed else ""
            rows.append((_("Commit"), f"{last.commit[:12]}{changed}"))
    else:
        rows.append((_("Versions"), _("not recorded")))
    return [(title, to_one_line(value, _MAX_VALUE)) for title, value in rows]
