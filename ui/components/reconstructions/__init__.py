"""Pictures and their reconstructions by an autoencoder, updated in place during training."""

from nn_core.i18n import _
from nn_core.jobs.previews import Reconstructions
from ui.components.shared import declare_component

__all__ = ["draw_reconstructions"]


_mount = declare_component("reconstructions", shared=("pictures.js",), html='<div class="pairs" role="img"></div>')


def draw_reconstructions(preview: Reconstructions, *, key: str) -> None:
    """Draw each picture above its reconstruction.

    Args:
        preview: the pictures; a new preview redraws them.
        key: the element's key; with the same key, nothing flickers.
    """
    text = {
        "originals": _("Validation picture"),
        "made": _("Reconstruction"),
        "label": _("{count} pictures and their reconstructions after epoch {epoch:.1f}").format(
            count=preview.shape[0], epoch=preview.epoch
        ),
    }
    _mount(key=key, data={**preview.model_dump(include={"step", "shape", "originals", "made"}), "text": text})
