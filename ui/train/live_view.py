"""The live view of a run: status, progress, queue position, curves, and what shows its network while it trains. `VIEWS` is the one
place where a view of the network is registered."""

from collections.abc import Callable, Sequence
from contextlib import suppress

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements.lib.mutable_tab_container import TabContainer

from nn_core.drawings.pins import Pin
from nn_core.errors import DamagedRun, NNLabError
from nn_core.i18n import _
from nn_core.jobs.previews import Boundary, Neurons, Preview, Reconstructions, Surface, list_previews, read_preview
from nn_core.runs import History, RunFolder, RunStatus
from nn_core.runs.metrics import PinnedCurve
from nn_core.runs.reports import EvaluationReport
from nn_core.task import Goal
from ui.app import cache
from ui.app.actions import note_viewer
from ui.app.glossary import describe_view
from ui.app.next_steps import see_mistakes, show_step_link, try_it
from ui.app.refresh_rate import show_regularly
from ui.app.run_labels import RunLabels, describe_queue_position, describe_result, get_headline, get_run_labels
from ui.app.text import escape_markdown
from ui.app.url_values import is_history_navigation, make_choice_value, read_value, show_rejected, write_url
from ui.app.widgets import show_missed_classes
from ui.auth.permissions import can_change
from ui.components.boundary import load_plane_points, show_boundary
from ui.components.live_chart import Curves, PinnedLine, draw_live_chart
from ui.components.reconstructions import draw_reconstructions
from ui.components.surface import load_value_points, show_surface
from ui.draw.pins import describe_pins, read_pins_of_run
from ui.runs.run_picker import show_status_badge
from ui.train.diagnosis import show_diagnosis
from ui.train.network_tab import show_held_out_examples, show_network
from ui.train.neurons import show_neurons_view
from ui.train.run_controls import show_controls
from ui.train.run_status import announce_run, describe_activity, describe_time, show_figures, show_speeds

__all__ = ["VIEWS", "get_curves", "get_history", "show_live_view"]

_TAB = make_choice_value("view", ("curves", "network"), "curves")
_INTERVAL_SECONDS = 1.0
_FIRST_INTERVAL_SECONDS = 0.3
_PREVIEW_INTERVAL_SECONDS = 0.5


def show_live_view(run: RunFolder, title: str) -> None:
    """Show everything about the run, refreshed about once a second while it is active.

    Args:
        run: the run.
        title: what the page calls it.
    """
    label = run.label()

    def refresh() -> None:
        if run.label() != label:
            st.rerun()  # the whole page, because it was renamed, perhaps in another tab
        with st.container(key="live_view"):  # on a phone the chart comes first in it (phone.css)
            _show(run, run.status(), title)

    show_regularly(refresh, lambda: _get_wanted_interval(run))


def _get_wanted_interval(run: RunFolder) -> float | None:
    """Seconds until the next refresh: short until the curve has a point, None once the run has ended."""
    if not run.status().is_active:
        return None
    with suppress(NNLabError):  # the refresh itself shows the error
        if get_history(run).train.epoch:
            return _PREVIEW_INTERVAL_SECONDS if _has_previews(get_run_labels(run)) else _INTERVAL_SECONDS
    return _FIRST_INTERVAL_SECONDS


