"""Turns the learning rate of a run while it trains, or while it is paused."""

import streamlit as st

from nn_core.errors import NNLabError
from nn_core.i18n import _
from nn_core.runs import History, RunFolder
from ui.text import plain

__all__ = ["learning_rate", "rate_of"]

_LOWEST, _HIGHEST = 1e-7, 100.0


def rate_of(run: RunFolder, history: History) -> float:
    """The rate that was last set: here, in another browser, or at the start. A schedule still works on it."""
    wanted: tuple[int, float] | None = st.session_state.get(f"rate-{run.path}")
    if wanted and wanted[0] == len(history.turns):
        return wanted[1]
    if history.turns:
        return float(history.turns[-1][1])
    return float(run.config().optimizer.lr)


def learning_rate(run: RunFolder, history: History) -> None:
    """A button that shows the rate, with what turns it behind it."""
    rate = rate_of(run, history)
    key = "learning_rate_value"
    # Only when it differs, for it would overwrite what somebody is typing.
    if st.session_state.get(key) != rate:
        st.session_state[key] = rate
    with st.popover(_("Learning rate: {rate:g}").format(rate=rate), icon=":material/tune:", key="learning_rate"):
        st.caption(_("Takes effect at the next step; the chart marks it. Smaller is calmer, larger is faster."))
        with st.container(horizontal=True, vertical_alignment="bottom"):
            half, double = (run, history, rate / 2), (run, history, rate * 2)
            st.button("÷ 2", key="halve_rate", help=_("Half the learning rate"), on_click=_turn, args=half)
            st.number_input(
                _("Learning rate"),
                _LOWEST,
                _HIGHEST,
                format="%g",
                key=key,
                width=150,
                on_change=lambda: _turn(run, history, st.session_state[key]),
            )
            st.button("× 2", key="double_rate", help=_("Twice the learning rate"), on_click=_turn, args=double)
        now = history.last_train.get("lr")
        if isinstance(now, float) and f"{now:.3g}" != f"{rate:.3g}":
            st.caption(_("The schedule makes it {rate:.3g} now.").format(rate=now))


def _turn(run: RunFolder, history: History, rate: float) -> None:
    rate = float(f"{min(max(rate, _LOWEST), _HIGHEST):.6g}")
    try:
        run.turn_learning_rate(rate)
    except NNLabError as error:
        st.toast(plain(str(error)), icon=":material/error:")
    else:
        st.session_state[f"rate-{run.path}"] = (len(history.turns), rate)
