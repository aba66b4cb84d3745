"""Limits of imported files, the memory available for them, and the rules for every custom data set."""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = [
    "LIMITS",
    "Limits",
    "check_enough_samples",
    "get_available_memory",
    "make_natural_key",
    "quote_names",
    "shorten",
]


@dataclass(frozen=True)
class Limits:
    """Limits of a ZIP of images, checked with its central directory before anything is extracted; and of a CSV.

    Attributes:
        files: in the ZIP.
        directory_bytes: of the central directory, which is read into memory.
        unpacked_bytes: of all files together.
        file_bytes: of one file.
        ratio: how many times larger than compressed a file of more than `harmless_bytes` may be.
        harmless_bytes: see `ratio`.
        pixels: of one image, read from its header before it is decoded.
        classes: the maximum.
        smallest_class: the least number of distinct samples of a class.
        label_characters: of a label.
        table_bytes: of a CSV.
        rows: of a CSV.
        cell_characters: of a text in a CSV.
        row_characters: of a row in a CSV.
    """

    files: int = 200_000
    directory_bytes: int = 50_000_000
    unpacked_bytes: int = 20_000_000_000
    file_bytes: int = 50_000_000
    ratio: int = 200
    harmless_bytes: int = 1_000_000
    pixels: int = 64_000_000
    classes: int = 1000
    smallest_class: int = 5
    label_characters: int = 100
    table_bytes: int = 200_000_000
    rows: int = 1_000_000
    cell_characters: int = 100_000
    row_characters: int = 1_000_000


LIMITS = Limits()


_UNKNOWN_MEMORY_BYTES = 4 * 2**30


def get_available_memory() -> int:
    """Return how many bytes this process may still allocate, according to the system and its container (cgroup v2)."""
    available = [each for each in (_get_system_memory(), _get_container_memory()) if each is not None]
    return min(available, default=_UNKNOWN_MEMORY_BYTES)


def _get_system_memory() -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (OSError, ValueError, AttributeError):
        return None


def _get_container_memory() -> int | None:
    group = Path("/sys/fs/cgroup")
    try:
        return int((group / "memory.max").read_text()) - int((group / "memory.current").read_text())
    except (OSError, ValueError):  # "max": no limit
        return None


_MAX_LISTED = 5


def check_enough_samples(counts: Mapping[str, int], limits: Limits, explanations: Iterable[str] = ()) -> None:
    """Raise BadInput if classes have too few samples; it names them and ends with the explanations."""
    small = [f"'{shorten(label)}' ({count})" for label, count in counts.items() if count < limits.smallest_class]
    if small:
        sentence = _(
            "Every class needs at least {least} different examples. Too few: {names}. Add some, or leave that class out."
        ).format(least=limits.smallest_class, names=_list_first(small))
        raise BadInput(" ".join([sentence, *explanations]))


def make_natural_key(label: str) -> tuple[list[tuple[int, str]], str]:
    """Return a sort key by which 9 comes before 10."""
    pieces = re.findall(r"([0-9]{1,18})|([^0-9]+)", label)
    return [(int(digits or -1), text.casefold()) for digits, text in pieces], label


def quote_names(names: Iterable[str]) -> str:
    """List the first few names in quotation marks."""
    return _list_first([f"'{shorten(name)}'" for name in names])


def shorten(text: str) -> str:
    """Remove the middle of a long text."""
    return text if len(text) <= 80 else f"{text[:50]} … {text[-25:]}"


def _list_first(names: list[str]) -> str:
    return ", ".join(names[:_MAX_LISTED]) + (" …" if len(names) > _MAX_LISTED else "")
