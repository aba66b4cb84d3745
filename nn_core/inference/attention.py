"""Where a network of self-attention looked."""

from typing import Any

import torch
from torch import Tensor, nn

from nn_core.data.prepare import as_network_sees
from nn_core.inference.network import TrainedNetwork
from nn_core.models.parts.transformer import PatchAttention, SelfAttention

__all__ = ["attends", "attention_over"]


def attends(network: TrainedNetwork) -> bool:
    """Whether the network has self-attention to look at."""
    return any(isinstance(module, SelfAttention) for module in network.model.modules())


@torch.inference_mode()
def attention_over(network: TrainedNetwork, inputs: Tensor) -> Tensor:
    """How much the token that decides looked at each part of its input, block by block and head by head.

    inputs: stored samples, as in `Split.inputs`. Gives shares that sum to 1 over all parts: of pictures [count, depth,
    heads, rows of patches, patches in a row], of text [count, depth, heads, length]. What it looked at of itself is left out.
    """
    shares: list[Tensor] = []

    def note(module: nn.Module, arguments: tuple[Any, ...], _output: Tensor) -> None:
        assert isinstance(module, SelfAttention)
        shares.append(module.weights(*arguments)[:, :, 0, 1:])

    hooks = [
        module.register_forward_hook(note) for module in network.model.modules() if isinstance(module, SelfAttention)
    ]
    try:
        network.model(as_network_sees(inputs.to(network.device), network.spec))
    finally:
        for hook in hooks:
            hook.remove()
    looked = torch.stack(shares, dim=1).float().cpu()
    # A text without a letter has nothing to look at.
    looked = looked / looked.sum(dim=-1, keepdim=True).clamp(min=1e-12)
    reader = next((module for module in network.model.modules() if isinstance(module, PatchAttention)), None)
    return looked.unflatten(-1, (reader.height // reader.patch, -1)) if reader else looked
