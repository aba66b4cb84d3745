"""Evaluate: how good a network is on new examples, and its mistakes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar, get_args

import streamlit as st

from nn_core.data import DatasetSpec, find_configured_dataset
from nn_core.errors import DamagedRun
from nn_core.formatting import format_percent, format_percent_range
from nn_core.i18n import _
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder
from nn_core.runs.reports import (
    ClassificationReport,
    EvaluationReport,
    ReconstructionReport,
    RegressionReport,
)
from nn_core.settings import get_title
from nn_core.task import Kind, get_plural
from ui.app import cache, navigation
from ui.app.actions import evaluate_run
from ui.app.errors import show_errors
from ui.app.glossary import explain
from ui.app.next_steps import change_a_setting, look_at_data, show_next_steps, try_it
from ui.app.text import escape_markdown, escape_title
from ui.app.widgets import show_link, show_missed_classes, stop_without_network
from ui.auth.permissions import can_change, describe_restriction
from ui.data.views import offer_download
from ui.evaluate.calibration import show_calibration
from ui.evaluate.class_scores import show_class_scores
from ui.evaluate.error_list import show_errors_by_size
from ui.evaluate.list_state import drop_other_choice
from ui.evaluate.matrix import Examples, show_confusion_matrix
from ui.evaluate.mistake_filter import make_filter_values
from ui.evaluate.mistakes import show_mistakes
from ui.evaluate.plane_errors import show_plane_errors
from ui.evaluate.precision_recall_curves import show_precision_recall
from ui.evaluate.reconstruction_errors import show_error_by_class, show_error_headline, show_example_pairs
from ui.evaluate.refusal import show_refusal
from ui.evaluate.robustness import show_robustness
from ui.evaluate.value_errors import show_value_headline, show_value_plane, show_value_scatter
from ui.runs.run_picker import get_run_title, list_all_runs, pick_run
from ui.train.diagnosis import show_diagnosis

navigation.open_app()

MOST_BESIDE = 20
"""Classes whose matrix has room beside the table."""


def get_evaluation(run: RunFolder, spec: DatasetSpec) -> EvaluationReport | None:
    """Return the evaluation of the run's best network, computed now if there is none. If that is not possible, show why and return None."""
    status, evaluation = run.status(), None
    try:
        evaluation = run.evaluation()
    except DamagedRun as error:
        st.warning(escape_markdown(str(error)), icon=":material/build:")
    if evaluation and evaluation.step == (status.best.step if status.best else None):
        if not run.is_calibration_missing(evaluation):
            return evaluation
        st.warning(_("The calibration of the run was damaged and is computed again."), icon=":material/build:")
    if status.is_active:
        st.info(
            _("This run is still training. It is evaluated when training is done."), icon=":material/hourglass_top:"
        )
        show_link("train", _("Watch it"), "visibility", run=run)
        return None
    if not spec.is_present(get_data_folder()):
        offer_download(spec)
        return None
    if not can_change():
        st.info(
            _("This network has not been tested yet. {restriction}").format(restriction=describe_restriction()),
            icon=":material/visibility:",
        )
        return None
    with st.spinner(_("Running the test …")):
        return evaluate_run(run)


def show_headline(evaluation: ClassificationReport, kind: Kind) -> None:
    low, high = evaluation.accuracy_interval
    samples = get_plural(kind)
    wrong = round((1 - evaluation.accuracy) * evaluation.samples)
    wrong_of_all = _("{wrong:,} of {all:,} {samples}").format(wrong=wrong, all=evaluation.samples, samples=samples)
    # Each is as wide as its content, because the interval would be cut off in columns of equal width.
    with st.container(horizontal=True, key="figures"):
        st.metric(
            _("Test accuracy"),
            format_percent(evaluation.accuracy, 2),
            border=True,
            width="content",
            help=explain("accuracy"),
        )
        interval = format_percent_range(low, high, 2)
        st.metric(_("95 % interval"), interval, border=True, width="content", help=explain("confidence_interval"))
        st.metric(_("Wrong answers"), wrong_of_all, border=True, width="content")
    show_missed_classes(evaluation)


def show_matrix_and_classes(run: RunFolder, spec: DatasetSpec, evaluation: ClassificationReport) -> None:
    """Show the matrix beside the table of the classes, or above it if there are many."""
    if len(evaluation.classes) > MOST_BESIDE:
        left, right = st.container(), st.container()
    else:
        left, right = st.columns([4, 3])
    with left:
        title = _("{run} on the test {samples} of {data}").format(
            run=get_run_title(run), samples=get_plural(spec.kind), data=_(spec.title)
        )
        show_confusion_matrix(evaluation, spec.kind, run=run.name, title=title, examples=find_examples(run, spec))
    with right:
        show_class_scores(evaluation, spec.kind, run=run.name)


