"""The curves of several runs in one chart."""

import html

import streamlit as st

from nn_core.formatting import format_loss, format_percent
from nn_core.i18n import _
from nn_core.runs import RunFolder
from ui.app import cache
from ui.app.charts import apply_chart_style, import_graph_objects, show_chart_table
from ui.app.errors import show_errors
from ui.app.text import escape_markdown, show_section_heading

__all__ = ["show_comparison"]

_MAX_POINTS = 400


def show_comparison(runs: list[RunFolder]) -> None:
    """Show one curve per run over the epochs: accuracy or loss, on the validation or the training data."""
    go = import_graph_objects()

    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            show_section_heading(_("Curves"))
            st.space("stretch")
            quantity = _choose("compared_quantity", _("Compare by"), {"accuracy": _("Accuracy"), "loss": _("Loss")})
            split = _choose("compared_split", _("Measured on"), {"validation": _("Validation"), "train": _("Training")})
        figure, rows = go.Figure(), []
        for run in runs:
            with show_errors():
                history = cache.get_histories().read(run)
                curve = history.validation if split == "validation" else history.train
                column, scale = (curve.accuracy, 100) if quantity == "accuracy" else (curve.loss, 1)
                stride = max(1, len(column) // _MAX_POINTS)
                values = [scale * value for value in column[::stride]]
                if not values:
                    continue
                figure.add_scatter(
                    x=list(curve.epoch[::stride])[: len(values)],
                    y=values,
                    mode="lines+markers" if split == "validation" else "lines",
                    name=html.escape(run.name),  # Plotly interprets markup
                )
                best = max(column) if quantity == "accuracy" else min(column)
                rows.append((run.name, column[0], best, column[-1]))
        if not rows:
            st.caption(_("These runs have no points yet."))
            return
        figure.update_layout(
            xaxis_title=_("Epoch"),
            yaxis_title=_get_axis_title(quantity, split),
            legend={"orientation": "h", "y": -0.25},
            showlegend=True,
            hovermode="x unified",
        )
        st.plotly_chart(
            apply_chart_style(figure, height=420),
            key="comparison",
            alt=_("{quantity} of the chosen runs over the epochs.").format(quantity=_get_axis_title(quantity, split)),
        )

        _show_table(rows, in_percent=quantity == "accuracy")


def _get_axis_title(quantity: str, split: str) -> str:
    titles = {
        ("accuracy", "validation"): _("Validation accuracy (%)"),
        ("accuracy", "train"): _("Training accuracy (%)"),
        ("loss", "validation"): _("Validation loss"),
        ("loss", "train"): _("Training loss"),
    }
    return titles[quantity, split]


def _show_table(rows: list[tuple[str, float, float, float]], *, in_percent: bool) -> None:
    """Show the values as a table.

    Args:
        rows: the name of each run with its first, best and last value.
        in_percent: whether the values are fractions to be shown as percentages.
    """
    titles = (_("First"), _("Best"), _("Last"))
    values = {
        title: [format_percent(value, 2) if in_percent else format_loss(value) for value in column]
        for title, column in zip(titles, zip(*(row[1:] for row in rows), strict=True), strict=False)
    }
    show_chart_table({_("Run"): [escape_markdown(row[0]) for row in rows], **values}, key="comparison_table")


def _choose(key: str, label: str, names: dict[str, str]) -> str:
    return str(
        st.segmented_control(
            label,
            list(names),
            default=next(iter(names)),
            required=True,
            format_func=names.__getitem__,
            key=key,
            label_visibility="collapsed",
        )
    )
