"""The user's labelled drawings, stored in the data folder as `corrections.jsonl`, one JSON object per line."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from nn_core.atomic_io import exclusive_lock, replace_bytes
from nn_core.drawings.strokes import Drawing
from nn_core.errors import BadInput, BadPicture, StorageFailed
from nn_core.i18n import _

__all__ = [
    "MAX_CORRECTIONS",
    "Correction",
    "delete_corrections",
    "get_corrections_file",
    "pack_corrections",
    "read_corrections",
    "read_labelled",
    "store_correction",
    "store_corrections",
]

MAX_CORRECTIONS = 1000
MAX_LINES = 100_000  # larger than MAX_CORRECTIONS, because a run can be fine-tuned with a user's file
MAX_LABEL_LENGTH = 100


@dataclass(frozen=True)
class Correction:
    """A drawing with its label.

    Attributes:
        label: the class that the user meant.
        drawing: the strokes.
        at: when it was stored, ISO 8601 with the time zone, or empty.
    """

    label: str
    drawing: Drawing
    at: str = ""

    @classmethod
    def from_json(cls, line: str) -> Correction:
        """Parse a JSON object like that of `Drawing.from_json`, with a `label`. Raises BadPicture."""
        drawing = Drawing.from_json(line)
        content: dict[str, object] = json.loads(line)
        label, at = content.get("label"), content.get("at", "")
        if isinstance(label, int) and not isinstance(label, bool):
            label = str(label)
        if not isinstance(label, str) or not 0 < len(label) <= MAX_LABEL_LENGTH or not label.isprintable():
            raise BadPicture(_('The drawing\'s label is missing or invalid; add the class, such as "label": "7".'))
        if drawing.is_empty:
            raise BadPicture(_("The drawing has no strokes, so there is nothing to learn from; leave its line out."))
        return cls(label, drawing, at if isinstance(at, str) and at.isascii() else "")

    def to_json(self) -> str:
        """Return a line that `from_json` reads."""
        return json.dumps({"label": self.label, **vars(self.drawing), "at": self.at}, ensure_ascii=False)


def get_corrections_file(folder: Path) -> Path:
    """Return the file of the user's drawings in the data folder."""
    return folder / "corrections.jsonl"


def read_corrections(file: Path) -> list[Correction]:
    """Read all drawings, oldest first. Skips damaged lines and those after MAX_LINES; a missing file has none."""
    corrections = []
    with suppress(FileNotFoundError, NotADirectoryError), file.open(encoding="utf-8", errors="replace") as lines:
        for line in islice(lines, MAX_LINES):
            with suppress(BadPicture):
                corrections.append(Correction.from_json(line))
    return corrections


def read_labelled(file: Path) -> list[Correction]:
    """Read drawings from a file that the user provides. Raises BadInput for an invalid line."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            _("Cannot read the drawings in '{file}': {reason}. Use a text file with one JSON object per line.").format(
                file=file, reason=error.strerror if isinstance(error, OSError) else _("it is not text")
            )
        ) from error
    corrections = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                corrections.append(Correction.from_json(line))
            except BadPicture as error:
                raise BadPicture(
                    _("{file}, line {number}: {error}").format(file=file, number=number, error=error)
                ) from error
    return corrections


def store_correction(label: str, drawing: Drawing, file: Path) -> Correction:
    """Append a drawing to the file and return it.

    Raises:
        BadPicture: the label is invalid or the drawing is empty.
        BadInput: there are too many drawings already.
        StorageFailed: the file cannot be written.
    """
    at = datetime.now(UTC).isoformat(timespec="microseconds")
    correction = Correction.from_json(Correction(label, drawing, at).to_json())
    store_corrections([correction], file)
    return correction


def store_corrections(corrections: Collection[Correction], file: Path) -> None:
    """Append valid drawings to the file, all or none.

    Raises:
        BadInput: there would be too many drawings.
        StorageFailed: the file cannot be written.
    """
    with _lock(file):
        if len(read_corrections(file)) + len(corrections) > MAX_CORRECTIONS:
            raise BadInput(
                _("There are {most:,} drawings already, which is the maximum. Delete some that you trained on.").format(
                    most=MAX_CORRECTIONS
                )
                if len(corrections) == 1
                else _(
                    "With {count:,} more, there would be over {most:,} drawings, which is the maximum. Delete some first."
                ).format(count=len(corrections), most=MAX_CORRECTIONS)
            )
        stored = file.read_bytes() if file.exists() else b""
        end_of_line = b"\n" if stored and not stored.endswith(b"\n") else b""  # of a line that was cut off
        replace_bytes(file, stored + end_of_line + pack_corrections(corrections))


def delete_corrections(file: Path, deleted: Collection[Correction] | None = None) -> None:
    """Delete some drawings, or all. Raises StorageFailed."""
    with _lock(file):
        remaining = [] if deleted is None else [each for each in read_corrections(file) if each not in deleted]
        if remaining:
            replace_bytes(file, pack_corrections(remaining))
        else:
            file.unlink(missing_ok=True)


def pack_corrections(corrections: Iterable[Correction]) -> bytes:
    """Return the content of a file with these drawings."""
    return b"".join(each.to_json().encode() + b"\n" for each in corrections)


@contextmanager
def _lock(file: Path) -> Iterator[None]:
    """Let one process at a time change the file, and convert OSError to StorageFailed."""
    try:
        with exclusive_lock(file.parent / f".{file.name}.lock"):
            yield
    except OSError as error:
        raise StorageFailed(
            _("Cannot write '{file}': {reason}. Free some disk space or allow writing there, then try again.").format(
                file=file, reason=error.strerror or error
            )
        ) from error
