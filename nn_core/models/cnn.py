"""`cnn`: any number of convolution blocks, then the mean over the picture or one dense layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import model_validator

from nn_core.errors import ConfigError
from nn_core.i18n import N_, _
from nn_core.models.activations import Activated, make_activation_factory
from nn_core.models.model import Model
from nn_core.settings import Section, declare_setting, make_error
from nn_core.task import TaskSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import nn

__all__ = ["MODEL", "BlockSettings", "CNNSettings"]


class BlockSettings(Section, title=N_("Block")):
    """A convolution, and what follows it."""

    channels: int = declare_setting(
        32, N_("Channels"), N_("How many different patterns the block looks for."), ge=1, le=1024
    )
    kernel: int = declare_setting(
        3, N_("Kernel"), N_("The side of the patch that it looks at."), unit="px", ge=1, le=11
    )
    stride: int = declare_setting(
        1, N_("Stride"), N_("Look at every pixel (1), or only at every second one, and so on."), ge=1, le=4
    )
    pool: int = declare_setting(
        1, N_("Pool"), N_("Keep only the strongest of so many by so many pixels; 1 keeps all."), ge=1, le=4
    )
    norm: bool = declare_setting(
        True, N_("Batch norm"), N_("Keeps the signals at one scale, which makes training steadier.")
    )
    dropout: float = declare_setting(
        0.0, N_("Dropout"), N_("This share of the signals is switched off at random while training."), ge=0, le=0.9
    )
    residual: bool = declare_setting(
        False, N_("Residual"), N_("Adds what came in to what comes out, so that even many blocks train well.")
    )

    @model_validator(mode="after")
    def _kernel_has_a_middle(self) -> Self:
        if self.kernel % 2 == 0:
            raise make_error(
                _("A kernel of {kernel} pixels has no middle: choose an odd one, such as {better}.").format(
                    kernel=self.kernel, better=self.kernel + 1
                ),
            )
        return self


class CNNSettings(Activated, title=N_("Convolutional network (CNN)")):
    """Blocks of convolutions, each finding larger patterns in what the one before it found."""

    name: Literal["cnn"] = "cnn"
    blocks: tuple[BlockSettings, ...] = declare_setting(
        (
            BlockSettings(channels=32, pool=2),
            BlockSettings(channels=64, pool=2),
            BlockSettings(channels=128, dropout=0.2),
        ),
        N_("Blocks"),
        N_("What happens to the picture, block after block."),
        min_length=1,
        max_length=30,
    )
    head: Literal["flatten", "mean"] = declare_setting(
        "flatten",
        N_("Head"),
        N_("What decides in the end: flatten sees where each pattern was, mean only whether it was there."),
    )


def build(settings: CNNSettings, problem: TaskSpec) -> nn.Module:
    import torch
    from torch import nn

    channels, height, width = problem.shape
    activation = make_activation_factory(settings)
    layers: list[nn.Module] = []
    for number, block in enumerate(settings.blocks, start=1):
        inner = _after(block.stride, height), _after(block.stride, width)
        if min(inner) < block.pool:
            raise ConfigError(
                _(
                    "Block {number} of the network pools {pool} × {pool} pixels, and only {height} × {width} arrive there. "
                    "Use a smaller pool or stride, or fewer blocks."
                ).format(number=number, pool=block.pool, height=inner[0], width=inner[1])
            )
        layers += _block(block, channels, activation)
        channels, height, width = block.channels, inner[0] // block.pool, inner[1] // block.pool
    if settings.head == "mean":
        layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, problem.classes)]
    else:
        layers += [nn.Flatten(), nn.Linear(channels * height * width, problem.classes)]
    # The memory layout that a CPU trains faster in; shapes stay the same, and a save needs `.contiguous()`.
    return nn.Sequential(*layers).to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def _block(block: BlockSettings, channels: int, activation: Callable[[], nn.Module]) -> list[nn.Module]:
    """Convolution, norm and activation, all three once more inside a residual connection, pool and dropout."""
    from torch import nn

    from nn_core.models.parts.blocks import Residual

    def convolution(inputs: int, stride: int) -> list[nn.Module]:
        padding = block.kernel // 2
        layers: list[nn.Module] = [
            nn.Conv2d(inputs, block.channels, block.kernel, stride, padding, bias=not block.norm)
        ]
        return [*layers, nn.BatchNorm2d(block.channels)] if block.norm else layers

    layers: list[nn.Module]
    if block.residual:
        inside = nn.Sequential(*convolution(channels, block.stride), activation(), *convolution(block.channels, 1))
        same = channels == block.channels and block.stride == 1
        shortcut = nn.Identity() if same else nn.Conv2d(channels, block.channels, 1, block.stride)
        layers = [Residual(inside, shortcut), activation()]
    else:
        layers = [*convolution(channels, block.stride), activation()]
    if block.pool > 1:
        layers.append(nn.MaxPool2d(block.pool))
    if block.dropout:
        layers.append(nn.Dropout2d(block.dropout))
    return layers


def _after(stride: int, pixels: int) -> int:
    return (pixels - 1) // stride + 1


MODEL = Model(CNNSettings, build)
