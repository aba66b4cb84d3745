"""The parts of the Network tab, drawn in the browser: the layers over the epochs, the first layer's filters, and the activations of one
held-out example.

Each part is sent once for every change; a browser that lacks something reports it, and the next update contains everything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

import streamlit as st

from nn_core.i18n import _
from nn_core.vitals.pictures import NetworkPictures, UnitActivations
from nn_core.vitals.records import LayerVitals, VitalsRecord
from ui.components.shared import declare_loaded_component, get_component_value
from ui.http.assets import get_asset

__all__ = ["draw_activations", "draw_filters", "draw_layer_history"]

_mount = declare_loaded_component("vitals_view")


@dataclass(frozen=True)
class _Sent:
    """The records that a browser should have. last_step: that of the last one, by which a file that was cut is noticed."""

    run: str
    count: int
    last_step: int


def draw_layer_history(
    records: Sequence[VitalsRecord],
    titles: Mapping[str, str],
    *,
    run: str,
    epochs: int,
    key: str,
    low_rate: float | None = None,
) -> None:
    """Draw a row for each layer: weights, gradients, size of updates, dead or saturated units.

    Args:
        records: of the run, in the order of their steps; only those that the browser does not have are sent.
        titles: what to call each layer; all others are called by their name.
        run: the run's name.
        epochs: planned epochs of the run; the x axis ends there.
        key: the element's key. What was sent is kept in the session state under `<key>.sent`.
        low_rate: the learning rate of the last step if the schedule makes it so low that small updates are to be expected.
    """
    layers = list(records[-1].layers) if records else []
    record = f"{key}.sent"
    sent: _Sent | None = st.session_state.get(record)
    start = sent.count if sent and _is_continued(sent, records, run) else 0
    st.session_state[record] = _Sent(run, len(records), records[-1].step if records else 0)
    _draw(
        "history",
        key,
        {
            "run": run,
            "version": f"{run} {len(records)}",
            "from": start,
            "records": [
                {
                    "epoch": each.epoch,
                    "layers": [_to_row(each.layers[name]) if name in each.layers else None for name in layers],
                }
                for each in records[start:]
            ],
            "layers": [
                {"name": _("Module {name}").format(name=name), "title": titles.get(name, name)} for name in layers
            ],
            "epochs": epochs,
            "lowRate": low_rate,
            "text": None if start else _make_history_texts(),
        },
    )


def _is_continued(sent: _Sent, records: Sequence[VitalsRecord], run: str) -> bool:
    if sent.run != run or not 0 < sent.count <= len(records):
        return False
    return records[sent.count - 1].step == sent.last_step


def _to_row(layer: LayerVitals) -> list[object]:
    """As `history.js` reads it."""
    return [
        layer.weights.limit if layer.weights else None,
        layer.weights.heights if layer.weights else None,
        layer.gradients.heights if layer.gradients else None,
        *(
            None if value is None else float(f"{value:.4g}")
            for value in (layer.update_ratio, layer.dead_share, layer.saturated_share)
        ),
    ]


def draw_filters(pictures: NetworkPictures, title: str, *, run: str, key: str) -> None:
    """Draw the weights of the first layer. title: what the layer is called."""
    assert pictures.filters is not None, "networks without weights are not trained"
    version = f"{run} {pictures.step}"
    content = {"block": pictures.filters.model_dump(), "text": {"caption": title, **_make_block_texts()}}
    _draw("filters", key, {"version": version, **_only_new(key, version, content)})


def draw_activations(
    pictures: NetworkPictures, titles: Mapping[str, str], classes: Sequence[str] = (), *, run: str, key: str
) -> None:
    """Draw the activations of the example that is chosen in the browser, layer by layer, with buttons to choose another.

    Args:
        pictures: of the run.
        titles: what to call each layer.
        classes: names of the units of the last layer; empty where the network does not classify.
        run: the run's name.
        key: the element's key.
    """
    value, inputs = get_component_value(key, "example"), pictures.inputs
    chosen = value if isinstance(value, int) and 0 <= value < inputs.count else 0
    version = f"{run} {pictures.step} {chosen}"
    layers = [
        {
            "title": _title_units(titles.get(layer.name, layer.name), layer),
            "isMap": layer.is_map,
            "classes": list(classes) if layer is pictures.layers[-1] and layer.units == len(classes) else [],
            "block": layer.values.take(chosen).model_dump(),
        }
        for layer in pictures.layers
    ]
    names = (
        inputs.labels
        if inputs.pictures
        else [f"{text} · {label}" for text, label in _pair(inputs.texts, inputs.labels)]
    )
    examples = {
        "names": list(names) or [str(number + 1) for number in range(inputs.count)],
        "pictures": inputs.pictures.model_dump() if inputs.pictures else None,
    }
    content = {"layers": layers, "chosen": chosen, "inputs": examples, "text": _make_block_texts()}
    _draw("activations", key, {"version": version, **_only_new(key, version, content)})


def _pair(texts: Sequence[str], labels: Sequence[str]) -> list[tuple[str, str]]:
    return list(zip(texts, labels or [""] * len(texts), strict=True))


def _title_units(title: str, layer: UnitActivations) -> str:
    """What the picture of a layer's activations shows, see `UnitActivations`."""
    shown = layer.values.shape[1] if layer.is_map else layer.values.shape[-1]
    if layer.followers:
        title = _("{layer}, after {followers}").format(layer=title, followers=", ".join(layer.followers))
    if layer.is_map and prod(layer.values.shape[1:]) == layer.units:
        return _("{layer}: {units} units, a pixel each").format(layer=title, units=layer.units)
    if shown < layer.units:
        return _("{layer}: the first {shown} of {units} units").format(layer=title, shown=shown, units=layer.units)
    return _("{layer}: {units} units").format(layer=title, units=layer.units)


