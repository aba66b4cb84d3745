"""Lists the layers of a network, with their output shapes and parameters."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from nn_core.task import TaskSpec

__all__ = ["LayerRow", "list_layer_rows", "make_blank_batch"]


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
    dtype = torch.long if task.kind == "text" else torch.float32
    return torch.zeros(count, *task.shape, dtype=dtype, device=device)


def list_layer_rows(model: nn.Module, task: TaskSpec) -> list[LayerRow]:
    """List every module without children or with parameters of its own, in the order of the computation.

    The model may be on torch's `meta` device, where nothing is computed. It is not changed.
    """
    rows: list[LayerRow] = []

    def add_row(module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor | tuple[Tensor, ...]) -> None:
        first = output if isinstance(output, Tensor) else output[0]
        parameters = sum(parameter.numel() for parameter in module.parameters(recurse=False))
        path = paths[module]
        rows.append(LayerRow(_describe(module), tuple(first.shape[1:]), parameters, path.count("."), path))

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


def _describe(module: nn.Module) -> str:
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
