"""The choice of the runs that are compared. It is in the URL, so that a link shows the same comparison."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import streamlit as st

from nn_core.errors import NNLabError
from nn_core.i18n import _
from nn_core.runs import RunFolder
from nn_core.runs.label import isolate_direction
from ui.app.run_labels import get_run_labels
from ui.app.text import escape_title
from ui.app.url_values import fill_in, is_history_navigation, reject, show_rejected
from ui.compare.disagreements import forget_filter
from ui.runs.run_picker import filter_runs, get_run_titles, list_all_runs

__all__ = ["MAX_COMPARED", "choose_runs", "find_partner", "list_comparable_runs"]

MAX_COMPARED = 8
_NAMES = "run"  # the parameter of the URL, once for each run
_CHOICE, _BASELINE = "compared_runs", "compared_baseline"
_COMPLETED = "completed_choice"
"""The runs in the URL, and those to which the page has added."""


def list_comparable_runs() -> list[RunFolder]:
    """List the runs that can be compared with others: those with weights that are not training, newest first."""
    return [run for run in filter_runs() if not _is_active(run)]


def _is_active(run: RunFolder) -> bool:
    with suppress(NNLabError):
        return run.status().is_active
    return True  # a damaged run cannot be compared either


def find_partner(run: RunFolder, runs: Sequence[RunFolder]) -> RunFolder | None:
    """Find the newest other run with the same goal and the same test examples; None if there is none."""
    wanted = _describe_task(run)
    return next((each for each in runs if each != run and _describe_task(each) == wanted), None)


def _describe_task(run: RunFolder) -> tuple[object, ...]:
    data = run.config().data
    return get_run_labels(run).goal, data.name, data.plane


def choose_runs(runs: Sequence[RunFolder]) -> list[RunFolder]:
    """Show which runs are compared, and which one is the first; return them.

    Without runs in the URL, the newest pair with the same test examples is chosen; with one run, its newest partner is added.

    Args:
        runs: all that can be compared, newest first.
    """
    by_name = {run.name: run for run in runs}
    names = _read_names(list(by_name))
    # Someone who leaves fewer than two on the page is not interrupted.
    if len(names) < 2 and (_CHOICE not in st.session_state or is_history_navigation()):
        requested = names
        names = _complete([by_name[name] for name in names], runs)
        fill_in(_NAMES, *names)
        st.session_state[_COMPLETED] = (requested, names)
    st.session_state[_CHOICE] = names
    titles = get_run_titles()

    def show_title(name: str) -> str:
        return isolate_direction(titles.get(name, name))

    def store_choice() -> None:
        forget_filter()  # its letters now mean other runs
        st.query_params[_NAMES] = st.session_state[_CHOICE]

    def store_baseline() -> None:
        forget_filter()
        first = st.session_state[_BASELINE]
        st.query_params[_NAMES] = [first, *(name for name in names if name != first)]

    left, right = st.columns([3, 1], vertical_alignment="top")
    with left:
        st.multiselect(
            _("Runs"),
            list(by_name),
            key=_CHOICE,
            format_func=show_title,
            on_change=store_choice,
            max_selections=MAX_COMPARED,
            placeholder=_("Choose 2 to {most} runs").format(most=MAX_COMPARED),
        )
    if len(names) > 1:
        st.session_state[_BASELINE] = names[0]
        with right:
            st.selectbox(
                _("Compare the others with"), names, key=_BASELINE, format_func=show_title, on_change=store_baseline
            )
    show_rejected(_NAMES)
    requested, completed = st.session_state.get(_COMPLETED, ([], []))
    if names == completed and len(names) > 1:
        text = (
            _("{run} was added: the newest other run with the same task and data. Choose others above.")
            if requested
            else _("The newest two runs with the same task and data were chosen. Choose others above.")
        )
        st.caption(text.format(run=escape_title(titles.get(names[1], names[1]))))
    return [by_name[name] for name in names]


def _complete(chosen: list[RunFolder], runs: Sequence[RunFolder]) -> list[str]:
    """The names of a pair to begin with: the chosen run, or the newest one that has a partner, and its partner. The older run is the
    first one, unless the user has chosen it."""
    for run in chosen or runs:
        if partner := find_partner(run, runs):
            return [run.name, partner.name] if chosen else [partner.name, run.name]
    return [run.name for run in chosen]


def _read_names(names: list[str]) -> list[str]:
    """Read the names in the URL. One that cannot be compared is reported on the page and removed from the URL."""
    requested = list(dict.fromkeys(st.query_params.get_all(_NAMES)))
    known = [name for name in requested if name in names][:MAX_COMPARED]
    for name in known:
        if st.query_params.get_all(_NAMES).count(name) > 1:
            reject(_NAMES, name, _("it is there more than once, and is compared with other runs"), remaining=known)
    for name in requested:
        if name not in known:
            reject(_NAMES, name, _explain_rejection(name, is_comparable=name in names), remaining=known)
    return known


def _explain_rejection(name: str, *, is_comparable: bool) -> str:
    if is_comparable:
        return _("at most {most} runs can be compared").format(most=MAX_COMPARED)
    run = next((run for run in list_all_runs() if run.name == name), None)
    if run is None:
        return _("there is no run with this name")
    try:
        run.config()
        if run.status().is_active:
            return _("it is still training; compare it when its training has ended")
    except NNLabError as error:
        return str(error)
    return _("its data set no longer exists, or it has no weights yet")
