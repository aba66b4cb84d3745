"""Judges a file of torch.save without opening it. Such a file is a ZIP that holds a pickle, and a pickle is a program: which
functions it would call stands in it, and only those that put tensors together are let through. torch's own check comes after.
"""

from __future__ import annotations

import pickletools
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from nn_core.data.own.directory import directory_bytes
from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = ["must_be_weights"]

_NUMBERS = tuple("Bool Byte Char Short Int Long Half BFloat16 Float Double ComplexFloat ComplexDouble".split())
_CALLED = {
    "collections OrderedDict",
    "torch Size",
    "torch._utils _rebuild_parameter",
    "torch._utils _rebuild_tensor_v2",
    *(f"torch {numbers}Storage" for numbers in _NUMBERS),
}
"""What a file of weights, or of a training's state, calls. torch allows more, such as a bytearray of any size."""
_NAMING = {"INST", "OBJ", "STACK_GLOBAL", "EXT1", "EXT2", "EXT4", "NEWOBJ", "NEWOBJ_EX"}
"""Other ways to call something, which torch.save never uses."""

_LARGEST_PICKLE = 4 << 20
_LARGEST_TABLE = 4 << 20
_START, _END, _END_BYTES = b"PK\x03\x04", b"PK\x05\x06", 22


def must_be_weights(file: Path, called: str) -> None:
    """Raises BadInput for a file that would do anything but put tensors and plain values together, or that claims more numbers
    than it has bytes; and whatever `zipfile` and `pickletools` raise over a damaged one. `called` is what errors name it."""
    with file.open("rb") as stream:
        if stream.read(len(_START)) != _START:
            raise BadInput(
                _(
                    "'{file}' is no file of PyTorch 1.6 or later. Save the weights again: torch.save(model.state_dict(), file), or "
                    "as safetensors."
                ).format(file=called)
            )
        stream.seek(max(0, file.stat().st_size - _END_BYTES - 0xFFFF))
        tail = stream.read()
    # Python and torch find the table of contents from behind. With a second end they might find two tables.
    end = tail.find(_END)
    ends = end + _END_BYTES + int.from_bytes(tail[end + 20 : end + 22], "little")
    if end < 0 or end != tail.rfind(_END) or ends != len(tail) or directory_bytes(file) > _LARGEST_TABLE:
        raise _odd(called)
    with ZipFile(file) as archive:
        entries = archive.infolist()
        if any(entry.compress_type != ZIP_STORED for entry in entries):
            # Who packs may hide any amount of zeros in a small file.
            raise BadInput(
                _("'{file}' is packed, which torch.save never does. Save it with torch.save.").format(file=called)
            )
        program = archive.read(_pickle_among(entries, file.stat().st_size, called))
    _must_call_nothing_else(program, called)


def _pickle_among(entries: list[ZipInfo], file_bytes: int, called: str) -> ZipInfo:
    """The one pickle, of a file whose entries lie side by side and have different names for torch as well, which takes small
    letters and capitals for the same."""
    names = [entry.filename.casefold() for entry in entries]
    pickles = [entry for entry, name in zip(entries, names, strict=True) if name.endswith("data.pkl")]
    if (
        len(set(names)) < len(names)
        or sum(entry.file_size for entry in entries) > file_bytes
        or len(pickles) != 1
        or pickles[0].file_size > _LARGEST_PICKLE
    ):
        raise _odd(called)
    return pickles[0]


def _must_call_nothing_else(program: bytes, called: str) -> None:
    for operation, argument, _place in pickletools.genops(program):
        what = argument if operation.name == "GLOBAL" else operation.name if operation.name in _NAMING else None
        if what is not None and what not in _CALLED:
            raise BadInput(
                _(
                    "'{file}' holds more than weights ({what}), and opening that could run any code that came with it. "
                    "Save the weights alone: torch.save(model.state_dict(), file), or as safetensors."
                ).format(file=called, what=str(what).replace(" ", ".")[:100])
            )


def _odd(called: str) -> BadInput:
    return BadInput(
        _("'{file}' is put together as torch.save never does it. Save the weights again.").format(file=called)
    )
