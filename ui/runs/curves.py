"""The curves of several runs in one chart: over epochs, steps or time, linear or logarithmic, smoothed, and to take away."""

from __future__ import annotations

import csv
import html
import importlib
import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from nn_core.formatting import format_loss, format_percent, protect_cell
from nn_core.i18n import _
from nn_core.runs import History
from nn_core.runs.metrics import Curve
from nn_core.runs.table import RunRow
from ui.app import cache
from ui.app.charts import (
    LEGEND_BELOW,
    apply_chart_style,
    import_graph_objects,
    is_dark,
    set_epoch_ticks,
    show_chart_table,
    wrap_label,
)
from ui.app.errors import show_errors
from ui.app.glossary import describe_view
from ui.app.text import escape_markdown, escape_title
from ui.app.url_values import make_number_value, restore_widget, show_rejected, write_url
from ui.app.widgets import section_card
from ui.components.chart_picture import show_picture_buttons
from ui.inspect.layer_choice import choose_in_url
from ui.runs.comparable import Quantity, find_comparable, name_lines

__all__ = ["show_curves"]

_MAX_POINTS = 400
_KEY = "comparison"
_SMOOTHING = make_number_value("smooth", [round(0.05 * step, 2) for step in range(20)], 0.0)
_FEW_DECADES, _MANY_DECADES = 0.7, 3
_MINUTES_FROM, _HOURS_FROM = 300, 10_800


@dataclass(frozen=True)
class _Axis:
    """How a chart shows its x values. divisor: by which the values of the curve are divided; counts_epochs: whether a whole is an epoch."""

    title: str
    column: Callable[[Curve], Sequence[float]]
    divisor: float = 1.0
    counts_epochs: bool = False


@dataclass(frozen=True)
class _Line:
    """A run in the chart: its name there, and all its points."""

    row: RunRow
    name: str
    x: Sequence[float]
    y: Sequence[float]


def show_curves(rows: Sequence[RunRow], *, are_ticked: bool) -> None:
    """Show one curve per run: accuracy or loss, on the validation or the training data. Only comparable runs are in the chart.

    Args:
        rows: the runs.
        are_ticked: whether the user has chosen them, and not the page.
    """
    histories: dict[str, History] = {}
    for row in rows:
        with show_errors():
            histories[row.name] = cache.get_histories().read(row.run)
    rows = [row for row in rows if row.name in histories]
    with section_card(_("Curves")):
        describe_view(
            _("The ticked runs while they were trained, in one chart.")
            if are_ticked
            else _("The newest runs while they were trained, in one chart. Tick others in the table to choose them."),
            _(
                "Look for the run with the better validation curve, and repeat with another seed before you believe a small difference."
            ),
            "validation",
            "seed",
            "mcnemar",
            "hyperparameter",
        )
        quantity, split = _choose_figures(list(histories.values()))
        comparable = find_comparable(rows, quantity)
        if comparable.left_out:
            runs = "; ".join(
                _("{run}, because {reason}").format(run=escape_title(row.title), reason=escape_markdown(reason))
                for row, reason in zip(comparable.left_out, comparable.reasons, strict=True)
            )
            st.info(_("Left out: {runs}.").format(runs=runs), icon=":material/info:")
        axis, is_log_x, is_log_y, smoothing = _choose_axes(quantity, [histories[row.name] for row in comparable.rows])
        lines = []
        for row, name in zip(comparable.rows, name_lines(comparable.rows), strict=True):
            curve = getattr(histories[row.name], split)
            if line := _make_line(row, name, curve, axis, quantity):
                lines.append(line)
        if not lines:
            st.caption(_("These runs have no points yet."))
            return
        title = _get_title(quantity, split)
        _draw(lines, axis, title, split, smoothing, is_log_x=is_log_x, is_log_y=is_log_y)
        _show_exports(lines, axis.title, title, smoothing)
        _show_table(lines, quantity)


