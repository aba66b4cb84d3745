"""Limits of imported files, the memory available for them, and the rules that every custom data set must meet."""

import os
import re
from collections import Counter
from collections.abc import Iterable
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
    """Of a ZIP of pictures, read from its directory before anything is unpacked; and of a CSV.

    directory_bytes: of the list of files in the ZIP itself, which is read into memory.
    unpacked_bytes, file_bytes: of all files together and of one.
    ratio: how many times larger than packed a file may be, where it is larger than `harmless_bytes`.
    pixels: of one picture, read from its header before it is decoded.
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


_UNKNOWN = 4 * 2**30


def get_available_memory() -> int:
    """Bytes that this process may still take, as the system and its container (cgroup v2) tell."""
    offers = [offer for offer in (_of_the_system(), _of_the_container()) if offer is not None]
    return min(offers, default=_UNKNOWN)


def _of_the_system() -> int | None:
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


def _of_the_container() -> int | None:
    group = Path("/sys/fs/cgroup")
    try:
        return int((group / "memory.max").read_text()) - int((group / "memory.current").read_text())
    except (OSError, ValueError):  # "max": no limit
        return None


_NAMED = 5


def check_enough_samples(counts: Counter[str], limits: Limits, left_out: Iterable[str] = ()) -> None:
    """Raises BadInput, naming the classes that have too few samples; `left_out` are the sentences that tell why."""
    small = [f"'{shorten(label)}' ({count})" for label, count in counts.items() if count < limits.smallest_class]
    if small:
        sentence = _(
            "Every class needs at least {least} different examples. Too few: {names}. Add some, or leave that class out."
        ).format(least=limits.smallest_class, names=_first(small))
        raise BadInput(" ".join([sentence, *left_out]))


def make_natural_key(label: str) -> tuple[list[tuple[int, str]], str]:
    """A key that sorts 9 before 10."""
    pieces = re.findall(r"([0-9]{1,18})|([^0-9]+)", label)
    return [(int(digits or -1), text.casefold()) for digits, text in pieces], label


def quote_names(names: Iterable[str]) -> str:
    """The first few, each in quotation marks."""
    return _first([f"'{shorten(name)}'" for name in names])


def shorten(text: str) -> str:
    """The text, without its middle where it is long."""
    return text if len(text) <= 80 else f"{text[:50]} … {text[-25:]}"


def _first(names: list[str]) -> str:
    return ", ".join(names[:_NAMED]) + (" …" if len(names) > _NAMED else "")
