"""The number of GPUs of a run, and the speed of each."""

import streamlit as st

from nn_core.config.run import TrainingSettings
from nn_core.formatting import format_percent
from nn_core.i18n import _
from nn_core.runs.status import Rank
from ui.app.text import escape_markdown

__all__ = ["choose_devices", "show_speeds"]


def choose_devices(default: int, gpus: int, key: str) -> int:
    """Show a choice of how many of this machine's `gpus` a run uses; return 1 without a choice if there are fewer than two."""
    if gpus < 2:
        return 1
    field = TrainingSettings.model_fields["devices"]
    chosen: int = st.selectbox(
        _(field.title or key),
        range(1, gpus + 1),
        index=min(default, gpus) - 1,
        format_func=lambda count: _("{count} (all)").format(count=count) if count == gpus else str(count),
        key=key,
        help=_(field.description or ""),
    )
    return chosen


def show_speeds(ranks: list[Rank]) -> None:
    """Show a line for each process of a distributed run; nothing for a run with one process."""
    if len(ranks) < 2:
        return
    line = _(
        "Device {number} ({device}): {speed:,.0f} examples per second, waiting for the others {fraction} of the time"
    )
    lines = [
        line.format(
            number=number,
            device=" · ".join(filter(None, [rank.device, rank.name])),
            speed=rank.samples_per_second,
            fraction=format_percent(rank.waiting, 0),
        )
        for number, rank in enumerate(ranks, start=1)
    ]
    with st.container(key="speeds", gap=None):
        for text in lines:
            st.caption(escape_markdown(text))
