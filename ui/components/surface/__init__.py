"""Points in the plane with their values and the values that a network predicts, on a canvas that receives only new predictions."""

import base64
from dataclasses import asdict, dataclass

import numpy as np

from nn_core.i18n import _
from nn_core.jobs.previews import Surface
from ui.components.boundary import Announcement
from ui.components.shared import declare_component, get_component_value
from ui.components.surface.points import ValuePoints, load_value_points

__all__ = ["ValuePoints", "describe_surface", "draw_surface", "load_value_points", "show_surface"]

_mount = declare_component(
    "surface",
    shared=("colours.js", "markers.js", "axes.js", "pictures.js", "plane.js", "plane.css"),
    html="""<div class="plane surface"><canvas role="img" aria-describedby="description"></canvas>
    <div class="scale"><span></span><div class="bar" aria-hidden="true"></div><span></span></div><ul class="legend"></ul>
    <p class="unseen" id="description"></p><p class="unseen" role="status"></p></div>""",
)


@dataclass(frozen=True)
class SurfaceText:
    """The texts of the picture.

    Attributes:
        label: its name for screen readers.
        description: for screen readers.
        scale: the values at the left and at the right end of the colour scale.
        thirds: legend of the points in the lowest, middle and highest third of the scale.
        hollow: legend of the hollow points; empty if there are none.
    """

    label: str
    description: str
    scale: tuple[str, str]
    thirds: tuple[str, str, str]
    hollow: str = ""


def show_surface(
    points: ValuePoints, preview: Surface | None, *, key: str, announcement: Announcement | None = None
) -> None:
    """Show the training data of a run over its current predictions. Call it again with each new preview.

    Args:
        points: validation points are hollow.
        preview: the predictions; None shows the points alone.
        key: the element's key.
        announcement: for screen readers.
    """
    title = (
        _("Predicted values after epoch {epoch}").format(epoch=int(preview.epoch)) if preview else _("Not trained yet")
    )
    label = _("{title}, {count} points").format(title=title, count=points.count)
    draw_surface(points, preview, label, hollow=_("validation data"), key=key, announcement=announcement)


def draw_surface(
    points: ValuePoints,
    surface: Surface | None,
    label: str,
    *,
    hollow: str = "",
    key: str,
    announcement: Announcement | None = None,
) -> None:
    """Draw points, with or without predictions behind them. The points are sent until the browser confirms them."""
    received = get_component_value(key, "received")
    ends = [points.low + (points.high - points.low) * third / 3 for third in range(4)]
    low, first, second, high = (f"{end:.2g}".replace("-", "−") for end in ends)
    text = SurfaceText(
        label=label,
        description=describe_surface(surface) if surface else "",
        scale=(low, high),
        thirds=(
            _("below {value}").format(value=first),
            _("{low} to {high}").format(low=first, high=second),
            _("above {value}").format(value=second),
        ),
        hollow=hollow,
    )
    _mount(
        key=key,
        data={
            "version": points.version,
            "received": received,
            "points": points.columns() if received != points.version else None,
            "extent": surface.extent if surface else points.extent,
            "low": points.low,
            "high": points.high,
            "grid": surface.model_dump(include={"size", "values", "step"}) if surface else None,
            "text": asdict(text),
            "announcement": asdict(announcement or Announcement()),
        },
        on_received_change=lambda: None,
    )


def describe_surface(surface: Surface) -> str:
    """Describe in sentences where the predicted values are lowest and highest, for people who cannot see the picture."""
    cells = np.frombuffer(base64.b64decode(surface.values), np.uint8).reshape(surface.size, surface.size)
    sentences = []
    for template, index in (
        (_("The lowest predicted value is {value:.2g}, at x1 = {x1:.1f}, x2 = {x2:.1f}."), cells.argmin()),
        (_("The highest is {value:.2g}, at x1 = {x1:.1f}, x2 = {x2:.1f}."), cells.argmax()),
    ):
        row, column = divmod(int(index), surface.size)
        x_from, x_to, y_from, y_to = surface.extent
        value = surface.low + (surface.high - surface.low) * int(cells[row, column]) / 255
        x1 = x_from + (x_to - x_from) * (column + 0.5) / surface.size
        x2 = y_from + (y_to - y_from) * (row + 0.5) / surface.size
        sentences.append(template.format(value=value, x1=x1, x2=x2))
    return " ".join(sentences)
