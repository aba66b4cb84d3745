"""The answer that follows the pen on the Draw page: which network the browser loads, and what it reads."""

from __future__ import annotations

from contextlib import suppress

from nn_core.data import DatasetSpec
from nn_core.drawings import Drawing
from nn_core.errors import NNLabError
from nn_core.runs import RunFolder
from ui.components.pen_reader import show_pen_reader
from ui.http.browser_networks import make_network_path, make_script_path

__all__ = ["read_while_drawing"]


def read_while_drawing(run: RunFolder, spec: DatasetSpec, drawing: Drawing, *, key: str) -> None:
    """Let the browser read the drawing while the pen is down. Call it after everything else that shows the server's answer.

    Args:
        run: its network is loaded by the browser.
        spec: of the data that it was trained on.
        drawing: what is on the canvas.
        key: of the answer's container.
    """
    with suppress(NNLabError):  # a damaged run: its error is shown in place of the answer
        network = make_network_path(run)
        characters = all(len(label) == 1 and label.isalnum() for label in spec.classes)
        show_pen_reader(
            drawing, spec.classes, network=network, script=make_script_path(), characters=characters, key=key
        )
