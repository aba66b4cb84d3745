"""The accuracy of networks against the level of a perturbation: the chart, its table and the rows of its file."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from nn_core.formatting import format_number, format_percent, format_percent_range
from nn_core.i18n import _
from nn_core.runs.robustness import LevelResult, RobustnessReport
from ui.app.charts import LEGEND_BELOW, format_label, import_graph_objects, show_chart, show_chart_table

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from nn_core.evaluation.robustness import Perturbation

__all__ = ["describe_levels", "format_level", "list_csv_rows", "show_robustness_chart"]

_MAX_TITLE = 40  # characters of a run in the legend
_MOST_TICKS = 12  # with numbers


def format_level(perturbation: Perturbation, level: float) -> str:
    """Format a level with its unit."""
    number = format_number(level)
    return f"{number}{perturbation.unit}" if perturbation.unit == "°" else f"{number} {perturbation.unit}".strip()


def describe_levels(perturbation: Perturbation, levels: Sequence[LevelResult]) -> str:
    """Say in two sentences what the perturbation does to the accuracy: without it, where it is clearly worse, and at worst."""
    plain = next(each for each in levels if each.level == 0)
    first = _("Undisturbed, {accuracy} of the answers are right ({range}).").format(
        accuracy=format_percent(plain.accuracy), range=format_percent_range(*plain.interval)
    )
    worse = [each for each in levels if each.interval[1] < plain.interval[0]]
    if not worse:
        return f"{first} " + _("At no level is it clearly worse: all intervals overlap with that one.")
    nearest, worst = min(worse, key=lambda each: abs(each.level)), min(worse, key=lambda each: each.accuracy)
    second = _("It is clearly worse from {level} on ({accuracy}), and worst at {worst_level}: {worst}.")
    return f"{first} " + second.format(
        level=format_level(perturbation, nearest.level),
        accuracy=format_percent(nearest.accuracy),
        worst_level=format_level(perturbation, worst.level),
        worst=format_percent(worst.accuracy),
    )


def show_robustness_chart(perturbation: Perturbation, results: Mapping[str, Sequence[LevelResult]]) -> None:
    """Show the accuracy of each run against the level, with 95 % intervals. results: by the run's title."""
    graph = import_graph_objects()
    figure: go.Figure = graph.Figure()
    for title, levels in results.items():
        accuracies = [100 * each.accuracy for each in levels]
        figure.add_scatter(
            x=[each.level for each in levels],
            y=accuracies,
            mode="lines+markers",
            marker={"size": 8},
            name=format_label(title, _MAX_TITLE),
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [100 * each.interval[1] - value for each, value in zip(levels, accuracies, strict=True)],
                "arrayminus": [value - 100 * each.interval[0] for each, value in zip(levels, accuracies, strict=True)],
                "thickness": 1,
                "width": 3,
            },
            hovertemplate="%{x:g}" + f" {perturbation.unit}: " + "%{y:.1f} %",
        )
    unit = f" ({perturbation.unit})" if perturbation.unit else ""
    ticks = _make_ticks(perturbation) if perturbation.unit == "°" else {}
    figure.update_layout(
        xaxis={"title": _(perturbation.axis) + unit, "zeroline": False} | ticks,
        yaxis={"title": _("Right answers (%)"), "range": [0, 103], "dtick": 20},
        legend=LEGEND_BELOW,
        showlegend=len(results) > 1,
    )
    sentences = " ".join(f"{title}: {describe_levels(perturbation, levels)}" for title, levels in results.items())
    alt = _("{perturbation}: accuracy against the level. {sentences}")
    show_chart(
        figure,
        height=360,
        alt=alt.format(perturbation=_(perturbation.title), sentences=sentences),
        key="robustness_chart",
    )
    _show_table(perturbation, results)


def _make_ticks(perturbation: Perturbation) -> dict[str, object]:
    """A tick at each level, because Plotly would choose multiples of 50, and its number where there is room for it on a phone."""
    levels = perturbation.levels
    room = (levels[-1] - levels[0]) / _MOST_TICKS
    texts, last = [], -math.inf
    for level in levels:
        has_room = level - last >= room
        texts.append(format_number(level) if has_room else "")
        last = level if has_room else last
    return {"tickvals": list(levels), "ticktext": texts, "tickangle": 0, "ticks": "outside"}


def _show_table(perturbation: Perturbation, results: Mapping[str, Sequence[LevelResult]]) -> None:
    columns: dict[str, list[str]] = {
        _(perturbation.axis): [format_level(perturbation, level) for level in perturbation.levels]
    }
    for title, levels in results.items():
        by_level = {each.level: each for each in levels}
        columns[title] = [
            f"{format_percent(found.accuracy)} ({format_percent_range(*found.interval)})"
            if (found := by_level.get(level))
            else "–"
            for level in perturbation.levels
        ]
    show_chart_table(
        columns,
        caption=_("Accuracy at each level: {perturbation}").format(perturbation=_(perturbation.title)),
        key="robustness_table",
    )


def list_csv_rows(reports: Mapping[str, RobustnessReport]) -> list[list[object]]:
    """List all results of runs as rows of a table. reports: by the name of the run's folder."""
    head: list[object] = ["run", "data", "perturbation", "level", "examples", "right", "accuracy_low", "accuracy_high"]
    rows: list[list[object]] = [
        [run, report.data, name, each.level, each.count, each.correct, *each.interval]
        for run, report in reports.items()
        for name, result in report.perturbations.items()
        for each in result.levels
    ]
    return [head, *rows]
