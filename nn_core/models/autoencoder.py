"""`autoencoder`: images compressed to a few latent numbers and reconstructed from them."""

from __future__ import annotations

from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from nn_core.i18n import N_
from nn_core.models.activations import ActivationSettings, make_activation_factory
from nn_core.models.model import Model
from nn_core.settings import declare_setting
from nn_core.task import TaskSpec

if TYPE_CHECKING:
    from torch import nn

__all__ = ["MODEL", "AutoencoderSettings"]


class AutoencoderSettings(ActivationSettings, title=N_("Autoencoder")):
    """Compresses each picture to a few numbers and redraws it from those numbers. It learns without labels."""

    name: Literal["autoencoder"] = "autoencoder"
    style: Literal["dense", "convolutional"] = declare_setting(
        "dense", "Layers", "Dense layers see the whole picture at once; convolutions look for small patterns."
    )
    latent: int = declare_setting(
        32,
        "Latent numbers",
        "How many numbers a picture is compressed to. With 2 of them, you can see a map of all pictures.",
        ge=1,
        le=1024,
    )
    hidden: tuple[Annotated[int, Field(ge=1, le=8192)], ...] = declare_setting(
        (512, 256),
        "Hidden layers",
        "The neurons of each hidden layer of the encoder; the decoder has them in reverse order.",
        only_if=("style", "dense"),
        max_length=20,
    )
    channels: int = declare_setting(
        32,
        "Channels",
        "How many patterns the first convolution looks for; the second looks for twice as many.",
        only_if=("style", "convolutional"),
        ge=1,
        le=512,
    )


def build(settings: AutoencoderSettings, task: TaskSpec) -> nn.Module:
    from nn_core.models.parts import Autoencoder

    build_halves = _build_dense if settings.style == "dense" else _build_convolutional
    return Autoencoder(*build_halves(settings, task))


def _build_dense(settings: AutoencoderSettings, task: TaskSpec) -> tuple[nn.Module, nn.Module]:
    from torch import nn

    activation = make_activation_factory(settings)
    widths = [prod(task.shape), *settings.hidden, settings.latent]
    encoder: list[nn.Module] = [nn.Flatten()]
    decoder: list[nn.Module] = []
    for before, after in pairwise(widths):
        encoder += [nn.Linear(before, after), activation()]
        decoder = [nn.Linear(after, before), activation(), *decoder]
    # The last layers of both halves have no activation.
    return (nn.Sequential(*encoder[:-1]), nn.Sequential(*decoder[:-1], nn.Sigmoid(), nn.Unflatten(1, task.shape)))


def _build_convolutional(settings: AutoencoderSettings, task: TaskSpec) -> tuple[nn.Module, nn.Module]:
    from torch import nn

    activation = make_activation_factory(settings)
    channels, height, width = task.shape
    first, second = settings.channels, 2 * settings.channels
    half = (height + 1) // 2, (width + 1) // 2
    quarter = (half[0] + 1) // 2, (half[1] + 1) // 2
    flat = second * quarter[0] * quarter[1]

    def upsample(inputs: int, outputs: int, small: tuple[int, int], large: tuple[int, int]) -> nn.Module:
        """Undo a stride of 2; the output has exactly the size `large`."""
        output_padding = (large[0] - 2 * small[0] + 1, large[1] - 2 * small[1] + 1)
        return nn.ConvTranspose2d(inputs, outputs, 3, 2, 1, output_padding)

    encoder = nn.Sequential(
        nn.Conv2d(channels, first, 3, 2, 1),
        activation(),
        nn.Conv2d(first, second, 3, 2, 1),
        activation(),
        nn.Flatten(),
        nn.Linear(flat, settings.latent),
    )
    decoder = nn.Sequential(
        nn.Linear(settings.latent, flat),
        activation(),
        nn.Unflatten(1, (second, *quarter)),
        upsample(second, first, quarter, half),
        activation(),
        upsample(first, channels, half, (height, width)),
        nn.Sigmoid(),
    )
    return encoder, decoder


MODEL = Model(AutoencoderSettings, build, goal="reconstruct")
