"""Reads a drawing in the visitor's browser while the pen is down, and says below the answer how it came about.

The canvas and the keyboard report the pen (`shared/pen.js`); what shows the answer listens to it (`shared/follow_pen.js`). The browser
loads the network and the script that runs it once, after the page.
"""

from __future__ import annotations

from collections.abc import Sequence

from nn_core.drawings import Drawing
from nn_core.i18n import _
from ui.components.shared import declare_component

__all__ = ["identify_drawing", "show_pen_reader"]

_mount = declare_component("pen_reader", shared=("text.js",), html='<p class="note"></p>')


def identify_drawing(drawing: Drawing) -> str:
    """Return a short text that changes with the strokes. It is sent with everything that the server shows of the drawing."""
    return f"{hash(drawing.strokes):x}"


def show_pen_reader(
    drawing: Drawing, classes: Sequence[str], *, network: str, script: str, characters: bool, key: str
) -> None:
    """Read the drawing with further strokes while the pen is down. Call it after everything else that shows the drawing's answer.

    Args:
        drawing: what the server has read.
        classes: of the network, in the order of its outputs.
        network: the path of the network on the server (`ui.http.browser_networks`).
        script: the path of the script that runs it.
        characters: whether a drawing may have several digits or letters, of which the one under the pen is read.
        key: the element's key, by which others follow it.
    """
    _mount(
        key=f"{key}_pen_reader",
        data={
            "key": key,
            "drawing": identify_drawing(drawing),
            "strokes": drawing.strokes,
            "size": drawing.size,
            "pen": drawing.pen_width,
            "classes": list(classes),
            "characters": characters,
            "network": network,
            "script": script,
            "text": {
                "loading": _("While you draw: the network for your browser is being loaded …"),
                "ready": _(
                    "While you draw: one view, read in your browser. When you lift the pen: several views, several digits, and a "
                    "refusal of what is unknown."
                ),
                "refused": _("The answer appears when you lift the pen. {reason}"),
                "failed": _(
                    "The answer appears when you lift the pen: the network for your browser could not be loaded. Reload the page "
                    "to try again."
                ),
            },
        },
    )
