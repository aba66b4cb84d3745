"""Whether the network is right as often as its confidence says, before and after temperature scaling."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from nn_core.data import DatasetSpec
from nn_core.formatting import format_percent, format_percent_range
from nn_core.i18n import _
from nn_core.runs import RunFolder
from nn_core.runs.reports import ClassificationReport
from nn_core.statistics.calibration import Measured, describe_verdict, measure_bins
from nn_core.statistics.reliability import make_bins
from nn_core.task import get_plural
from ui.app.charts import LEGEND_BELOW, import_graph_objects, is_dark, show_chart, show_chart_table
from ui.app.errors import show_errors
from ui.app.glossary import describe_view, explain
from ui.app.widgets import section_card, show_csv_button
from ui.evaluate.card_answers import find_answers, show_source

if TYPE_CHECKING:
    import plotly.graph_objects as go


__all__ = ["show_calibration"]

_COUNTS_AT = 106  # per cent, above all bars


def show_calibration(run: RunFolder, spec: DatasetSpec, _evaluation: ClassificationReport) -> None:
    """Show the reliability diagrams and the calibration error before and after temperature scaling."""
    with section_card(_("Calibration"), key="calibration"), show_errors():
        describe_view(
            _("How often answers with a certain confidence are right, before and after temperature scaling."),
            _("Look for bars beside the diagonal: below it the network is too confident, above it too cautious."),
            "calibration",
            "calibration_error",
            "temperature_scaling",
            "confidence",
        )
        answers = find_answers(run, spec)
        if answers is None:
            return
        show_source(answers, spec)
        correct = answers.is_correct.numpy()
        before, after = (
            measure_bins(tuple(make_bins(confidence.numpy(), correct)))
            for confidence in (answers.logits.softmax(dim=1).amax(dim=1), answers.confidence)
        )
        _show_figures(before, after, answers.temperature)
        verdict = describe_verdict(before, after, get_plural(spec.kind), is_substitute=answers.is_substitute)
        st.markdown(f"**{verdict}**")
        columns = st.columns(2)
        for column, title, measured in zip(
            columns, (_("Before temperature scaling"), _("After temperature scaling")), (before, after), strict=True
        ):
            with column:
                st.markdown(title)
                _show_diagram(measured, title, get_plural(spec.kind))
        st.caption(
            _(
                "The number above a bar is how many answers it stands for, the thin line is the 95 % interval. Striped bars stand for fewer "
                "than 20 answers: they say little."
            )
        )
        _show_table(before, after)
        show_csv_button(
            _list_rows(before, after),
            _("Calibration (.csv)"),
            f"{run.name}-calibration.csv",
            key="download_calibration",
        )


def _show_figures(before: Measured, after: Measured, temperature: float) -> None:
    with st.container(horizontal=True, key="calibration_figures"):
        for title, measured in (
            (_("Calibration error before"), before.error),
            (_("Calibration error after"), after.error),
        ):
            st.metric(
                title,
                format_percent(measured.corrected),
                delta=_("95 % interval {range}").format(range=format_percent_range(*measured.interval)),
                delta_color="off",
                delta_arrow="off",
                border=True,
                width="content",
                help=explain("calibration_error"),
            )
        st.metric(
            _("Temperature"),
            f"{temperature:.2f}",
            border=True,
            width="content",
            help=explain("temperature_scaling"),
        )


def _show_diagram(measured: Measured, title: str, samples: str) -> None:
    graph = import_graph_objects()
    figure: go.Figure = graph.Figure()
    for name, is_small in ((_("20 answers or more"), False), (_("fewer"), True)):
        bins = [each for each in measured.bins if each.count and each.is_small == is_small]
        accuracies = [100 * (each.accuracy or 0) for each in bins]
        ends = [each.interval or (0.0, 0.0) for each in bins]
        figure.add_bar(
            x=[50 * (each.low + each.high) for each in bins],
            y=accuracies,
            width=[100 * (each.high - each.low) - 1 for each in bins],
            name=name,
            marker={"opacity": 0.55},
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [100 * high - value for (_low, high), value in zip(ends, accuracies, strict=True)],
                "arrayminus": [value - 100 * low for (low, _high), value in zip(ends, accuracies, strict=True)],
                "color": st.get_option(f"theme.{'dark' if is_dark() else 'light'}.textColor"),
                "thickness": 1.5,
                "width": 3,
            },
            customdata=[[100 * each.confidence, each.count] for each in bins],
            hovertemplate=_("mean confidence %{customdata[0]:.1f} %<br>right %{y:.1f} %<br>answers %{customdata[1]:,}")
            + "<extra></extra>",
        )
    used = [each for each in measured.bins if each.count]
    figure.add_scatter(
        x=[50 * (each.low + each.high) for each in used],
        y=[_COUNTS_AT] * len(used),
        mode="text",
        text=[f"{each.count:,}" for each in used],
        textfont={"size": 10},
        showlegend=False,
        hoverinfo="skip",
    )
    figure.add_scatter(x=[0, 100], y=[0, 100], mode="lines", name=_("as often as it says"), hoverinfo="skip")
    figure.update_layout(
        xaxis={"title": _("Confidence (%)"), "range": [0, 100], "dtick": 20},
        yaxis={"title": _("Right answers (%)"), "range": [0, 112], "dtick": 20},
        legend=LEGEND_BELOW,
        barmode="overlay",
    )
    alt = _("{title}: how many of {count:,} {samples} were read correctly, by confidence. Calibration error {error}.")
    show_chart(
        figure,
        height=340,
        alt=alt.format(
            title=title,
            count=measured.count,
            samples=samples,
            error=format_percent(measured.error.corrected),
        ),
    )


def _show_table(before: Measured, after: Measured) -> None:
    columns: dict[str, list[str]] = {
        _("Confidence"): [format_percent_range(each.low, each.high, 0) for each in after.bins]
    }
    for when, measured in ((_("before"), before), (_("after"), after)):
        columns[_("Answers {when}").format(when=when)] = [
            f"{each.count:,}" + (_(" (few)") if each.count and each.is_small else "") for each in measured.bins
        ]
        columns[_("Mean confidence {when}").format(when=when)] = [
            format_percent(each.confidence) if each.count else "–" for each in measured.bins
        ]
        columns[_("Right {when}").format(when=when)] = [
            "–"
            if each.accuracy is None or each.interval is None
            else f"{format_percent(each.accuracy)} ({format_percent_range(*each.interval)})"
            for each in measured.bins
        ]
    show_chart_table(
        columns, caption=_("Accuracy at each confidence, before and after temperature scaling"), key="calibration_table"
    )


def _list_rows(before: Measured, after: Measured) -> list[list[object]]:
    head: list[object] = [
        "temperature_scaling",
        "confidence_from",
        "confidence_to",
        "answers",
        "right",
        "accuracy_low",
        "accuracy_high",
        "mean_confidence",
    ]
    rows: list[list[object]] = [
        [
            when,
            each.low,
            each.high,
            each.count,
            each.correct,
            *(each.interval or ("", "")),
            each.confidence if each.count else "",
        ]
        for when, measured in (("before", before), ("after", after))
        for each in measured.bins
    ]
    return [head, *rows]
