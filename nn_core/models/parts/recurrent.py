"""Recurrent layers: a plain RNN, LSTM (Hochreiter and Schmidhuber, 1997) or GRU (Cho et al., 2014)."""

import torch
from torch import Tensor, nn

__all__ = ["CharacterReader", "RowReader"]


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
