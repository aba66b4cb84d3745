"""Starting, watching and cancelling the process that measures the robustness of a network."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from nn_core.i18n import _
from nn_core.jobs.side_job import JobStatus, SideJob
from nn_core.runs import RunFolder
from nn_core.runs.robustness import ROBUSTNESS_JOB, read_robustness
from ui.app.actions import cancel_robustness, start_robustness
from ui.app.errors import toast_errors
from ui.app.refresh_rate import show_regularly
from ui.app.text import escape_markdown, escape_title
from ui.auth.permissions import can_change, describe_restriction
from ui.components.announcer import announce

__all__ = ["show_jobs"]

_INTERVAL_SECONDS = 0.5


def show_jobs(runs: Sequence[RunFolder], titles: Sequence[str], perturbations: dict[str, str]) -> None:
    """Show for each run whether it was measured, and the buttons to do that; refreshed while one is being measured.

    Args:
        runs: the page's run first.
        titles: what the page calls them.
        perturbations: the titles of those that suit the data, by name.
    """
    jobs = [SideJob(run.results, ROBUSTNESS_JOB) for run in runs]

    def show() -> None:
        for index, (run, title, job) in enumerate(zip(runs, titles, jobs, strict=True)):
            with st.container(key=f"robustness_job_{index}"):
                _show_job(run, title, job.status(), perturbations, index=index)

    show_regularly(show, lambda: _INTERVAL_SECONDS if any(job.status().is_active for job in jobs) else None)


def _show_job(run: RunFolder, title: str, status: JobStatus, perturbations: dict[str, str], *, index: int) -> None:
    """index: of the run; others than the page's run have only what they lack."""
    report = read_robustness(run)
    measured = [name for name in perturbations if report and name in report.perturbations]
    missing = [name for name in perturbations if name not in measured]
    sentence = _describe(status, title, [_(perturbations[name]) for name in measured])
    announce(sentence if status.state != "running" else "", subject=f"robustness_{run.name}", event=status.state)
    if status.is_active:
        st.progress(status.fraction, text=escape_markdown(sentence))
        if can_change():
            st.button(
                _("Cancel"),
                key=f"cancel_robustness_{index}",
                icon=":material/close:",
                disabled=status.state == "cancelling",
                on_click=_cancel,
                args=(run,),
            )
        return
    if sentence:
        show = st.warning if status.state in ("failed", "interrupted") else st.info
        show(escape_markdown(sentence), icon=":material/info:")
    if index and not missing:
        return
    if not can_change():
        if missing:
            st.caption(describe_restriction())
        return
    if index:
        st.caption(_("{run} was not measured yet.").format(run=escape_title(title)))
    with st.container(horizontal=True, vertical_alignment="center"):
        label = _("Measure the rest") if missing and measured else _("Measure again") if measured else _("Measure")
        everything = st.session_state.get(f"robustness_all_{index}", False)
        st.button(
            label,
            key=f"measure_robustness_{index}",
            icon=":material/play_arrow:",
            on_click=_start,
            args=(run, missing if measured and not everything else (), everything),
            help=_(
                "It is computed in a process of its own and gives way to training. You can leave the page meanwhile."
            ),
        )
        st.checkbox(
            _("All test examples"),
            key=f"robustness_all_{index}",
            help=_(
                "Otherwise at most 1,000, evenly spread. With all of them, the intervals are narrower and it takes longer."
            ),
        )


def _describe(status: JobStatus, title: str, measured: Sequence[str]) -> str:
    """Say in one sentence how far the job is or how it ended; nothing after a success."""
    kept = _("Kept: {names}.").format(names=", ".join(measured)) if measured else _("Nothing was kept.")
    match status.state:
        case "running":
            if not status.total:
                return _("{run}: starting …").format(run=title)
            return _("{run}: {what}, {done:,} of {all:,} answers").format(
                run=title, what=_(status.text), done=status.done, all=status.total
            )
        case "cancelling":
            return _("{run}: cancelling …").format(run=title)
        case "cancelled":
            return _("Cancelled. {kept}").format(kept=kept)
        case "interrupted":
            return _("The process that measured {run} ended early. {kept}").format(run=title, kept=kept)
        case "failed":
            return status.text
    return ""


@toast_errors()
def _start(run: RunFolder, kinds: Sequence[str], all_examples: bool) -> None:
    st.toast(_("Starting …"))
    start_robustness(run, kinds, all_examples=all_examples)


@toast_errors()
def _cancel(run: RunFolder) -> None:
    st.toast(_("Cancelling …"))
    cancel_robustness(run)
