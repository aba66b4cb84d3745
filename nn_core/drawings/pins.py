"""Drawings that somebody pinned, so that every later run tells how sure it is of them while it learns.

They lie in `<data folder>/pinned.jsonl`, one JSON object a line: what `Drawing.to_json` writes, with an id, a name and the class
that the drawing is meant to be.
"""

import json
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nn_core.atomic_io import exclusive_lock, replace_bytes
from nn_core.drawings.strokes import Drawing
from nn_core.errors import BadInput, BadPicture, StorageFailed
from nn_core.i18n import _

__all__ = ["LONGEST_NAME", "MOST_PINS", "Pin", "add_pin", "choose_pin_name", "read_pins", "remove_pin"]

MOST_PINS = 12
LONGEST_NAME = 30
_LONGEST_LABEL = 200
_ID = re.compile(r"[0-9A-Za-z]{1,32}")


@dataclass(frozen=True)
class Pin:
    """id: letters and digits; name: how people call it; label: the class that the drawing is meant to be."""

    id: str
    name: str
    label: str
    drawing: Drawing

    @classmethod
    def from_object(cls, content: Any) -> "Pin":
        """What `as_object` gave. Raises BadInput or BadPicture for anything else."""
        drawing = Drawing.from_object(content)
        words = [content.get(key) for key in ("id", "name", "label")]
        if drawing.is_empty or not all(isinstance(word, str) for word in words):
            raise BadPicture(
                _("This is not a pinned drawing: it lacks strokes, an id, a name or a label. Pin it again.")
            )
        identity, name, label = words
        if not _ID.fullmatch(identity) or not 0 < len(label) <= _LONGEST_LABEL or not label.isprintable():
            raise BadPicture(_("This pinned drawing has an id or a label that cannot be. Pin it again."))
        return cls(identity, _checked_name(name), label, drawing)

    def as_object(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        drawn = self.drawing
        return {
            "id": self.id,
            "name": self.name,
            "label": self.label,
            "size": drawn.size,
            "pen_width": drawn.pen_width,
            "strokes": drawn.strokes,
        }


def read_pins(data_folder: Path) -> list[Pin]:
    """In the order in which they were pinned. Lines that are damaged are left out, and stay in the file."""
    pins: dict[str, Pin] = {}
    for line in _lines(data_folder):
        if pin := _pin_in(line):
            pins.setdefault(pin.id, pin)
    return list(pins.values())[:MOST_PINS]


def add_pin(data_folder: Path, drawing: Drawing, *, label: str, name: str) -> Pin:
    """Raises BadInput for an empty drawing, a name that cannot be or one pin too many, StorageFailed where the disk does not
    take it."""
    with _alone(data_folder):
        if len(read_pins(data_folder)) >= MOST_PINS:
            raise BadInput(_("{most} drawings are pinned, which is the most; unpin one first.").format(most=MOST_PINS))
        pin = Pin.from_object(Pin(secrets.token_hex(4), name, label, drawing).as_object())
        _write(data_folder, [*_lines(data_folder), json.dumps(pin.as_object(), ensure_ascii=False).encode()])
        return pin


def remove_pin(data_folder: Path, identity: str) -> None:
    """Nothing happens where there is none of this id. Raises StorageFailed."""
    with _alone(data_folder):
        lines = _lines(data_folder)
        kept = [line for line in lines if (pin := _pin_in(line)) is None or pin.id != identity]
        if len(kept) < len(lines):
            _write(data_folder, kept)


def choose_pin_name(pins: list[Pin], label: str) -> str:
    """'my 7', or numbered where there is one of that name; short enough in any case."""
    taken = {pin.name for pin in pins}
    wished = " ".join(_("my {label}").format(label=label).split())
    for number in range(1, len(pins) + 2):
        suffix = f" ({number})" if number > 1 else ""
        if (name := wished[: LONGEST_NAME - len(suffix)] + suffix) not in taken:
            return name
    raise AssertionError("there are more names than pins")


def _checked_name(text: str) -> str:
    name = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise BadInput(
            _("A pin cannot be named '{name}': give it a name of 1 to {most} characters.").format(
                name=name if len(name) <= LONGEST_NAME else name[:LONGEST_NAME] + "…", most=LONGEST_NAME
            )
        )
    return name


def _pin_in(line: bytes) -> Pin | None:
    try:
        return Pin.from_object(json.loads(line))
    except (BadInput, ValueError, RecursionError):
        return None


def _lines(data_folder: Path) -> list[bytes]:
    try:
        return [line for line in _file(data_folder).read_bytes().split(b"\n") if line.strip()]
    except OSError:
        return []


def _write(data_folder: Path, lines: list[bytes]) -> None:
    replace_bytes(_file(data_folder), b"".join(line + b"\n" for line in lines))


@contextmanager
def _alone(data_folder: Path) -> Iterator[None]:
    """Nobody else changes the file meanwhile. Turns an OSError inside into StorageFailed."""
    try:
        with exclusive_lock(data_folder / ".pinned.lock"):
            yield
    except OSError as error:
        raise StorageFailed(
            _("Cannot keep the pinned drawings in '{folder}': {reason}. Make room or allow writing there.").format(
                folder=data_folder, reason=error.strerror or error
            )
        ) from error


def _file(data_folder: Path) -> Path:
    return data_folder / "pinned.jsonl"
