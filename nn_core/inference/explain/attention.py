"""Attention weights of a network, and the influence of each letter of a text on the answer."""

import unicodedata

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
    """Whether the network has a self-attention layer."""
    return any(isinstance(module, SelfAttention) for module in network.model.modules())


@torch.inference_mode()
def compute_attention(network: TrainedNetwork, inputs: Tensor) -> Tensor:
    """Compute the attention of the class token to the other tokens, in each block and head.

    Args:
        network: must have self-attention.
        inputs: stored samples, as in `Split.inputs`.

    Returns:
        Weights that sum to 1 over all tokens but the class token itself: [count, depth, heads, rows of patches, patches in a row] for
        pictures, [count, depth, heads, length] for text.
    """
    weights: list[Tensor] = []

    def record(module: nn.Module, arguments: tuple[Tensor, ...], _output: Tensor) -> None:
        assert isinstance(module, SelfAttention)
        weights.append(module.weights(*arguments)[:, :, 0, 1:])

    hooks = [
        module.register_forward_hook(record) for module in network.model.modules() if isinstance(module, SelfAttention)
    ]
    try:
        network.model(normalize(inputs.to(network.device), network.spec))
    finally:
        for hook in hooks:
            hook.remove()
    attention = torch.stack(weights, dim=1).float().cpu()
    # The weights of a text without letters are all 0.
    attention = attention / attention.sum(dim=-1, keepdim=True).clamp(min=1e-12)
    patches = next((module for module in network.model.modules() if isinstance(module, PatchAttention)), None)
    return attention.unflatten(-1, (patches.height // patches.patch, -1)) if patches else attention


def get_read_letters(network: TrainedNetwork, text: str) -> str:
    """Return the text that the network reads, in the user's capitalization: stripped and cut to the network's length."""
    original, lower = (unicodedata.normalize("NFC", form) for form in (text.strip(), text.strip().lower()))
    # A few capitals become two letters in lower case. Then the lower-case text is shown, because each letter has its own value.
    return (original if len(original) == len(lower) else lower)[: network.spec.shape[0]]


def compute_letter_attention(network: TrainedNetwork, text: str) -> Tensor:
    """Return the attention of the class token to each letter, [depth, heads, letters], each row summing to 1. The network must have
    self-attention."""
    letters = get_read_letters(network, text)
    inputs = encode([letters], network.spec.alphabet, network.spec.shape[0])
    return compute_attention(network, inputs)[0, :, :, : len(letters)]


def compute_letter_influence(network: TrainedNetwork, text: str) -> list[float]:
    """Return by how much the probability of the answer drops when each letter is left out, from -1 to 1; negative for a letter that
    speaks against the answer. Works for any network, with one prediction per letter (occlusion: Zeiler and Fergus, 2014)."""
    letters = get_read_letters(network, text)
    shorter = [letters[:i] + letters[i + 1 :] for i in range(len(letters))]
    inputs = encode([letters, *shorter], network.spec.alphabet, network.spec.shape[0])
    probabilities = network.calibration.compute_probabilities(network.compute_outputs(inputs))
    of_answer = probabilities[:, int(probabilities[0].argmax())]
    influence: list[float] = (of_answer[:1] - of_answer[1:]).tolist()
    return influence
