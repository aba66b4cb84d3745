"""`cnn`: any number of convolution blocks, then global mean pooling or flattening, and a dense layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import model_validator

from nn_core.errors import ConfigError
from nn_core.i18n import N_, _
from nn_core.models.activations import ActivationSettings, make_activation_factory
from nn_core.models.model import Model
from nn_core.settings import Section, declare_setting, make_error
from nn_core.task import TaskSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import nn

__all__ = ["MODEL", "BlockSettings", "CNNSettings"]


class BlockSettings(Section, title=N_("Block")):
    """A convolution and the layers after it."""

    channels: int = declare_setting(32, "Channels", "How many different patterns the block looks for.", ge=1, le=1024)
    kernel: int = declare_setting(3, "Kernel", "The side of this square.", term="kernel", unit="px", ge=1, le=11)
    stride: int = declare_setting(
        1, "Stride", "Apply it at every pixel (1), at every second pixel (2), and so on.", ge=1, le=4
    )
    pool: int = declare_setting(
        1, "Pool", "Keep only the strongest value of each square with this side; 1 keeps all.", ge=1, le=4
    )
    norm: bool = declare_setting(True, "Batch norm", term="batch_norm")
    dropout: float = declare_setting(
        0.0, "Dropout", "The fraction of the channels that is switched off.", term="dropout", ge=0, le=0.9
    )
    residual: bool = declare_setting(
        False, "Residual", "Adds the input to the output, so that networks with many blocks train well."
    )

    @model_validator(mode="after")
    def _check_kernel(self) -> Self:
        if self.kernel % 2 == 0:
            raise make_error(
                _("A kernel of {kernel} pixels has no centre: choose an odd number, such as {better}.").format(
                    kernel=self.kernel, better=self.kernel + 1
                )
            )
        return self


class CNNSettings(ActivationSettings, title=N_("Convolutional network (CNN)")):
    """Blocks of convolutions; each finds larger patterns in the output of the block before it."""

    name: Literal["cnn"] = "cnn"
    blocks: tuple[BlockSettings, ...] = declare_setting(
        (
            BlockSettings(channels=32, pool=2),
            BlockSettings(channels=64, pool=2),
            BlockSettings(channels=128, dropout=0.2),
        ),
        "Blocks",
        "The blocks, from input to output.",
        min_length=1,
        max_length=30,
    )
    head: Literal["flatten", "mean"] = declare_setting(
        "flatten",
        "Head",
        "The input of the last layer: flatten keeps where each pattern is, mean only how strong it is on average.",
    )


def build(settings: CNNSettings, task: TaskSpec) -> nn.Module:
    import torch
    from torch import nn

    channels, height, width = task.shape
    activation = make_activation_factory(settings)
    layers: list[nn.Module] = []
    for number, block in enumerate(settings.blocks, start=1):
        height, width = (height - 1) // block.stride + 1, (width - 1) // block.stride + 1
        if min(height, width) < block.pool:
            raise ConfigError(
                _(
                    "Block {number} of the network pools {pool} × {pool} pixels, but its input has only {height} × {width}. "
                    "Use a smaller pool or stride, or fewer blocks."
                ).format(number=number, pool=block.pool, height=height, width=width)
            )
        layers += _build_block(block, channels, activation)
        channels, height, width = block.channels, height // block.pool, width // block.pool
    if settings.head == "mean":
        layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, task.classes)]
    else:
        layers += [nn.Flatten(), nn.Linear(channels * height * width, task.classes)]
    # A CPU trains faster with this memory layout. Shapes stay the same, and saving needs `.contiguous()`.
    return nn.Sequential(*layers).to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def _build_block(block: BlockSettings, channels: int, activation: Callable[[], nn.Module]) -> list[nn.Module]:
    """Build convolution, norm and activation, then pool and dropout. A residual block has two convolutions."""
    from torch import nn

    from nn_core.models.parts import Residual

    def build_convolution(inputs: int, stride: int) -> Iterator[nn.Module]:
        yield nn.Conv2d(inputs, block.channels, block.kernel, stride, block.kernel // 2, bias=not block.norm)
        if block.norm:
            yield nn.BatchNorm2d(block.channels)

    layers: list[nn.Module]
    if block.residual:
        inside = nn.Sequential(
            *build_convolution(channels, block.stride), activation(), *build_convolution(block.channels, 1)
        )
        same_shape = channels == block.channels and block.stride == 1
        shortcut = nn.Identity() if same_shape else nn.Conv2d(channels, block.channels, 1, block.stride)
        layers = [Residual(inside, shortcut), activation()]
    else:
        layers = [*build_convolution(channels, block.stride), activation()]
    if block.pool > 1:
        layers.append(nn.MaxPool2d(block.pool))
    if block.dropout:
        layers.append(nn.Dropout2d(block.dropout))
    return layers


MODEL = Model(CNNSettings, build)
