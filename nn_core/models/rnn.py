"""`rnn`: a recurrent network that reads an image row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from nn_core.i18n import N_
from nn_core.models.model import Model, make_dropout_setting
from nn_core.settings import NamedSection, declare_setting
from nn_core.task import TaskSpec

if TYPE_CHECKING:
    from torch import nn

__all__ = ["MODEL", "RNNSettings", "RecurrentSettings"]


class RecurrentSettings(NamedSection):
    """Settings of a recurrent network."""

    cell: Literal["rnn", "lstm", "gru"] = declare_setting(
        "lstm", "Cell", "The type of memory: a plain RNN forgets soon; LSTM and GRU learn what to keep."
    )
    hidden: int = declare_setting(128, "Memory", "How many numbers it can remember.", ge=1, le=2048)
    layers: int = declare_setting(1, "Layers", "The number of recurrent layers.", ge=1, le=8)
    both_directions: bool = declare_setting(False, "Both directions", "Also read from end to start.")
    dropout: float = make_dropout_setting(advanced=True)


class RNNSettings(RecurrentSettings, title=N_("Recurrent network (RNN, LSTM, GRU)")):
    """Reads the picture like a page, row by row from the top, and remembers what it saw."""

    name: Literal["rnn"] = "rnn"


def build(settings: RNNSettings, task: TaskSpec) -> nn.Module:
    from torch import nn

    from nn_core.models.parts import RowReader

    channels, _height, width = task.shape
    directions = 2 if settings.both_directions else 1
    return nn.Sequential(
        RowReader(
            settings.cell,
            channels * width,
            settings.hidden,
            settings.layers,
            settings.both_directions,
            settings.dropout,
        ),
        nn.Dropout(settings.dropout),
        nn.Linear(directions * settings.hidden, task.classes),
    )


MODEL = Model(RNNSettings, build)
