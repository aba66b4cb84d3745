"""The curves of several runs in one chart."""

import html
from collections.abc import Mapping

import streamlit as st

from nn_core.formatting import format_loss, format_percent
from nn_core.i18n import _
from nn_core.runs import History, RunFolder
from nn_core.runs.label import isolate_direction
from nn_core.runs.table import RunRow
from ui.app import cache
from ui.app.charts import apply_chart_style, import_graph_objects, show_chart_table
from ui.app.errors import show_errors
from ui.app.glossary import describe_view
from ui.app.text import escape_title
from ui.app.widgets import choose, heading_row

__all__ = ["show_comparison"]

_MAX_POINTS = 400


def show_comparison(rows: list[RunRow]) -> None:
    runs, titles = [row.run for row in rows], {row.name: row.title for row in rows}
    _show(runs, titles)


def _show(runs: list[RunFolder], titles: Mapping[str, str]) -> None:
    """Show one curve per run over the epochs: accuracy or loss, on the validation or the training data.

    Args:
        runs: the runs.
        titles: by the names of their folders.
    """
    go = import_graph_objects()

    with st.container(border=True):
        histories: dict[str, History] = {}
        for run in runs:
            with show_errors():
                histories[run.name] = cache.get_histories().read(run)
        quantities = {"accuracy": _("Accuracy"), "loss": _("Loss")}
        curves = [history.train for history in histories.values() if history.train.loss]
        if curves and not any(curve.accuracy for curve in curves):
            del quantities["accuracy"]  # none of the networks classifies
        splits = {"validation": _("Validation"), "train": _("Training")}
        with heading_row(_("Curves")):
            quantity = choose(_("Compare by"), quantities, key="compared_quantity", label_visibility="collapsed")
            split = choose(_("Measured on"), splits, key="compared_split", label_visibility="collapsed")
        describe_view(
            _("The chosen runs over their epochs, in one chart."),
            _(
                "Look for the run with the better validation curve, and repeat with another seed before you believe a small difference."
            ),
            "validation",
            "seed",
            "mcnemar",
            "hyperparameter",
        )
        is_accuracy, is_validation = quantity == "accuracy", split == "validation"
        figure, values_of_run = go.Figure(), {}
        for name, history in histories.items():
            curve = history.validation if is_validation else history.train
            column, scale = (curve.accuracy, 100) if is_accuracy else (curve.loss, 1)
            stride = max(1, len(column) // _MAX_POINTS)
            values = [scale * value for value in column[::stride]]
            if not values:
                continue
            figure.add_scatter(
                x=list(curve.epoch[::stride])[: len(values)],
                y=values,
                mode="lines+markers" if is_validation else "lines",
                name=html.escape(isolate_direction(titles[name])),  # Plotly interprets markup
            )
            best = max(column) if is_accuracy else min(column)
            values_of_run[titles[name]] = (column[0], best, column[-1])
        if not values_of_run:
            st.caption(_("These runs have no points yet."))
            return
        title = {
            ("accuracy", "validation"): _("Validation accuracy (%)"),
            ("accuracy", "train"): _("Training accuracy (%)"),
            ("loss", "validation"): _("Validation loss"),
            ("loss", "train"): _("Training loss"),
        }[quantity, split]
        figure.update_layout(
            xaxis_title=_("Epoch"),
            yaxis_title=title,
            legend={"orientation": "h", "y": -0.25},
            showlegend=True,
            hovermode="x unified",
        )
        alt = _("{quantity} of the chosen runs over the epochs.").format(quantity=title)
        st.plotly_chart(apply_chart_style(figure, height=420), key="comparison", alt=alt)
        columns = {
            title: [format_percent(value, 2) if is_accuracy else format_loss(value) for value in column]
            for title, column in zip(
                (_("First"), _("Best"), _("Last")), zip(*values_of_run.values(), strict=True), strict=True
            )
        }
        show_chart_table({_("Run"): list(map(escape_title, values_of_run)), **columns}, key="comparison_table")
