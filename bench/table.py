"""The rows of the table, and their format."""

import statistics
import sys
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields

__all__ = ["Row", "format_markdown", "log", "median_ratio", "skip"]


@dataclass(frozen=True)
class Row:
    """One comparison. alternative: what it is compared with, with its figure; met: None without a target."""

    what: str
    measured: str
    alternative: str = ""
    figure: str = ""
    target: str = ""
    met: bool | None = None


def skip(what: str, reason: str) -> list[Row]:
    return [Row(what, f"skipped: {reason}")]


def format_markdown(rows: Iterable[Row]) -> str:
    heads = [field.name for field in fields(Row)]
    heads[3], heads[5] = "ratio or figure", "met?"
    lines = [heads, ["---"] * len(heads)]
    words = {True: "yes", False: "**no**", None: ""}
    lines += [[*astuple(row)[:-1], words[row.met]] for row in rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def median_ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the ratios of measurements that were made side by side."""
    return statistics.median(our / their for our, their in zip(ours, theirs, strict=True))


def log(text: str) -> None:
    """Print progress to stderr; the table goes to stdout."""
    print(text, file=sys.stderr, flush=True)
