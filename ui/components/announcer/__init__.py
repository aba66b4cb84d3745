"""Announces to screen readers what others see change on a page: an answer, or the progress of a run."""

from pathlib import Path

import streamlit as st

from ui.components.shared import join_scripts

__all__ = ["announce", "open_announcer"]

_HERE = Path(__file__).parent

_mount = st.components.v2.component(
    "nn_lab.announcer",
    html="<i hidden></i>",
    js=join_scripts(_HERE, "announcer.js", "progress.js"),
)


def open_announcer() -> None:
    """Adds the region for announcements, on every page: screen readers announce only changes of a region that is already there."""
    _mount(key="announce", data={"subject": ""})


def announce(text: str, *, subject: str, event: str | None = None, quiet_at_first: bool = False) -> None:
    """Have a sentence read out (politely, in the sense of ARIA), once for each event; call it on every rerun.

    Args:
        text: plain, without Markdown; an empty one announces nothing, after which the event before may be announced again.
        subject: what it is about; of several events in quick succession on one subject, only the last is read.
        event: distinguishes this announcement from the one before; by default the text itself.
        quiet_at_first: announce nothing if this is the first event on the subject, so that a page does not announce what it opens with.
    """
    data = {"subject": subject, "event": text if event is None else event, "text": text, "quietAtFirst": quiet_at_first}
    _mount(key=f"announce_{subject}", data=data)
