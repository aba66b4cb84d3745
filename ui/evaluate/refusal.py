"""What remains if the network refuses to answer below some confidence: accuracy against coverage."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from nn_core.data import DatasetSpec
from nn_core.formatting import format_percent, format_percent_range
from nn_core.i18n import _
from nn_core.runs import RunFolder
from nn_core.runs.reports import ClassificationReport
from nn_core.statistics.reliability import Coverage, compute_coverage
from nn_core.task import get_plural
from ui.app.charts import LEGEND_BELOW, import_graph_objects, show_chart, show_chart_table
from ui.app.errors import show_errors
from ui.app.glossary import describe_view
from ui.app.url_values import make_number_value, restore_widget, show_rejected, write_url
from ui.app.widgets import section_card, show_csv_button
from ui.evaluate.card_answers import find_answers, show_source

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from nn_core.evaluation.answers import Answers

__all__ = ["describe_refusal", "show_refusal"]

_LEVELS = (0.0, *range(10, 80, 10), 75.0, *range(80, 100), 99.5, 99.9, 99.99)
_THRESHOLDS = tuple(sorted({float(level) for level in _LEVELS}))
_SPACE = 0.02  # of an axis, beside the values
_CHOSEN = make_number_value("refuse", _THRESHOLDS, 80.0)


def show_refusal(run: RunFolder, spec: DatasetSpec, _evaluation: ClassificationReport) -> None:
    """Show a slider for the lowest confidence of an answer, and how many answers remain and are right."""
    with section_card(_("Refusing when unsure"), key="refusal"), show_errors():
        describe_view(
            _("What happens if the network refuses to answer below some confidence."),
            _("Look for a limit at which few answers are lost and few of the others are wrong."),
            "coverage",
            "confidence",
            "calibration",
        )
        answers = find_answers(run, spec)
        if answers is None:
            return
        show_source(answers, spec)
        st.fragment(show_errors()(partial(_show_choice, run, answers, get_plural(spec.kind))))()


def _show_choice(run: RunFolder, answers: Answers, samples: str) -> None:
    restore_widget("refusal_threshold", _CHOSEN)
    chosen = st.select_slider(
        _("It refuses below a confidence of"),
        _THRESHOLDS,
        format_func=lambda level: f"{level:g} %",
        key="refusal_threshold",
    )
    write_url((_CHOSEN,), {_CHOSEN.name: chosen})
    show_rejected(_CHOSEN.name)
    confidence, correct = answers.confidence.numpy(), answers.is_correct.numpy()
    points = compute_coverage(confidence, correct, [level / 100 for level in _THRESHOLDS])
    point = points[_THRESHOLDS.index(chosen)]
    sentence = describe_refusal(point, samples, is_substitute=answers.is_substitute)
    st.markdown(f"**{sentence}**")
    _show_curve(points, point, samples, sentence)
    _show_table(points)
    show_csv_button(
        _list_rows(points), _("Accuracy and coverage (.csv)"), f"{run.name}-coverage.csv", key="download_coverage"
    )


def describe_refusal(point: Coverage, samples: str, *, is_substitute: bool = False) -> str:
    """Say what is left at a threshold.

    Args:
        point: of the threshold.
        samples: the plural noun.
        is_substitute: whether these are not the run's own test data. Then the sentence speaks of these examples alone.
    """
    text = (
        _("On these {samples}, if it refuses below {threshold}")
        if is_substitute
        else _("If it refuses below {threshold}")
    )
    condition = text.format(samples=samples, threshold=f"{100 * point.threshold:g} %")
    if point.accuracy is None or point.interval is None:
        return _("{condition}, it answers none of the {count:,} {samples}.").format(
            condition=condition, count=point.count, samples=samples
        )
    return _(
        "{condition}, it answers {answered:,} of {count:,} {samples}, and {accuracy} of these are right (95 % interval {range})."
    ).format(
        condition=condition,
        answered=point.answered,
        count=point.count,
        samples=samples,
        accuracy=format_percent(point.accuracy),
        range=format_percent_range(*point.interval),
    )


def _show_curve(points: Sequence[Coverage], chosen: Coverage, samples: str, sentence: str) -> None:
    graph = import_graph_objects()
    drawn = [point for point in points if point.accuracy is not None]
    x = [100 * point.answered / point.count for point in drawn]
    ends = [point.interval or (0.0, 1.0) for point in drawn]
    if len(set(x)) == 1:  # 100 %, because below a confidence of 0 % it refuses nothing
        st.caption(_describe_single_point(drawn[-1], samples))
        return
    figure: go.Figure = graph.Figure()
    figure.add_scatter(
        x=[*x, *reversed(x)],
        y=[100 * high for _low, high in ends] + [100 * low for low, _high in reversed(ends)],
        fill="toself",
        mode="none",
        opacity=0.3,
        name=_("95 % interval"),
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=x,
        y=[100 * (point.accuracy or 0) for point in drawn],
        mode="lines+markers",
        name=_("accuracy of the answers"),
        text=[f"{100 * point.threshold:g} %" for point in drawn],
        hovertemplate=_("refuses below %{text}<br>answers %{x:.1f} %<br>right %{y:.2f} %") + "<extra></extra>",
    )
    if chosen.accuracy is not None:
        figure.add_scatter(
            x=[100 * chosen.answered / chosen.count],
            y=[100 * chosen.accuracy],
            mode="markers",
            name=_("chosen"),
            marker={"size": 16, "symbol": "diamond", "line": {"width": 2}},
            hoverinfo="skip",
            cliponaxis=False,
        )
    y = [100 * end for interval in ends for end in interval]
    figure.update_layout(
        xaxis={"title": _("Answered (% of all {samples})").format(samples=samples), "range": _pad(x)},
        yaxis={"title": _("Right of these (%)"), "range": _pad(y)},
        legend=LEGEND_BELOW,
    )
    alt = _("The accuracy of the answers against the part of the {samples} that is answered. {sentence}")
    show_chart(
        figure,
        height=340,
        alt=alt.format(samples=samples, sentence=sentence),
        key="coverage_chart",
    )


def _describe_single_point(point: Coverage, samples: str) -> str:
    return _(
        "There is no curve to draw: at each limit up to {threshold}, it answers all of the {count:,} {samples}."
    ).format(threshold=f"{100 * point.threshold:g} %", count=point.count, samples=samples)


def _pad(values: Sequence[float]) -> list[float]:
    """The range of an axis with little space beside these values, so that no tick is above 100 %."""
    low, high = min(values), max(values)
    space = _SPACE * (high - low)
    return [low - space, high + space]


def _show_table(points: Sequence[Coverage]) -> None:
    show_chart_table(
        {
            _("Refuses below"): [f"{100 * point.threshold:g} %" for point in points],
            _("Answers"): [f"{point.answered:,} ({format_percent(point.answered / point.count)})" for point in points],
            _("Right of these"): [
                "–"
                if point.accuracy is None or point.interval is None
                else f"{format_percent(point.accuracy, 2)} ({format_percent_range(*point.interval, 2)})"
                for point in points
            ],
        },
        caption=_("Answers and accuracy at each threshold"),
        key="coverage_table",
    )


def _list_rows(points: Sequence[Coverage]) -> list[list[object]]:
    head: list[object] = ["threshold", "examples", "answered", "right", "accuracy_low", "accuracy_high"]
    rows: list[list[object]] = [
        [point.threshold, point.count, point.answered, point.correct, *(point.interval or ("", ""))] for point in points
    ]
    return [head, *rows]
