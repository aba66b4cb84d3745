"""Pinned drawings: every later run records its confidence in them while it trains.

They are stored in `<data folder>/pinned.jsonl`, one JSON object per line: what `Drawing.to_json` writes, with an id, a name and the
class of the drawing.
"""

import json
import re
import secrets
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nn_core.atomic_io import exclusive_lock, replace_bytes
from nn_core.drawings.strokes import Drawing
from nn_core.errors import BadInput, BadPicture, StorageFailed
from nn_core.i18n import _

__all__ = ["MAX_NAME_LENGTH", "MAX_PINS", "Pin", "add_pin", "choose_pin_name", "read_pins", "remove_pin", "store_pins"]

MAX_PINS = 12
MAX_NAME_LENGTH = 30
_MAX_LABEL_LENGTH = 200
_ID = re.compile(r"[0-9A-Za-z]{1,32}")


@dataclass(frozen=True)
class Pin:
    """A pinned drawing.

    Attributes:
        id: letters and digits.
        name: as users see it.
        label: the class of the drawing.
        drawing: the strokes.
    """

    id: str
    name: str
    label: str
    drawing: Drawing

    @classmethod
    def from_object(cls, content: object) -> "Pin":
        """Parse what `to_object` returned. Raises BadInput, such as BadPicture, for anything else."""
        drawing = Drawing.from_object(content)
        values = content if isinstance(content, Mapping) else {}
        identity, name, label = (values.get(key) for key in ("id", "name", "label"))
        if drawing.is_empty or not (isinstance(identity, str) and isinstance(name, str) and isinstance(label, str)):
            raise BadPicture(
                _("This is not a pinned drawing: it has no strokes, id, name or label. Pin the drawing again.")
            )
        if not _ID.fullmatch(identity) or not 0 < len(label) <= _MAX_LABEL_LENGTH or not label.isprintable():
            raise BadPicture(_("This pinned drawing has an invalid id or label. Pin it again."))
        return cls(identity, _normalize_name(name), label, drawing)

    def to_object(self) -> dict[str, object]:
        """Return the values for JSON."""
        return {"id": self.id, "name": self.name, "label": self.label, **vars(self.drawing)}


def read_pins(data_folder: Path) -> list[Pin]:
    """Read the pins, oldest first. Damaged lines are skipped and stay in the file."""
    pins: dict[str, Pin] = {}
    for line in _read_lines(data_folder):
        if pin := _parse_pin(line):
            pins.setdefault(pin.id, pin)
    return list(pins.values())[:MAX_PINS]


def add_pin(data_folder: Path, drawing: Drawing, *, label: str, name: str) -> Pin:
    """Store a drawing as a pin.

    Raises:
        BadInput: the drawing is empty, the name is invalid, or there are too many pins.
        StorageFailed: the file cannot be written.
    """
    pin = Pin.from_object(Pin(secrets.token_hex(4), name, label, drawing).to_object())
    store_pins(data_folder, [pin])
    return pin


def store_pins(data_folder: Path, pins: Collection[Pin]) -> None:
    """Store valid pins with new ids, all or none. Raises BadInput if there would be too many, and StorageFailed."""
    with _lock(data_folder):
        if len(read_pins(data_folder)) + len(pins) > MAX_PINS:
            raise BadInput(
                _("{most} drawings are pinned, which is the maximum; unpin one first.").format(most=MAX_PINS)
            )
        new = [json.dumps(pin.to_object(), ensure_ascii=False).encode() for pin in pins]
        _write(data_folder, [*_read_lines(data_folder), *new])


def remove_pin(data_folder: Path, identity: str) -> None:
    """Remove the pin with this id, if there is one. Raises StorageFailed."""
    with _lock(data_folder):
        lines = _read_lines(data_folder)
        remaining = [line for line in lines if (pin := _parse_pin(line)) is None or pin.id != identity]
        if len(remaining) < len(lines):
            _write(data_folder, remaining)


def choose_pin_name(pins: list[Pin], label: str) -> str:
    """Return a free name for a new pin, such as 'my 7' or 'my 7 (2)'."""
    taken = {pin.name for pin in pins}
    wanted = " ".join(_("my {label}").format(label=label).split())
    for number in range(1, len(pins) + 2):
        suffix = f" ({number})" if number > 1 else ""
        if (name := wanted[: MAX_NAME_LENGTH - len(suffix)] + suffix) not in taken:
            return name
    raise AssertionError("there are more names than pins")


def _normalize_name(text: str) -> str:
    name = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    if not 0 < len(name) <= MAX_NAME_LENGTH:
        raise BadInput(
            _("A pin cannot be named '{name}': give it a name of 1 to {most} characters.").format(
                name=name if len(name) <= MAX_NAME_LENGTH else name[:MAX_NAME_LENGTH] + "…", most=MAX_NAME_LENGTH
            )
        )
    return name


def _parse_pin(line: bytes) -> Pin | None:
    try:
        return Pin.from_object(json.loads(line))
    except (BadInput, ValueError, RecursionError):
        return None


def _read_lines(data_folder: Path) -> list[bytes]:
    try:
        return [line for line in _get_file(data_folder).read_bytes().split(b"\n") if line.strip()]
    except OSError:
        return []


def _write(data_folder: Path, lines: list[bytes]) -> None:
    replace_bytes(_get_file(data_folder), b"".join(line + b"\n" for line in lines))


@contextmanager
def _lock(data_folder: Path) -> Iterator[None]:
    """Let one process at a time change the file, and convert OSError to StorageFailed."""
    try:
        with exclusive_lock(data_folder / ".pinned.lock"):
            yield
    except OSError as error:
        raise StorageFailed(
            _(
                "Cannot store the pinned drawings in '{folder}': {reason}. Free some disk space or allow writing there."
            ).format(folder=data_folder, reason=error.strerror or error)
        ) from error


def _get_file(data_folder: Path) -> Path:
    return data_folder / "pinned.jsonl"
