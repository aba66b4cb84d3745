"""Modules that networks are composed of: residual connections (He et al., 2015), autoencoders (Rumelhart, Hinton and Williams, 1986),
convolutions over the letters of a text (Kim, 2014; over characters: Zhang, Zhao and LeCun, 2015), recurrent layers (LSTM: Hochreiter
and Schmidhuber, 1997; GRU: Cho et al., 2014) and self-attention (Vaswani et al., 2017; over patches: Dosovitskiy et al., 2020).

This file imports only torch, and each class stores its constructor arguments under their names, so that a network can be exported as
a stand-alone program.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = [
    "AttentionBlock",
    "Autoencoder",
    "CharacterAttention",
    "CharacterConvolution",
    "CharacterReader",
    "PatchAttention",
    "PlaneFeatures",
    "Residual",
    "RowReader",
    "SelfAttention",
]


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


class PlaneFeatures(nn.Module):
    """Computes features of points in the plane: standardised coordinates [count, 2] → [count, len(features)].

    The coordinates reach from about -2 to 2. The sines are those of three times as much, so that they go up and down about twice.
    """

    SINE_SCALE = 3.0

    def __init__(self, features: tuple[str, ...]) -> None:
        super().__init__()
        self.features = features

    def forward(self, points: Tensor) -> Tensor:
        first, second = points.unbind(dim=1)
        return torch.stack([self.compute_feature(name, first, second) for name in self.features], dim=1)

    def compute_feature(self, name: str, first: Tensor, second: Tensor) -> Tensor:
        if name == "x1_x2":
            return first * second
        coordinate = first if name.endswith(("x1", "x1_squared")) else second
        if name.startswith("sin_"):
            return (self.SINE_SCALE * coordinate).sin()
        return coordinate.square() if name.endswith("_squared") else coordinate


class Residual(nn.Module):
    """Adds the outputs of `inside` and `shortcut` for the same input."""

    def __init__(self, inside: nn.Module, shortcut: nn.Module) -> None:
        super().__init__()
        self.inside = inside
        self.shortcut = shortcut

    def forward(self, inputs: Tensor) -> Tensor:
        total: Tensor = self.inside(inputs) + self.shortcut(inputs)
        return total


def make_recurrent(
    cell: str, inputs: int, hidden: int, layers: int, both_directions: bool, dropout: float
) -> nn.RNNBase:
    """Make an `rnn`, `lstm` or `gru`; dropout is applied between its layers."""
    cells = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
    between = dropout if layers > 1 else 0.0
    reader: nn.RNNBase = cells[cell](
        inputs, hidden, layers, batch_first=True, bidirectional=both_directions, dropout=between
    )
    return reader


class RowReader(nn.Module):
    """Reads an image from top to bottom, one row per step: [count, channels, height, width] → the last hidden state, [count,
    directions · hidden]."""

    def __init__(self, cell: str, row: int, hidden: int, layers: int, both_directions: bool, dropout: float) -> None:
        super().__init__()
        self.cell, self.row, self.hidden, self.layers = cell, row, hidden, layers
        self.both_directions, self.dropout = both_directions, dropout
        self.reader = make_recurrent(cell, row, hidden, layers, both_directions, dropout)

    def forward(self, pictures: Tensor) -> Tensor:
        rows = pictures.transpose(1, 2).flatten(2)
        memory = self.reader(rows)[1]
        last = memory[0] if self.cell == "lstm" else memory
        return torch.cat(tuple(last[-2:] if self.both_directions else last[-1:]), dim=1)


class CharacterReader(nn.Module):
    """Reads a text letter by letter: indices [count, length], padded with 0 → the maximum of each hidden unit over all letters,
    [count, directions · hidden]."""

    def __init__(
        self, cell: str, symbols: int, dimension: int, hidden: int, layers: int, both_directions: bool, dropout: float
    ) -> None:
        super().__init__()
        self.cell, self.symbols, self.dimension, self.hidden, self.layers = cell, symbols, dimension, hidden, layers
        self.both_directions, self.dropout = both_directions, dropout
        self.letters = nn.Embedding(symbols, dimension, padding_idx=0)
        self.reader = make_recurrent(cell, dimension, hidden, layers, both_directions, dropout)

    def forward(self, text: Tensor) -> Tensor:
        memory = self.reader(self.letters(text))[0]
        ended = (text == 0).unsqueeze(2)
        # Not -inf, so that the output for an empty text is finite.
        strongest: Tensor = memory.masked_fill(ended, -1.0).amax(dim=1)
        return strongest


class SelfAttention(nn.Module):
    """Multi-head self-attention: [count, tokens, dimension] → the same shape. `hidden`, bool [count, tokens], marks padding
    tokens that are ignored."""

    def __init__(self, dimension: int, heads: int) -> None:
        super().__init__()
        self.dimension, self.heads = dimension, heads
        self.questions_keys_values = nn.Linear(dimension, 3 * dimension)
        self.together = nn.Linear(dimension, dimension)

    def forward(self, tokens: Tensor, hidden: Tensor | None = None) -> Tensor:
        queries, keys, values = self.split(tokens)
        mask = None if hidden is None else ~hidden[:, None, None, :]
        attended = F.scaled_dot_product_attention(queries, keys, values, attn_mask=mask)
        output: Tensor = self.together(attended.transpose(1, 2).flatten(2))
        return output

    def split(self, tokens: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return queries, keys and values, each [count, heads, tokens, dimension / heads]."""
        parts = self.questions_keys_values(tokens).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        return parts[0], parts[1], parts[2]

    def weights(self, tokens: Tensor, hidden: Tensor | None = None) -> Tensor:
        """Return the attention weights, [count, heads, query tokens, key tokens]; each row sums to 1."""
        queries, keys, _ = self.split(tokens)
        scores = queries @ keys.transpose(2, 3) / queries.shape[-1] ** 0.5
        if hidden is not None:
            scores = scores.masked_fill(hidden[:, None, None, :], -torch.inf)
        weights: Tensor = scores.softmax(dim=-1)
        return weights


