"""Live charts of loss, accuracy and pinned drawings, drawn in the browser from new points only.

`st.plotly_chart` in a fragment rebuilds the chart on every tick, loses the zoom and sends everything again. This chart is mounted once
and keeps its points and its zoom itself.
"""

import streamlit as st

from nn_core.i18n import _
from ui.components.live_chart.batches import Curves, PinnedLine, Sent, make_next_batch
from ui.components.shared import declare_loaded_component, get_component_value
from ui.http.assets import get_asset

__all__ = ["Curves", "PinnedLine", "draw_live_chart"]

_mount = declare_loaded_component("live_chart")


def draw_live_chart(
    curves: Curves,
    *,
    run: str,
    generation: int,
    epochs: int,
    key: str,
    accuracy: bool = True,
    explained: bool = False,
    compact: bool = False,
) -> None:
    """Draw the curves of a run. Call it in a fragment that repeats while the run is active.

    Args:
        curves: the whole history so far; only points that the browser does not have are sent.
        run: the run's name; another name starts an empty chart.
        generation: changes when the history was cut, for example by resuming from an earlier checkpoint.
        epochs: planned epochs of the run; the x axis ends there.
        key: the element's key. What was sent is kept in the session state under `<key>.sent`. It counts only after the browser has
            confirmed this history, because an update that is overtaken by a newer one never arrives.
        accuracy: whether to show the accuracy beside the loss.
        explained: whether the accuracies of `curves` are R², which the chart then shows as a share that is explained.
        compact: whether to halve the height.
    """
    record = f"{key}.sent"
    received = get_component_value(key, "received")
    sent: Sent | None = st.session_state.get(record) if received == [run, generation] else None
    batch, st.session_state[record] = make_next_batch(curves, sent, run=run, generation=generation)
    _mount(
        key=key,
        data={
            **batch,
            **({} if sent else {"text": _make_texts() | (_make_explained_texts() if explained else {})}),
            "received": received,
            "epochs": epochs,
            "accuracy": accuracy,
            "compact": compact,
            "library": get_asset("live_chart.js").path,
        },
        on_received_change=lambda: None,
    )


def _make_explained_texts() -> dict[str, str]:
    """The texts for R² in the place of the accuracy."""
    return {
        "accuracy": _("R², the share explained"),
        "accuracyAxis": _("R² (%)"),
        "accuracyTraining": _("Training R²"),
        "accuracyValidation": _("Validation R²"),
        "curvesTable": _("Loss and R² by epoch"),
    }


def _make_texts() -> dict[str, str]:
    """The texts of the charts; the browser replaces the braces."""
    return {
        "loss": _("Loss"),
        "lossAxis": _("Loss"),
        "lossTraining": _("Training loss"),
        "lossValidation": _("Validation loss"),
        "accuracy": _("Accuracy"),
        "accuracyAxis": _("Accuracy (%)"),
        "accuracyTraining": _("Training accuracy"),
        "accuracyValidation": _("Validation accuracy"),
        "pinned": _("My pinned drawings"),
        "pinnedAxis": _("Correct class (%)"),
        "epoch": _("Epoch"),
        "training": _("Training"),
        "validation": _("Validation"),
        "smoothed": _("Bold: moving average. Thin: every measured step."),
        "waiting": _("Waiting for the first point …"),
        "rateChange": _("rate {rate}"),
        "hint": _("Drag to zoom"),
        "chart": _("line chart"),
        "keys": _("Arrow keys: ← → move along the points, ↑ ↓ change the curve. + and − zoom."),
        "reading": _("{curve}, epoch {epoch}: {value}"),
        "zoom": _("Zoom of the curves"),
        "zoomIn": _("Zoom in"),
        "zoomOut": _("Zoom out"),
        "earlier": _("Earlier epochs"),
        "later": _("Later epochs"),
        "reset": _("Reset zoom"),
        "shown": _("Epochs {from} to {to}"),
        "all": _("All epochs"),
        "course": _("Curves as text and table"),
        "curvesTable": _("Loss and accuracy by epoch"),
        "rose": _("{name} rose from {from} (epoch {begin}) to {to} (epoch {end})."),
        "fell": _("{name} fell from {from} (epoch {begin}) to {to} (epoch {end})."),
        "stayed": _("{name} stayed at {to} from epoch {begin} to {end}."),
        "single": _("{name} was {to} at epoch {end}."),
        "best": _("Best: {best} at epoch {epoch}."),
    }
