"""Residual connections (He et al., 2015, "Deep Residual Learning for Image Recognition")."""

from torch import Tensor, nn

__all__ = ["Residual"]


class Residual(nn.Module):
    """Adds what comes in, by way of `shortcut`, to what `inside` makes of it."""

    def __init__(self, inside: nn.Module, shortcut: nn.Module) -> None:
        super().__init__()
        self.inside = inside
        self.shortcut = shortcut

    def forward(self, inputs: Tensor) -> Tensor:
        total: Tensor = self.inside(inputs) + self.shortcut(inputs)
        return total
