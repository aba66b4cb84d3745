"""The live training views: what a run shows of its network while it trains. `PREVIEWS` is the one place where they are registered.

Each is a class: its fields are a JSON file in the run folder that is replaced while the run trains, `can_show` says which runs have
it, and `make` computes it from the training state. `ui.train.live_view` has a view for each.

    `{"kind": "boundary", "step": 120, "epoch": 3.2, "extent": [-2, 2, -2, 2], "size": 64, "classes": "…", "sureness": "…", "margin": "…"}`
    `{"kind": "surface", "step": 120, "epoch": 3.2, "extent": [-2, 2, -2, 2], "size": 64, "values": "…", "low": -1, "high": 1}`
    `{"kind": "reconstructions", "step": 120, "epoch": 3.2, "shape": [1, 28, 28], "originals": "…", "made": "…"}`

Bytes are base64, one for each cell or pixel. Importing this needs no torch, because pages read the files.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from math import prod
from typing import TYPE_CHECKING, ClassVar, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError, model_validator

from nn_core.runs import RunFolder
from nn_core.task import Goal, Kind

if TYPE_CHECKING:
    from torch import Tensor

    from nn_core.data import DatasetSpec
    from nn_core.training.state import TrainState

__all__ = [
    "PREVIEWS",
    "Boundary",
    "Preview",
    "Reconstructions",
    "Surface",
    "compute_square_extent",
    "get_plane_extent",
    "list_cell_centres",
    "list_previews",
    "make_previews",
    "read_preview",
    "write_preview",
]

SIZE = 64
"""Cells along each side of a boundary."""
_MARGIN = 0.08  # of the longer side, around the outermost points
_LARGEST = 1 << 24
_PICTURES = 10


class Preview(BaseModel):
    """Base class of a live view.

    Attributes:
        file: the name of its file in the run folder. Two previews that no run has both may share one.
        step: completed steps.
        epoch: completed epochs, with fractions.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False, populate_by_name=True)
    file: ClassVar[str]

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


class Boundary(Preview):
    """The network's answer in each cell of a square of the plane.

    Attributes:
        extent: (x from, x to, y from, y to).
        size: cells along each side.
        classes: base64 of size × size bytes, rows from the lowest y to the highest: the index of the most likely class.
        confidence: its probability, from 0 to 255.
        margin: by how much it is more likely than the next one, from 0 to 255; empty in files of older versions.
    """

    file: ClassVar[str] = RunFolder.preview_file.name
    kind: Literal["boundary"] = "boundary"
    extent: tuple[float, float, float, float]
    size: int = Field(ge=2, le=512)
    classes: str
    confidence: str = Field(validation_alias="sureness", serialization_alias="sureness")
    margin: str = ""

    @model_validator(mode="after")
    def _bytes_are_complete(self) -> Self:
        _check_bytes(self.size**2, self.classes, self.confidence, *filter(None, [self.margin]))
        if not (self.extent[0] < self.extent[1] and self.extent[2] < self.extent[3]):
            raise ValueError("the extent is empty")
        return self

    @classmethod
    def can_show(cls, goal: Goal, kind: Kind | None) -> bool:
        return goal == "classify" and kind == "points"

    @classmethod
    def make(cls, state: TrainState) -> Self:
        from nn_core.data.transforms import normalize

        return cls.compute(
            lambda points: state.eval_forward(normalize(points.to(state.device), state.spec)).float(),
            get_plane_extent(state.spec, state.samples.inputs),
            step=state.step,
            epoch=_compute_epoch(state),
        )

    @classmethod
    def compute(
        cls,
        forward: Callable[[Tensor], Tensor],
        extent: tuple[float, float, float, float],
        *,
        size: int = SIZE,
        step: int = 0,
        epoch: float = 0.0,
    ) -> Self:
        """Compute the answers of a network in size × size cells, given the function from points, [count, 2], to logits."""
        probabilities, classes = forward(list_cell_centres(extent, size)).softmax(dim=1).nan_to_num(0).topk(2, dim=1)
        return cls(
            step=step,
            epoch=epoch,
            extent=extent,
            size=size,
            classes=_encode(classes[:, 0]),
            confidence=_encode(probabilities[:, 0] * 255),
            margin=_encode((probabilities[:, 0] - probabilities[:, 1]) * 255),
        )


class Surface(Preview):
    """The number that a network predicts in each cell of a square of the plane.

    Attributes:
        extent: (x from, x to, y from, y to).
        size: cells along each side.
        values: base64 of size × size bytes, rows from the lowest y to the highest: 0 for `low` and below, 255 for `high` and above.
        low, high: the range of the training values, so that a colour means the same during the whole run.
    """

    file: ClassVar[str] = RunFolder.preview_file.name
    kind: Literal["surface"] = "surface"
    extent: tuple[float, float, float, float]
    size: int = Field(ge=2, le=512)
    values: str
    low: float
    high: float

    @model_validator(mode="after")
    def _bytes_are_complete(self) -> Self:
        _check_bytes(self.size**2, self.values)
        if not (self.extent[0] < self.extent[1] and self.extent[2] < self.extent[3] and self.low < self.high):
            raise ValueError("the extent or the range is empty")
        return self

    @classmethod
    def can_show(cls, goal: Goal, kind: Kind | None) -> bool:
        return goal == "regress" and kind == "points"

    @classmethod
    def make(cls, state: TrainState) -> Self:
        from nn_core.data.transforms import normalize

        low, high = (each.item() for each in state.samples.labels.aminmax())
        return cls.compute(
            lambda points: state.eval_forward(normalize(points.to(state.device), state.spec)).float(),
            get_plane_extent(state.spec, state.samples.inputs),
            low,
            high,
            step=state.step,
            epoch=_compute_epoch(state),
        )

    @classmethod
    def compute(
        cls,
        forward: Callable[[Tensor], Tensor],
        extent: tuple[float, float, float, float],
        low: float,
        high: float,
        *,
        size: int = SIZE,
        step: int = 0,
        epoch: float = 0.0,
    ) -> Self:
        """Compute the values in size × size cells, given the function from points, [count, 2], to values, [count, 1]."""
        if not low < high:
            low, high = low - 0.5, low + 0.5
        shares = (forward(list_cell_centres(extent, size)).squeeze(1).nan_to_num(low) - low) / (high - low)
        return cls(step=step, epoch=epoch, extent=extent, size=size, values=_encode(shares * 255), low=low, high=high)