def find_examples(run: RunFolder, spec: DatasetSpec) -> Examples:
    """Find out of which data the list of mistakes can show examples."""
    if has_data(spec):
        return "own"
    from nn_core.evaluation.held_out import find_held_out_settings

    return "substitute" if find_held_out_settings(run.config(), get_data_folder()) else "none"


def show_values(run: RunFolder, _spec: DatasetSpec, evaluation: RegressionReport) -> None:
    """Show the test points in the plane beside predicted against true values."""
    data = cache.get_dataset(run.config().data)
    left, right = st.columns(2)
    with left:
        show_value_plane(cache.get_network(run), data)
    with right:
        show_value_scatter(evaluation)


def describe_test_data(run: RunFolder, spec: DatasetSpec, evaluation: EvaluationReport) -> str:
    """The sentences about the data of the figures. If cards further down are about a substitute, they name those that are not."""
    if find_examples(run, spec) == "own":
        sentence = _("{run}: {model} on the test {samples} of {data}")
    elif isinstance(evaluation, ClassificationReport):
        sentence = _("{run}: {model}. Accuracy, matrix and scores are for the test {samples} of {data}")
    else:
        sentence = _("{run}: {model}. The figures at the top are for the test {samples} of {data}")
    if run.status().has_imported_weights:
        return sentence + _(". Its weights were imported; what they were trained on is not known.")
    return sentence + _(", which were used neither for training nor to choose the best epoch.")


def has_data(spec: DatasetSpec) -> bool:
    return spec.is_present(get_data_folder())


R = TypeVar("R", ClassificationReport, ReconstructionReport, RegressionReport)


@dataclass(frozen=True)
class View(Generic[R]):
    """A part of the page.

    Attributes:
        report: the kind of evaluation that it shows.
        draw: shows it, given the run, its data set and the evaluation of its best network.
        kinds: of the data for which it is shown.
        needs_data: whether it is left out if the data set is not on this machine.
    """

    report: type[R]
    draw: Callable[[RunFolder, DatasetSpec, R], None]
    kinds: tuple[Kind, ...] = get_args(Kind)
    needs_data: bool = False

    def show(self, run: RunFolder, spec: DatasetSpec, evaluation: EvaluationReport) -> None:
        """Draw the view if the evaluation has it."""
        if isinstance(evaluation, self.report) and spec.kind in self.kinds and (has_data(spec) or not self.needs_data):
            self.draw(run, spec, evaluation)


VIEWS: tuple[View[ClassificationReport] | View[ReconstructionReport] | View[RegressionReport], ...] = (
    View(ClassificationReport, lambda _run, spec, evaluation: show_headline(evaluation, spec.kind)),
    View(ClassificationReport, show_matrix_and_classes),
    View(ClassificationReport, show_precision_recall),
    View(
        ClassificationReport,
        lambda run, _spec, _evaluation: show_plane_errors(cache.get_network(run), cache.get_dataset(run.config().data)),
        kinds=("points",),
        needs_data=True,
    ),
    View(ClassificationReport, show_mistakes),
    View(ClassificationReport, show_calibration),
    View(ClassificationReport, show_refusal),
    View(ClassificationReport, show_robustness),
    View(ReconstructionReport, lambda _run, _spec, evaluation: show_error_headline(evaluation)),
    View(ReconstructionReport, lambda _run, _spec, evaluation: show_error_by_class(evaluation)),
    View(
        ReconstructionReport,
        lambda run, _spec, evaluation: show_example_pairs(
            evaluation, cache.get_network(run), cache.get_dataset(run.config().data)
        ),
        needs_data=True,
    ),
    View(ReconstructionReport, show_errors_by_size),
    View(RegressionReport, lambda _run, _spec, evaluation: show_value_headline(evaluation)),
    View(RegressionReport, show_values, kinds=("points",), needs_data=True),
    View(RegressionReport, show_errors_by_size),
)
"""The views of an evaluation in the order of the page. A new view is registered here."""


st.title(_("Evaluate"), anchor=False)
runs = list_all_runs()
if not runs:
    stop_without_network(_("There is no trained network yet. Train one first, then see its mistakes here."))
run = pick_run(_("Run"), runs)
with show_errors():
    config = run.config()
    spec = find_configured_dataset(config.data, get_data_folder())
    drop_other_choice(f"mistakes_{run.name}", make_filter_values(spec.classes))
    evaluation = get_evaluation(run, spec)
    if evaluation:
        diagnosis = st.container()  # filled last, so that nothing waits for it
        for view in VIEWS:
            view.show(run, spec, evaluation)
        st.caption(
            describe_test_data(run, spec, evaluation).format(
                run=escape_title(get_run_title(run)),
                model=_(get_title(type(config.model))),
                samples=get_plural(spec.kind),
                data=escape_markdown(_(spec.title)),
            )
        )
        show_link("backprop", _("See one training step"), run=run)
        show_next_steps(try_it(run), change_a_setting(run), look_at_data(spec.name))
        with diagnosis:
            show_diagnosis(run, run.status())
