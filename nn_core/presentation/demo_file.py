"""The demo of this installation: `<data>/demo.json`, the same for everyone who opens the app."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from nn_core.atomic_io import exclusive_lock, replace_bytes
from nn_core.errors import BadInput, StorageFailed
from nn_core.i18n import _
from nn_core.presentation.demo import MAX_FILE_BYTES, Demo, format_demo, parse_demo

__all__ = ["change_demo", "read_demo"]


def read_demo(data_folder: Path, addresses: Collection[str]) -> Demo:
    """Read the demo; an empty one if there is none. Raises BadInput if the file is damaged."""
    try:
        with _get_file(data_folder).open("rb") as stream:
            content = stream.read(MAX_FILE_BYTES + 1)
    except OSError:
        return Demo()
    try:
        return parse_demo(content, addresses)
    except BadInput as error:
        raise BadInput(
            _("The demo in '{file}' is damaged and is not used: {reason}").format(
                file=_get_file(data_folder), reason=error
            )
        ) from None


def change_demo(data_folder: Path, addresses: Collection[str], change: Callable[[Demo], Demo]) -> Demo:
    """Replace the demo by what `change` makes of it, while no one else changes it. A damaged one counts as empty, and is kept as
    `demo.json.damaged`.

    Raises:
        BadInput: the change is not possible.
        StorageFailed: the file cannot be written.
    """
    file = _get_file(data_folder)
    try:
        with exclusive_lock(data_folder / ".demo.lock"):
            try:
                demo, keep = read_demo(data_folder, addresses), None
            except BadInput:
                demo, keep = Demo(), file.with_name(f"{file.name}.damaged")
            content = format_demo(changed := change(demo))
            parse_demo(content, addresses)  # its size too
            replace_bytes(file, content, keep_old_as=keep)
            return changed
    except OSError as error:
        raise StorageFailed(
            _("Cannot store the demo in '{folder}': {reason}. Free some disk space or allow writing there.").format(
                folder=data_folder, reason=error.strerror or error
            )
        ) from error


def _get_file(data_folder: Path) -> Path:
    return data_folder / "demo.json"
