"""What the parts of a report have in common: tables, charts, names that fit, pictures as URIs."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from nn_core.errors import to_one_line

__all__ = ["Chart", "Table", "encode_png", "shorten", "spread_places"]

_MAX_NAME = 40  # characters


@dataclass(frozen=True)
class Table:
    """A table with a caption. The first cell of each row is its heading. rows: the first `printed` are printed."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    printed: int = 0

    @property
    def left_out(self) -> int:
        return max(0, len(self.rows) - self.printed)


@dataclass(frozen=True)
class Chart:
    """An SVG or a picture, and its figures. picture: a PNG as a URI, with its alternative text, instead of the SVG."""

    title: str
    svg: str
    note: str
    data: Table | None = None
    picture: str = ""
    alt: str = ""


def shorten(name: str) -> str:
    """Return a name of a class that fits into a cell."""
    return to_one_line(name, _MAX_NAME)


def spread_places(count: int, most: int) -> list[int]:
    """Return up to `most` evenly chosen places, the first and the last among them."""
    if count <= most:
        return list(range(count))
    return [round(number * (count - 1) / (most - 1)) for number in range(most)]


def encode_png(png: bytes) -> str:
    return f"data:image/png;base64,{b64encode(png).decode()}"
