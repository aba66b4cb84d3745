"""The end of every page: links to useful next steps, each with a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import streamlit as st

from nn_core.data import find_configured_dataset
from nn_core.data.builtin.drawn import DRAWN
from nn_core.errors import NNLabError
from nn_core.i18n import _
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder
from ui.app.navigation import PAGES
from ui.app.run_labels import get_run_labels
from ui.app.sitemap import SITEMAP
from ui.app.text import escape_title, show_section_heading
from ui.auth.permissions import can_change
from ui.runs.run_picker import get_run_title, list_all_runs

__all__ = [
    "NextStep",
    "change_a_setting",
    "compare_all",
    "compare_runs",
    "look_at_data",
    "open_run",
    "see_curves",
    "see_mistakes",
    "show_next_steps",
    "show_step_link",
    "train_on",
    "train_on_digits",
    "try_it",
    "try_playground",
]


@dataclass(frozen=True)
class NextStep:
    """A suggested link.

    Attributes:
        page: a key of `PAGES`.
        label: the link's text.
        reason: why it is worth following.
        query: the parameters of the page's URL.
        icon: the name of a Material icon; that of the page by default.
    """

    page: str
    label: str
    reason: str
    query: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    icon: str = ""


def show_next_steps(*steps: NextStep | None, run: RunFolder | None = None) -> None:
    """Show the steps side by side, or nothing if none applies.

    Args:
        steps: the steps; None for one that does not apply.
        run: the run they are about, if the page does not show which one that is.
    """
    offered = [step for step in steps if step]
    if not offered:
        return
    with st.container(key="next_steps"):
        show_section_heading(_("Next steps"))
        if run:
            st.caption(_("For the run {run}:").format(run=escape_title(get_run_title(run))))
        for column, step in zip(st.columns(max(2, len(offered))), offered, strict=False):
            with column, st.container(border=True, height="stretch"):
                show_step_link(step)
                st.caption(step.reason)


def show_step_link(step: NextStep) -> None:
    """Show the link of a step without its reason."""
    icon = f":material/{step.icon or SITEMAP[step.page].icon}:"
    st.page_link(PAGES[step.page], label=f"**{step.label}**", icon=icon, query_params=dict(step.query))


def see_mistakes(run: RunFolder) -> NextStep:
    """Link to the Evaluate page of the run."""
    if get_run_labels(run).goal == "reconstruct":
        label = _("See its best and worst")
        reason = _("Find out which pictures it reconstructs well and which it blurs.")
    elif get_run_labels(run).goal == "regress":
        label = _("See its errors")
        reason = _("Find out where its predictions are far from the true values.")
    else:
        label = _("See its mistakes")
        reason = _("Find out which classes it mixes up, and what those examples look like.")
    return NextStep("evaluate", label, reason, {"run": run.name})


def try_it(run: RunFolder) -> NextStep | None:
    """Link to the page where users can try the network on their own input; None for points, which have no such page."""
    labels, icon = get_run_labels(run), ""
    if labels.goal == "reconstruct":
        page, label, reason = "inside", _("Look inside"), _("Explore what it has learned on a map.")
    elif labels.kind == "text":
        page, label = "text", _("Test it with a text")
        reason = _("Type your own text and see which letters matter.")
    elif labels.dataset and labels.dataset.is_line_drawing:
        page, label = "draw", _("Test it with a drawing")
        reason = _("Your own handwriting shows best whether it has really learned.")
    elif labels.kind == "pictures":
        page, label, icon = "draw", _("Test it with a picture"), "image"
        reason = _("Your own picture shows best whether it has really learned.")
    else:
        return None
    return NextStep(page, label, reason, {"run": run.name}, icon)


def change_a_setting(run: RunFolder) -> NextStep | None:
    """Link to the form of a new run, filled with the settings of this one; an empty form for a shipped network whose data is not on
    this machine. None for viewers, who cannot start runs."""
    if run.is_shipped and not find_configured_dataset(run.config().data, get_data_folder()).is_present(
        get_data_folder()
    ):
        return _train(_("Train your own network"), _("Choose what it should learn and watch it train."))
    reason = _("If you change only one setting, the two curves show its effect.")
    return _train(_("Change one setting and train again"), reason, {"like": run.name}, icon="tune")


def train_on(dataset: str) -> NextStep | None:
    """Link to the form of a new run on the data set; for viewers to a run trained on it, or None if there is none."""
    if not can_change():
        run = _find_newest_run(dataset)
        return open_run(run, label=_("See a network trained on it")) if run else None
    reason = _("Choose a network, press one button and watch it learn.")
    return _train(_("Train a network on it"), reason, {"data": dataset})


def train_on_digits() -> NextStep | None:
    """Link to the form of a new run on MNIST digits; None for viewers."""
    reason = _("It learns in the same steps, from pictures instead of points.")
    return _train(_("Train a network on handwritten digits"), reason, {"data": "mnist_sample"})


def _train(label: str, reason: str, query: Mapping[str, str] | None = None, *, icon: str = "") -> NextStep | None:
    """Link to the form of a new run; None for viewers."""
    return NextStep("train", label, reason, query or {}, icon) if can_change() else None


def compare_runs(run: RunFolder) -> NextStep | None:
    """Link to the comparison of this run with the newest other one for the same task on the same data; None if there is no other run."""
    other = _find_newest_run(run.config().data.name, except_for=run)
    if other is None or other.is_shipped or other.status().is_active:
        return None
    return compare_all([other, run], label=_("Compare it with another run"))


def compare_all(runs: Sequence[RunFolder], *, label: str = "") -> NextStep:
    """Link to the comparison of these runs, of which there are at least two; the first one is what the others are compared with."""
    reason = _("Is one really better, or is it chance? And which settings differ?")
    return NextStep("compare", label or _("Compare these runs"), reason, {"run": [run.name for run in runs]})


def see_curves(runs: Sequence[RunFolder]) -> NextStep:
    """Link to the curves of these runs in one chart."""
    reason = _("How they learned, epoch by epoch, in one chart.")
    return NextStep("runs", _("See their curves"), reason, {"compare": [run.name for run in runs]}, "show_chart")


def look_at_data(dataset: str) -> NextStep | None:
    """Link to the Data page of the data set; None for drawn points, which only the Playground shows."""
    if dataset == DRAWN.name:
        return None
    reason = _("The data explains many of a network's mistakes.")
    return NextStep("data", _("Look at the data"), reason, {"set": dataset})


def try_playground() -> NextStep:
    """Link to the Playground."""
    reason = _("Watch a small network learn to separate points, step by step.")
    return NextStep("playground", _("See how training works"), reason)


def open_run(run: RunFolder, *, label: str) -> NextStep:
    """Link to the run's page."""
    if can_change():
        reason = _("See its curves and its result, or train again with other settings.")
    else:
        reason = _("See its curves and its result.")
    return NextStep("train", label, reason, {"run": run.name}, "monitoring")


def _find_newest_run(dataset: str, *, except_for: RunFolder | None = None) -> RunFolder | None:
    """The newest run on the data set that has trained for at least one epoch; with `except_for` another one for the same task."""
    goal = get_run_labels(except_for).goal if except_for else None
    for run in list_all_runs():
        with suppress(NNLabError):  # a damaged run is not offered
            if run == except_for or run.config().data.name != dataset or not run.status().epochs_done:
                continue
            if goal in (None, get_run_labels(run).goal):
                return run
    return None