class Reconstructions(Preview):
    """Some validation images, and what an autoencoder makes of them.

    Attributes:
        shape: (count, channels, height, width) of both.
        originals: base64 of that many bytes.
        made: the same for the reconstructions.
    """

    file: ClassVar[str] = RunFolder.preview_file.name
    kind: Literal["reconstructions"] = "reconstructions"
    shape: tuple[PositiveInt, PositiveInt, PositiveInt, PositiveInt]
    originals: str
    made: str

    @model_validator(mode="after")
    def _bytes_are_complete(self) -> Self:
        _check_bytes(prod(self.shape), self.originals, self.made)
        return self

    @classmethod
    def can_show(cls, goal: Goal, kind: Kind | None) -> bool:
        return goal == "reconstruct"

    @classmethod
    def make(cls, state: TrainState) -> Self:
        import torch

        from nn_core.data.transforms import normalize

        # Spread over all of them, because data are often sorted by class.
        rows = state.validation_rows
        chosen = torch.linspace(0, len(rows) - 1, min(_PICTURES, len(rows)), device=rows.device).round().long()
        originals, _labels = state.get_batch(rows[chosen])
        made = state.eval_forward(normalize(originals, state.spec)).float()
        count, channels, height, width = originals.shape
        return cls(
            step=state.step,
            epoch=_compute_epoch(state),
            shape=(count, channels, height, width),
            originals=_encode(originals),
            made=_encode(made.nan_to_num(0) * 255),
        )


PREVIEWS: tuple[type[Preview], ...] = (
    Boundary,
    Surface,
    Reconstructions,
)
"""All live views. Their views on the Train page are in `ui.train.live_view.VIEWS`."""

P = TypeVar("P", bound=Preview)


def list_previews(goal: Goal, kind: Kind | None) -> list[type[Preview]]:
    """The live views that a run has."""
    return [preview for preview in PREVIEWS if preview.can_show(goal, kind)]


def make_previews(state: TrainState) -> list[Preview]:
    """Compute all live views of a network in evaluation mode."""
    return [preview.make(state) for preview in list_previews(state.goal, state.spec.kind)]


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
    temporary = run.path / f".{preview.file}.tmp"
    temporary.write_bytes(preview.model_dump_json(by_alias=True).encode() + b"\n")
    temporary.replace(run.path / preview.file)


def list_cell_centres(extent: tuple[float, float, float, float], size: int) -> Tensor:
    """The centres of size × size cells, so that each stands for its own square: [size², 2], rows from the lowest y."""
    import torch

    centres = (torch.arange(size) + 0.5) / size
    x = extent[0] + (extent[1] - extent[0]) * centres
    y = extent[2] + (extent[3] - extent[2]) * centres
    return torch.stack([x.repeat(size), y.repeat_interleave(size)], dim=1)


def get_plane_extent(spec: DatasetSpec, inputs: Tensor) -> tuple[float, float, float, float]:
    """The part of the plane in which the points are shown: that of the data set, or the square around these points."""
    if spec.extent:
        return spec.extent
    import torch

    return compute_square_extent(*torch.stack(inputs.float().aminmax(dim=0), dim=1).tolist())


def compute_square_extent(xs: Sequence[float], ys: Sequence[float]) -> tuple[float, float, float, float]:
    """The square around all points, with a margin: (x from, x to, y from, y to)."""
    sides = [(min(values), max(values)) for values in (xs, ys)]
    reach = max(high - low for low, high in sides) * (0.5 + _MARGIN) or 1.0
    (left, right), (bottom, top) = (((low + high) / 2 - reach, (low + high) / 2 + reach) for low, high in sides)
    return left, right, bottom, top


def _check_bytes(count: int, *texts: str) -> None:
    if count > _LARGEST:
        raise ValueError("too large")
    for text in texts:
        try:
            found = len(base64.b64decode(text, validate=True))
        except (binascii.Error, ValueError):
            found = -1
        if found != count:
            raise ValueError("bytes are missing")


def _compute_epoch(state: TrainState) -> float:
    return round(state.step / state.batches_per_epoch, 4)


def _encode(values: Tensor) -> str:
    """Values from 0 to 255 as base64."""
    import torch

    rounded = values.round().clamp(0, 255) if values.is_floating_point() else values
    return base64.b64encode(rounded.to(torch.uint8).cpu().contiguous().numpy().tobytes()).decode()