def _only_new(key: str, version: str, content: Mapping[str, object]) -> Mapping[str, object]:
    """The content if this version has not been sent yet, else nothing."""
    record = f"{key}.sent"
    is_sent = st.session_state.get(record) == version
    st.session_state[record] = version
    return {} if is_sent else content


def _draw(part: str, key: str, data: Mapping[str, object]) -> None:
    _mount(
        key=key,
        data={"part": part, **data, "library": get_asset("vitals_view.js").path},
        # The browser reports that it lacks something. This callback runs before the next update, which then has everything.
        on_need_change=lambda: st.session_state.pop(f"{key}.sent", None),
        on_example_change=lambda: None,
    )


def _make_history_texts() -> dict[str, str]:
    """The texts of the layers; the browser replaces the braces."""
    return {
        "weights": _("Weights"),
        "gradients": _("Gradients, absolute"),
        "gradientRange": _("0 (lowest row), then {from} … {to}"),
        "updates": _("Update ÷ weights"),
        "dead": _("Dead units"),
        "saturated": _("Saturated (dashed)"),
        "usual": _("{value}, usual"),
        "small": _("{value}, smaller than usual"),
        "smallRate": _("{value}, small because the learning rate is only {rate} here"),
        "large": _("{value}, larger than usual"),
        "deadNow": _("{share} dead"),
        "saturatedNow": _("{share} saturated"),
        "none": _("not measured"),
        "near": _("near {value}"),
        "reading": _("Epoch {epoch}: {value}"),
        "label": _("{name} of {layer} over the epochs: {now}. Arrow keys read the values."),
    }


def _make_block_texts() -> dict[str, str]:
    """The texts of pictures of numbers; the browser replaces the braces."""
    return {
        "chooser": _("Held-out example"),
        "label": _("{name}, values from {low} to {high}. Arrow keys read them."),
        "cell": _("Row {row}, column {column}: {value}"),
        "class": _("Class {name}: {value}"),
        "unit": _("Unit {unit}: {value}"),
        "position": _("Position {row}, unit {unit}: {value}"),
        "pixel": _("Unit {unit}, row {row}, column {column}: {value}"),
    }
