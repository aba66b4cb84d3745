"""`text_attention`: a small transformer over the letters of a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from nn_core.i18n import N_
from nn_core.models.attention import TransformerSettings
from nn_core.models.model import Model
from nn_core.task import TaskSpec

if TYPE_CHECKING:
    from torch import nn

__all__ = ["MODEL", "TextAttentionSettings"]


class TextAttentionSettings(TransformerSettings, title=N_("Attention over letters")):
    """The letters attend to each other. The Text page shows which letters mattered."""

    name: Literal["text_attention"] = "text_attention"


def build(settings: TextAttentionSettings, task: TaskSpec) -> nn.Module:
    from torch import nn

    from nn_core.models.parts import CharacterAttention

    return nn.Sequential(
        CharacterAttention(
            task.symbols, task.shape[0], settings.dimension, settings.heads, settings.depth, settings.dropout
        ),
        nn.Dropout(settings.dropout),
        nn.Linear(settings.dimension, task.classes),
    )


MODEL = Model(TextAttentionSettings, build, reads=("text",))
