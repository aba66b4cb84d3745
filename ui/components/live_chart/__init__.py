"""Loss, accuracy and pinned drawings while a run trains: drawn in the browser, fed with the new points only.

A chart made by `st.plotly_chart` in a fragment is built anew on every tick: its zoom is lost, and everything is
sent again. This one is mounted once and keeps its points and its zoom itself.
"""

from pathlib import Path

import streamlit as st

from nn_core.i18n import _
from ui.components.live_chart.batches import Curves, PinnedLine, Sent, make_next_batch
from ui.http.assets import get_asset

__all__ = ["Curves", "PinnedLine", "draw_live_chart"]

_HERE = Path(__file__).parent


_mount = st.components.v2.component("nn_lab.live_chart", js=(_HERE / "loader.js").read_text(encoding="utf-8"))


def draw_live_chart(
    curves: Curves,
    *,
    run: str,
    generation: int,
    epochs: int,
    key: str,
    accuracy: bool = True,
    compact: bool = False,
) -> None:
    """Draws the curves of a run; call it in a fragment that repeats while the run lives.

    Args:
        curves: the whole history known so far; only what this browser has not seen is sent.
        run: the run's name; another one starts an empty chart.
        generation: changes when the history was cut, as by resuming from an earlier checkpoint.
        epochs: how many epochs the run is planned for; the x axis reaches that far.
        key: the element's key. What was sent is kept in the session state under `<key>.sent`; it counts only once the browser
            tells that it holds this history, for an update that a newer one overtakes is never seen.
        accuracy: whether to show it beside the loss; compact: half as high.
    """
    record = f"{key}.sent"
    holds = (st.session_state.get(key) or {}).get("holds")
    sent: Sent | None = st.session_state.get(record) if holds == [run, generation] else None
    batch, st.session_state[record] = make_next_batch(curves, sent, run=run, generation=generation)
    if sent is None:
        batch |= {"text": _text()}
    _mount(
        key=key,
        data={
            **batch,
            "holds": holds,
            "epochs": epochs,
            "accuracy": accuracy,
            "compact": compact,
            "library": get_asset("live_chart.js").path,
        },
        on_holds_change=lambda: None,
    )


def _text() -> dict[str, str]:
    """What the charts say; the browser fills in what stands in braces."""
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
        "pinnedAxis": _("Right answer (%)"),
        "epoch": _("Epoch"),
        "training": _("Training"),
        "validation": _("Validation"),
        "smoothed": _("Bold: the running mean. Thin: every measured step."),
        "waiting": _("Waiting for the first point…"),
        "turn": _("rate {rate}"),
        "hint": _("Drag to zoom"),
        "chart": _("line chart"),
        "keys": _("Arrow keys: ← → read the points, ↑ ↓ change the curve. + and − zoom."),
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
