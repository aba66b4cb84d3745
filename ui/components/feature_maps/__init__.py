"""The feature maps of one layer: choose a map, then a pixel of it, and see the arithmetic that gives its value."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from nn_core.i18n import _
from ui.components.shared import declare_component, get_component_value

if TYPE_CHECKING:
    from torch import Tensor

    from nn_core.inference import FeatureMaps, Kernel

__all__ = ["MAX_MAPS", "draw_feature_maps", "get_chosen_unit"]

MAX_MAPS = 256
_MAX_VALUES = 1_000_000  # of all maps that are sent

_mount = declare_component(
    "feature_maps",
    *("arithmetic.js", "heat_maps.js", "stage.js", "feature_maps.js"),
    shared=("colours.js", "palette.js", "axes.js", "pictures.js", "tables.js", "text.js"),
)


@dataclass(frozen=True)
class _Layer:
    """What the browser keeps until another layer or picture is chosen."""

    inputs: bytes
    maps: bytes

    @property
    def version(self) -> str:
        return hashlib.sha256(self.inputs + self.maps).hexdigest()[:12]


def get_chosen_unit(key: str, count: int) -> int:
    """Return the map that was chosen last in the component with this key, if the layer has it, otherwise the first."""
    unit = get_component_value(key, "unit")
    return unit if isinstance(unit, int) and 0 <= unit < count else 0


def draw_feature_maps(maps: FeatureMaps, unit: int, kernel: Kernel | None, *, steps: list[str], key: str) -> None:
    """Draw the maps of a layer, and for the chosen unit the arithmetic of the pixel under the mouse or the arrow keys.

    Args:
        maps: of one layer for one picture.
        unit: the chosen one.
        kernel: of the unit; None for a layer without kernels.
        steps: names of what is done to the sum, for the norms and for everything else; empty for nothing.
        key: the element's key; the version that the browser has is kept in the session state under `<key>.sent`.
    """
    count = count_shown_maps(maps)
    layer = _Layer(_to_bytes(maps.inputs), _to_bytes(maps.activations[:count]))
    record = f"{key}.sent"
    sent = st.session_state.get(record)
    st.session_state[record] = layer.version
    geometry = maps.geometry
    data = {
        "version": layer.version,
        "columns": {"inputs": _encode(layer.inputs), "maps": _encode(layer.maps)} if sent != layer.version else None,
        "inputShape": list(maps.inputs.shape),
        "shape": [count, *maps.activations.shape[1:]],
        "unit": unit,
        "chosen": {
            "sums": _encode(_to_bytes(maps.maps[unit])),
            "responses": _encode(_to_bytes(maps.responses[unit])),
        },
        "kernel": None
        if kernel is None or geometry is None
        else {
            "weights": _encode(_to_bytes(kernel.weights)),
            "bias": kernel.bias,
            "first": kernel.first_channel,
            "channels": len(kernel.weights),
            "size": geometry.size,
            "stride": geometry.stride,
            "padding": geometry.padding,
            "dilation": geometry.dilation,
            "transposed": geometry.is_transposed,
        },
        "steps": steps,
        "text": _make_texts(),
    }
    _mount(
        key=key,
        data=data,
        on_unit_change=lambda: None,
        # The browser reports that it lacks the maps. This callback runs before the next run, which then sends them.
        on_need_change=lambda: st.session_state.pop(record, None),
    )


def count_shown_maps(maps: FeatureMaps) -> int:
    """How many maps of the layer are sent to the browser."""
    count, height, width = maps.activations.shape
    return max(1, min(count, MAX_MAPS, _MAX_VALUES // (height * width)))


def _to_bytes(values: Tensor) -> bytes:
    return values.contiguous().numpy().astype("<f4").tobytes()


def _encode(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _make_texts() -> dict[str, str]:
    """The texts of the component; the browser replaces the braces."""
    return {
        "sheet": _("Feature maps; arrow keys choose one"),
        "chosen": _("Map {unit} of {count}: values from {low} to {high}, the largest at row {row}, column {column}"),
        "input": _("Input {channel} of {channels}"),
        "kernel": _("Kernel"),
        "product": _("Patch × kernel"),
        "output": _("Map {unit}"),
        "map": _("The chosen map, {rows} × {columns} pixels; arrow keys choose a pixel"),
        "pixel": _("Row {row}, column {column}"),
        "sum": _("{terms} products add up to {products}, plus the bias {bias}: {total}"),
        "sumAlone": _("{terms} products add up to {total}"),
        "sumOne": _("{terms} products of this input add up to {products}; the other inputs are in the table"),
        "step": _("after {name}: {value}"),
        "noKernel": _("This layer has no kernel of its own. Value: {value}"),
        "channels": _("Every input’s share of the sum"),
        "channelColumns": _("Input|Sum of its products"),
        "terms": _("The largest products"),
        "termColumns": _("Row, column|Patch|Kernel|Product"),
        "previous": _("Previous input"),
        "next": _("Next input"),
        "replay": _("Play again"),
        "keys": _("Point at the map, or use the arrow keys on it. Blue is above 0, orange below."),
        "padding": _("outside the picture (0)"),
    }
