"""What follows the pen beside the bars: the label that covers the server's answer, and the picture that the network gets."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

from nn_core.formatting import CERTAIN, format_confidence
from nn_core.i18n import _
from ui.components.shared import declare_component

if TYPE_CHECKING:
    from ui.app.images import Pixels

__all__ = ["show_live_input", "show_live_label"]

_mount = declare_component("live_answer", shared=("follow_pen.js", "text.js"), html='<div class="root"></div>')


def show_live_label(*, pen: str, drawing: str) -> None:
    """Cover the container around it with the label of the browser's answer while the pen is down.

    Args:
        pen: the key of the `pen_reader` that it follows.
        drawing: identifies the drawing that the server's answer belongs to.
    """
    text = {
        "certainty": _("So far {share} sure, in one view."),
        "highest": {"share": CERTAIN, "text": format_confidence(1)},
    }
    _mount(key=f"{pen}_live_label", data={"part": "label", "key": pen, "drawing": drawing, **text})


def show_live_input(picture: Pixels | None, *, width: int, height: int, pen: str, drawing: str) -> None:
    """Show the picture that the network gets: the server's, or the browser's while the pen is down.

    Args:
        picture: uint8 [height, width] or [height, width, 3]; None before anything is drawn.
        width: of the network's input, in pixels.
        height: of it.
        pen: the key of the `pen_reader` that it follows.
        drawing: identifies the drawing that the picture belongs to.
    """
    _mount(
        key=f"{pen}_live_input",
        data={
            "part": "input",
            "key": pen,
            "drawing": drawing,
            "pixels": "" if picture is None else b64encode(picture.tobytes()).decode(),
            "width": width,
            "height": height,
            "caption": _("What it sees"),
            "alt": _("The {width} × {height} pixels that the network sees").format(width=width, height=height),
        },
    )
