"""`examples.json` and `network.json`: the current answers for ten held-out examples; the first layer's filters and the activations of
these examples in every layer.

Numbers are bytes in base64, with the lowest and the highest number beside them. Importing this needs no torch, because pages read the
files.
"""

from __future__ import annotations

import base64
import binascii
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError, model_validator

from nn_core.atomic_io import replace_bytes_quickly

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Answers", "ExampleInputs", "NetworkPictures", "NumberBlock", "UnitActivations", "read_part", "write_part"]

_MAX_BYTES = 1 << 22
_Share = Annotated[float, Field(ge=0, le=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class NumberBlock(_Part):
    """Numbers in up to four dimensions, each as one of 256 equal steps from the lowest to the highest.

    Attributes:
        shape: Of the numbers; the last two dimensions are rows and columns.
        low, high: The numbers of the bytes 0 and 255.
        values: base64.
    """

    shape: tuple[PositiveInt, ...] = Field(min_length=2, max_length=4)
    low: float
    high: float
    values: str

    @model_validator(mode="after")
    def _bytes_are_complete(self) -> Self:
        try:
            count = len(base64.b64decode(self.values, validate=True))
        except (binascii.Error, ValueError):
            count = -1
        if count != prod(self.shape) or count > _MAX_BYTES:
            raise ValueError("bytes are missing")
        return self

    @classmethod
    def encode(cls, numbers: Tensor, *, symmetric: bool = False) -> Self:
        """Encode floats. symmetric: whether 0 is in the middle. Numbers that are not finite count as 0."""
        import torch

        numbers = numbers.detach().float().nan_to_num(0, 0, 0)
        low, high = (float(side) for side in torch.stack(torch.aminmax(numbers)).tolist())
        if symmetric:
            high = max(abs(low), abs(high))
            low = -high
        scale = 255 / (high - low) if high > low else 0.0
        steps = ((numbers - low) * scale).round().to(torch.uint8).cpu().contiguous()
        values = base64.b64encode(steps.numpy().tobytes()).decode()
        return cls.model_construct(shape=tuple(numbers.shape), low=low, high=high, values=values)

    def take(self, index: int) -> Self:
        """Return the block at this index of the first dimension."""
        _rows, *rest = self.shape
        size = prod(rest)
        content = base64.b64decode(self.values)[index * size : (index + 1) * size]
        shape = tuple(rest) if len(rest) > 1 else (1, *rest)
        return self.model_copy(update={"shape": shape, "values": base64.b64encode(content).decode()})


class ExampleInputs(_Part):
    """The held-out examples as people see them.

    Attributes:
        labels: Names of their classes; empty where the network does not classify.
        pictures: [examples, channels, rows, columns], reduced to at most 64 pixels a side; None for texts and points.
        texts: Texts, or the coordinates of points.
    """

    labels: tuple[str, ...] = ()
    pictures: NumberBlock | None = None
    texts: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _labels_are_complete(self) -> Self:
        if self.labels and len(self.labels) != self.count:
            raise ValueError("labels are missing")
        return self

    @property
    def count(self) -> int:
        return self.pictures.shape[0] if self.pictures else len(self.texts)


class Answers(_Part):
    """The network's answer for each example, in `examples.json`.

    Attributes:
        answers: Names of the most likely classes.
        confidence: Their probabilities.
    """

    step: int = Field(ge=0)
    epoch: float = Field(ge=0)
    inputs: ExampleInputs
    answers: tuple[str, ...]
    confidence: tuple[_Share, ...]

    @model_validator(mode="after")
    def _all_are_there(self) -> Self:
        if not self.inputs.count == len(self.inputs.labels) == len(self.answers) == len(self.confidence):
            raise ValueError("answers are missing")
        return self


class UnitActivations(_Part):
    """The activations of the examples in a layer.

    Attributes:
        name: Of the layer in the network.
        units: Number of its units, of which only the first may be shown.
        is_map: Whether each unit has a map of rows and columns. Otherwise there is one table for all: rows are the positions in a text
            or picture, columns are the units.
        values: [examples, units, rows, columns], or [examples, rows, units].
        followers: Classes of the norms and of the activation function that the values went through after the layer; none in files of
            earlier versions.
    """

    name: str
    units: PositiveInt
    is_map: bool
    values: NumberBlock
    followers: tuple[str, ...] = ()


class NetworkPictures(_Part):
    """`network.json`.

    Attributes:
        filters: The weights of the first layer: a picture per unit, [units, channels, rows, columns], or a table, [rows, columns]; 0 is in
            the middle of the scale.
        filters_of: Name of that layer.
    """

    step: int = Field(ge=0)
    epoch: float = Field(ge=0)
    inputs: ExampleInputs
    filters_of: str
    filters: NumberBlock | None
    layers: tuple[UnitActivations, ...]


P = TypeVar("P", Answers, NetworkPictures)


def read_part(file: Path, kind: type[P]) -> P | None:
    """The latest content; None if there is none that can be read, because the next one replaces it soon."""
    try:
        return kind.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None


def write_part(file: Path, part: Answers | NetworkPictures) -> None:
    """Replace the file without waiting for the disk: what a power cut destroys is replaced in a moment. Raises OSError."""
    replace_bytes_quickly(file, part.model_dump_json().encode() + b"\n")
