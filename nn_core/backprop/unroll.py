"""Recurrent layers one step at a time, as torch's documentation defines them, so that each use of a weight can be seen.

torch computes a whole layer at once, and its gradient is the sum over all steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["GateUse", "unroll_recurrent"]

State = tuple[Tensor, ...]


@dataclass(frozen=True, eq=False)
class GateUse:
    """One use of a weight matrix and its bias.

    Attributes:
        step: of the sequence, from 0.
        gates: what they compute, [1, gates · hidden]; it keeps its gradient.
        inputs: what they take: the input of this step, or the memory before it; [1, size].
    """

    step: int
    gates: Tensor
    inputs: Tensor


def unroll_recurrent(
    layer: nn.RNNBase, uses: dict[str, list[GateUse]], sequence: Tensor
) -> tuple[Tensor, Tensor | State]:
    """Compute what the layer computes in evaluation mode for a batch of one, and record every use of its weights.

    Args:
        layer: batch first, without projection.
        uses: gets the uses by the name of the parameter.
        sequence: [1, steps, size].

    Returns:
        The outputs [1, steps, directions · hidden], and the last state as the layer returns it.
    """
    states = []
    for number in range(layer.num_layers):
        outputs = []
        for suffix in ("", "_reverse") if layer.bidirectional else ("",):
            steps = list(range(sequence.shape[1]))
            name = f"l{number}{suffix}"
            output, state = _run_direction(layer, uses, sequence, name, steps[::-1] if suffix else steps)
            outputs.append(output)
            states.append(state)
        sequence = torch.cat(outputs, dim=2)
    last = tuple(torch.stack(parts) for parts in zip(*states, strict=True))
    return sequence, last if layer.mode == "LSTM" else last[0]


def _run_direction(
    layer: nn.RNNBase, uses: dict[str, list[GateUse]], sequence: Tensor, name: str, steps: Sequence[int]
) -> tuple[Tensor, State]:
    blank = sequence.new_zeros(1, layer.hidden_size)
    state: State = (blank, blank) if layer.mode == "LSTM" else (blank,)
    outputs: dict[int, Tensor] = {}
    for step in steps:
        gates = []
        for kind, inputs in (("ih", sequence[:, step]), ("hh", state[0])):
            weight: Tensor = getattr(layer, f"weight_{kind}_{name}")
            bias: Tensor | None = getattr(layer, f"bias_{kind}_{name}", None)
            gate = F.linear(inputs, weight, bias)
            gate.retain_grad()
            gates.append(gate)
            for part in ("weight", "bias"):
                uses.setdefault(f"{part}_{kind}_{name}", []).append(GateUse(step, gate, inputs.detach()))
        state = _update_state(layer.mode, gates[0], gates[1], state)
        outputs[step] = state[0]
    return torch.stack([outputs[step] for step in sorted(outputs)], dim=1), state


def _update_state(mode: str, from_input: Tensor, from_memory: Tensor, state: State) -> State:
    if mode == "LSTM":
        take, forget, new, show = (from_input + from_memory).chunk(4, dim=1)
        cell = forget.sigmoid() * state[1] + take.sigmoid() * new.tanh()
        return show.sigmoid() * cell.tanh(), cell
    if mode == "GRU":
        reset, keep, new = from_input.chunk(3, dim=1)
        reset_memory, keep_memory, new_memory = from_memory.chunk(3, dim=1)
        candidate = (new + (reset + reset_memory).sigmoid() * new_memory).tanh()
        share = (keep + keep_memory).sigmoid()
        return ((1 - share) * candidate + share * state[0],)
    total = from_input + from_memory
    return (total.relu() if mode == "RNN_RELU" else total.tanh(),)
