"""The layers of a network with their output shapes and parameters, and limits on the size of networks and batches.

Sizes are checked before memory is allocated: each setting has bounds, but many layers within these bounds can still be too large
together. Importing this does not import torch.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from nn_core.errors import ConfigError
from nn_core.i18n import _

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from nn_core.task import TaskSpec

__all__ = [
    "MAX_ACTIVATIONS",
    "MAX_PARAMETERS",
    "LayerRow",
    "check_batch_fits",
    "check_size",
    "compute_eval_batch_size",
    "count_activations",
    "describe_layer",
    "list_layer_rows",
    "make_blank_batch",
]

MAX_PARAMETERS = 100_000_000
"""Training stores each about eight times (gradient, optimizer state, best weights, checkpoint): 3.2 GB in float32."""
MAX_ACTIVATIONS = 1_000_000_000
"""The outputs of all layers for one batch are stored for the backward pass: 4 GB in float32."""
_MAX_EVAL_BATCH_SIZE = 1000


@dataclass(frozen=True)
class LayerRow:
    """A layer of a network.

    Attributes:
        layer: a description with the most important settings.
        output: the shape of the output for one sample.
        parameters: its own, without those of layers inside it.
        depth: the number of modules around it.
        path: its name in the network, such as "0.blocks.1.norm".
    """

    layer: str
    output: tuple[int, ...]
    parameters: int
    depth: int = 0
    path: str = ""


def make_blank_batch(task: TaskSpec, count: int = 1, device: torch.device | None = None) -> Tensor:
    """Make a batch of network inputs that are all zero."""
    import torch

    dtype = torch.long if task.kind == "text" else torch.float32
    return torch.zeros(count, *task.shape, dtype=dtype, device=device)


def list_layer_rows(model: nn.Module, task: TaskSpec) -> list[LayerRow]:
    """List every module without children or with parameters of its own, in the order of the computation.

    The model may be on torch's `meta` device, where nothing is computed. It is not changed.
    """
    import torch

    rows: list[LayerRow] = []

    def add_row(module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor | tuple[Tensor, ...]) -> None:
        first = output[0] if isinstance(output, tuple) else output
        parameters = sum(parameter.numel() for parameter in module.parameters(recurse=False))
        path = paths[module]
        rows.append(LayerRow(describe_layer(module), tuple(first.shape[1:]), parameters, path.count("."), path))

    paths = {module: name for name, module in model.named_modules() if _is_layer(module)}
    hooks = [module.register_forward_hook(add_row) for module in paths]
    training = model.training
    try:
        device = next(iter(model.parameters())).device
        with torch.inference_mode():
            model.eval()(make_blank_batch(task, device=device))
    finally:
        model.train(training)
        for hook in hooks:
            hook.remove()
    return rows


def _is_layer(module: nn.Module) -> bool:
    return not list(module.children()) or bool(list(module.parameters(recurse=False)))


def describe_layer(module: nn.Module) -> str:
    from torch import nn

    name = type(module).__name__
    match module:
        case nn.Conv2d() | nn.Conv1d() | nn.ConvTranspose2d():
            stride = f", stride {module.stride[0]}" if module.stride[0] != 1 else ""
            size = "×".join(map(str, module.kernel_size))
            return f"{name} {module.in_channels} → {module.out_channels}, {size}{stride}"
        case nn.Linear():
            return f"{name} {module.in_features} → {module.out_features}"
        case nn.RNNBase():
            directions = ", both directions" if module.bidirectional else ""
            layers = f", {module.num_layers} layers" if module.num_layers > 1 else ""
            return f"{name} {module.input_size} → {module.hidden_size}{layers}{directions}"
        case nn.Embedding():
            return f"{name} {module.num_embeddings} → {module.embedding_dim}"
        case nn.Dropout():
            return f"{name} {module.p:g}"
        case nn.MaxPool2d() | nn.AvgPool2d():
            return f"{name} {module.kernel_size}"
        case _:
            return name


def check_size(network: nn.Module, name: str) -> None:
    """Check the number of parameters of a network, which may be on torch's `meta` device. Raises ConfigError."""
    count = sum(tensor.numel() for tensor in (*network.parameters(), *network.buffers()))
    if count > MAX_PARAMETERS:
        raise ConfigError(
            _(
                "Network '{name}' would have {count:,} parameters, and at most {most:,} are allowed. Make its layers smaller or "
                "fewer, or pool more between them."
            ).format(name=name, count=count, most=MAX_PARAMETERS)
        )


def count_activations(rows: Iterable[LayerRow], task: TaskSpec) -> int:
    """Count the numbers in one sample and in the outputs of all layers for it."""
    return prod(task.shape) + sum(prod(row.output) for row in rows)


def check_batch_fits(activations: int, batch_size: int, name: str) -> None:
    """Check that a batch does not have too many activations.

    Args:
        activations: of one sample, see `count_activations`.
        batch_size: samples in a batch.
        name: of the network.

    Raises:
        ConfigError: it has too many.
    """
    if activations * batch_size <= MAX_ACTIVATIONS:
        return
    largest = MAX_ACTIVATIONS // activations
    remedy = (
        _("Set training.batch_size to {largest:,} or less, or make the layers smaller.").format(largest=largest)
        if largest
        else _("Make its layers smaller, or pool more between them.")
    )
    raise ConfigError(
        _(
            "training.batch_size = {batch_size:,} needs {count:,} activations in network '{name}', {each:,} for each sample, and "
            "at most {most:,} are allowed. {remedy}"
        ).format(
            batch_size=batch_size,
            count=activations * batch_size,
            name=name,
            each=activations,
            most=MAX_ACTIVATIONS,
            remedy=remedy,
        )
    )


def compute_eval_batch_size(activations: int) -> int:
    """Return the batch size for evaluation: 1000, or less if a sample has very many activations."""
    return max(1, min(_MAX_EVAL_BATCH_SIZE, MAX_ACTIVATIONS // activations))