class AttentionBlock(nn.Module):
    """Self-attention and a small dense network for each token, both residual, with layer norm before each."""

    def __init__(self, dimension: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.dimension, self.heads, self.dropout = dimension, heads, dropout
        self.norm = nn.LayerNorm(dimension)
        self.attention = SelfAttention(dimension, heads)
        self.dense = nn.Sequential(
            nn.LayerNorm(dimension),
            nn.Linear(dimension, 2 * dimension),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(2 * dimension, dimension),
        )

    def forward(self, tokens: Tensor, hidden: Tensor | None = None) -> Tensor:
        tokens = tokens + self.attention(self.norm(tokens), hidden)
        result: Tensor = tokens + self.dense(tokens)
        return result


class PatchAttention(nn.Module):
    """A vision transformer with square patches, learned positions and a class token: [count, channels, height, width] → [count,
    dimension]."""

    def __init__(
        self, channels: int, height: int, width: int, patch: int, dimension: int, heads: int, depth: int, dropout: float
    ) -> None:
        super().__init__()
        self.channels, self.height, self.width, self.patch = channels, height, width, patch
        self.dimension, self.heads, self.depth, self.dropout = dimension, heads, depth, dropout
        self.patches = nn.Conv2d(channels, dimension, patch, patch)
        self.gatherer = nn.Parameter(torch.zeros(1, 1, dimension))
        self.positions = nn.Parameter(0.02 * torch.randn(1, 1 + (height // patch) * (width // patch), dimension))
        self.blocks = nn.ModuleList(AttentionBlock(dimension, heads, dropout) for _ in range(depth))
        self.norm = nn.LayerNorm(dimension)

    def forward(self, pictures: Tensor) -> Tensor:
        patches = self.patches(pictures).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.gatherer.expand(pictures.shape[0], -1, -1), patches], dim=1) + self.positions
        for block in self.blocks:
            tokens = block(tokens)
        output: Tensor = self.norm(tokens[:, 0])
        return output


class CharacterAttention(nn.Module):
    """A transformer over letters with learned positions and a class token: indices [count, length], padded with 0 → [count,
    dimension]."""

    def __init__(self, symbols: int, length: int, dimension: int, heads: int, depth: int, dropout: float) -> None:
        super().__init__()
        self.symbols, self.length, self.dimension = symbols, length, dimension
        self.heads, self.depth, self.dropout = heads, depth, dropout
        self.letters = nn.Embedding(symbols, dimension, padding_idx=0)
        self.gatherer = nn.Parameter(torch.zeros(1, 1, dimension))
        self.positions = nn.Parameter(0.02 * torch.randn(1, 1 + length, dimension))
        self.blocks = nn.ModuleList(AttentionBlock(dimension, heads, dropout) for _ in range(depth))
        self.norm = nn.LayerNorm(dimension)

    def forward(self, text: Tensor) -> Tensor:
        tokens = torch.cat([self.gatherer.expand(text.shape[0], -1, -1), self.letters(text)], dim=1) + self.positions
        hidden = F.pad(text == 0, (1, 0), value=False)
        for block in self.blocks:
            tokens = block(tokens, hidden)
        output: Tensor = self.norm(tokens[:, 0])
        return output
