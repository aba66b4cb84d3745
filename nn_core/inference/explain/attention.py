"""Attention as an explanation: where a network with self-attention looked, and how much each letter of a text mattered."""

import unicodedata
from typing import Any

import torch
from torch import Tensor, nn

from nn_core.data.transforms.encode_text import encode
from nn_core.data.transforms.normalize import normalize
from nn_core.inference.network import TrainedNetwork
from nn_core.models.parts.transformer import PatchAttention, SelfAttention

__all__ = [
    "compute_attention",
    "compute_letter_attention",
    "compute_letter_influence",
    "get_read_letters",
    "has_attention",
]


def has_attention(network: TrainedNetwork) -> bool:
    """Whether the network has self-attention to look at."""
    return any(isinstance(module, SelfAttention) for module in network.model.modules())


@torch.inference_mode()
def compute_attention(network: TrainedNetwork, inputs: Tensor) -> Tensor:
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
        network.model(normalize(inputs.to(network.device), network.spec))
    finally:
        for hook in hooks:
            hook.remove()
    looked = torch.stack(shares, dim=1).float().cpu()
    # A text without a letter has nothing to look at.
    looked = looked / looked.sum(dim=-1, keepdim=True).clamp(min=1e-12)
    reader = next((module for module in network.model.modules() if isinstance(module, PatchAttention)), None)
    return looked.unflatten(-1, (reader.height // reader.patch, -1)) if reader else looked


def get_read_letters(network: TrainedNetwork, text: str) -> str:
    """The text as the network gets it, capitals aside: without blanks around it, and no longer than the network reads."""
    shown, small = (unicodedata.normalize("NFC", form) for form in (text.strip(), text.strip().lower()))
    # Few letters are as small ones two: then those are shown, for each needs its own figure.
    return (shown if len(shown) == len(small) else small)[: network.spec.shape[0]]


def compute_letter_attention(network: TrainedNetwork, text: str) -> Tensor:
    """How much the token that decides looked at each letter, block by block and head by head: [depth, heads, letters],
    each row summing to 1. The network must have self-attention."""
    letters = get_read_letters(network, text)
    inputs = encode([letters], network.spec.alphabet, network.spec.shape[0])
    return compute_attention(network, inputs)[0, :, :, : len(letters)]


def compute_letter_influence(network: TrainedNetwork, text: str) -> list[float]:
    """How much less probable the answer becomes when each letter is left out, from -1 to 1; below 0 where the letter spoke
    against it. A network is asked once for each letter, whatever it is made of (occlusion: Zeiler and Fergus, 2014)."""
    letters = get_read_letters(network, text)
    shorter = [letters[:i] + letters[i + 1 :] for i in range(len(letters))]
    inputs = encode([letters, *shorter], network.spec.alphabet, network.spec.shape[0])
    probabilities = network.calibration.probabilities(network.outputs(inputs))
    of_answer = probabilities[:, int(probabilities[0].argmax())]
    influence: list[float] = (of_answer[:1] - of_answer[1:]).tolist()
    return influence
