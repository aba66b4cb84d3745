"""The step of one example as one JSON object: what `python -m nn_core backprop` prints."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from pydantic import JsonValue

from nn_core.backprop.finite_difference import METHOD, TOLERANCE, GradientCheck

if TYPE_CHECKING:
    from torch import Tensor

    from nn_core.backprop.example import Example
    from nn_core.backprop.graph import Graph, Node
    from nn_core.backprop.optimizer_step import OptimizerStep
    from nn_core.inference import TrainedNetwork

__all__ = ["make_report"]


def make_report(
    network: TrainedNetwork, example: Example, graph: Graph, checks: dict[str, GradientCheck], step: OptimizerStep
) -> dict[str, JsonValue]:
    """Collect everything. Norms and sums are those of PyTorch in the precision of the tensors."""
    classifies = network.goal == "classify"
    return {
        "input": graph.inputs.tolist(),
        "target": example.label if classifies else graph.target[0].tolist(),
        "target_label": None if example.label is None else network.spec.classes[example.label],
        "logits": graph.outputs[0].tolist(),
        "loss": graph.loss,
        "loss_function": network.config.loss.model_dump(mode="json"),
        "nodes": [_describe_node(node) for node in graph.nodes],
        "parameters": {
            name: {
                "gradient_norm": _measure(parameter.gradient),
                "gradient_sum": None if parameter.gradient is None else parameter.gradient.sum().item(),
            }
            for name, parameter in graph.parameters.items()
        },
        "without_gradient": list(graph.without_gradient),
        "zero_gradient": list(graph.with_zero_gradient),
        "finite_difference": _describe_checks(checks),
        "optimizer_step": {
            "optimizer": step.optimizer,
            "lr": step.lr,
            "loss_before": step.loss_before,
            "loss_after": step.loss_after,
            "parameters": {
                name: {"moved": move.moved, "count": move.count, "update_norm": move.update_norm}
                for name, move in step.moves.items()
            },
        },
    }


def _describe_node(node: Node) -> JsonValue:
    return {
        "name": node.name,
        "module": node.module,
        "op": node.op,
        "shape": list(node.shape),
        "output_norm": _measure(node.output),
        "gradient_norm": _measure(node.gradient),
        "function": node.function or None,
        "inputs": list(node.inputs),
        "parameters": list(node.parameters),
    }


def _measure(tensor: Tensor | None) -> float | None:
    """Return the length of a tensor; of whole numbers, such as a text, in float32. None if a number in it is infinite, as in the mask
    that hides padding from attention, because JSON has no such number."""
    if tensor is None:
        return None
    length = float((tensor if tensor.is_floating_point() else tensor.float()).norm())
    return length if isfinite(length) else None


def _describe_checks(checks: dict[str, GradientCheck]) -> JsonValue:
    largest = max((check.difference for check in checks.values()), default=0.0)
    return {
        "dtype": "float64",
        "method": METHOD,
        "compared": "for each parameter: the weight with the largest gradient, and a random direction over all its weights, "
        "against autograd in float64; differences are relative where the gradient is larger than 1",
        "tolerance": TOLERANCE,
        "max_difference": largest,
        "agrees": largest <= TOLERANCE,
        "parameters": {
            name: {
                "index": list(check.index),
                "gradient": check.gradient,
                "finite_difference": check.finite_difference,
                "gradient_along_all": check.along_all,
                "finite_difference_along_all": check.finite_difference_along_all,
                "difference": check.difference,
            }
            for name, check in checks.items()
        },
    }
