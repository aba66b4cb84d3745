"""Self-attention (Vaswani et al., 2017, "Attention Is All You Need"; over patches: Dosovitskiy et al., 2020)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["AttentionBlock", "CharacterAttention", "PatchAttention", "SelfAttention"]


class SelfAttention(nn.Module):
    """Each token gathers from all of them: [count, tokens, dimension] → the same. `hidden` marks, [count, tokens], those
    that nobody may look at."""

    def __init__(self, dimension: int, heads: int) -> None:
        super().__init__()
        self.dimension, self.heads = dimension, heads
        self.questions_keys_values = nn.Linear(dimension, 3 * dimension)
        self.together = nn.Linear(dimension, dimension)

    def forward(self, tokens: Tensor, hidden: Tensor | None = None) -> Tensor:
        questions, keys, values = self.split(tokens)
        seen = None if hidden is None else ~hidden[:, None, None, :]
        gathered = F.scaled_dot_product_attention(questions, keys, values, attn_mask=seen)
        answer: Tensor = self.together(gathered.transpose(1, 2).flatten(2))
        return answer

    def split(self, tokens: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Three times [count, heads, tokens, dimension / heads]."""
        parts = self.questions_keys_values(tokens).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        return parts[0], parts[1], parts[2]

    def weights(self, tokens: Tensor, hidden: Tensor | None = None) -> Tensor:
        """Who looks at whom: [count, heads, tokens that look, tokens looked at], each row summing to 1."""
        questions, keys, _ = self.split(tokens)
        scores = questions @ keys.transpose(2, 3) / questions.shape[-1] ** 0.5
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
    """A picture as square patches, with learned positions and one more token that gathers what matters:
    [count, channels, height, width] → [count, dimension]."""

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
        tokens = torch.cat([self.gatherer.expand(len(pictures), -1, -1), patches], dim=1) + self.positions
        for block in self.blocks:
            tokens = block(tokens)
        gathered: Tensor = self.norm(tokens[:, 0])
        return gathered


class CharacterAttention(nn.Module):
    """A text as its letters, with learned positions and one more token that gathers what matters: indices [count,
    length], 0 where it has ended → [count, dimension]."""

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
        tokens = torch.cat([self.gatherer.expand(len(text), -1, -1), self.letters(text)], dim=1) + self.positions
        hidden = F.pad(text == 0, (1, 0), value=False)
        for block in self.blocks:
            tokens = block(tokens, hidden)
        gathered: Tensor = self.norm(tokens[:, 0])
        return gathered
