"""Turns the learning rate of a run while it trains, or while it is paused."""

import streamlit as st

from nn_core.errors import NNLabError
from nn_core.i18n import _
from nn_core.runs import History, RunFolder
from ui.app.actions import request_lr
from ui.app.text import escape_markdown

__all__ = ["change_learning_rate", "show_learning_rate"]

_LOWEST, _HIGHEST = 1e-7, 100.0
_FIELD = "learning_rate_field"  # the key of the field that is shown


def show_learning_rate(run: RunFolder, history: History) -> None:
    """A button that shows the rate, with what turns it behind it."""
    rate = _present(run)
    # Another field for each rate: one that is kept falls back to its lowest value when its step changes. And for nothing
    # else: one that changed while somebody types would lose what is typed.
    st.session_state[_FIELD] = key = f"learning_rate_{rate:g}"
    with st.popover(_("Learning rate {rate:g}").format(rate=rate), icon=":material/tune:", key="learning_rate"):
        st.caption(_("Holds from the next step on, and the charts mark it. Smaller is calmer, larger is faster."))
        with st.container(key="learning_rate_value", horizontal=True, vertical_alignment="bottom"):
            half, double = (run, rate / 2), (run, rate * 2)
            st.button(
                "÷ 2", key="halve_rate", help=_("Half the learning rate"), on_click=change_learning_rate, args=half
            )
            st.number_input(
                _("Learning rate"),
                _LOWEST,
                _HIGHEST,
                rate,
                step=rate / 10,
                format="%g",
                key=key,
                width=150,
                on_change=_typed,
                args=(run, key),
            )
            st.button(
                "× 2", key="double_rate", help=_("Twice the learning rate"), on_click=change_learning_rate, args=double
            )
        now = history.last_train.get("lr")
        turned_at = history.turns[-1][0] if history.turns else 0.0
        since = history.last_train.get("epoch", 0.0) > turned_at  # what was measured before a turn says nothing of it
        if since and isinstance(now, float) and f"{now:.3g}" != f"{rate:.3g}":
            st.caption(_("The schedule makes it {rate:.3g} now.").format(rate=now))


def _typed(run: RunFolder, key: str) -> None:
    """Turn to what the field with that key holds, if it is the one that is shown.

    A tick that the browser sent before it had the next field still tells what the last one held, and Streamlit, which has
    forgotten that one, takes it for typed.
    """
    if st.session_state[_FIELD] == key:
        change_learning_rate(run, st.session_state[key])


def change_learning_rate(run: RunFolder, rate: float) -> None:
    """Ask the run to go on with that rate; an error is shown in passing."""
    rate = float(f"{min(max(rate, _LOWEST), _HIGHEST):.6g}")
    try:
        request_lr(run, rate)
    except NNLabError as error:
        st.toast(escape_markdown(str(error)), icon=":material/error:")
    else:
        st.session_state[f"rate-{run.path}"] = rate


def _present(run: RunFolder) -> float:
    """Before the schedule: what it was asked to be, as long as the worker has not seen that, or what it is."""
    wanted: float | None = st.session_state.get(f"rate-{run.path}")
    if wanted is not None and run.has_lr_request:
        return wanted
    rate = run.status().learning_rate
    return float(run.config().optimizer.lr if rate is None else rate)
