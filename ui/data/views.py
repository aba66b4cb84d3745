"""What a data set holds: figures, classes, and how much memory it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from nn_core.config import RunConfig
from nn_core.i18n import _
from ui.app.charts import apply_chart_style, format_label, import_graph_objects, show_chart_table
from ui.app.text import escape_markdown, show_section_heading

if TYPE_CHECKING:
    from nn_core.data import Dataset
    from nn_core.task import Kind

__all__ = ["show_class_counts", "show_split_figures", "show_storage"]


def show_split_figures(data: Dataset) -> dict[str, list[int]]:
    """Show how many examples each split has; gives the counts of each class, by the split's title."""
    from nn_core.data.split import split_train_val

    settings, classes = RunConfig(), len(data.spec.classes)
    rows = split_train_val(data, settings.data.validation_share, settings.training.seed)
    train, validation = (data.train.labels[part].bincount(minlength=classes).tolist() for part in rows)
    counts = {_("Training"): train, _("Validation"): validation, _("Test"): data.test.class_counts(classes)}
    helps = (
        _("The network learns from these."),
        _("Held out of the training examples: they show whether it understood or only memorised."),
        _("Looked at once, when all is done: the honest final figure."),
    )
    with st.container(key="figures"):
        columns = st.columns(4)
    columns[0].metric(_("Classes"), classes, border=True)
    for column, (title, of_class), tip in zip(columns[1:], counts.items(), helps, strict=True):
        column.metric(title, f"{sum(of_class):,}", border=True, help=tip)
    return counts


def show_class_counts(data: Dataset, counts: dict[str, list[int]]) -> None:
    """A bar for each class."""
    go = import_graph_objects()

    titles: dict[Kind, tuple[str, str]] = {
        "pictures": (_("Pictures of each class"), _("Pictures")),
        "text": (_("Texts of each class"), _("Texts")),
        "points": (_("Points of each class"), _("Points")),
    }
    title, unit = titles[data.spec.kind]
    with st.container(border=True):
        show_section_heading(title)
        names = [format_label(name, 200) for name in data.spec.classes]  # whole, or two could be the same
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
    """Whether the examples are in memory or stream from the disk."""
    size = _in_bytes(data.train.inputs.nbytes + data.test.inputs.nbytes)
    if data.train.streamed:
        st.caption(
            _(
                ":material/hard_drive: Streams from the disk: with {size} it is too large for this machine's memory, so each "
                "batch is read when it is needed. Training may be slower."
            ).format(size=size)
        )
    else:
        st.caption(_(":material/memory: Read into memory as a whole: {size}.").format(size=size))


def _in_bytes(count: float) -> str:
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} GB"
