"""A run as it goes: status, progress, curves, and the buttons that steer it."""

from contextlib import suppress

import streamlit as st

from nn_core.errors import NNLabError
from nn_core.i18n import _
from nn_core.runs import History, RunFolder, RunStatus, launch
from ui.errors import errors_shown
from ui.live_chart import Curves, live_chart
from ui.navigation import PAGES
from ui.runs import show_badge
from ui.text import duration, percent, plain

__all__ = ["live_view"]

_TICK_SECONDS = 1.0
_FIRST_TICK_SECONDS = 0.3


def live_view(run: RunFolder) -> None:
    """Everything about the run, repeated about once a second while it is active."""
    pace = _pace(run)

    def tick() -> None:
        with errors_shown():
            _show(run, run.status())
            if _pace(run) != pace:
                st.rerun()  # the whole page: it changes or ends the ticking, and shows what comes next

    st.fragment(tick, run_every=pace)()


def _pace(run: RunFolder) -> float | None:
    """Seconds between two ticks: few until the first point is there, none when nothing happens any more."""
    if not run.status().active:
        return None
    history = _history(run)
    with suppress(NNLabError):  # the tick itself shows what ails the file
        history.update()
    return _TICK_SECONDS if history.train.epoch else _FIRST_TICK_SECONDS


def _show(run: RunFolder, status: RunStatus) -> None:
    history = _history(run)
    history.update()
    with st.container(key="run_status", horizontal=True, vertical_alignment="center"):
        show_badge(status)
        st.markdown(plain(_where(status)), width="content")
        st.space("stretch")
        _buttons(run, status)
    if status.active or 0 < status.progress < 1:
        st.progress(min(status.progress, 1.0), text=_progress_text(status))
    if status.status == "failed":
        st.error(plain(status.message), icon=":material/error:")
    elif status.status == "finished":
        _what_next(run, status)
    elif status.status == "interrupted":
        st.warning(
            _("The process of this run ended before it was done. Resume goes on from where it was last saved."),
            icon=":material/warning:",
        )
    _figures(status, history)
    with st.container(key="live_charts"):
        train, validation = history.train, history.validation
        live_chart(
            Curves(train.epoch, train.loss, train.accuracy, validation.epoch, validation.loss, validation.accuracy),
            run=run.name,
            generation=history.generation,
            epochs=status.epochs,
            key=f"chart-{run.name}",
        )
    if status.device:
        parameters = _(" · {count:,} parameters").format(count=status.parameters) if status.parameters else ""
        st.caption(plain(status.device + parameters))


def _what_next(run: RunFolder, status: RunStatus) -> None:
    """The result in a sentence, and where to go from here."""
    accuracy = percent(status.best.accuracy) if status.best and status.best.accuracy is not None else "–"
    with st.container(border=True, key="what_next", horizontal=True, vertical_alignment="center"):
        st.markdown(
            _("**Done.** It reads {accuracy} of the pictures that it never learned from.").format(accuracy=accuracy),
            width="content",
        )
        st.space("stretch")
        query = {"run": run.name}
        st.page_link(PAGES["evaluate"], label=_("See where it errs"), icon=":material/grid_on:", query_params=query)
        st.page_link(PAGES["draw"], label=_("Draw for it"), icon=":material/draw:", query_params=query)


def _history(run: RunFolder) -> History:
    """This browser's own reader of the metrics, kept between ticks."""
    key = f"history-{run.path}"
    if key not in st.session_state:
        st.session_state[key] = History(run.metrics_file)
    history: History = st.session_state[key]
    return history


def _where(status: RunStatus) -> str:
    doing = {
        "starting": _("Starting PyTorch …"),
        "downloading": _("Downloading the data …"),
        "evaluating": _("Measuring on the test pictures …"),
    }
    if status.active and status.activity in doing:
        return doing[status.activity]
    epoch = min(status.epochs_done + 1, status.epochs) if status.active else status.epochs_done
    return _("Epoch {epoch} of {epochs} · {progress}").format(
        epoch=epoch, epochs=status.epochs, progress=percent(status.progress, 0)
    )


def _progress_text(status: RunStatus) -> str:
    spent = _("{time} so far").format(time=duration(status.elapsed_seconds))
    if status.status != "running" or status.remaining_seconds is None:
        return spent
    return _("{spent}, about {left} left").format(spent=spent, left=duration(status.remaining_seconds))


def _figures(status: RunStatus, history: History) -> None:
    train, validation = history.train, history.validation
    with st.container(key="figures"):
        columns = st.columns(4)
    columns[0].metric(_("Training loss"), f"{train.loss[-1]:.4f}" if train.loss else "–", border=True)
    columns[1].metric(
        _("Training accuracy"),
        percent(train.accuracy[-1]) if train.accuracy else "–",
        border=True,
        help=_("The share of the latest training pictures that the network read rightly."),
    )
    columns[2].metric(
        _("Validation accuracy"),
        percent(validation.accuracy[-1], 2) if validation.accuracy else "–",
        border=True,
        help=_("The same for pictures held out of training. This is how well it reads what it has never seen."),
    )
    rate = status.samples_per_second
    columns[3].metric(_("Pictures per second"), f"{rate:,.0f}" if rate else "–", border=True)


def _buttons(run: RunFolder, status: RunStatus) -> None:
    """Only what can be done now. A click is obeyed between two batches, and the next tick shows it."""
    match status.status:
        case "running" | "queued":
            _button(run, "pause", _("Pause"), ":material/pause:")
            _button(run, "stop", _("Stop"), ":material/stop:")
        case "paused":
            _button(run, "resume", _("Resume"), ":material/play_arrow:", primary=True)
            _button(run, "stop", _("Stop"), ":material/stop:")
        case "stopped" | "interrupted" | "failed":
            _button(run, "restart", _("Resume"), ":material/play_arrow:", primary=True)


def _button(run: RunFolder, action: str, label: str, icon: str, *, primary: bool = False) -> None:
    def act() -> None:
        try:
            if action == "restart":
                launch(run)
            else:
                run.ask(action)  # type: ignore[arg-type]
        except NNLabError as error:
            st.toast(plain(str(error)), icon=":material/error:")

    key = f"{'resume' if action == 'restart' else action}_training"
    if st.button(label, key=key, icon=icon, type="primary" if primary else "secondary", on_click=act):
        st.toast(_("Asked the run to {action}.").format(action=label.lower()))
