"""The block of bytes with a network for payload.js: the letters NNLB, the length of the header, the header as JSON, the tensors.

Texts in the header, such as class names, are data and never markup. Of the numbers of a tensor, the first bytes of all come first, then
the second bytes, and so on, because that compresses better.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from nn_core.browser.layers import Layer

__all__ = ["Precision", "pack_payload", "round_weight"]

Precision = Literal["int8", "int16", "float32"]
"""How weights are stored. The integers are multiples of a step that each output of a layer has of its own."""

_LARGEST: dict[Precision, int] = {"int8": 127, "int16": 32767}
_MAGIC = b"NNLB"
_VERSION = 1


def pack_payload(header: Mapping[str, object], layers: Sequence[Layer], precision: Precision) -> bytes:
    """Pack a network.

    Args:
        header: what reader.js needs beside the layers.
        layers: of the network, from input to output.
        precision: of the weights; other tensors stay float32.
    """
    packer = _Packer(precision)
    described = [packer.add_layer(layer) for layer in layers]
    content = {"version": _VERSION, **header, "layers": described, "tensors": packer.tensors}
    text = json.dumps(content, separators=(",", ":"), allow_nan=False).encode()
    return b"".join([_MAGIC, len(text).to_bytes(4, "little"), text, *packer.blocks])


def round_weight(weight: Tensor, precision: Precision) -> Tensor:
    """Return the weight, [outputs, …], as it is after it was stored."""
    if precision == "float32":
        return weight
    numbers, steps = _quantise(weight, precision)
    rounded = numbers.reshape(len(steps), -1) * steps[:, None]
    return torch.from_numpy(rounded.astype(np.float32)).reshape(weight.shape)


class _Packer:
    """Collects the tensors of layers."""

    def __init__(self, precision: Precision) -> None:
        self.precision = precision
        self.tensors: list[dict[str, str | int]] = []
        self.blocks: list[bytes] = []
        self.size = 0

    def add_layer(self, layer: Layer) -> dict[str, object]:
        """Add the layer's tensors and return its description."""
        tensors = {name: self._add_tensor(name, tensor.detach()) for name, tensor in layer.tensors.items()}
        inside = {name: [self.add_layer(inner) for inner in layers] for name, layers in layer.inside.items()}
        return {"kind": layer.kind, **layer.settings, "tensors": tensors, **inside}

    def _add_tensor(self, name: str, tensor: Tensor) -> int:
        entry: dict[str, str | int] = {"type": "float32", "count": tensor.numel(), "offset": self.size}
        if name.startswith("weight") and self.precision != "float32":
            numbers, steps = _quantise(tensor, self.precision)
            entry |= {"type": self.precision, "rows": len(steps)}
            self._add_block(steps)
            self._add_block(numbers)
        else:
            self._add_block(tensor.float().contiguous().numpy())
        self.tensors.append(entry)
        return len(self.tensors) - 1

    def _add_block(self, numbers: npt.NDArray[np.generic]) -> None:
        little = np.ascontiguousarray(numbers).astype(numbers.dtype.newbyteorder("<")).reshape(-1)
        block = little.view(np.uint8).reshape(len(little), -1).T.tobytes()
        self.blocks.append(block)
        self.size += len(block)


def _quantise(weight: Tensor, precision: Precision) -> tuple[npt.NDArray[np.signedinteger], npt.NDArray[np.float32]]:
    """Return the integers, in the weight's shape, and the step of each output."""
    largest = _LARGEST[precision]
    values = weight.detach().double().contiguous().numpy()
    rows = values.reshape(len(values), -1)
    steps = (np.abs(rows).max(axis=1) / largest).astype(np.float32)
    divisors = np.where(steps > 0, steps, 1)[:, None]
    numbers = np.nan_to_num(np.clip(np.rint(rows / divisors), -largest, largest))  # the step is NaN, too
    return numbers.reshape(values.shape).astype(precision), steps
