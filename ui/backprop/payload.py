"""What the browser gets of a graph: its nodes, and every output and gradient as a heat map of exact numbers."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from pydantic import JsonValue

from nn_core.i18n import _

if TYPE_CHECKING:
    from torch import Tensor

    from nn_core.backprop import Graph, Node, ParameterGradient
    from nn_core.backprop.operations import Operation

__all__ = ["GraphPayload", "make_graph_payload", "make_weights_payload"]

_MAX_NUMBERS = 8192  # of one map
_MAX_WEIGHTS = 65_536  # of one unit
_MAX_UNFOLDED = 40  # nodes of a layer without steps in time
Numbers = npt.NDArray[np.float32]


@dataclass(frozen=True)
class GraphPayload:
    """A graph for the component. version: changes with its content."""

    graph: JsonValue
    version: str


def make_graph_payload(graph: Graph, loss_title: str, loss: Operation | None = None) -> GraphPayload:
    """Collect the graph.

    Args:
        graph: of one example.
        loss_title: what the loss function is called.
        loss: what its operations amount to; None if that is not known.
    """
    from nn_core.backprop import INPUT, LOSS, TARGET

    places = {node.name: place for place, node in enumerate(graph.nodes)}
    numbers: list[Numbers] = []
    nodes: list[JsonValue] = [
        {
            "module": module,
            "op": node.op,
            "rule": _get_rule(node),
            "function": node.function,
            "shape": list(node.shape),
            "inputs": [places[name] for name in node.inputs],
            "parameters": list(node.parameters),
            "output": _make_map(node.output, numbers, is_letters=_is_letters(node)),
            "gradient": None if node.gradient is None else _make_map(node.gradient, numbers),
        }
        for node, module in zip(graph.nodes, _fold_steps(graph), strict=True)
    ]
    rules = {_get_rule(node): _describe(node) for node in graph.nodes}
    content = np.concatenate(numbers).tobytes()
    return GraphPayload(
        graph={
            "nodes": nodes,
            "numbers": base64.b64encode(content).decode(),
            "rules": rules,
            "modules": {} if loss is None else {LOSS: _to_json(loss)},
            "layers": {
                **{_join_lists(graph, path): _name_layer(path, layer) for path, layer in graph.layers.items()},
                **{INPUT: _("Input"), TARGET: _("Target"), LOSS: loss_title},
            },
            "paths": {_join_lists(graph, path): path for path in graph.layers},
            "parameters": {
                name: {
                    "shape": list(each.value.shape),
                    "norm": None if each.gradient is None else each.gradient.norm().item(),
                }
                for name, each in graph.parameters.items()
            },
        },
        version=hashlib.sha256(content + loss_title.encode()).hexdigest()[:12],
    )


def _get_rule(node: Node) -> str:
    """Name the rule of a node: its operation, and whether the layer has a bias."""
    return f"{node.op} with bias" if _has_bias(node) else node.op


def _has_bias(node: Node) -> bool:
    return node.op == "addmm" or any("bias" in name.rpartition(".")[2] for name in node.parameters)


def _is_letters(node: Node) -> bool:
    """Whether a node is a text, whose numbers are those of its letters."""
    from nn_core.backprop import INPUT

    return node.name == INPUT and not node.output.is_floating_point()


def _describe(node: Node) -> JsonValue:
    from nn_core.backprop.operations import describe_operation

    return _to_json(describe_operation("letters" if _is_letters(node) else node.op, has_bias=_has_bias(node)))


def _to_json(operation: Operation) -> JsonValue:
    return {"about": operation.about, "formula": operation.formula, "rule": operation.rule}


def _fold_steps(graph: Graph) -> list[str]:
    """Return the module of each node, with the steps in time of a recurrent layer as modules inside it.

    A step begins where the layer takes the weights of its memory again. Without this, a layer would unfold into hundreds of nodes.
    """
    counts = Counter(node.module for node in graph.nodes)
    steps: dict[str, str] = {}  # by module
    begun: Counter[str] = Counter()
    modules: list[str] = []
    before: Node | None = None
    for node in graph.nodes:
        memory = next((name for name in node.parameters if ".weight_hh_" in f".{name}"), None)
        if memory and counts[node.module] > _MAX_UNFOLDED:
            begun[memory] += 1
            part = memory.rpartition("weight_hh_")[2]
            steps[node.module] = _("{part}, step {number}").format(part=part, number=begun[memory])
            if before is not None and before.module == node.module and "split" in before.op:  # of this step's input
                modules[-1] = f"{_join_lists(graph, node.module)}.{steps[node.module]}"
        step, path = steps.get(node.module), _join_lists(graph, node.module)
        modules.append(f"{path}.{step}" if step else path)
        before = node
    return modules


def _join_lists(graph: Graph, path: str) -> str:
    """Join the name of a list of modules and the number of one of them to one name, because a list itself computes nothing."""
    parts = path.split(".") if path else []
    joined: list[str] = []
    for length, part in enumerate(parts, start=1):
        is_listed = graph.layers.get(".".join(parts[: length - 1])) == "ModuleList"
        joined = [*joined[:-1], f"{joined[-1]} {part}"] if is_listed else [*joined, part]
    return ".".join(joined)


def _name_layer(path: str, layer: str) -> str:
    """Name a module. A container has the name that the network gives it."""
    key = path.rpartition(".")[2]
    return key if layer == "Sequential" and not key.isdigit() else layer


def _make_map(tensor: Tensor, numbers: list[Numbers], *, is_letters: bool = False) -> JsonValue:
    """Describe a heat map and append its numbers, as many tiles as fit."""
    values = tensor.detach().float().cpu().squeeze().numpy()
    low, high = _find_range(values)
    tiles, rows, columns = _arrange(values.shape)
    sheets = values.reshape(tiles, rows, columns)
    shown = max(1, min(tiles, _MAX_NUMBERS // max(1, rows * columns)))
    every = 1
    while shown == 1 and (rows // every) * (columns // every) > _MAX_NUMBERS:
        every += 1
    part = sheets[:shown, ::every, ::every]
    start = sum(each.size for each in numbers)
    numbers.append(np.ascontiguousarray(part, dtype=np.float32).ravel())
    return {
        "at": start,
        "dims": list(part.shape),
        "low": low,
        "high": high,
        "most": max(abs(low), abs(high)),
        "part": " ".join(
            [
                *([_("These are letter numbers; 0 is padding.")] if is_letters else []),
                *_describe_part(shown, tiles, every),
                *_describe_infinite(values),
            ]
        ),
    }


def _find_range(values: Numbers) -> tuple[float, float]:
    """Return the smallest and the largest finite number."""
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)


def _describe_infinite(values: Numbers) -> list[str]:
    """Say that not all numbers are finite, as in the mask that hides padding from attention."""
    return [] if np.isfinite(values).all() else [_("Some numbers are infinite.")]


def _describe_part(shown: int, tiles: int, every: int) -> list[str]:
    parts = []
    if shown < tiles:
        parts.append(_("Shown: the first {shown} of {tiles}.").format(shown=shown, tiles=tiles))
    if every > 1:
        parts.append(_("Shown: one of {every} rows and columns.").format(every=every))
    return parts


def _arrange(shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Return (tiles, rows, columns) for a shape. A long row is broken into lines that fill it exactly, if its length allows."""
    if len(shape) >= 2:
        return prod(shape[:-2]), shape[-2], shape[-1]
    length = prod(shape)
    columns = next((each for each in range(int(length**0.5), 0, -1) if length % each == 0), 1)
    return (1, columns, length // columns) if length > 32 and columns > 2 else (1, 1, max(1, length))


def make_weights_payload(parameter: ParameterGradient, unit: int | None) -> JsonValue:
    """Collect the weights of one unit of a parameter with their gradients.

    Args:
        parameter: with one unit for each index of its first dimension; one with a single dimension is shown as a whole.
        unit: by default the one with the longest gradient.
    """
    value, gradient = parameter.value, parameter.gradient
    units = value.shape[0] if value.dim() > 1 else 1
    if unit is None or not 0 <= unit < units:
        unit = int(gradient.flatten(1).norm(dim=1).argmax()) if gradient is not None and units > 1 else 0
    part = value[unit] if units > 1 else value
    slopes = None if gradient is None else gradient[unit] if units > 1 else gradient
    return {
        "name": parameter.name,
        "units": units,
        "unit": unit,
        "inner": list(part.shape),
        "values": _make_weight_map(part),
        "gradients": None if slopes is None else _make_weight_map(slopes),
    }


def _make_weight_map(tensor: Tensor) -> JsonValue:
    values = tensor.detach().float().cpu().numpy()
    tiles, rows, columns = _arrange(values.shape)
    shown = max(1, min(tiles, _MAX_WEIGHTS // (rows * columns)))
    part = values.reshape(tiles, rows, columns)[:shown]
    low, high = _find_range(part)
    return {
        "numbers": base64.b64encode(np.ascontiguousarray(part, dtype=np.float32).tobytes()).decode(),
        "dims": list(part.shape),
        "low": low,
        "high": high,
        "most": max(abs(low), abs(high)),
        "part": " ".join(_describe_part(shown, tiles, 1)),
    }
