"""Building blocks: autoencoders (Rumelhart, Hinton and Williams, 1986), residual connections (He et al., 2015) and convolutions over
the letters of a text (Kim, 2014; over characters: Zhang, Zhao and LeCun, 2015).
"""

import torch
from torch import Tensor, nn

__all__ = ["Autoencoder", "CharacterConvolution", "Residual"]


class Autoencoder(nn.Module):
    """Compresses each sample to a few numbers and reconstructs it."""

    def __init__(self, encoder: nn.Module, decoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder

    def forward(self, samples: Tensor) -> Tensor:
        reconstructed: Tensor = self.decoder(self.encoder(samples))
        return reconstructed


class CharacterConvolution(nn.Module):
    """Looks for groups of letters anywhere in a text: indices [count, length], padded with 0 → the maximum response of each
    filter, [count, channels · len(groups)]."""

    def __init__(self, symbols: int, dimension: int, channels: int, groups: tuple[int, ...]) -> None:
        super().__init__()
        self.symbols, self.dimension, self.channels, self.groups = symbols, dimension, channels, groups
        self.letters = nn.Embedding(symbols, dimension, padding_idx=0)
        self.searches = nn.ModuleList(nn.Conv1d(dimension, channels, size, padding=size - 1) for size in groups)

    def forward(self, text: Tensor) -> Tensor:
        letters = self.letters(text).transpose(1, 2)
        return torch.cat([search(letters).relu().amax(dim=2) for search in self.searches], dim=1)


class Residual(nn.Module):
    """Adds the outputs of `inside` and `shortcut` for the same input."""

    def __init__(self, inside: nn.Module, shortcut: nn.Module) -> None:
        super().__init__()
        self.inside = inside
        self.shortcut = shortcut

    def forward(self, inputs: Tensor) -> Tensor:
        total: Tensor = self.inside(inputs) + self.shortcut(inputs)
        return total
