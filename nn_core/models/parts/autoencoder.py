"""Autoencoders (Rumelhart, Hinton and Williams, 1986)."""

from torch import Tensor, nn

__all__ = ["Autoencoder"]


class Autoencoder(nn.Module):
    """Squeezes each sample through few numbers, and makes it anew from those."""

    def __init__(self, encoder: nn.Module, decoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder

    def forward(self, samples: Tensor) -> Tensor:
        made: Tensor = self.decoder(self.encoder(samples))
        return made
