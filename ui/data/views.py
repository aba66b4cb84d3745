"""Views of a data set: its download, the sizes of its splits, its classes and storage, points in the plane, and lengths of texts."""

import subprocess
from itertools import pairwise
from typing import IO

import streamlit as st

from nn_core.config import RunConfig, update_config
from nn_core.data import Dataset, DatasetSpec, DataSettings, PlaneSettings
from nn_core.errors import BadInput
from nn_core.formatting import format_bytes, format_decimal, format_percent
from nn_core.i18n import _
from nn_core.paths import get_data_folder
from nn_core.task import Kind
from ui.app import cache
from ui.app.actions import start_download
from ui.app.charts import LEGEND_BELOW, format_label, import_graph_objects, show_chart, show_chart_table
from ui.app.errors import show_errors
from ui.app.glossary import describe_view, explain
from ui.app.text import escape_markdown
from ui.app.widgets import section_card, show_teacher_button
from ui.components.boundary import PlaneText, draw_plane
from ui.components.boundary.points import FILLED, HOLLOW, compute_extent, make_points
from ui.components.surface import ValuePoints, draw_surface
from ui.components.surface.points import make_value_points
from ui.forms.config_form import show_section_form
from ui.forms.setting_widget import Values

__all__ = [
    "choose_points",
    "list_hidden_plane_settings",
    "offer_download",
    "show_class_counts",
    "show_lengths",
    "show_scatter",
    "show_split_figures",
    "show_storage",
    "show_value_counts",
]

_MAX_MEASURED = 50_000  # texts
_BINS = 20  # of values


def show_split_figures(data: Dataset) -> dict[str, list[int]]:
    """Show the number of examples in each split; return the counts of each class by the split's title, or of all examples where
    a value is to be predicted."""
    from nn_core.data.split import split_train_val

    settings, classes = RunConfig(), len(data.spec.classes)
    rows = split_train_val(data, settings.data.validation_share, settings.training.seed)
    if data.spec.is_regression:
        train, validation, test = ([len(part)] for part in (*rows, data.test))
    else:
        train, validation = (data.train.labels[part].bincount(minlength=classes).tolist() for part in rows)
        test = data.test.class_counts(classes)
    counts = {_("Training"): train, _("Validation"): validation, _("Test"): test}
    terms = ("training_data", "validation", "test_data")
    with st.container(key="figures"):
        columns = st.columns(4)
    if data.spec.is_regression:
        low, high = (f"{each.item():.2g}".replace("-", "−") for each in data.train.labels.aminmax())
        tip = _("The lowest and the highest value to predict in the training data.")
        columns[0].metric(_("Values"), _("{low} to {high}").format(low=low, high=high), border=True, help=tip)
    else:
        columns[0].metric(_("Classes"), classes, border=True, help=explain("label"))
    for column, (title, of_class), term in zip(columns[1:], counts.items(), terms, strict=True):
        column.metric(title, f"{sum(of_class):,}", border=True, help=explain(term))
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
    with section_card(title):
        describe_view(
            _("How many examples each class has, and for what they are used."),
            _("Look for classes with far fewer examples than the others: a network easily neglects them."),
            "class_balance",
            "training_data",
            "validation",
            "test_data",
        )
        names = [format_label(name, 200) for name in data.spec.classes]  # long enough that no two names become equal
        figure = go.Figure([go.Bar(name=split, x=names, y=of_class) for split, of_class in counts.items()])
        figure.update_layout(barmode="stack", legend=LEGEND_BELOW, yaxis_title=unit)
        figure.update_xaxes(title=_("Class"), type="category")
        show_chart(figure, height=320, alt=_("The number of examples of each class in each split."))
        figures = {split: [f"{count:,}" for count in of_class] for split, of_class in counts.items()}
        show_chart_table(
            {_("Class"): data.spec.classes, **figures},
            caption=_("Examples of each class in each split"),
            key="class_counts_table",
        )


def show_value_counts(data: Dataset) -> None:
    """Show a histogram of the values to predict."""
    import numpy as np

    go = import_graph_objects()

    with section_card(_("Values to predict")):
        values = np.concatenate([data.train.labels.numpy(), data.test.labels.numpy()])
        counts, edges = np.histogram(values, bins=_BINS)
        figure = go.Figure(go.Bar(x=(edges[:-1] + edges[1:]) / 2, y=counts, width=np.diff(edges)))
        figure.update_layout(xaxis_title=_("Value"), yaxis_title=_("Points"))
        show_chart(
            figure, height=260, alt=_("The number of points with values in each of {bins} ranges.").format(bins=_BINS)
        )
        ranges = [f"{format_decimal(low)} … {format_decimal(high)}" for low, high in pairwise(edges.tolist())]
        show_chart_table(
            {_("Value"): ranges, _("Points"): [f"{count:,}" for count in counts.tolist()]},
            caption=_("Points in each range of values"),
            key="value_counts_table",
        )


def show_storage(data: Dataset) -> None:
    """Show whether the examples are in memory or are streamed from the disk."""
    text = (
        _(
            ":material/hard_drive: Streamed from the disk: {size} is too large for this machine's memory, so each batch is read "
            "when it is needed. Training may be slower."
        )
        if data.train.streamed
        else _(":material/memory: Loaded into memory: {size}.")
    )
    st.caption(text.format(size=format_bytes(data.train.inputs.nbytes + data.test.inputs.nbytes)))


def list_hidden_plane_settings(spec: DatasetSpec) -> set[str]:
    """The settings of the data, as paths, that a form leaves out: those without effect, and drawn points, which it cannot draw."""
    shown = set(spec.plane_settings) - {"drawn"}
    return {f"plane.{name}" for name in PlaneSettings.model_fields if name not in shown} if shown else {"plane"}


