"""Pictures beside what an autoencoder makes of them, repainted in place as it learns."""

from pathlib import Path

import streamlit as st

from nn_core.i18n import _
from nn_core.jobs.previews import Reconstructions
from ui.components.shared import join_scripts

__all__ = ["draw_reconstructions"]

_HERE = Path(__file__).parent

_mount = st.components.v2.component(
    "nn_lab.reconstructions",
    html='<div class="pairs" role="img"></div>',
    css=(_HERE / "reconstructions.css").read_text(encoding="utf-8"),
    js=join_scripts(_HERE, "reconstructions.js", shared=("pictures.js",)),
)


def draw_reconstructions(preview: Reconstructions, *, key: str) -> None:
    """Draws each picture above what the network makes of it.

    Args:
        preview: the pictures; the next one repaints them.
        key: the element's key; keep it, and nothing flickers.
    """
    text = {
        "originals": _("Validation picture"),
        "made": _("What it paints"),
        "label": _("{count} pictures and what the network makes of them after epoch {epoch:.1f}").format(
            count=preview.shape[0], epoch=preview.epoch
        ),
    }
    _mount(key=key, data={**preview.model_dump(include={"step", "shape", "originals", "made"}), "text": text})
