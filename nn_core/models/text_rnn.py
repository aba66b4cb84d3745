"""`text_rnn`: a recurrent network that reads a text letter by letter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from nn_core.i18n import N_
from nn_core.models.model import Model, make_dropout_setting
from nn_core.models.rnn import RecurrentSettings
from nn_core.settings import declare_setting
from nn_core.task import TaskSpec

if TYPE_CHECKING:
    from torch import nn

__all__ = ["MODEL", "TextRNNSettings"]


class TextRNNSettings(RecurrentSettings, title=N_("Letter by letter (text RNN)")):
    """Reads the text letter by letter and remembers what it read."""

    name: Literal["text_rnn"] = "text_rnn"
    dimension: int = declare_setting(32, "Dimension", "How many numbers describe each letter.", ge=1, le=1024)
    both_directions: bool = declare_setting(True, "Both directions", "Also read from end to start.")
    dropout: float = make_dropout_setting(0.3)


def build(settings: TextRNNSettings, task: TaskSpec) -> nn.Module:
    from torch import nn

    from nn_core.models.parts import CharacterReader

    directions = 2 if settings.both_directions else 1
    return nn.Sequential(
        CharacterReader(
            settings.cell,
            task.symbols,
            settings.dimension,
            settings.hidden,
            settings.layers,
            settings.both_directions,
            settings.dropout,
        ),
        nn.Dropout(settings.dropout),
        nn.Linear(directions * settings.hidden, task.classes),
    )


MODEL = Model(TextRNNSettings, build, reads=("text",))
