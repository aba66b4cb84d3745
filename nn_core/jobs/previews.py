"""The live training views: what a run shows of its network while it trains. `PREVIEWS` is the one place where they are registered.

Each is a class (`nn_core.jobs.preview_base.Preview`): its fields are a JSON file in the run folder that is replaced while the run
trains, `can_show` says which runs have it, and `make` computes it from the training state. `ui.train.live_view` has a view for each.

    `{"kind": "boundary", "step": 120, "epoch": 3.2, "extent": [-2, 2, -2, 2], "size": 64, "classes": "…", "sureness": "…", "margin": "…"}`
    `{"kind": "surface", "step": 120, "epoch": 3.2, "extent": [-2, 2, -2, 2], "size": 64, "values": "…", "low": -1, "high": 1}`
    `{"kind": "neurons", …}`: see `nn_core.jobs.neuron_view`
    `{"kind": "reconstructions", "step": 120, "epoch": 3.2, "shape": [1, 28, 28], "originals": "…", "made": "…"}`

Bytes are base64, one for each cell or pixel. Importing this needs no torch, because pages read the files.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import Field, PositiveInt, model_validator

from nn_core.jobs.neuron_view import Neurons
from nn_core.jobs.preview_base import (
    Extent,
    Preview,
    check_bytes,
    compute_data_extent,
    compute_epoch,
    compute_square_extent,
    encode_bytes,
    get_plane_extent,
    make_grid,
    read_preview,
    write_preview,
)
from nn_core.runs import RunFolder
from nn_core.task import Goal, Kind

if TYPE_CHECKING:
    from torch import Tensor

    from nn_core.training.state import TrainState

__all__ = [
    "PREVIEWS",
    "Boundary",
    "Neurons",
    "Preview",
    "Reconstructions",
    "Surface",
    "compute_square_extent",
    "get_plane_extent",
    "list_previews",
    "make_grid",
    "make_previews",
    "read_preview",
    "write_preview",
]

SIZE = 64
"""Cells along each side of a boundary."""
_PICTURES = 10


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
    extent: Extent
    size: int = Field(ge=2, le=512)
    classes: str
    confidence: str = Field(validation_alias="sureness", serialization_alias="sureness")
    margin: str = ""

    @model_validator(mode="after")
    def _bytes_are_complete(self) -> Self:
        check_bytes(self.size**2, self.classes, self.confidence, *filter(None, [self.margin]))
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
            compute_data_extent(state),
            step=state.step,
            epoch=compute_epoch(state),
        )

    @classmethod
    def compute(
        cls,
        forward: Callable[[Tensor], Tensor],
        extent: Extent,
        *,
        size: int = SIZE,
        step: int = 0,
        epoch: float = 0.0,
    ) -> Self:
        """Compute the answers of a network in size × size cells, given the function from points, [count, 2], to logits."""
        probabilities, classes = forward(make_grid(extent, size)).softmax(dim=1).nan_to_num(0).topk(2, dim=1)
        return cls(
            step=step,
            epoch=epoch,
            extent=extent,
            size=size,
            classes=encode_bytes(classes[:, 0]),
            confidence=encode_bytes(probabilities[:, 0] * 255),
            margin=encode_bytes((probabilities[:, 0] - probabilities[:, 1]) * 255),
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
    extent: Extent
    size: int = Field(ge=2, le=512)
    values: str
    low: float
    high: float

    @model_validator(mode="after")
    def _bytes_are_complete(self) -> Self:
        check_bytes(self.size**2, self.values)
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
            compute_data_extent(state),
            low,
            high,
            step=state.step,
            epoch=compute_epoch(state),
        )

    @classmethod
    def compute(
        cls,
        forward: Callable[[Tensor], Tensor],
        extent: Extent,
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
        shares = (forward(make_grid(extent, size)).squeeze(1).nan_to_num(low) - low) / (high - low)
        return cls(
            step=step, epoch=epoch, extent=extent, size=size, values=encode_bytes(shares * 255), low=low, high=high
        )


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
        check_bytes(prod(self.shape), self.originals, self.made)
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
            epoch=compute_epoch(state),
            shape=(count, channels, height, width),
            originals=encode_bytes(originals),
            made=encode_bytes(made.nan_to_num(0) * 255),
        )


PREVIEWS: tuple[type[Preview], ...] = (
    Boundary,
    Surface,
    Reconstructions,
    Neurons,
)
"""All live views. Their views on the Train page are in `ui.train.live_view.VIEWS`."""


def list_previews(goal: Goal, kind: Kind | None, network: str = "") -> list[type[Preview]]:
    """The live views that a run has, given the name of its network."""
    return [
        preview
        for preview in PREVIEWS
        if preview.can_show(goal, kind) and (not preview.network or preview.network == network)
    ]


def make_previews(state: TrainState) -> list[Preview]:
    """Compute all live views of a network in evaluation mode."""
    return [preview.make(state) for preview in list_previews(state.goal, state.spec.kind, state.config.model.name)]
