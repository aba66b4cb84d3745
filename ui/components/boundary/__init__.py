"""Points in the plane and a network's decision regions, on a canvas that receives only new regions."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from nn_core.formatting import format_percent
from nn_core.i18n import _
from nn_core.jobs.previews import Boundary
from ui.components.boundary.points import HOLLOW, PlanePoints, load_plane_points
from ui.components.boundary.summary import describe_regions, find_regions
from ui.components.shared import declare_component, get_component_value

__all__ = ["Announcement", "Brush", "PlanePoints", "PlaneText", "draw_plane", "load_plane_points", "show_boundary"]


_mount = declare_component(
    "boundary",
    "regions.js",
    "brush.js",
    "boundary.js",
    shared=("colours.js", "markers.js", "axes.js", "pictures.js", "plane.js", "plane.css", "text.js"),
    html="""<div class="plane boundary"><div class="tools" hidden></div><canvas role="img" aria-describedby="description"></canvas><ul class="legend"></ul>
    <p class="unseen" id="description"></p><p class="unseen" role="status"></p></div>""",
)


@dataclass(frozen=True)
class PlaneText:
    """The texts of the picture.

    Attributes:
        label: its name for screen readers.
        description: for screen readers.
        hollow: legend of hollow points; empty if there are none.
        wrong: legend of misclassified points; empty if there are none.
        notes: for each class, shown beside its name in the legend.
    """

    label: str
    description: str
    hollow: str = ""
    wrong: str = ""
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Announcement:
    """What a screen reader announces when the key changes; the first one on a page is not announced."""

    key: str = ""
    text: str = ""


@dataclass(frozen=True)
class Brush:
    """Lets the user draw and erase points in the plane.

    Attributes:
        classes: a brush for each.
        limit: the most points.
        reach: coordinates are from -reach to reach.
        count: how many strokes the server has received; until it has them all, the browser shows its own points.
    """

    classes: tuple[str, ...]
    limit: int
    reach: float
    count: int


def show_boundary(
    points: PlanePoints,
    preview: Boundary | None,
    *,
    key: str,
    announcement: Announcement | None = None,
    brush: Brush | None = None,
    on_draw: Callable[[], None] = lambda: None,
) -> None:
    """Show the training data of a run over its current decision regions. Call it again with each new preview.

    Args:
        points: validation points are hollow.
        preview: the decision regions; None shows the points alone.
        key: the element's key.
        announcement: for screen readers.
        brush: for points that the user draws.
        on_draw: called after each stroke. The component's value `drawn` has its `count` and all `points`, as [x, y, index of the class].
    """
    regions = find_regions(preview, points) if preview else []
    title = (
        _("Decision boundary after epoch {epoch}").format(epoch=int(preview.epoch)) if preview else _("Not trained yet")
    )
    text = PlaneText(
        label=_("{title}, {count} points").format(title=title, count=points.count),
        description=describe_regions(points.classes, regions, _("validation")) if preview else "",
        hollow=_("validation data") if HOLLOW in points.style else "",
        notes=["" if region.correct is None else format_percent(region.correct, 0) for region in regions],
    )
    draw_plane(points, preview, text, key=key, announcement=announcement, brush=brush, on_draw=on_draw)


def draw_plane(
    points: PlanePoints,
    boundary: Boundary | None,
    text: PlaneText,
    *,
    key: str,
    announcement: Announcement | None = None,
    brush: Brush | None = None,
    on_draw: Callable[[], None] = lambda: None,
) -> None:
    """Draw points, with or without decision regions behind them.

    The points are sent until the browser confirms them, because an update that is overtaken by a newer one never arrives. This
    happens to the first updates while a page opens.
    """
    received = get_component_value(key, "received")
    _mount(
        key=key,
        data={
            "version": points.version,
            "received": received,
            "points": points.columns() if received != points.version else None,
            "classes": points.classes,
            "extent": boundary.extent if boundary else points.extent,
            "grid": boundary.model_dump(include={"size", "classes", "confidence", "margin", "step"})
            if boundary
            else None,
            "text": asdict(text),
            "announcement": asdict(announcement or Announcement()),
            "brush": {**asdict(brush), "text": _make_brush_texts()} if brush else None,
        },
        on_received_change=lambda: None,
        on_drawn_change=on_draw,
    )


def _make_brush_texts() -> dict[str, str]:
    """The texts of the tools; the browser replaces the braces."""
    return {
        "tools": _("Brush"),
        "brush": _("Brush for class {name}"),
        "eraser": _("Eraser"),
        "clear": _("Clear"),
        "count": _("{count} points"),
        "full": _("{count} points, and there is no room for more."),
        "area": _("Drawing area. Arrow keys move the cursor, with Shift farther; Space draws or erases."),
    }
