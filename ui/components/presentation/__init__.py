"""Presentation mode: one thing on the screen, a demo that keys move through, and a loop that attracts visitors.

Everything happens in the browser. The mode is in the URL (`present=1`, and `demo=2` for the second view of the demo); a page need not know it.
"""

from __future__ import annotations

from collections.abc import Callable

from nn_core.i18n import _
from nn_core.presentation import Demo
from ui.components.shared import declare_loaded_component
from ui.http.assets import get_asset

__all__ = ["mount_presentation"]


_mount = declare_loaded_component("presentation")


def mount_presentation(demo: Demo, *, resets: int, on_reset: Callable[[], None]) -> None:
    """Add presentation mode to a page.

    Args:
        demo: through which the keys move.
        resets: how often this session was reset.
        on_reset: called when the view is prepared for the next visitor.
    """
    _mount(
        key="presentation",
        data={
            "library": get_asset("presentation.js").path,
            "views": [{"link": view.link, "title": view.title, "note": view.note} for view in demo.views],
            "attractSeconds": demo.attract_seconds,
            "viewSeconds": demo.view_seconds,
            "resets": resets,
            "text": _make_texts(),
        },
        on_reset_change=on_reset,
    )


def _make_texts() -> dict[str, str]:
    """The texts of the mode; the browser replaces the braces."""
    return {
        "name": _("Presentation"),
        "entered": _("Presentation. Press F or Escape to leave it, ? for all keys."),
        "left": _("The presentation has ended."),
        "place": _("{place} / {count}"),
        "view": _("View {place} of {count}: {title}"),
        "keys": _("Keys"),
        "keysHint": _("Touch or click a line to do the same."),
        "next": _("Next view of the demo"),
        "previous": _("Previous view of the demo"),
        "note": _("Show or hide the note"),
        "noNote": _("This view has no note."),
        "reset": _("Reset for the next visitor"),
        "leave": _("Leave the presentation"),
        "close": _("Close this list"),
        "invitation": _("Touch to try"),
    }
