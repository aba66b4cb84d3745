"""Playground: a small network divides the plane, and one sees it happen."""

from contextlib import suppress

import streamlit as st

from nn_core.config import RunConfig
from nn_core.errors import NNLabError
from nn_core.i18n import _
from nn_core.runs import RunFolder, RunStatus
from nn_core.runs.preview import Boundary, read_preview
from nn_core.runs.queue import place_of
from ui import navigation
from ui.actions import ask
from ui.audience import audience, this_viewer
from ui.boundary import boundary, plane_points
from ui.errors import errors_shown
from ui.live_chart import live_chart
from ui.live_view import curves_of, history_of
from ui.playground import current_run, differs, leave, start
from ui.playground_form import config_of, data_form, network_form
from ui.role import for_teachers, may_change
from ui.runs import show_badge
from ui.text import percent, plain

navigation.open_app()

_TICK_SECONDS = 0.25  # of which the first comes so soon that the boundary moves at once


def stage(config: RunConfig) -> None:
    """The picture, what steers it and how it goes, repeated a few times a second while the run is active."""
    pace = _pace()

    def tick() -> None:
        with errors_shown(), audience().tick():
            _show(config, current_run())
            if _pace(pace) != pace:
                st.rerun()  # the whole page: it changes or ends the ticking

    st.fragment(tick, run_every=pace)()


def _pace(present: float | None = None) -> float | None:
    run = current_run()
    with suppress(NNLabError):
        if run and run.status().active:
            return audience().pace(this_viewer(), _TICK_SECONDS, present)
    return None


def _show(config: RunConfig, run: RunFolder | None) -> None:
    try:
        status = run.status() if run else None
    except NNLabError as error:
        st.error(plain(str(error)), icon=":material/error:")
        run = status = None
    with st.container(key="run_status", horizontal=True, vertical_alignment="center"):
        _buttons(config, run, status)
        if run and status:
            show_badge(status)
            st.markdown(_progress(run, status), width="content")
    preview = read_preview(run) if run else None
    with st.container(key="boundary"):
        points = plane_points(config.data, config.training.seed)
        boundary(points, preview if isinstance(preview, Boundary) else None, key="playground_boundary")
    if run and status:
        if status.status == "failed":
            st.error(plain(status.message), icon=":material/error:")
        elif status.message:
            st.info(plain(status.message), icon=":material/info:")
        _curve(run, status)
    else:
        st.caption(
            _("Press Start: the colours show which class the network takes each place for.")
            if may_change()
            else for_teachers()
        )


def _progress(run: RunFolder, status: RunStatus) -> str:
    """Short enough for the one line that it shares with the buttons."""
    if status.status == "queued" and (place := place_of(run.path)):
        return _("Place {place} in the queue").format(place=place)
    if status.active and not status.steps:
        return _("Starting …")
    epoch = min(status.epochs_done + 1, status.epochs) if status.active else status.epochs_done
    return _("Epoch {epoch} of {epochs}").format(epoch=epoch, epochs=status.epochs)


def _curve(run: RunFolder, status: RunStatus) -> None:
    history = history_of(run)
    with st.container(key="live_charts"):
        live_chart(
            curves_of(history),
            run=run.name,
            generation=history.generation,
            epochs=status.epochs,
            key="playground_chart",
            accuracy=False,
            compact=True,
        )
    held = history.validation.accuracy
    with st.container(horizontal=True, vertical_alignment="center"):
        if held:
            right = _("**{share}** of the held-out points are right.").format(share=percent(held[-1]))
            st.markdown(right, width="content")
        st.space("stretch")
        query = {"run": run.name}
        st.page_link(navigation.PAGES["train"], label=_("More"), icon=":material/open_in_new:", query_params=query)


def _buttons(config: RunConfig, run: RunFolder | None, status: RunStatus | None) -> None:
    """Start, Pause or Resume, whichever can be done, and Reset."""

    def demand(action: str) -> None:
        with suppress(NNLabError):  # it has just ended, as the next tick shows
            if run:
                ask(run, action)  # type: ignore[arg-type]

    if not may_change():
        st.button(_("Start"), key="start_training", icon=":material/play_arrow:", disabled=True, help=for_teachers())
        return

    match status.status if status else None:
        case "running" | "queued":
            st.button(_("Pause"), key="pause_training", icon=":material/pause:", on_click=demand, args=["pause"])
        case "paused":
            st.button(
                _("Resume"),
                key="resume_training",
                type="primary",
                icon=":material/play_arrow:",
                on_click=demand,
                args=["resume"],
            )
        case _:
            st.button(
                _("Start"),
                key="start_training",
                type="primary",
                icon=":material/play_arrow:",
                on_click=start,
                args=[config],
            )
    st.button(_("Reset"), key="reset_training", icon=":material/restart_alt:", disabled=run is None, on_click=leave)


st.title(_("Playground"), anchor=False)
with st.container(key="playground"):
    left, middle, right = st.columns([4, 5, 9], gap="medium")
with left:
    st.markdown(_("**Data**"))
    data = data_form()
with middle:
    st.markdown(_("**Network**"))
    network = network_form()
shown = config_of(data, network)
with suppress(NNLabError):  # a damaged run is shown as such, and Reset leaves it
    present = current_run()
    if present and differs(present, shown):
        leave()
with right:
    stage(shown)
st.caption(
    _(
        "The address of this page holds the whole set-up: copy it to share it. Runs of the playground are deleted after a day; "
        "one that you rename on the Runs page is kept."
    )
)
