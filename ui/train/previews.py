"""The live training views on the Train page. `VIEWS` is the one place where a view is registered."""

from collections.abc import Callable
from contextlib import suppress

import streamlit as st

from nn_core.errors import NNLabError
from nn_core.i18n import _
from nn_core.jobs.previews import Boundary, Preview, Reconstructions, read_preview
from nn_core.runs import RunFolder
from ui.app.run_labels import RunLabels
from ui.components.boundary import load_plane_points, show_boundary
from ui.components.reconstructions import draw_reconstructions

__all__ = ["VIEWS", "has_previews", "show_previews"]


def show_boundary_view(run: RunFolder, labels: RunLabels) -> None:
    with suppress(NNLabError), st.container(border=True, key="boundary"):
        points = load_plane_points(labels.config.data, labels.config.training.seed)
        st.markdown(_("**How the network divides the plane**"))
        show_boundary(points, read_preview(run, Boundary), key=f"boundary-{run.name}")


def show_reconstructions_view(run: RunFolder, labels: RunLabels) -> None:
    if preview := read_preview(run, Reconstructions):
        with st.container(border=True, key="reconstructions"):
            st.markdown(_("**Validation pictures and their reconstructions**"))
            draw_reconstructions(preview, key=f"reconstructions-{run.name}")


VIEWS: dict[type[Preview], Callable[[RunFolder, RunLabels], None]] = {
    Boundary: show_boundary_view,
    Reconstructions: show_reconstructions_view,
}
"""How each of `nn_core.jobs.previews.PREVIEWS` is shown, in the order of the page. Called at every refresh of the live view."""


def has_previews(labels: RunLabels) -> bool:
    """Whether the run has a live view in addition to its curves."""
    return any(preview.can_show(labels.goal, labels.kind) for preview in VIEWS)


def show_previews(run: RunFolder, labels: RunLabels) -> None:
    """Show all live views of the run."""
    for preview, show in VIEWS.items():
        if preview.can_show(labels.goal, labels.kind):
            show(run, labels)
