"""What a network is made of: its layers, the shapes that pass through them and the parameters in each."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

__all__ = ["LayerRow", "count_parameters", "layer_rows"]


@dataclass(frozen=True)
class LayerRow:
    """layer: as torch writes it, without settings that are at rest; output: the shape for one picture."""

    layer: str
    output: tuple[int, ...]
    parameters: int


def count_parameters(model: nn.Module) -> int:
    """How many numbers training adjusts."""
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)


def layer_rows(model: nn.Module, shape: tuple[int, int, int]) -> list[LayerRow]:
    """A row for every innermost module, in the order in which a picture of `shape` passes through them.

    The model may be on torch's `meta` device, where nothing is computed.
    """
    rows: list[LayerRow] = []

    def note(module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
        rows.append(LayerRow(_describe(module), tuple(output.shape[1:]), count_parameters(module)))

    hooks = [module.register_forward_hook(note) for module in model.modules() if not list(module.children())]
    try:
        device = next(iter(model.parameters())).device
        with torch.inference_mode():
            model.eval()(torch.zeros(1, *shape, device=device))
    finally:
        for hook in hooks:
            hook.remove()
    return rows


def _describe(module: nn.Module) -> str:
    name = type(module).__name__
    match module:
        case nn.Conv2d():
            step = f", stride {module.stride[0]}" if module.stride[0] != 1 else ""
            size = "×".join(map(str, module.kernel_size))
            return f"{name} {module.in_channels} → {module.out_channels}, {size}{step}"
        case nn.Linear():
            return f"{name} {module.in_features} → {module.out_features}"
        case nn.Dropout():
            return f"{name} {module.p:g}"
        case nn.MaxPool2d() | nn.AvgPool2d():
            return f"{name} {module.kernel_size}"
        case _:
            return name
