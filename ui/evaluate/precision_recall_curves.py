"""Precision–recall curves of a few classes. They need every probability, so they are computed when the user opens them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from nn_core.data import DatasetSpec, find_dataset
from nn_core.errors import to_one_line
from nn_core.formatting import format_percent
from nn_core.i18n import _
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder
from nn_core.runs.reports import ClassificationReport
from nn_core.statistics.precision_recall import PrecisionRecall, compute_average_precisions, compute_precision_recall
from nn_core.task import get_plural
from ui.app.charts import format_label, import_graph_objects, show_chart, show_chart_table
from ui.app.errors import show_errors
from ui.app.glossary import describe_view
from ui.app.text import escape_markdown
from ui.app.url_values import UrlValue, read_value, show_rejected, write_url
from ui.app.widgets import section_card
from ui.evaluate.card_answers import describe_substitute_risk, find_answers

if TYPE_CHECKING:
    from nn_core.evaluation.answers import Answers

__all__ = ["show_precision_recall"]

_WORST, _MOST = 3, 6  # curves
_HEIGHT = 420
_RECALLS = (0.5, 0.8, 0.9, 0.95, 0.99)
_MAX_NAME = 40
_KEY = "curve_classes"


def show_precision_recall(run: RunFolder, spec: DatasetSpec, _evaluation: ClassificationReport) -> None:
    """Show the card. The curves are below a fold, because they may need the network to run on all test data."""
    with section_card(_("Precision–recall curves"), key="precision_recall"):
        describe_view(
            _(
                "What happens if the network answers with a class as soon as the probability of it exceeds a threshold: lower thresholds find more "
                "of the class (recall) with more false alarms (lower precision)."
            ),
            _(
                "A good curve stays at the top until far right. One that falls early belongs to a class that is often mixed up with others."
            ),
            "precision_recall_curve",
            "precision",
            "recall",
        )
        st.fragment(_show_fold)(run, spec)


def _show_fold(run: RunFolder, spec: DatasetSpec) -> None:
    value = _make_value(spec.classes)
    shared = read_value(value)
    fold = st.expander(
        _("Show the curves"),
        expanded=bool(shared),
        key="curves_fold",
        icon=":material/show_chart:",
        on_change="rerun",
    )
    show_rejected(value.name)
    if fold.open:
        with fold, show_errors():
            _show_curves(run, spec, value, shared)


def _make_value(classes: Sequence[str]) -> UrlValue[tuple[int, ...]]:
    """The chosen classes in the URL, as numbers from 1."""

    def parse(text: str) -> tuple[int, ...]:
        chosen = tuple(int(part) - 1 for part in text.split("-"))
        if not 0 < len(chosen) <= _MOST or not all(0 <= index < len(classes) for index in chosen):
            raise ValueError(text)
        return tuple(dict.fromkeys(chosen))

    def format_numbers(chosen: object) -> str:
        return "-".join(str(index + 1) for index in chosen) if isinstance(chosen, tuple) else ""

    rule = _("at most {most} numbers from 1 to {last}, such as 1-3").format(most=_MOST, last=len(classes))
    return UrlValue("curves", (), parse, format_numbers, rule)


def _show_curves(run: RunFolder, spec: DatasetSpec, value: UrlValue[tuple[int, ...]], shared: tuple[int, ...]) -> None:
    answers = find_answers(run, spec)
    if answers is None:
        return
    labels, probabilities = answers.labels.numpy(), answers.probabilities.numpy()
    averages = compute_average_precisions(labels, probabilities)
    tested = [index for index, average in enumerate(averages) if average is not None]
    worst = sorted(tested, key=lambda index: averages[index] or 0.0)[:_WORST]
    key = f"{_KEY}_{run.name}"
    if key not in st.session_state:
        st.session_state[key] = [index for index in shared if index in tested] or worst
    chosen = st.multiselect(
        _("Classes"),
        tested,
        format_func=lambda index: to_one_line(spec.classes[index], _MAX_NAME) or "–",
        max_selections=_MOST,
        key=key,
        help=_("At first those with the lowest average precision. At most {most}.").format(most=_MOST),
    )
    write_url((value,), {value.name: () if chosen == worst else tuple(chosen)})
    mean = sum(averages[index] or 0.0 for index in tested) / max(1, len(tested))
    st.markdown(_describe_source(answers, spec, mean, len(tested)))
    curves = {index: compute_precision_recall(labels, probabilities, index) for index in chosen}
    found = {index: curve for index, curve in curves.items() if curve}
    if not found:
        st.info(_("Choose a class to see its curve."), icon=":material/show_chart:")
        return
    _show_chart(found, spec, len(labels))


def _describe_source(answers: Answers, spec: DatasetSpec, mean: float, classes: int) -> str:
    samples = get_plural(spec.kind)
    text = _("Mean average precision of {classes:,} classes on {count:,} test {samples}: **{mean}**.").format(
        classes=classes, count=len(answers), samples=samples, mean=format_percent(mean)
    )
    if not answers.is_substitute:
        return text
    substitute = _(
        "{own} is not on this machine, so these curves are of the test {samples} of {name}. The other figures above are of {own}."
    )
    named = substitute.format(
        own=escape_markdown(_(spec.title)),
        samples=samples,
        name=escape_markdown(_(find_dataset(answers.data_name, get_data_folder()).title)),
    )
    return f"{text} {named} {describe_substitute_risk(samples)}"


def _show_chart(curves: dict[int, PrecisionRecall], spec: DatasetSpec, samples: int) -> None:
    go = import_graph_objects()
    figure = go.Figure()
    for index, curve in curves.items():
        figure.add_scatter(
            x=curve.recall,
            y=curve.precision,
            name=f"{format_label(spec.classes[index])} ({format_percent(curve.average_precision)})",
            mode="lines",
            line_shape="vh",
            customdata=curve.threshold,
            hovertemplate=_("recall %{x:.1%}, precision %{y:.1%}, threshold %{customdata:.3f}"),
        )
    figure.update_xaxes(title=_("Recall (share found)"), range=[0, 1.01], tickformat=".0%")
    figure.update_yaxes(title=_("Precision (share right)"), range=[0, 1.03], tickformat=".0%")
    figure.update_layout(
        showlegend=True, legend={"title": _("Class (average precision)"), "orientation": "h", "y": -0.2}
    )
    names = [to_one_line(spec.classes[index], _MAX_NAME) for index in curves]
    described = ", ".join(
        f"{name} {format_percent(curve.average_precision)}" for name, curve in zip(names, curves.values(), strict=True)
    )
    alt = _("Precision against recall, from 0 to 100 %. Average precision: {described}.").format(described=described)
    show_chart(figure, height=_HEIGHT, alt=alt, key="precision_recall_chart")
    columns: dict[str, Sequence[object]] = {
        _("Class"): names,
        _("Average precision"): [format_percent(curve.average_precision) for curve in curves.values()],
    }
    for recall in _RECALLS:
        title = _("Precision at recall {recall}").format(recall=format_percent(recall, 0))
        columns[title] = [format_percent(_find_precision(curve, recall)) for curve in curves.values()]
    columns[_("Without a network")] = [format_percent(curve.support / samples) for curve in curves.values()]
    show_chart_table(columns, caption=_("Precision of each class at several recalls"), key="precision_recall_table")


def _find_precision(curve: PrecisionRecall, recall: float) -> float:
    """The best precision that is possible while at least that share of the class is found."""
    return max(curve.precision[min(bisect_left(curve.recall, recall), len(curve.recall) - 1) :])
