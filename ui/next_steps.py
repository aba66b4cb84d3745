"""The end of every page: one or two links to what is worth doing next, each with the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import streamlit as st

from nn_core.data import find_dataset
from nn_core.errors import NNLabError
from nn_core.i18n import _
from nn_core.places import SHIPPED_RUN, data_folder
from nn_core.runs import RunFolder
from ui.headings import section_heading
from ui.navigation import PAGES
from ui.role import may_change
from ui.runs import all_runs
from ui.words import About, about

__all__ = [
    "NextStep",
    "change_a_setting",
    "compare_runs",
    "look_at_data",
    "next_steps",
    "open_run",
    "see_mistakes",
    "step_link",
    "train_on",
    "try_it",
    "try_playground",
]


@dataclass(frozen=True)
class NextStep:
    """A suggestion: where the link leads, what it is called, and why it is worth following.

    page: a key of `PAGES`; query: what the address of that page is to say.
    """

    page: str
    label: str
    reason: str
    icon: str
    query: Mapping[str, str | Sequence[str]] = field(default_factory=dict)


def next_steps(*steps: NextStep | None) -> None:
    """Shows the steps side by side; a step that does not apply is None. Shows nothing where none applies."""
    offered = [step for step in steps if step]
    if not offered:
        return
    with st.container(key="next_steps"):
        section_heading(_("Next steps"))
        for column, step in zip(st.columns(max(2, len(offered))), offered, strict=False):
            with column, st.container(border=True, height="stretch"):
                step_link(step)
                st.caption(step.reason)


def step_link(step: NextStep) -> None:
    """Only the link."""
    st.page_link(PAGES[step.page], label=f"**{step.label}**", icon=step.icon, query_params=dict(step.query))


def see_mistakes(run: RunFolder) -> NextStep:
    """The Evaluate page of the run."""
    what = about(run)
    if what.goal == "reconstruct":
        label, reason = (
            _("See its best and worst"),
            _("Find out which pictures it reconstructs well and which it blurs."),
        )
    else:
        label, reason = (
            _("See its mistakes"),
            _("Find out which classes it mixes up, and what those examples look like."),
        )
    return NextStep("evaluate", label, reason, ":material/grid_on:", {"run": run.name})


def try_it(run: RunFolder) -> NextStep | None:
    """Where a person can give the network something of their own; None for points, which have no such page."""
    what, query = about(run), {"run": run.name}
    if what.goal == "reconstruct":
        return NextStep(
            "inside", _("Look inside"), _("Walk through what it has learned, on a map."), ":material/visibility:", query
        )
    if what.kind == "text":
        return NextStep(
            "text", _("Test it with a text"), _("Type your own and see which letters matter."), ":material/abc:", query
        )
    if what.kind == "pictures":
        if _is_drawable(what):
            return NextStep(
                "draw",
                _("Test it with a drawing"),
                _("Your own handwriting shows best whether it really learned."),
                ":material/draw:",
                query,
            )
        return NextStep(
            "draw",
            _("Test it with a picture"),
            _("Your own picture shows best whether it really learned."),
            ":material/image:",
            query,
        )
    return None


def change_a_setting(run: RunFolder) -> NextStep | None:
    """The form of a new run, filled with the settings of this one; empty for the shipped network, whose data few people have.
    None for viewers, who cannot start runs."""
    if not may_change():
        return None
    if run.path == SHIPPED_RUN:
        return NextStep(
            "train",
            _("Train a network of your own"),
            _("Choose what it should learn, and watch it happen."),
            ":material/model_training:",
        )
    return NextStep(
        "train",
        _("Change one setting and train again"),
        _("Change only one, and the two curves show what it does."),
        ":material/tune:",
        {"like": run.name},
    )


def compare_runs(run: RunFolder) -> NextStep | None:
    """The curves of this run beside those of the newest other one on the same data; None where there is none."""
    other = _other_run_on_same_data(run)
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
        _("Many mistakes become clear once you have seen what it learned from."),
        ":material/dataset:",
        {"set": dataset},
    )


def train_on(dataset: str) -> NextStep | None:
    """The form of a new run on that data set; None for viewers."""
    if not may_change():
        return None
    return NextStep(
        "train",
        _("Train a network on it"),
        _("Choose a network, press one button, and watch it learn."),
        ":material/model_training:",
        {"data": dataset},
    )


def try_playground() -> NextStep:
    """The page where training can be watched at its simplest."""
    return NextStep(
        "playground",
        _("See how training works"),
        _("Watch a tiny network separate points in the plane, step by step."),
        ":material/scatter_plot:",
    )


def open_run(run: RunFolder) -> NextStep:
    """The run's own page."""
    return NextStep(
        "train",
        _("Open your latest run"),
        _("Its curves, its result, and one click to train again with another setting."),
        ":material/monitoring:",
        {"run": run.name},
    )


def _is_drawable(what: About) -> bool:
    with suppress(NNLabError):
        return find_dataset(what.config.data.name, data_folder()).ink
    return False


def _other_run_on_same_data(run: RunFolder) -> RunFolder | None:
    data = run.config().data.name
    for other in all_runs():
        with suppress(NNLabError):  # a damaged run is not offered
            if other.name != run.name and other.config().data.name == data and other.status().epochs_done:
                return other
    return None
