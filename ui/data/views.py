"""A summary of a data set: the sizes of its splits, its classes and its storage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from nn_core.config import RunConfig
from nn_core.formatting import format_bytes
from nn_core.i18n import _
from ui.app.charts import apply_chart_style, format_label, import_graph_objects, show_chart_table
from ui.app.text import escape_markdown, show_section_heading

if TYPE_CHECKING:
    from nn_core.data import Dataset
    from nn_core.task import Kind

__all__ = ["show_class_counts", "show_split_figures", "show_storage"]


def show_split_figures(data: Dataset) -> dict[str, list[int]]:
    """Show the number of examples in each split; return the counts of each class by the split's title."""
    from nn_core.data.split import split_train_val

    settings, classes = RunConfig(), len(data.spec.classes)
    rows = split_train_val(data, settings.data.validation_share, settings.training.seed)
    train, validation = (data.train.labels[part].bincount(minlength=classes).tolist() for part in rows)
    counts = {_("Training"): train, _("Validation"): validation, _("Test"): data.test.class_counts(classes)}
    helps = (
        _("The network learns from these."),
        _("Taken out of the training examples: they show whether it has understood or only memorised."),
        _("Used once after training, for an unbiased final result."),
    )
    with st.container(key="figures"):
        columns = st.columns(4)
    columns[0].metric(_("Classes"), classes, border=True)
    for column, (title, of_class), tip in zip(columns[1:], counts.items(), helps, strict=True):
        column.metric(title, f"{sum(of_class):,}", border=True, help=tip)
    return counts


def show_class_counts(data: Dataset, counts: dict[str, list[int]]) -> None:
    """Show a bar chart with the number of examples of each class."""
    go = import_graph_objects()

    titles: dict[Kind, tuple[str, str]] = {
        "pictures": (_("Pictures per class"), _("Pictures")),
        "text": (_("Texts per class"), _("Texts")),
        "points": (_("Points per class"), _("Points")),
    }
    title, unit = titles[data.spec.kind]
    with st.container(border=True):
        show_section_heading(title)
        names = [format_label(name, 200) for name in data.spec.classes]  # long enough that no two names become equal
        figure = go.Figure([go.Bar(name=split, x=names, y=of_class) for split, of_class in counts.items()])
        figure.update_layout(barmode="stack", legend={"orientation": "h", "y": 1.15}, yaxis_title=unit)
        figure.update_xaxes(title=_("Class"), type="category")
        st.plotly_chart(
            apply_chart_style(figure, height=320),
            config={"displayModeBar": False},
            alt=_("The number of examples of each class in each split."),
        )
        figures = {split: [f"{count:,}" for count in of_class] for split, of_class in counts.items()}
        show_chart_table(
            {_("Class"): [escape_markdown(name) for name in data.spec.classes], **figures}, key="class_counts_table"
        )


def show_storage(data: Dataset) -> None:
    """Show whether the examples are in memory or are streamed from the disk."""
    size = format_bytes(data.train.inputs.nbytes + data.test.inputs.nbytes)
    if data.train.streamed:
        st.caption(
            _(
                ":material/hard_drive: Streamed from the disk: {size} is too large for this machine's memory, so each "
                "batch is read when it is needed. Training may be slower."
            ).format(size=size)
        )
    else:
        st.caption(_(":material/memory: Loaded into memory: {size}.").format(size=size))
