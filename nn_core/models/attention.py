"""`attention`: a small vision transformer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import model_validator

from nn_core.i18n import N_, _
from nn_core.models.model import Model, check_picture_size, make_dropout_setting
from nn_core.settings import NamedSection, declare_setting, make_error
from nn_core.task import TaskSpec

if TYPE_CHECKING:
    from torch import nn

__all__ = ["MODEL", "AttentionSettings", "TransformerSettings"]


class TransformerSettings(NamedSection):
    """Settings of a network of self-attention blocks."""

    dimension: int = declare_setting(
        64, "Dimension", "How many numbers describe each token (a patch or a letter).", ge=4, le=1024
    )
    heads: int = declare_setting(4, "Heads", "The number of heads of each block.", term="attention_head", ge=1, le=32)
    depth: int = declare_setting(2, "Depth", "The number of attention blocks.", ge=1, le=12)
    dropout: float = make_dropout_setting(advanced=True)

    @model_validator(mode="after")
    def _check_heads(self) -> Self:
        if self.dimension % self.heads:
            raise make_error(
                _(
                    "The dimension {dimension} cannot be divided by {heads} heads: make model.dimension a multiple of "
                    "model.heads, for example {better}."
                ).format(
                    dimension=self.dimension, heads=self.heads, better=self.heads * -(-self.dimension // self.heads)
                )
            )
        return self


class AttentionSettings(TransformerSettings, title=N_("Attention (vision transformer)")):
    """Splits the picture into patches that attend to each other. Draw shows where the network looked."""

    name: Literal["attention"] = "attention"
    patch: int = declare_setting(4, "Patch", "The side of the square patches.", unit="px", ge=1, le=32)


def build(settings: AttentionSettings, task: TaskSpec) -> nn.Module:
    from torch import nn

    from nn_core.models.parts import PatchAttention

    channels, height, width = check_picture_size(settings.patch, task, settings.name)
    return nn.Sequential(
        PatchAttention(
            channels,
            height,
            width,
            settings.patch,
            settings.dimension,
            settings.heads,
            settings.depth,
            settings.dropout,
        ),
        nn.Linear(settings.dimension, task.classes),
    )


MODEL = Model(AttentionSettings, build)
