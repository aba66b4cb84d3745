"""Says aloud, to who listens to a screen reader, what others see change: an answer, or how a run goes on."""

from pathlib import Path

import streamlit as st

__all__ = ["announce", "open_announcer"]

_HERE = Path(__file__).parent

_mount = st.components.v2.component(
    "nn_lab.announcer",
    html="<i hidden></i>",
    js="\n".join((_HERE / name).read_text(encoding="utf-8") for name in ("announcer.js", "progress.js")),
)


def open_announcer() -> None:
    """The region that announcements go to, on every page: screen readers heed only one that was there before."""
    _mount(key="announce", data={"subject": ""})


def announce(text: str, *, subject: str, event: str | None = None, quiet_at_first: bool = False) -> None:
    """Have a sentence read out, politely, once for each event; call it on every rerun.

    Args:
        text: plain, without Markdown; empty says nothing, and lets the event before happen again.
        subject: what it is about; of a quick row of events about one subject only the last is read.
        event: what tells this announcement from the one before; the text itself by default.
        quiet_at_first: say nothing where it is how the page was found.
    """
    data = {"subject": subject, "event": text if event is None else event, "text": text, "quietAtFirst": quiet_at_first}
    _mount(key=f"announce_{subject}", data=data)
