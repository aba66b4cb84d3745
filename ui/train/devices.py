"""Several graphics cards that share a run: how many are to, and how fast each of them is."""

import streamlit as st

from nn_core.config.training import TrainingSettings
from nn_core.formatting import format_percent
from nn_core.i18n import _
from nn_core.runs.status import Rank
from ui.app.text import escape_markdown

__all__ = ["choose_devices", "show_speeds"]


def choose_devices(given: int, gpus: int, key: str) -> int:
    """How many of the `gpus` of this machine a run is to take: one, without a question, where there are no several."""
    if gpus < 2:
        return 1
    field = TrainingSettings.model_fields["devices"]
    chosen: int = st.selectbox(
        _(field.title or key),
        range(1, gpus + 1),
        index=min(given, gpus) - 1,
        format_func=lambda count: _("{count} (all)").format(count=count) if count == gpus else str(count),
        key=key,
        help=_(field.description or ""),
    )
    return chosen


def show_speeds(ranks: list[Rank]) -> None:
    """A line for each process that shares a run; nothing where one has it to itself."""
    if len(ranks) < 2:
        return
    line = _("Device {number} ({device}): {speed:,.0f} examples per second, waits for the others {share} of the time")
    lines = [
        line.format(
            number=number,
            device=" · ".join(filter(None, [rank.device, rank.name])),
            speed=rank.samples_per_second,
            share=format_percent(rank.waiting, 0),
        )
        for number, rank in enumerate(ranks, start=1)
    ]
    with st.container(key="speeds", gap=None):
        for text in lines:
            st.caption(escape_markdown(text))