def choose_points(spec: DatasetSpec) -> Dataset | None:
    """Show the settings of points in the plane; return the data set, or None after a sentence that says what is missing."""
    hidden = list_hidden_plane_settings(spec)
    values: Values = {}
    if "plane" not in hidden:
        with section_card(_("How the points are made")):
            values = show_section_form(
                RunConfig().data.plane,
                DataSettings.model_fields["plane"],
                "plane",
                without={path.removeprefix("plane.") for path in hidden},
            )
    try:
        return cache.get_dataset(update_config(RunConfig(), {"data": {"name": spec.name, "plane": values}}).data)
    except BadInput as error:
        st.info(escape_markdown(str(error)), icon=":material/draw:")
        return None


def show_scatter(data: Dataset) -> None:
    """Show all points by class, test points as rings, with the same axes as on the other pages."""
    import torch

    train, test = data.train, data.test
    markers = torch.cat([torch.full((len(train),), FILLED), torch.full((len(test),), HOLLOW)])
    inputs, labels = torch.cat([train.inputs, test.inputs]), torch.cat([train.labels, test.labels])
    # In random order, so that a shown subset has points of both splits.
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
    if data.spec.is_regression:
        _show_values(make_value_points(inputs[order], labels[order], markers[order], data))
        return
    points = make_points(inputs[order], labels[order], markers[order], data.spec.classes, compute_extent(data))
    counts = labels.bincount(minlength=len(data.spec.classes)).tolist()
    class_counts = ", ".join(f"{name}: {count:,}" for name, count in zip(data.spec.classes, counts, strict=True))
    with section_card(_("In the plane"), key="plane_points"):
        describe_view(
            _("Every point is an example; its shape and colour are its class."),
            _("Look for places where the classes mix: there no network can always be right."),
            "noise",
            "decision_boundary",
            "input_feature",
        )
        text = PlaneText(
            label=_("{count} points in the plane").format(count=f"{points.count:,}"),
            description=_("Points of each class: {counts}.").format(counts=class_counts),
            hollow=_("test"),
        )
        draw_plane(points, None, text, key="plane_scatter")
        _say_how_many_are_drawn(len(points.x), points.count)


def _show_values(points: ValuePoints) -> None:
    with section_card(_("In the plane"), key="plane_points"):
        label = _("{count} points in the plane").format(count=f"{points.count:,}")
        draw_surface(points, None, label, hollow=_("test"), key="plane_scatter")
        st.caption(
            _("Colour and shape of a point show its value: this is what a network should predict from x1 and x2.")
        )
        _say_how_many_are_drawn(len(points.x), points.count)


def _say_how_many_are_drawn(shown: int, count: int) -> None:
    if shown < count:
        st.caption(_("{shown:,} of {count:,} points are drawn.").format(shown=shown, count=count))


def show_lengths(data: Dataset) -> None:
    """Show the distribution of the lengths of the training texts."""
    go = import_graph_objects()

    with section_card(_("Text lengths")):
        describe_view(
            _("How many characters the training texts have."),
            _("Look for texts at the right end: what is longer than the network reads is cut off."),
            "training_data",
            "embedding",
            key="lengths",
        )
        step = max(1, len(data.train) // _MAX_MEASURED)
        measured = (data.train.inputs[::step] != 0).sum(dim=1)
        counts = (measured.bincount(minlength=data.spec.shape[0] + 1) * step).tolist()
        lengths = list(range(len(counts)))
        figure = go.Figure(go.Bar(x=lengths, y=counts))
        figure.update_layout(xaxis_title=_("Characters"), yaxis_title=_("Training texts"))
        show_chart(figure, height=260, alt=_("The number of training texts of each length."))
        show_chart_table(
            {_("Characters"): lengths, _("Training texts"): [f"{count:,}" for count in counts]},
            caption=_("Training texts of each length"),
            key="lengths_table",
        )
        st.caption(_("Longer texts are cut and shorter ones padded, so that all have the same length."))


@st.cache_resource(show_spinner=False)
def _get_downloads() -> dict[str, tuple[subprocess.Popen[bytes], IO[bytes]]]:
    """The process and its output file by data set, shared by the whole server: all browsers show the same download."""
    return {}


def offer_download(spec: DatasetSpec) -> None:
    """Show, for a data set that is not on disk, the download button, the progress or the error."""
    download = _get_downloads().get(spec.name)
    if download:
        process, output = download
        if process.poll() is None:
            _show_progress(spec)
            return
        output.seek(0)
        lines = output.read().decode(errors="replace").strip().splitlines()
        st.error(escape_markdown(lines[-1] if lines else _("The download failed.")), icon=":material/cloud_off:")
    st.info(
        _("{title} is not on this machine yet. {about}").format(title=_(spec.title), about=_(spec.about)),
        icon=":material/cloud_download:",
    )
    if show_teacher_button(_("Download"), key="download_data", icon=":material/download:"):
        with show_errors():
            _get_downloads()[spec.name] = start_download(spec.name)
            st.rerun()


def _show_progress(spec: DatasetSpec) -> None:
    @st.fragment(run_every=0.5)
    def refresh() -> None:
        fraction = spec.download_fraction(get_data_folder())
        progress = format_percent(fraction, 0)
        st.progress(fraction, text=_("Downloading {title}: {progress}").format(title=_(spec.title), progress=progress))
        if _get_downloads()[spec.name][0].poll() is not None:
            st.rerun()

    refresh()
