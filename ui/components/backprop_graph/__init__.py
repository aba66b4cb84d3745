"""The film over the autograd graph of one example: forwards, back, and the weights of each layer.

The browser gets the graph with all its heat maps once, so a step of the film needs no server. Only the weights of a chosen unit and
what a chosen weight's gradient consists of are asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
from pydantic import JsonValue

from nn_core.i18n import _
from ui.components.shared import declare_loaded_component, get_component_value
from ui.http.assets import get_asset

__all__ = ["ChosenParameter", "ChosenWeight", "draw_backprop_graph", "get_chosen_parameter", "get_chosen_weight"]

_mount = declare_loaded_component("backprop_graph")


@dataclass(frozen=True)
class ChosenParameter:
    """The parameter that the user looks at. unit: the index of one of its units; None for the server to choose."""

    name: str
    unit: int | None


@dataclass(frozen=True)
class ChosenWeight:
    """The weight that the user has picked."""

    name: str
    index: tuple[int, ...]


def get_chosen_parameter(key: str) -> ChosenParameter | None:
    """Return the parameter that was chosen last in the graph with this key."""
    match get_component_value(key, "parameter"):
        case {"name": str(name), "unit": int() | None as unit}:
            return ChosenParameter(name, unit)
    return None


def get_chosen_weight(key: str) -> ChosenWeight | None:
    """Return the weight that was picked last in the graph with this key."""
    match get_component_value(key, "weight"):
        case {"name": str(name), "index": list(index)} if all(isinstance(each, int) for each in index):
            return ChosenWeight(name, tuple(index))
    return None


def draw_backprop_graph(
    graph: JsonValue, weights: JsonValue, picked: ChosenWeight | None, *, version: str, key: str
) -> None:
    """Draw the graph.

    Args:
        graph: see `ui.backprop.payload`; sent only if the browser does not have it.
        weights: those of the chosen unit, or None.
        picked: the weight that is shown below, which the maps mark.
        version: changes with the graph.
        key: the element's key; what the browser has is kept in the session state under `<key>.sent`.
    """
    record = f"{key}.sent"
    sent = st.session_state.get(record)
    st.session_state[record] = version
    _mount(
        key=key,
        data={
            "graph": None if sent == version else graph,
            "weights": weights,
            "picked": None if picked is None else {"name": picked.name, "index": list(picked.index)},
            "version": version,
            "text": _make_texts(),
            "library": get_asset("backprop_graph.js").path,
        },
        on_parameter_change=lambda: None,
        on_weight_change=lambda: None,
        # The browser reports that it lacks the graph. This callback runs before the next run, which then sends it.
        on_need_change=lambda: st.session_state.pop(record, None),
    )


def _make_texts() -> dict[str, str]:
    """The texts of the component; the browser replaces the braces."""
    return {
        "film": _("Steps"),
        "graph": _("Graph of the computation, from the input at the top to the loss at the bottom"),
        "first": _("To the first step"),
        "back": _("One step back"),
        "play": _("Play"),
        "pause": _("Pause"),
        "forward": _("One step forward"),
        "last": _("To the last step"),
        "position": _("Step"),
        "forwards": _("Step {step} of {all}, forwards: {title}"),
        "backwards": _("Step {step} of {all}, backwards: {title}"),
        "open": _("Unfold {title}: {count} operations"),
        "close": _("Fold {title}"),
        "module": _("module {path}"),
        "composite": _("{count} operations, one after the other. Unfold the module to see each of them."),
        "chainRule": _("The gradient goes back through them in reverse order. That is the chain rule."),
        "symbols": _("g is the gradient that arrives here, ∂ the gradients that are passed on."),
        "output": _("Output"),
        "gradient": _("Gradient of the loss"),
        "noGradient": _("No gradient is computed here: no parameter comes before it."),
        "range": _("From {low} to {high}."),
        "reading": _("At {place}: {value}"),
        "number": _("one number"),
        "inside": _("{count} operations inside"),
        "more": _("and {count} more"),
        "parameters": _("Parameters"),
        "withoutGradient": _("no gradient"),
        "norm": _("gradient {norm}"),
        "unit": _("Unit, 1 to {last}"),
        "pick": _(
            "Click a weight, or move with the arrow keys and press Enter. What its gradient consists of is shown below."
        ),
        "weights": _("Weights"),
        "gradients": _("Gradients"),
    }