def _choose_figures(histories: Sequence[History]) -> tuple[Quantity, str]:
    quantities: dict[Quantity, str] = {"accuracy": _("Accuracy"), "loss": _("Loss")}
    curves = [history.train for history in histories if history.train.loss]
    if curves and not any(curve.accuracy for curve in curves):
        del quantities["accuracy"]  # none of the networks classifies
    splits = {"validation": _("Validation"), "train": _("Training")}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        quantity = choose_in_url("metric", _("Compare by"), quantities, key="compared_quantity")
        split = choose_in_url("split", _("Measured on"), splits, key="compared_split")
    return quantity, split


def _choose_axes(quantity: Quantity, histories: Sequence[History]) -> tuple[_Axis, bool, bool, float]:
    """Show the choices of the axes and of the smoothing; return the x axis, whether each axis is logarithmic, and the smoothing."""
    titles = {"epochs": _("Epochs"), "steps": _("Steps"), "time": _("Time")}
    scales = {"linear": _("Linear"), "log": _("Logarithmic")}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        over = choose_in_url("x", _("Over"), titles, key="compared_over")
        is_log_x = choose_in_url("xscale", _("Horizontal axis"), scales, key="compared_xscale") == "log"
        is_log_y = (
            quantity == "loss" and choose_in_url("yscale", _("Vertical axis"), scales, key="compared_yscale") == "log"
        )
        restore_widget("compared_smoothing", _SMOOTHING)
        smoothing = st.slider(
            _("Smoothing"),
            0.0,
            0.95,
            step=0.05,
            key="compared_smoothing",
            width=220,
            help=_(
                "An exponential moving average: each point keeps this share of the mean of the points before it. The measured line stays "
                "behind it."
            ),
        )
    smoothing = round(smoothing, 2)
    write_url((_SMOOTHING,), {_SMOOTHING.name: smoothing})
    show_rejected(_SMOOTHING.name)
    return _make_axis(over, histories), is_log_x, is_log_y, smoothing


def _make_axis(over: str, histories: Sequence[History]) -> _Axis:
    if over == "steps":
        return _Axis(_("Step"), lambda curve: curve.step)
    if over == "epochs":
        return _Axis(_("Epoch"), lambda curve: curve.epoch, counts_epochs=True)
    last = max((history.train.seconds[-1] for history in histories if history.train.seconds), default=0.0)
    unit, divisor = ("h", 3600.0) if last > _HOURS_FROM else ("min", 60.0) if last > _MINUTES_FROM else ("s", 1.0)
    return _Axis(_("Training time ({unit})").format(unit=unit), lambda curve: curve.seconds, divisor)


def _make_line(row: RunRow, name: str, curve: Curve, axis: _Axis, quantity: Quantity) -> _Line | None:
    """Make a run's line; None without points. Points of older versions may have no time."""
    values = curve.accuracy if quantity == "accuracy" else curve.loss
    scale = 100 if quantity == "accuracy" else 1
    pairs = zip(axis.column(curve), values, strict=False)  # the file may grow meanwhile
    points = [(x / axis.divisor, scale * y) for x, y in pairs if x >= 0]
    return _Line(row, name, *zip(*points, strict=True)) if points else None


def _get_title(quantity: Quantity, split: str) -> str:
    return {
        ("accuracy", "validation"): _("Validation accuracy (%)"),
        ("accuracy", "train"): _("Training accuracy (%)"),
        ("loss", "validation"): _("Validation loss"),
        ("loss", "train"): _("Training loss"),
    }[quantity, split]


def _smooth(values: Sequence[float], share: float) -> Sequence[float]:
    """Return the exponential moving average, without the bias towards the first value."""
    if not share:
        return values
    pandas = importlib.import_module("pandas")
    return [float(value) for value in pandas.Series(values).ewm(alpha=1 - share, adjust=True).mean()]


