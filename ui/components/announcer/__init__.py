"""Announces visible changes of a page to screen readers, such as an answer or the progress of a run."""

from ui.components.shared import declare_component

__all__ = ["announce", "open_announcer"]


_mount = declare_component("announcer", "announcer.js", "progress.js", html="<i hidden></i>")


def open_announcer() -> None:
    """Add the live region to a page. Screen readers announce only changes of a region that exists already."""
    _mount(key="announce", data={"subject": ""})


def announce(text: str, *, subject: str, event: str | None = None, quiet_at_first: bool = False) -> None:
    """Announce a sentence once for each event (ARIA live region, polite). Call it on every rerun.

    Args:
        text: plain, without Markdown. An empty text announces nothing, and the previous event may then be announced again.
        subject: of several events in quick succession on one subject, only the last is announced.
        event: distinguishes this announcement from the previous one; the text by default.
        quiet_at_first: skip the first event on the subject, so that a page does not announce its initial content.
    """
    data = {"subject": subject, "event": text if event is None else event, "text": text, "quietAtFirst": quiet_at_first}
    _mount(key=f"announce_{subject}", data=data)