def _show(run: RunFolder, status: RunStatus, title: str) -> None:
    history, labels, evaluation = get_history(run), get_run_labels(run), _get_evaluation(run, status)
    if can_change():
        note_viewer(run)
    with st.container(key="run_status", horizontal=True, vertical_alignment="center"):
        show_status_badge(status)
        queue_position = describe_queue_position(run, status)
        st.markdown(escape_markdown(queue_position or describe_activity(status, labels)), width="content")
        st.space("stretch")
        show_controls(run, status, history, is_queued=queue_position is not None)
    if status.is_active or 0 < status.progress < 1:
        st.progress(min(status.progress, 1.0), text=describe_time(status))
    if status.status == "failed":
        st.error(escape_markdown(status.message), icon=":material/error:")
    elif status.status == "finished":
        _show_result(run, status, labels, evaluation)
    elif status.status == "interrupted":
        st.warning(
            _("The process of this run ended early. Resume continues from where the run was last saved."),
            icon=":material/warning:",
        )
    diagnosis = st.container()  # filled last, so that nothing waits for it
    if status.message and status.status != "failed":
        st.info(escape_markdown(status.message), icon=":material/info:")
    if history.unreadable:
        st.caption(
            _("Damaged lines in metrics.jsonl, left out of the curves: {count:,}.").format(count=history.unreadable)
        )
    result = get_headline(labels, status, history.validation, evaluation)
    show_figures(status, history, labels, result)
    show_held_out_examples(run, labels)
    pins = read_pins_of_run(run)
    curves_tab, network_tab = _show_tabs(run)
    with curves_tab:  # also while it is closed, so that the chart keeps its zoom
        _show_curves(run, status, labels, history, pins)
    if network_tab.open:
        with network_tab:
            show_network(run, status, labels, history)
    with diagnosis:
        show_diagnosis(run, status)
    describe_pins(pins, history, active=status.is_active)
    if status.device:
        parameters = _(" · {count:,} parameters").format(count=status.parameters) if status.parameters else ""
        limit = labels.config.data.train_examples
        examples = _(" · at most {count:,} training examples").format(count=limit) if limit else ""
        st.caption(escape_markdown(status.device + parameters + examples))
    show_speeds(status.ranks)
    announce_run(run, title, status, history.validation, result)


def _show_tabs(run: RunFolder) -> Sequence[TabContainer]:
    """Show the tabs; the open one is in the URL."""
    titles, key = {"curves": _("Curves"), "network": _("Network")}, f"views-{run.name}"
    if is_history_navigation() or key not in st.session_state:
        st.session_state[key] = titles[read_value(_TAB)]
    tabs = st.tabs(list(titles.values()), key=key, on_change="rerun")
    opened = next((name for name, tab in zip(titles, tabs, strict=True) if tab.open), _TAB.default)
    write_url((_TAB,), {_TAB.name: opened})
    show_rejected(_TAB.name)
    return tabs


def _show_curves(run: RunFolder, status: RunStatus, labels: RunLabels, history: History, pins: Sequence[Pin]) -> None:
    """Show the curves and the previews of the run."""
    preview, curves = (
        st.columns([5, 6]) if _has_previews(labels) and labels.kind == "points" else (st.container(), st.container())
    )
    with preview:
        _show_previews(run, labels)
    with curves:
        _describe_curves(labels.goal)
    with curves, st.container(key="live_charts"):
        draw_live_chart(
            get_curves(history, pins),
            run=run.name,
            generation=history.generation,
            epochs=status.epochs,
            key=f"chart-{run.name}",
            accuracy=labels.goal != "reconstruct",
            explained=labels.goal == "regress",
        )


def _describe_curves(goal: Goal) -> None:
    """Say what the curves show."""
    descriptions = {
        "classify": _(
            "The curves show how wrong the network is, and how often it is right, on training and on held-out examples."
        ),
        "regress": _(
            "The curves show how wrong the network is, and how much of the variance it predicts (R²), on training and on held-out "
            "examples."
        ),
        "reconstruct": _("The curves show how wrong the network is, on training and on held-out examples."),
    }
    terms = {"classify": "accuracy", "regress": "regression", "reconstruct": "mean_squared_error"}
    describe_view(
        descriptions[goal],
        _("Look for the epoch from which the validation curve no longer improves while the training curve does."),
        "loss",
        terms[goal],
        "validation",
        "overfitting",
        key="curves",
    )


def get_curves(history: History, pins: Sequence[Pin] = ()) -> Curves:
    """Convert a history to the curves of the chart.

    Args:
        history: of a run.
        pins: the drawings that have their own curve.
    """
    train, validation = history.train, history.validation
    pinned = [(pin, history.pinned.get(pin.id, PinnedCurve())) for pin in pins]
    return Curves(
        train.epoch,
        train.loss,
        train.accuracy or train.r_squared,
        validation.epoch,
        validation.loss,
        validation.accuracy or validation.r_squared,
        history.lr_changes,
        [PinnedLine(pin.id, pin.name, curve.epoch, curve.share) for pin, curve in pinned],
    )


