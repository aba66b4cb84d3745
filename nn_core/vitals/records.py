"""`vitals.jsonl`: the figures of each layer at some steps of a run, one JSON object per line.

    {"step": 40, "epoch": 1.1, "layers": {"1": {"weight_norm": 9.2, "gradient_norm": 0.3, "update_ratio": 0.0011,
     "dead_share": 0.02, "saturated_share": null, "weights": {"limit": 0.25, "heights": "…"}, "gradients": {…}}, …}}

A layer is a module with parameters of its own; its name is that in the network, and its figures are of all these parameters
together. Importing this needs no torch, because pages read the file.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from nn_core.atomic_io import replace_bytes

__all__ = [
    "GRADIENT_EXPONENTS",
    "HISTOGRAM_BINS",
    "Histogram",
    "LayerPoint",
    "LayerVitals",
    "VitalsRecord",
    "append_vitals",
    "cut_vitals",
    "get_latest",
    "list_by_layer",
    "read_vitals",
]

HISTOGRAM_BINS = 48
GRADIENT_EXPONENTS = (-40, 8)
"""The bins of gradients are powers of two: the first has all below 2⁻³⁹, also those that are zero, the last all from 2⁷ up."""
_MAX_LINES = 5000
_MAX_LINE_BYTES = 1 << 18
_MAX_LAYERS = 1000

_Share = Annotated[float, Field(ge=0, le=1)]
_Size = Annotated[float, Field(ge=0)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Histogram(_Part):
    """How the numbers of a layer are distributed, estimated from at most 2,048 of them.

    Attributes:
        limit: Of weights: half the width of the histogram, a power of two, so that two histograms can be compared by joining bins;
            numbers beyond are counted in the outermost bins. Of gradients: 0, because their bins are always the same.
        heights: base64 of HISTOGRAM_BINS bytes, the highest bin is 255.
    """

    limit: float = Field(ge=0)
    heights: str

    @field_validator("heights")
    @classmethod
    def _bytes_are_complete(cls, heights: str) -> str:
        try:
            count = len(base64.b64decode(heights, validate=True))
        except (binascii.Error, ValueError):
            count = -1
        if count != HISTOGRAM_BINS:
            raise ValueError("bytes are missing")
        return heights


class LayerVitals(_Part):
    """The figures of a layer at a step. None: not measured, not finite, or without a meaning for this layer.

    Attributes:
        weight_norm: Euclidean norm of its parameters after the step.
        gradient_norm: Of the gradient that the optimizer used, so after clipping and over all processes.
        update_ratio: Norm of the change of the parameters in this step, divided by their norm before it.
        dead_share: Share of its units whose activation function has no slope for any of the held-out examples.
        saturated_share: Share of its activations, over units and held-out examples, where the function is nearly flat.
        weights, gradients: The distributions.
    """

    weight_norm: _Size | None = None
    gradient_norm: _Size | None = None
    update_ratio: _Size | None = None
    dead_share: _Share | None = None
    saturated_share: _Share | None = None
    weights: Histogram | None = None
    gradients: Histogram | None = None


class VitalsRecord(_Part):
    """A line of the file.

    Attributes:
        step: Completed steps.
        epoch: Completed epochs, with fractions.
        layers: By name, in the order of the network.
    """

    step: int = Field(ge=0)
    epoch: float = Field(ge=0)
    layers: dict[str, LayerVitals] = Field(max_length=_MAX_LAYERS)


def read_vitals(file: Path) -> list[VitalsRecord]:
    """Read the records in the order of their steps; empty without a file. Lines that are damaged or too long are left out.

    Raises:
        OSError: The file cannot be read.
    """
    records: list[VitalsRecord] = []
    try:
        stream = file.open("rb")
    except FileNotFoundError:
        return records
    with stream:
        while len(records) < _MAX_LINES and (line := stream.readline(_MAX_LINE_BYTES)):
            try:
                record = VitalsRecord.model_validate_json(line)
            except ValidationError:
                continue  # also an incomplete last line, which is read later
            if line.endswith(b"\n") and (not records or record.step > records[-1].step):
                records.append(record)
    return records


def append_vitals(file: Path, records: Iterable[VitalsRecord]) -> None:
    """Append lines, all or none. Raises OSError."""
    content = b"".join(record.model_dump_json().encode() + b"\n" for record in records)
    size = file.stat().st_size if file.exists() else 0
    try:
        with file.open("ab") as stream:
            stream.write(content)
    except OSError:
        if file.exists():
            os.truncate(file, size)
        raise


def cut_vitals(file: Path, step: int) -> list[VitalsRecord]:
    """Drop the records after this step, because a resumed run writes them again. Returns the records that are left.

    Raises:
        OSError: The file cannot be read or replaced.
    """
    kept = [record for record in read_vitals(file) if record.step <= step]
    content = b"".join(record.model_dump_json().encode() + b"\n" for record in kept)
    if file.exists() and file.stat().st_size != len(content):
        replace_bytes(file, content)
    return kept


def get_latest(records: Sequence[VitalsRecord]) -> VitalsRecord | None:
    """Return the last record, with the last known value of each figure: the units are looked at less often than the weights."""
    if not records:
        return None
    latest: dict[str, dict[str, object]] = {name: {} for name in records[-1].layers}
    for record in records:
        for name, layer in record.layers.items():
            latest.setdefault(name, {}).update({key: value for key, value in layer if value is not None})
    layers = {name: LayerVitals.model_validate(figures) for name, figures in latest.items()}
    return records[-1].model_copy(update={"layers": layers})


class LayerPoint(BaseModel):
    """The figures of one layer at one step, as `python -m nn_core vitals` prints them."""

    step: int
    epoch: float
    weight_norm: float | None
    gradient_norm: float | None
    update_ratio: float | None
    dead_share: float | None
    saturated_share: float | None


def list_by_layer(records: Iterable[VitalsRecord]) -> dict[str, list[LayerPoint]]:
    """List the figures of each layer over the steps."""
    points: dict[str, list[LayerPoint]] = {}
    for record in records:
        for name, layer in record.layers.items():
            point = LayerPoint(
                step=record.step, epoch=record.epoch, **layer.model_dump(exclude={"weights", "gradients"})
            )
            points.setdefault(name, []).append(point)
    return points
