"""The test error of an autoencoder: overall, per class, and with examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from nn_core.data import Dataset
from nn_core.formatting import format_loss, format_percent
from nn_core.i18n import _
from nn_core.runs.reports import ReconstructionReport
from ui.app.charts import format_label, import_graph_objects, show_chart, show_chart_table
from ui.app.glossary import describe_view
from ui.app.run_labels import UNKNOWN
from ui.app.widgets import section_card
from ui.inspect.autoencoder_view import show_pairs

if TYPE_CHECKING:
    from nn_core.inference import TrainedNetwork

__all__ = ["show_error_by_class", "show_error_headline", "show_example_pairs"]


def show_error_headline(evaluation: ReconstructionReport) -> None:
    error, baseline = evaluation.mean_squared_error, evaluation.error_of_mean_picture
    ratio = error / max(baseline, 1e-12)
    with st.container(key="figures"):
        columns = st.columns(3)
    columns[0].metric(
        _("Test mean squared error"),
        format_loss(error),
        border=True,
        help=_("The mean squared difference of all pixels of all test pictures, where black is 0 and white is 1."),
    )
    columns[1].metric(
        _("Baseline: the mean picture"),
        format_loss(baseline),
        border=True,
        help=_("The error of always returning the mean of all test pictures, without looking at the input."),
    )
    columns[2].metric(_("Test pictures"), f"{evaluation.samples:,}", border=True)
    st.markdown(
        _(
            "0 would be a perfect copy. The error is {ratio} of the baseline's, so the latent numbers explain {explained} of the "
            "differences between the pictures."
        ).format(ratio=format_percent(ratio, 0), explained=format_percent(max(0.0, 1 - ratio), 0))
    )


def show_error_by_class(evaluation: ReconstructionReport) -> None:
    go = import_graph_objects()

    rows = {label: row.mean_squared_error for label, row in evaluation.per_class.items()}
    with section_card(_("Error per class"), key="error_by_class"):
        describe_view(
            _("How far the copies of each class are from their originals, on average."),
            _("Look for classes with long bars: they need more numbers than the network has for them."),
            "mean_squared_error",
            "baseline",
            "autoencoder",
        )
        figure = go.Figure(
            go.Bar(
                y=list(rows.values()),
                customdata=[format_label(name, 60) for name in rows],
                hovertemplate=_("%{customdata}: mean squared error %{y:.4f}<extra></extra>"),
            )
        )
        figure.update_xaxes(
            title=_("Class"), tickvals=list(range(len(rows))), ticktext=[format_label(name) for name in rows]
        )
        figure.update_yaxes(title=_("Test mean squared error"))
        alt = _("The mean squared error of the test pictures of each class.")
        show_chart(figure, height=320, alt=alt, key="error_chart")
        errors = [UNKNOWN if error is None else format_loss(error) for error in rows.values()]
        show_chart_table(
            {_("Class"): list(rows), _("Mean squared error"): errors},
            caption=_("Mean squared error of each class"),
            key="error_by_class_table",
        )


def show_example_pairs(evaluation: ReconstructionReport, network: TrainedNetwork, data: Dataset) -> None:
    """Show originals above their reconstructions: those with the lowest, median and highest errors."""
    chosen = evaluation.examples
    rows = ((_("Best"), chosen.best), (_("Median"), chosen.middle), (_("Worst"), chosen.worst))
    with section_card(_("Originals above their reconstructions"), key="example_pairs"):
        describe_view(
            _("Test pictures above what the network draws from their few numbers."),
            _("Look for what gets lost: thin strokes, small gaps and unusual shapes."),
            "autoencoder",
            "latent_space",
        )
        for title, examples in rows:
            originals = data.test.inputs[[example.index for example in examples]]
            reconstructed = (network.compute_outputs(originals) * 255).round().byte()
            errors = [example.mean_squared_error for example in examples]
            st.markdown(
                _("**{title}** · mean squared error {low} to {high}").format(
                    title=title, low=format_loss(min(errors)), high=format_loss(max(errors))
                )
            )
            show_pairs(originals, reconstructed)
