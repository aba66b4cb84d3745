"""What a recurrent network remembers after each row of a picture or each letter of a text, and what it would answer there."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from nn_core.data.encode_text import encode as encode_text
from nn_core.data.transforms import normalize
from nn_core.errors import BadInput
from nn_core.i18n import _
from nn_core.inference.explain.attribution import get_read_letters
from nn_core.inference.network import TrainedNetwork
from nn_core.models.parts import CharacterReader, RowReader, make_recurrent

__all__ = ["MemoryTrace", "follow_memory", "follow_text_memory", "has_memory"]


@dataclass(frozen=True)
class MemoryTrace:
    """The memory of a recurrent network, step by step.

    Attributes:
        hidden: float32 [layers, directions, steps, units]; the state after each step. The second direction reads from the last step to
            the first, and its state is listed at the step that it has just read.
        cells: the same for the inner memory of an LSTM, which no other layer sees; None for other cells.
        probabilities: float32 [steps, classes]; the answer if the picture or text ended after this step.
    """

    hidden: Tensor
    cells: Tensor | None
    probabilities: Tensor

    def find_turning_points(self) -> list[int]:
        """Return the steps, from 0, at which the most probable class changes, the first step included."""
        best = self.probabilities.argmax(dim=1).tolist()
        return [step for step, label in enumerate(best) if step == 0 or label != best[step - 1]]


def has_memory(network: TrainedNetwork) -> bool:
    """Whether the network reads row by row or letter by letter."""
    return _find_reader(network) is not None


def follow_memory(network: TrainedNetwork, picture: Tensor) -> MemoryTrace:
    """Follow the memory over a picture, uint8 [channels, height, width], row by row. Raises BadInput without a recurrent layer."""
    reader = _get_reader(network)
    with torch.inference_mode():
        normalised = normalize(picture.unsqueeze(0).to(network.device), network.spec)
        rows = normalised.transpose(1, 2).flatten(2)
        # A picture may end after any row, so each beginning of it is a picture of its own.
        outputs = [network.model(normalised[:, :, : step + 1]) for step in range(rows.shape[1])]
        return _make_trace(network, reader, rows, torch.cat(outputs))


def follow_text_memory(network: TrainedNetwork, text: str) -> MemoryTrace:
    """Follow the memory over a text, letter by letter. The text has at least one letter. Raises BadInput without a recurrent layer."""
    reader = _get_reader(network)
    letters = get_read_letters(network, text)
    if not letters:
        raise BadInput(_("The text is empty: type at least one letter."))
    length = network.spec.shape[0]
    beginnings = [letters[: step + 1] for step in range(len(letters))]
    assert isinstance(reader, CharacterReader)
    with torch.inference_mode():
        inputs = normalize(encode_text(beginnings, network.spec.alphabet, length).to(network.device), network.spec)
        # The network reads the padding too, so the second direction begins there.
        return _make_trace(network, reader, reader.letters(inputs[-1:]), network.model(inputs))


def _find_reader(network: TrainedNetwork) -> RowReader | CharacterReader | None:
    return next((part for part in network.model.modules() if isinstance(part, RowReader | CharacterReader)), None)


def _get_reader(network: TrainedNetwork) -> RowReader | CharacterReader:
    reader = _find_reader(network)
    if reader is None:
        raise BadInput(
            _("Network '{name}' has no memory: choose a recurrent network (RNN, LSTM or GRU).").format(
                name=network.config.model.name
            )
        )
    return reader


def _make_trace(
    network: TrainedNetwork, reader: RowReader | CharacterReader, steps: Tensor, logits: Tensor
) -> MemoryTrace:
    """steps: [1, at least steps, inputs]; logits: [steps, classes]."""
    hidden, cells = [], []
    inputs, recurrent = steps, reader.reader
    for layer in range(recurrent.num_layers):
        sides = range(2 if recurrent.bidirectional else 1)
        parts = [_run_direction(reader.cell, recurrent, layer, side, inputs) for side in sides]
        hidden.append(torch.stack([states for states, _cells in parts]))
        cells.append(torch.stack([inner for _states, inner in parts]))
        inputs = torch.cat([states for states, _cells in parts], dim=1).unsqueeze(0)
    count = len(logits)
    return MemoryTrace(
        torch.stack(hidden)[:, :, :count].float().cpu(),
        torch.stack(cells)[:, :, :count].float().cpu() if reader.cell == "lstm" else None,
        network.calibration.compute_probabilities(logits.float().cpu()),
    )


def _run_direction(cell: str, recurrent: nn.RNNBase, layer: int, side: int, inputs: Tensor) -> tuple[Tensor, Tensor]:
    """Return the states and the cells of one layer in one direction, [steps, units] each; without cells, the states twice.

    A copy of the layer reads one step at a time, because PyTorch returns the cells of the last step only.
    """
    ending = f"_l{layer}" + ("_reverse" if side else "")
    weights = {
        name.replace(ending, "_l0"): value for name, value in recurrent.named_parameters() if name.endswith(ending)
    }
    single = make_recurrent(cell, inputs.shape[2], recurrent.hidden_size, 1, False, 0.0).to(inputs.device)
    single.load_state_dict(weights)
    order = range(inputs.shape[1])
    memory: Tensor | tuple[Tensor, Tensor] | None = None
    found: dict[int, tuple[Tensor, Tensor]] = {}
    for step in reversed(order) if side else order:
        _output, memory = single(inputs[:, step : step + 1], memory)
        states, inner = memory if isinstance(memory, tuple) else (memory, memory)
        assert states is not None
        assert inner is not None
        found[step] = states[0, 0], inner[0, 0]
    return torch.stack([found[step][0] for step in order]), torch.stack([found[step][1] for step in order])
