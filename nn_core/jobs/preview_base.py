"""What all live training views share: their base class, their files, and how numbers are packed into them.

Importing this needs no torch, because pages read the files.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nn_core.atomic_io import replace_bytes_quickly
from nn_core.runs import RunFolder
from nn_core.task import Goal, Kind

if TYPE_CHECKING:
    from torch import Tensor

    from nn_core.data import DatasetSpec
    from nn_core.training.state import TrainState

__all__ = [
    "Extent",
    "Preview",
    "check_bytes",
    "compute_data_extent",
    "compute_epoch",
    "compute_square_extent",
    "encode_bytes",
    "get_plane_extent",
    "make_grid",
    "read_preview",
    "write_preview",
]

_MARGIN = 0.08  # of the longer side, around the outermost points
_LARGEST = 1 << 24

Extent = tuple[float, float, float, float]
"""(x from, x to, y from, y to)."""


class Preview(BaseModel):
    """Base class of a live view.

    Attributes:
        file: the name of its file in the run folder. Two previews that no run has both may share one.
        network: the only network that has this view; empty for a view of any network.
        max_share, min_seconds: the largest share of the training time that the views of a run take together, and the shortest time
            between two updates. Where a run has several views, the larger share and the shorter time apply.
        step: completed steps.
        epoch: completed epochs, with fractions.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False, populate_by_name=True)
    file: ClassVar[str]
    network: ClassVar[str] = ""
    max_share: ClassVar[float] = 0.02
    min_seconds: ClassVar[float] = 0.25

    step: int = Field(ge=0)
    epoch: float = Field(ge=0)

    @classmethod
    def can_show(cls, goal: Goal, kind: Kind | None) -> bool:
        """Whether a run with this goal and kind of data has this view. kind: None if the data set is gone."""
        raise NotImplementedError

    @classmethod
    def make(cls, state: TrainState) -> Self:
        """Compute it; called without gradients and with the network in evaluation mode. It must draw no random numbers."""
        raise NotImplementedError


P = TypeVar("P", bound=Preview)


def read_preview(run: RunFolder, preview: type[P]) -> P | None:
    """The latest one; None if there is none that can be read, because the next one replaces it soon."""
    try:
        return preview.model_validate_json((run.path / preview.file).read_bytes())
    except (OSError, ValidationError):
        return None


def write_preview(run: RunFolder, preview: Preview) -> None:
    """Replace the file; only the process that works on the run may call this. Raises OSError.

    It does not wait for the disk, unlike for all other files of a run: what a power cut destroys is replaced in a moment.
    """
    replace_bytes_quickly(run.path / preview.file, preview.model_dump_json(by_alias=True).encode() + b"\n")


def compute_square_extent(xs: Sequence[float], ys: Sequence[float]) -> Extent:
    """The square around all points, with a margin: (x from, x to, y from, y to)."""
    sides = [(min(values), max(values)) for values in (xs, ys)]
    reach = max(high - low for low, high in sides) * (0.5 + _MARGIN) or 1.0
    (left, right), (bottom, top) = (((low + high) / 2 - reach, (low + high) / 2 + reach) for low, high in sides)
    return left, right, bottom, top


def make_grid(extent: Extent, size: int) -> Tensor:
    """The centres of size × size cells, so that each value represents its own square: [size², 2], rows from the lowest y."""
    import torch

    centres = (torch.arange(size) + 0.5) / size
    x = extent[0] + (extent[1] - extent[0]) * centres
    y = extent[2] + (extent[3] - extent[2]) * centres
    return torch.stack([x.repeat(size), y.repeat_interleave(size)], dim=1)


def compute_data_extent(state: TrainState) -> Extent:
    """The part of the plane in which the training points are shown."""
    return get_plane_extent(state.spec, state.samples.inputs)


def get_plane_extent(spec: DatasetSpec, inputs: Tensor) -> Extent:
    """The part of the plane in which the points are shown: that of the data set, or the square around these points."""
    if spec.extent:
        return spec.extent
    import torch

    return compute_square_extent(*torch.stack(inputs.float().aminmax(dim=0), dim=1).tolist())


def compute_epoch(state: TrainState) -> float:
    """The completed epochs, with fractions."""
    return round(state.step / state.batches_per_epoch, 4)


def check_bytes(count: int, *texts: str) -> None:
    """Check that each text is base64 of `count` bytes. Raises ValueError."""
    if count > _LARGEST:
        raise ValueError("too large")
    for text in texts:
        try:
            found = len(base64.b64decode(text, validate=True))
        except (binascii.Error, ValueError):
            found = -1
        if found != count:
            raise ValueError("bytes are missing")


def encode_bytes(values: Tensor) -> str:
    """Values from 0 to 255 as base64."""
    import torch

    rounded = values.round().clamp(0, 255) if values.is_floating_point() else values
    return base64.b64encode(rounded.to(torch.uint8).cpu().contiguous().numpy().tobytes()).decode()