def _draw(
    lines: Sequence[_Line], axis: _Axis, title: str, split: str, smoothing: float, *, is_log_x: bool, is_log_y: bool
) -> None:
    figure = import_graph_objects().Figure()
    theme = "dark" if is_dark() else "light"
    names = ("chartCategoricalColors", "textColor", "backgroundColor")
    colors, text, ground = (st.get_option(f"theme.{theme}.{name}") for name in names)
    mode = "lines+markers" if split == "validation" else "lines"
    for number, line in enumerate(lines):
        stride = max(1, len(line.x) // _MAX_POINTS)
        figure.add_scatter(
            x=line.x[::stride],
            y=_smooth(line.y, smoothing)[::stride],
            mode=mode,
            name=wrap_label(line.name),
            line_color=colors[number % len(colors)],
            hovertemplate="%{y:.5g}",
        )
    for number, line in enumerate(lines if smoothing else ()):  # after them, so that they take no dash
        stride = max(1, len(line.x) // _MAX_POINTS)
        figure.add_scatter(
            x=line.x[::stride],
            y=line.y[::stride],
            mode="lines",
            line={"color": colors[number % len(colors)], "dash": "solid", "width": 1.5},
            opacity=0.3,
            showlegend=False,
            hoverinfo="skip",
        )
    figure.update_layout(
        xaxis_title=axis.title,
        yaxis_title=title,
        legend=LEGEND_BELOW,
        showlegend=True,
        hovermode="x unified",
        hoverlabel={"namelength": -1, "font": {"color": text}, "bgcolor": ground},
    )
    x_label = html.escape(axis.title) + ": %{x:.4~g}"
    figure.update_xaxes(type="log" if is_log_x else "linear", tickformat="~g", unifiedhovertitle={"text": x_label})
    xs = [x for line in lines for x in line.x]
    if is_log_x:
        figure.update_xaxes(**_choose_log_ticks([x for x in xs if x > 0]))
    elif axis.counts_epochs:
        set_epoch_ticks(figure, xs)
    figure.update_yaxes(type="log" if is_log_y else "linear", tickformat="~g")
    alt = _("{quantity} of the runs. Horizontal axis: {x}.").format(quantity=title, x=axis.title)
    st.plotly_chart(apply_chart_style(figure, height=420), key=_KEY, config={"displayModeBar": False}, alt=alt)


def _choose_log_ticks(values: Sequence[float]) -> dict[str, str | int]:
    """Choose ticks of a logarithmic axis whose labels do not touch: at 1, 2 and 5 of each power of ten, or only at the powers."""
    decades = math.log10(max(values) / min(values)) if values else 0.0
    if decades < _FEW_DECADES:
        return {"nticks": 3, "tickangle": 0}
    return {"dtick": "D2" if decades < _MANY_DECADES else 1, "tickangle": 0}


def _show_exports(lines: Sequence[_Line], x_title: str, title: str, smoothing: float) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="curve_exports"):
        show_picture_buttons(_KEY, file="curves")
        st.download_button(
            _("Points (.csv)"),
            lambda: _write_csv(lines, x_title, title, smoothing),
            file_name="curves.csv",
            mime="text/csv",
            key="download_curves",
            icon=":material/download:",
            on_click="ignore",
        )


def _write_csv(lines: Sequence[_Line], x_title: str, title: str, smoothing: float) -> bytes:
    """Write every point of the chart's lines, none left out, one in each row."""
    text = io.StringIO()
    writer = csv.writer(text)
    smoothed = [_("Smoothed")] if smoothing else []
    writer.writerow([_("Folder"), _("Run"), _("Line"), x_title, title, *smoothed])
    for line in lines:
        columns = [line.x, line.y, *([_smooth(line.y, smoothing)] if smoothing else [])]
        for values in zip(*columns, strict=True):
            writer.writerow([line.row.name, protect_cell(line.row.title), protect_cell(line.name), *values])
    return text.getvalue().encode()


def _show_table(lines: Sequence[_Line], quantity: Quantity) -> None:
    def format_value(value: float) -> str:
        return format_percent(value / 100, 2) if quantity == "accuracy" else format_loss(value)

    best = max if quantity == "accuracy" else min
    show_chart_table(
        {
            _("Run"): [line.row.title for line in lines],
            _("Line"): [line.name for line in lines],
            _("First"): [format_value(line.y[0]) for line in lines],
            _("Best"): [format_value(best(line.y)) for line in lines],
            _("Last"): [format_value(line.y[-1]) for line in lines],
        },
        caption=_("First, best and last value of each line"),
        key="comparison_table",
    )
