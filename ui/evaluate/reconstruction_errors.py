"""How alike to the originals an autoencoder's pictures are, on the test split."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from nn_core.formatting import format_percent
from nn_core.i18n import _
from ui.app.charts import apply_chart_style, format_label, import_graph_objects, show_chart_table
from ui.app.text import escape_markdown, show_section_heading
from ui.inspect.autoencoder_view import show_pairs

if TYPE_CHECKING:
    from nn_core.data import Dataset
    from nn_core.inference import TrainedNetwork

__all__ = ["show_error_by_class", "show_error_headline", "show_example_pairs"]


def show_error_headline(evaluation: dict[str, Any]) -> None:
    error, of_mean = evaluation["mean_squared_error"], evaluation["error_of_mean_picture"]
    with st.container(key="figures"):
        columns = st.columns(3)
    columns[0].metric(
        _("Test mean squared error"),
        f"{error:.4f}",
        border=True,
        help=_("Of all pixels of all test pictures, black being 0 and white 1: the mean of the squared differences."),
    )
    columns[1].metric(
        _("Always the mean picture"),
        f"{of_mean:.4f}",
        border=True,
        help=_("The error of painting the mean of all test pictures every time: what one gets without looking at all."),
    )
    columns[2].metric(_("Test pictures"), f"{evaluation['samples']:,}", border=True)
    st.markdown(
        _(
            "0 would be a perfect copy. The error is {share} of what always painting the mean picture would give, so the "
            "latent numbers hold {rest} of what makes the pictures differ."
        ).format(
            share=format_percent(error / max(of_mean, 1e-12), 0),
            rest=format_percent(max(0.0, 1 - error / max(of_mean, 1e-12)), 0),
        )
    )


def show_error_by_class(evaluation: dict[str, Any]) -> None:
    go = import_graph_objects()

    rows = {label: row["mean_squared_error"] for label, row in evaluation["per_class"].items()}
    with st.container(border=True, key="error_by_class"):
        show_section_heading(_("Error of each class"))
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
        st.plotly_chart(
            apply_chart_style(figure, height=320),
            key="error_chart",
            config={"displayModeBar": False},
            alt=_("The mean squared error of the test pictures of each class."),
        )
        errors = [f"{error:.4f}" for error in rows.values()]
        show_chart_table(
            {_("Class"): [escape_markdown(name) for name in rows], _("Mean squared error"): errors},
            key="error_by_class_table",
        )


def show_example_pairs(evaluation: dict[str, Any], network: TrainedNetwork, data: Dataset) -> None:
    """Originals above reconstructions: the most alike, the middling and the least alike of the test pictures."""
    titles = {"best": _("Best"), "middle": _("Middling"), "worst": _("Worst")}
    with st.container(border=True, key="example_pairs"):
        show_section_heading(_("Originals, and below them what it paints"))
        for name, title in titles.items():
            examples = evaluation["examples"][name]
            originals = data.test.inputs[[example["index"] for example in examples]]
            made = (network.compute_outputs(originals) * 255).round().byte()
            errors = [example["mean_squared_error"] for example in examples]
            st.markdown(
                _("**{title}** · mean squared error {low:.4f} to {high:.4f}").format(
                    title=title, low=min(errors), high=max(errors)
                )
            )
            show_pairs(originals, made)