def _get_evaluation(run: RunFolder, status: RunStatus) -> EvaluationReport | None:
    """The evaluation of the run's final network; None while the run is active and if it was not tested."""
    if status.is_active:
        return None
    with suppress(DamagedRun):  # the Evaluate page reports the damage and evaluates the run again
        return run.evaluation_of(status)
    return None


def _show_result(run: RunFolder, status: RunStatus, labels: RunLabels, evaluation: EvaluationReport | None) -> None:
    """Show the result of a finished run in a sentence, with links to next steps."""
    with st.container(border=True, key="what_next", horizontal=True, vertical_alignment="center"):
        st.markdown(describe_result(labels, status, evaluation), width="content")
        with st.container(
            horizontal=True, width="content"
        ):  # side by side also where they do not fit beside the sentence
            for step in (see_mistakes(run), try_it(run)):
                if step:
                    show_step_link(step)
    if evaluation:
        show_missed_classes(evaluation)
    if status.ended_early:
        st.caption(escape_markdown(status.ended_early))


def get_history(run: RunFolder) -> History:
    """Read the current curves from the cache that all pages share, with a progress bar if that takes a while."""
    bars: list[DeltaGenerator] = []

    def show_progress(fraction: float) -> None:
        text = _("Reading the curves …")
        bars[0].progress(fraction, text=text) if bars else bars.append(st.progress(fraction, text=text))

    history = cache.get_histories().read(run, show_progress)
    for bar in bars:
        bar.empty()
    return history


def show_boundary_view(run: RunFolder, labels: RunLabels) -> None:
    with suppress(NNLabError), st.container(border=True, key="boundary"):
        points = load_plane_points(labels.config.data, labels.config.training.seed)
        st.markdown(_("**How the network divides the plane**"))
        describe_view(
            _("The background is the network's answer at each point at this moment."),
            _("Look for the step at which the border first follows the gap between the classes."),
            "decision_boundary",
            "noise",
        )
        show_boundary(points, read_preview(run, Boundary), key=f"boundary-{run.name}")


def show_surface_view(run: RunFolder, labels: RunLabels) -> None:
    with suppress(NNLabError), st.container(border=True, key="surface"):
        points = load_value_points(labels.config.data, labels.config.training.seed)
        st.markdown(_("**What the network predicts in the plane**"))
        show_surface(points, read_preview(run, Surface), key=f"surface-{run.name}")
        st.caption(
            _(
                "The background and its lines show the predicted value at each point, the points their true value. Look for points whose "
                "colour or shape differs from the background."
            )
        )


def show_reconstructions_view(run: RunFolder, labels: RunLabels) -> None:
    if preview := read_preview(run, Reconstructions):
        with st.container(border=True, key="reconstructions"):
            st.markdown(_("**Validation pictures and their reconstructions**"))
            describe_view(
                _("Held-out pictures above what the network draws from their few numbers at this moment."),
                _("Look for what it learns first: the average shape, then slant and thickness, details last."),
                "autoencoder",
                "latent_space",
                "validation",
            )
            draw_reconstructions(preview, key=f"reconstructions-{run.name}")


VIEWS: dict[type[Preview], Callable[[RunFolder, RunLabels], None]] = {
    Boundary: show_boundary_view,
    Surface: show_surface_view,
    Reconstructions: show_reconstructions_view,
    Neurons: show_neurons_view,
}
"""How each of `nn_core.jobs.previews.PREVIEWS` is shown, in the order of the page. Called at every refresh of the live view."""


def _has_previews(labels: RunLabels) -> bool:
    """Whether the run has a live view in addition to its curves."""
    return bool(list_previews(labels.goal, labels.kind, labels.config.model.name))


def _show_previews(run: RunFolder, labels: RunLabels) -> None:
    """Show all live views of the run."""
    for preview in list_previews(labels.goal, labels.kind, labels.config.model.name):
        VIEWS[preview](run, labels)
