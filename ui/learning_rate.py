"""Turns the learning rate of a run while it trains, or while it is paused."""

import time

import streamlit as st

from nn_core.errors import NNLabError
from nn_core.i18n import _
from nn_core.runs import History, RunFolder
from ui.text import plain

__all__ = ["learning_rate", "turn"]

_LOWEST, _HIGHEST = 1e-7, 100.0
_SETTLED_SECONDS = 2.0


def learning_rate(run: RunFolder, history: History) -> None:
    """A button that shows the rate, with what turns it behind it."""
    rate = _present(run)
    # Another field for each rate: one that is kept falls back to its lowest value when its step changes.
    key = f"learning_rate_{len(history.turns)}_{rate:g}"
    with st.popover(_("Learning rate {rate:g}").format(rate=rate), icon=":material/tune:", key="learning_rate"):
        st.caption(_("Holds from the next step on, and the charts mark it. Smaller is calmer, larger is faster."))
        with st.container(key="learning_rate_value", horizontal=True, vertical_alignment="bottom"):
            half, double = (run, rate / 2), (run, rate * 2)
            st.button("÷ 2", key="halve_rate", help=_("Half the learning rate"), on_click=turn, args=half)
            st.number_input(
                _("Learning rate"),
                _LOWEST,
                _HIGHEST,
                rate,
                step=rate / 10,
                format="%g",
                key=key,
                width=150,
                on_change=lambda: turn(run, st.session_state[key]),
            )
            st.button("× 2", key="double_rate", help=_("Twice the learning rate"), on_click=turn, args=double)
        now = history.last_train.get("lr")
        if isinstance(now, float) and f"{now:.3g}" != f"{rate:.3g}":
            st.caption(_("The schedule makes it {rate:.3g} now.").format(rate=now))


def turn(run: RunFolder, rate: float) -> None:
    """Ask the run to go on with that rate; an error is shown in passing."""
    rate = float(f"{min(max(rate, _LOWEST), _HIGHEST):.6g}")
    try:
        run.turn_learning_rate(rate)
    except NNLabError as error:
        st.toast(plain(str(error)), icon=":material/error:")
    else:
        st.session_state[f"rate-{run.path}"] = (rate, time.monotonic())


def _present(run: RunFolder) -> float:
    """Before the schedule: what it was asked to be, as long as the worker has not seen that, or what it is."""
    wanted, asked_at = st.session_state.get(f"rate-{run.path}", (0.0, 0.0))
    # The status follows a moment after the request was taken; a field that changed back and forth would lose what is typed.
    if wanted and (run.turning or time.monotonic() - asked_at < _SETTLED_SECONDS):
        return float(wanted)
    rate = run.status().learning_rate
    return float(run.config().optimizer.lr if rate is None else rate)
