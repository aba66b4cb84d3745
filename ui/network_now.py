"""What the network of a run does now: how it divides the plane, or the pictures that it gives back."""

from contextlib import suppress

import streamlit as st

from nn_core.errors import NNLabError
from nn_core.i18n import _
from nn_core.runs import RunFolder
from nn_core.runs.preview import Boundary, Reconstructions, read_preview
from ui.boundary import boundary, plane_points
from ui.reconstructions import reconstructions
from ui.words import About

__all__ = ["has_preview", "network_now"]


def has_preview(about: About) -> bool:
    """Whether there is anything to see but curves."""
    return about.goal == "reconstruct" or about.kind == "points"


def network_now(run: RunFolder, about: About) -> None:
    """Nothing for a network of another kind, nor before the first step."""
    preview = read_preview(run)
    if isinstance(preview, Reconstructions):
        with st.container(border=True, key="reconstructions"):
            st.markdown(_("**Validation pictures, and what the network makes of them**"))
            reconstructions(preview, key=f"reconstructions-{run.name}")
    elif about.kind == "points" and about.goal == "classify":
        with suppress(NNLabError), st.container(border=True, key="boundary"):
            points = plane_points(about.config.data, about.config.training.seed)
            st.markdown(_("**How the network divides the plane**"))
            boundary(points, preview if isinstance(preview, Boundary) else None, key=f"boundary-{run.name}")
