"""What a network is made of: its layers, the shapes that pass through them and the parameters in each."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from nn_core.task import TaskSpec

__all__ = ["LayerRow", "list_layer_rows", "make_blank_batch"]


@dataclass(frozen=True)
class LayerRow:
    """layer: as torch writes it, without settings that are at rest; output: the shape for one sample; parameters: its own,
    without those of the layers inside it; depth: how many parts it is inside of; path: its name in the network, such as
    "0.blocks.1.norm"."""

    layer: str
    output: tuple[int, ...]
    parameters: int
    depth: int = 0
    path: str = ""


def make_blank_batch(problem: TaskSpec, count: int = 1, device: torch.device | None = None) -> Tensor:
    """A batch of samples as a network reads them, all zero."""
    dtype = torch.long if problem.kind == "text" else torch.float32
    return torch.zeros(count, *problem.shape, dtype=dtype, device=device)


def list_layer_rows(model: nn.Module, problem: TaskSpec) -> list[LayerRow]:
    """A row for every module that computes by itself, in the order in which a sample passes through them.

    The model may be on torch's `meta` device, where nothing is computed. It is left as it was.
    """
    rows: list[LayerRow] = []

    def note(module: nn.Module, _inputs: tuple[Tensor, ...], output: Any) -> None:
        shape = tuple(output.shape[1:]) if isinstance(output, Tensor) else tuple(output[0].shape[1:])
        path = paths[module]
        rows.append(LayerRow(_describe(module), shape, _size(module.parameters(recurse=False)), path.count("."), path))

    paths = {module: name for name, module in model.named_modules() if _computes(module)}
    hooks = [module.register_forward_hook(note) for module in paths]
    training = model.training
    try:
        device = next(iter(model.parameters())).device
        with torch.inference_mode():
            model.eval()(make_blank_batch(problem, device=device))
    finally:
        model.train(training)
        for hook in hooks:
            hook.remove()
    return rows


def _computes(module: nn.Module) -> bool:
    return not list(module.children()) or bool(list(module.parameters(recurse=False)))


def _size(parameters: Iterable[Tensor]) -> int:
    return sum(parameter.numel() for parameter in parameters)


def _describe(module: nn.Module) -> str:
    name = type(module).__name__
    match module:
        case nn.Conv2d() | nn.Conv1d() | nn.ConvTranspose2d():
            step = f", stride {module.stride[0]}" if module.stride[0] != 1 else ""
            size = "×".join(map(str, module.kernel_size))
            return f"{name} {module.in_channels} → {module.out_channels}, {size}{step}"
        case nn.Linear():
            return f"{name} {module.in_features} → {module.out_features}"
        case nn.RNNBase():
            both = ", both ways" if module.bidirectional else ""
            layers = f", {module.num_layers} layers" if module.num_layers > 1 else ""
            return f"{name} {module.input_size} → {module.hidden_size}{layers}{both}"
        case nn.Embedding():
            return f"{name} {module.num_embeddings} → {module.embedding_dim}"
        case nn.Dropout():
            return f"{name} {module.p:g}"
        case nn.MaxPool2d() | nn.AvgPool2d():
            return f"{name} {module.kernel_size}"
        case _:
            return name
