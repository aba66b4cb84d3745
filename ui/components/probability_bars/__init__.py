"""Animated bars with the probability of each class."""

import math

from nn_core.i18n import _
from ui.components.shared import declare_component

__all__ = ["draw_probability_bars"]


_mount = declare_component("probability_bars", shared=("follow_pen.js",), html='<div class="bars" role="list"></div>')


def draw_probability_bars(probabilities: dict[str, float], *, key: str, pen: str = "", drawing: str = "") -> None:
    """Draw one row per class in the given order; the most likely class stands out.

    Args:
        probabilities: label to probability, from 0 to 1; all zero shows empty bars, an empty dict no rows.
        key: the element's key; with the same key, the bars move to their new length.
        pen: the key of the `pen_reader` that they follow while the pen is down; empty for none.
        drawing: identifies the drawing that they belong to.
    """
    rows = [(label, _clamp(value)) for label, value in probabilities.items()]
    text = {"title": _("Probability of each class"), "best": _("most likely")}
    _mount(key=key, data={"rows": rows, "key": pen, "drawing": drawing, **text})


def _clamp(value: float) -> float:
    """From 0 to 1, with few digits. What is nearly 0 or nearly 1 stays so: the browser shows "< 0.1 %" and "> 99.9 %" for all of them."""
    if not math.isfinite(value):
        return 0.0
    clamped = min(max(value, 0.0), 1.0)
    return clamped if clamped in (0.0, 1.0) else min(float(f"{clamped:.5g}"), 0.99999)
