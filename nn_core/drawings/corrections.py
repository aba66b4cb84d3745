"""Drawings with what they were meant to be: the user's own, kept in the data folder as `corrections.jsonl`, a line each."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from nn_core.atomic_io import exclusive_lock, replace_bytes, sync_to_disk
from nn_core.drawings.strokes import Drawing
from nn_core.errors import BadInput, BadPicture, StorageFailed
from nn_core.i18n import _

__all__ = [
    "MOST",
    "Correction",
    "delete_corrections",
    "get_corrections_file",
    "pack_correction",
    "read_corrections",
    "read_labelled",
    "store_correction",
]

MOST = 1000
MOST_LINES = 100_000  # a run that somebody taught with a file of their own may hold many
LONGEST_LABEL = 100


@dataclass(frozen=True)
class Correction:
    """label: the class that was meant; at: when it was stored, ISO 8601 with the zone, or empty."""

    label: str
    drawing: Drawing
    at: str = ""

    @classmethod
    def from_json(cls, line: str) -> Correction:
        """What `Drawing.from_json` reads, with a `label` beside it. Raises BadPicture."""
        drawing = Drawing.from_json(line)
        content: dict[str, Any] = json.loads(line)
        label, at = content.get("label"), content.get("at", "")
        if isinstance(label, int) and not isinstance(label, bool):
            label = str(label)
        if not isinstance(label, str) or not 0 < len(label) <= LONGEST_LABEL or not label.isprintable():
            raise BadPicture(_('The drawing\'s label is missing or no name of a class; add it, such as "label": "7".'))
        if drawing.is_empty:
            raise BadPicture(_("The drawing has no strokes, so there is nothing to learn from; leave its line out."))
        return cls(label, drawing, at if isinstance(at, str) and at.isascii() else "")

    def to_json(self) -> str:
        """One line that `from_json` reads."""
        drawn = json.loads(self.drawing.to_json())
        return json.dumps({"label": self.label, **drawn, "at": self.at}, ensure_ascii=False)


def get_corrections_file(folder: Path) -> Path:
    """Where the user's own drawings are, in the data folder."""
    return folder / "corrections.jsonl"


def read_corrections(file: Path) -> list[Correction]:
    """All of them, in the order in which they were stored; damaged lines and those beyond MOST_LINES are left out, and without
    a file there are none."""
    found = []
    with suppress(FileNotFoundError, NotADirectoryError), file.open(encoding="utf-8", errors="replace") as lines:
        for line in islice(lines, MOST_LINES):
            with suppress(BadPicture):
                found.append(Correction.from_json(line))
    return found


def read_labelled(file: Path) -> list[Correction]:
    """The same from a file that somebody wrote: a line that cannot be read is an error. Raises BadInput."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            _("Cannot read the drawings in '{file}': {reason}. Give a text file with a JSON object a line.").format(
                file=file, reason=error.strerror if isinstance(error, OSError) else _("it is not text")
            )
        ) from error
    found = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                found.append(Correction.from_json(line))
            except BadPicture as error:
                raise BadPicture(
                    _("{file}, line {number}: {error}").format(file=file, number=number, error=error)
                ) from error
    return found


def store_correction(label: str, drawing: Drawing, file: Path) -> Correction:
    """Append it and return it. Raises BadPicture for what cannot be learned from, BadInput when there are too many already,
    StorageFailed."""
    at = datetime.now(UTC).isoformat(timespec="microseconds")
    correction = Correction.from_json(Correction(label, drawing, at).to_json())
    with _changing(file):
        if len(read_corrections(file)) >= MOST:
            raise BadInput(
                _("There are {most:,} drawings already, and no more are kept. Delete some that are learned.").format(
                    most=MOST
                )
            )
        with file.open("a+b") as stream:
            if stream.tell():
                stream.seek(-1, os.SEEK_END)
                if stream.read(1) != b"\n":
                    stream.write(b"\n")  # a line that a crash cut off must not swallow this one
            stream.write(pack_correction([correction]))
            stream.flush()
            os.fsync(stream.fileno())
        sync_to_disk(file.parent)
    return correction


def delete_corrections(file: Path, gone: Collection[Correction] | None = None) -> None:
    """Delete some of them, or all. Raises StorageFailed."""
    with _changing(file):
        kept = [] if gone is None else [each for each in read_corrections(file) if each not in gone]
        if kept:
            replace_bytes(file, pack_correction(kept))
        else:
            file.unlink(missing_ok=True)


def pack_correction(corrections: Iterable[Correction]) -> bytes:
    """As the file holds them."""
    return b"".join(each.to_json().encode() + b"\n" for each in corrections)


@contextmanager
def _changing(file: Path) -> Iterator[None]:
    """One at a time, whoever else has the app open."""
    try:
        with exclusive_lock(file.parent / f".{file.name}.lock"):
            yield
    except OSError as error:
        raise StorageFailed(
            _("Cannot write '{file}': {reason}. Make room or allow writing there, then try again.").format(
                file=file, reason=error.strerror or error
            )
        ) from error
