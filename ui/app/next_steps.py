"""The end of every page: links to what is worth doing next, each with the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import streamlit as st

from nn_core.data import find_dataset
from nn_core.errors import NNLabError
from nn_core.i18n import _
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder
from ui.app.navigation import PAGES
from ui.app.run_labels import About, describe_run_labels
from ui.app.text import escape_markdown, show_section_heading
from ui.auth.permissions import can_change
from ui.runs.run_picker import list_all_runs

__all__ = [
    "NextStep",
    "change_a_setting",
    "compare_runs",
    "look_at_data",
    "open_run",
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
    """A suggestion: where the link leads, what it is called, and why it is worth following.

    page: a key of `PAGES`; query: what the URL of that page says.
    """

    page: str
    label: str
    reason: str
    icon: str
    query: Mapping[str, str | Sequence[str]] = field(default_factory=dict)


def show_next_steps(*steps: NextStep | None, run: RunFolder | None = None) -> None:
    """Shows the steps side by side; a step that does not apply is None. Shows nothing where none applies.

    run: the one that they are about, where the page itself does not say which one that is.
    """
    offered = [step for step in steps if step]
    if not offered:
        return
    with st.container(key="next_steps"):
        show_section_heading(_("Next steps"))
        if run:
            st.caption(_("For the run {run}:").format(run=escape_markdown(run.name)))
        for column, step in zip(st.columns(max(2, len(offered))), offered, strict=False):
            with column, st.container(border=True, height="stretch"):
                show_step_link(step)
                st.caption(step.reason)


def show_step_link(step: NextStep) -> None:
    """Only the link."""
    st.page_link(PAGES[step.page], label=f"**{step.label}**", icon=step.icon, query_params=dict(step.query))


def see_mistakes(run: RunFolder) -> NextStep:
    """The Evaluate page of the run."""
    if describe_run_labels(run).goal == "reconstruct":
        label = _("See its best and worst")
        reason = _("Find out which pictures it reconstructs well and which it blurs.")
    else:
        label = _("See its mistakes")
        reason = _("Find out which classes it mixes up, and what those examples look like.")
    return NextStep("evaluate", label, reason, ":material/grid_on:", {"run": run.name})


def try_it(run: RunFolder) -> NextStep | None:
    """Where a person can give the network something of their own; None for points, which have no such page."""
    what = describe_run_labels(run)
    if what.goal == "reconstruct":
        page, icon = "inside", "visibility"
        label, reason = _("Look inside"), _("Explore what it has learned on a map.")
    elif what.kind == "text":
        page, icon = "text", "abc"
        label, reason = _("Test it with a text"), _("Type your own and see which letters matter.")
    elif what.kind == "pictures" and _is_drawable(what):
        page, icon = "draw", "draw"
        label = _("Test it with a drawing")
        reason = _("Your own handwriting shows best whether it has really learned.")
    elif what.kind == "pictures":
        page, icon = "draw", "image"
        label = _("Test it with a picture")
        reason = _("Your own picture shows best whether it has really learned.")
    else:
        return None
    return NextStep(page, label, reason, f":material/{icon}:", {"run": run.name})


def change_a_setting(run: RunFolder) -> NextStep | None:
    """The form of a new run, filled with the settings of this one; empty for the shipped network, whose data few people have.
    None for viewers, who cannot start runs."""
    if run.is_shipped:
        label = _("Train a network of your own")
        return _train(label, _("Choose what it should learn, and watch it happen."))
    return _train(
        _("Change one setting and train again"),
        _("If you change only one, the two curves show what it does."),
        icon=":material/tune:",
        query={"like": run.name},
    )


def train_on(dataset: str) -> NextStep | None:
    """The form of a new run on that data set. For viewers, a run that learned from it; None where there is none."""
    if not can_change():
        run = _newest_run_on(dataset)
        return open_run(run, label=_("See a network that learned from it")) if run else None
    return _train(
        _("Train a network on it"),
        _("Choose a network, press one button, and watch it learn."),
        query={"data": dataset},
    )


def train_on_digits() -> NextStep | None:
    """From the playground's points to pictures; None for viewers."""
    return _train(
        _("Train a network on handwritten digits"),
        _("It learns in the same steps, from pictures instead of points."),
        query={"data": "mnist_sample"},
    )


def _train(
    label: str, reason: str, *, icon: str = ":material/model_training:", query: Mapping[str, str] | None = None
) -> NextStep | None:
    """The form of a new run; None for viewers."""
    return NextStep("train", label, reason, icon, query or {}) if can_change() else None


def compare_runs(run: RunFolder) -> NextStep | None:
    """The curves of this run beside those of the newest other one on the same data; None where there is none."""
    other = _newest_run_on(run.config().data.name, but=run)
    if other is None:
        return None
    return NextStep(
        "runs",
        _("Compare it with another run"),
        _("Two runs learned from the same data: see which settings worked better."),
        ":material/compare_arrows:",
        {"compare": [run.name, other.name]},
    )


def look_at_data(dataset: str) -> NextStep:
    """The Data page of that data set."""
    return NextStep(
        "data",
        _("Look at the data"),
        _("What a network learns from explains many of its mistakes."),
        ":material/dataset:",
        {"set": dataset},
    )


def try_playground() -> NextStep:
    """The page where training can be watched at its simplest."""
    return NextStep(
        "playground",
        _("See how training works"),
        _("Watch a tiny network separate points in the plane, step by step."),
        ":material/scatter_plot:",
    )


def open_run(run: RunFolder, *, label: str) -> NextStep:
    """The run's own page."""
    reason = (
        _("See its curves and its result, and train again with another setting.")
        if can_change()
        else _("See its curves and its result.")
    )
    return NextStep("train", label, reason, ":material/monitoring:", {"run": run.name})


def _is_drawable(what: About) -> bool:
    with suppress(NNLabError):
        return find_dataset(what.config.data.name, get_data_folder()).is_line_drawing
    return False


def _newest_run_on(dataset: str, *, but: RunFolder | None = None) -> RunFolder | None:
    """That has learned for an epoch at least; but: leaves this one out."""
    for run in list_all_runs():
        with suppress(NNLabError):  # a damaged run is not offered
            if run != but and run.config().data.name == dataset and run.status().epochs_done:
                return run
    return None
