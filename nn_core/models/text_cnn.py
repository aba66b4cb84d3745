"""`text_cnn`: convolutions over the letters of a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from nn_core.i18n import N_
from nn_core.models.model import Model, make_dropout_setting
from nn_core.settings import NamedSection, declare_setting
from nn_core.task import TaskSpec

if TYPE_CHECKING:
    from torch import nn

__all__ = ["MODEL", "TextCNNSettings"]


class TextCNNSettings(NamedSection, title=N_("Letter groups (text CNN)")):
    """Looks for groups of letters, such as -ski or Mac-, anywhere in the text."""

    name: Literal["text_cnn"] = "text_cnn"
    dimension: int = declare_setting(32, "Dimension", "How many numbers describe each letter.", ge=1, le=1024)
    channels: int = declare_setting(
        128, "Channels", "How many different groups of letters of each length it looks for.", ge=1, le=2048
    )
    groups: tuple[Annotated[int, Field(ge=1, le=20)], ...] = declare_setting(
        (2, 3, 4), "Group lengths", "The lengths of the groups, for example 2, 3, 4.", min_length=1, max_length=10
    )
    dropout: float = make_dropout_setting(0.4)


def build(settings: TextCNNSettings, task: TaskSpec) -> nn.Module:
    from torch import nn

    from nn_core.models.parts import CharacterConvolution

    return nn.Sequential(
        CharacterConvolution(task.symbols, settings.dimension, settings.channels, settings.groups),
        nn.Dropout(settings.dropout),
        nn.Linear(settings.channels * len(settings.groups), task.classes),
    )


MODEL = Model(TextCNNSettings, build, reads=("text",))
