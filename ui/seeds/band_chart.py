"""The curves of a group as a band: the mean, the standard deviation, and a thin line for each run."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Literal

import streamlit as st

from nn_core.errors import NNLabError
from nn_core.formatting import format_decimal, format_loss, format_percent
from nn_core.i18n import _
from nn_core.runs.groups import RunGroup, SeedRun
from nn_core.runs.metrics import Curve
from nn_core.statistics.spread import Band, compute_band
from ui.app import cache
from ui.app.charts import LEGEND_BELOW, import_graph_objects, is_dark, set_epoch_ticks, show_chart, show_chart_table
from ui.app.text import show_section_heading
from ui.app.widgets import choose

__all__ = ["show_band"]

Quantity = Literal["accuracy", "r_squared", "loss"]
Points = tuple[Sequence[float], Sequence[float]]


def show_band(group: RunGroup) -> None:
    """Show the band of the members that the means do not leave out, as far as they have trained, and its values as a table."""
    with st.container(horizontal=True, vertical_alignment="center"):
        show_section_heading(_("Curves of all seeds"))
        st.space("stretch")
        quantities: dict[Quantity, str] = {"accuracy": _("Accuracy"), "r_squared": _("R²"), "loss": _("Loss")}
        for name in {"accuracy", "r_squared"} - {group.figure}:
            del quantities[name]  # type: ignore[arg-type]
        quantity = choose(_("Curves of"), quantities, key="seeds_quantity", label_visibility="collapsed")
        splits = {"validation": _("Validation"), "train": _("Training")}
        split = choose(_("Curves on"), splits, key="seeds_split", label_visibility="collapsed")
    scale = 100 if quantity == "accuracy" else 1
    curves: dict[int, Points] = {}
    for member in group.members:
        if not member.left_out and (points := _read_points(member, quantity, is_validation=split == "validation")):
            curves[member.seed] = points[0], [scale * value for value in points[1]]
    band = compute_band(list(curves.values()))
    if not band.positions:
        st.caption(_("The curves begin with the first epoch."))
        return
    title = {
        ("accuracy", "validation"): _("Validation accuracy (%)"),
        ("accuracy", "train"): _("Training accuracy (%)"),
        ("r_squared", "validation"): _("Validation R²"),
        ("r_squared", "train"): _("Training R²"),
        ("loss", "validation"): _("Validation loss"),
        ("loss", "train"): _("Training loss"),
    }[quantity, split]
    _draw(band, curves, title, quantity)
    counts = sorted(set(band.counts))
    reach = str(counts[-1]) if len(counts) == 1 else _("{least} to {most}").format(least=counts[0], most=counts[-1])
    st.caption(
        _(
            "The thick line is the mean of the runs that have reached the epoch ({count}), the shaded band one standard deviation above and "
            "below it, and each thin line one run."
        ).format(count=reach)
    )
    table = {
        _("Epoch"): [format_decimal(each, 0 if each == round(each) else 2) for each in band.positions],
        _("Mean"): [_format(each, quantity) for each in band.means],
        _("Standard deviation"): [
            "–" if each is None else format_decimal(each, 4 if scale == 1 else 2) for each in band.deviations
        ],
        _("Runs"): list(map(str, band.counts)),
    }
    show_chart_table(table, caption=_("Mean and standard deviation of all seeds"), key="seeds_band_table")


def _read_points(member: SeedRun, quantity: Quantity, *, is_validation: bool) -> Points | None:
    with suppress(NNLabError, OSError):
        history = cache.get_histories().read(member.run)
        curve: Curve = history.validation if is_validation else history.train
        values = {"accuracy": curve.accuracy, "r_squared": curve.r_squared, "loss": curve.loss}[quantity]
        count = min(len(curve.epoch), len(values))
        if count:
            return list(curve.epoch[:count]), list(values[:count])
    return None


def _format(value: float, quantity: Quantity) -> str:
    return format_percent(value / 100, 2) if quantity == "accuracy" else format_loss(value)


def _draw(band: Band, curves: dict[int, Points], title: str, quantity: Quantity) -> None:
    go = import_graph_objects()
    theme = "dark" if is_dark() else "light"
    first, second = (st.get_option(f"theme.{theme}.chartCategoricalColors") or ["#1f77b4", "#ff7f0e"])[:2]
    figure = go.Figure()
    shaded = [
        (position, mean - deviation, mean + deviation)
        for position, mean, deviation in zip(band.positions, band.means, band.deviations, strict=True)
        if deviation is not None
    ]
    if shaded:
        places, lows, highs = zip(*shaded, strict=True)
        figure.add_scatter(
            x=[*places, *reversed(places)],
            y=[*highs, *reversed(lows)],
            mode="lines",
            line={"width": 0, "dash": "solid"},
            fill="toself",
            fillcolor=f"rgba({', '.join(str(int(first[at : at + 2], 16)) for at in (1, 3, 5))}, 0.22)",
            hoverinfo="skip",
            name=_("± 1 standard deviation"),
        )
    for number, (seed, (positions, values)) in enumerate(curves.items()):
        figure.add_scatter(
            x=positions,
            y=values,
            mode="lines",
            line={"width": 1, "color": second, "dash": "dot"},
            name=_("Single runs"),
            legendgroup="members",
            showlegend=number == 0,
            hovertemplate=_("Seed {seed}").format(seed=seed) + ": %{y:.4~g}<extra></extra>",
        )
    figure.add_scatter(
        x=band.positions,
        y=band.means,
        mode="lines+markers" if len(band.positions) <= 60 else "lines",
        line={"width": 3, "color": first, "dash": "solid"},
        marker={"size": 6, "symbol": "circle"},
        name=_("Mean"),
        customdata=[
            _("{count} runs").format(count=count)
            if deviation is None
            else _("± {deviation}, {count} runs").format(deviation=f"{deviation:.3g}", count=count)
            for deviation, count in zip(band.deviations, band.counts, strict=True)
        ],
        hovertemplate=_("Mean") + " %{y:.4~g} (%{customdata})<extra></extra>",
    )
    figure.update_layout(
        xaxis_title=_("Epoch"),
        yaxis_title=title,
        legend=LEGEND_BELOW,
        showlegend=True,
        hovermode="x unified",
    )
    set_epoch_ticks(figure, band.positions)
    alt = _(
        "{quantity} over the epochs for {count} seeds: mean, standard deviation and single runs. The last mean is {mean}."
    ).format(quantity=title, count=len(curves), mean=_format(band.means[-1], quantity))
    show_chart(figure, height=360, alt=alt, key="seeds_band")
