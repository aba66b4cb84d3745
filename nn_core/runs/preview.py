"""`preview.json`: a small picture of what the network does now, replaced while a run trains. Needs no torch.

    {"kind": "boundary", "step": 120, "epoch": 3.2, "extent": [-2, 2, -2, 2], "size": 64, "classes": "…", "sureness": "…", "margin": "…"}
    {"kind": "reconstructions", "step": 120, "epoch": 3.2, "shape": [1, 28, 28], "originals": "…", "made": "…"}

The bytes are base64: one for each place or pixel.
"""

import base64
import binascii
from collections.abc import Sequence
from math import prod
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from nn_core.runs.folder import RunFolder

__all__ = ["Boundary", "Preview", "Reconstructions", "compute_square_extent", "read_preview", "write_preview"]

_MARGIN = 0.08  # of the longer side, around the outermost points
_LARGEST = 1 << 24


class _Preview(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    step: int = Field(ge=0)
    epoch: float = Field(ge=0)
    """With fractions."""


class Boundary(_Preview):
    """What the network says of each place in a square of the plane.

    extent: (x from, x to, y from, y to); classes and sureness: base64 of size × size bytes, rows from the lowest y to the
    highest, the index of the likeliest class and its probability from 0 to 255. margin: the same of how much likelier it is
    than the next one, empty in files of older versions.
    """

    kind: Literal["boundary"] = "boundary"
    extent: tuple[float, float, float, float]
    size: int = Field(ge=2, le=512)
    classes: str
    sureness: str
    margin: str = ""

    @model_validator(mode="after")
    def _bytes_are_complete(self) -> Self:
        _must_hold(self.size**2, self.classes, self.sureness, *filter(None, [self.margin]))
        if not (self.extent[0] < self.extent[1] and self.extent[2] < self.extent[3]):
            raise ValueError("the extent is empty")
        return self


class Reconstructions(_Preview):
    """Some pictures that were held out of training, and what an autoencoder makes of them.

    shape: (count, channels, height, width) of both; originals and made: base64 of so many bytes.
    """

    kind: Literal["reconstructions"] = "reconstructions"
    shape: tuple[
        Annotated[int, Field(ge=1)],
        Annotated[int, Field(ge=1)],
        Annotated[int, Field(ge=1)],
        Annotated[int, Field(ge=1)],
    ]
    originals: str
    made: str

    @model_validator(mode="after")
    def _bytes_are_complete(self) -> Self:
        _must_hold(prod(self.shape), self.originals, self.made)
        return self


Preview = Boundary | Reconstructions
_READER: TypeAdapter[Preview] = TypeAdapter(Annotated[Preview, Field(discriminator="kind")])
_FILE = "preview.json"


def read_preview(run: RunFolder) -> Preview | None:
    """The latest one; None where there is none, or none that can be read: it is only a picture, and the next one comes."""
    try:
        return _READER.validate_json((run.path / _FILE).read_bytes())
    except (OSError, ValidationError):
        return None


def write_preview(run: RunFolder, preview: Preview) -> None:
    """Put it in the place of the one before, by the one process that works on the run. Raises OSError.

    Without waiting for the disk, unlike all other files of a run: what a power cut may take is replaced in a moment.
    """
    temporary = run.path / f".{_FILE}.tmp"
    temporary.write_bytes(preview.model_dump_json().encode() + b"\n")
    temporary.replace(run.path / _FILE)


def compute_square_extent(xs: Sequence[float], ys: Sequence[float]) -> tuple[float, float, float, float]:
    """The extent of a square that holds all points, with a margin; (x from, x to, y from, y to)."""
    sides = [(min(values), max(values)) for values in (xs, ys)]
    reach = max(high - low for low, high in sides) * (0.5 + _MARGIN) or 1.0
    (left, right), (bottom, top) = (((low + high) / 2 - reach, (low + high) / 2 + reach) for low, high in sides)
    return left, right, bottom, top


def _must_hold(count: int, *texts: str) -> None:
    if count > _LARGEST:
        raise ValueError("too large")
    for text in texts:
        try:
            found = len(base64.b64decode(text, validate=True))
        except (binascii.Error, ValueError):
            found = -1
        if found != count:
            raise ValueError("bytes are missing")
