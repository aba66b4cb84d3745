"""Judges a file of torch.save without opening it. Such a file is a ZIP that holds a pickle, and a pickle is a program: what it
would do stands in it (`program`), and only what puts tensors together is let through. torch's own check comes after.
"""

from __future__ import annotations

from pathlib import Path
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from nn_core.central_directory import CentralDirectory, central_directory
from nn_core.errors import BadInput
from nn_core.export.program import MoreThanWeights, Unlike, must_make_weights
from nn_core.i18n import _

__all__ = ["must_be_weights"]

_LARGEST_PICKLE = 4 << 20
_LARGEST_LIST = 4 << 20
_START = b"PK\x03\x04"
_LARGE = b"\x01\x00"  # what an entry beyond 4 GB has besides its name


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
    try:
        listed = central_directory(file)
    except BadZipFile as error:
        raise _odd(called) from error
    if listed.size > _LARGEST_LIST:
        raise _odd(called)
    with ZipFile(file) as archive:
        entries = archive.infolist()
        if any(entry.compress_type != ZIP_STORED for entry in entries):
            # Who packs may hide any amount of zeros in a small file.
            raise BadInput(
                _("'{file}' is packed, which torch.save never does. Save it with torch.save.").format(file=called)
            )
        program = archive.read(_pickle_among(entries, listed, file.stat().st_size, called))
    try:
        must_make_weights(program)
    except MoreThanWeights as error:
        raise BadInput(
            _(
                "'{file}' holds more than weights ({what}), and opening that could run any code that came with it. "
                "Save the weights alone: torch.save(model.state_dict(), file), or as safetensors."
            ).format(file=called, what=str(error)[:100])
        ) from error
    except Unlike as error:
        raise BadInput(
            _(
                "'{file}' holds {what}, which no weights need, so it is not opened. Save the weights alone: "
                "torch.save(model.state_dict(), file), or as safetensors."
            ).format(file=called, what=str(error)[:100])
        ) from error


def _pickle_among(entries: list[ZipInfo], listed: CentralDirectory, file_bytes: int, called: str) -> ZipInfo:
    """The one pickle, of a file whose entries lie side by side and have different names for torch as well, which takes small
    letters and capitals for the same, and knows of no other name than the first that an entry has."""
    names = [entry.orig_filename.casefold() for entry in entries]
    pickles = [entry for entry, name in zip(entries, names, strict=True) if name.endswith("data.pkl")]
    if (
        len(entries) != listed.files
        or len(set(names)) < len(names)
        or any("\0" in name for name in names)
        or any(entry.extra[:2] not in (b"", _LARGE) or len(entry.extra) != _first_field(entry) for entry in entries)
        or any(entry.compress_size != entry.file_size for entry in entries)
        or sum(entry.file_size for entry in entries) > file_bytes
        or len(pickles) != 1
        or pickles[0].file_size > _LARGEST_PICKLE
    ):
        raise _odd(called)
    return pickles[0]


def _first_field(entry: ZipInfo) -> int:
    """Its bytes, with its head; the list's entries need no second, which readers might take otherwise."""
    return 4 + int.from_bytes(entry.extra[2:4], "little") if entry.extra else 0


def _odd(called: str) -> BadInput:
    return BadInput(
        _("'{file}' is put together as torch.save never does it. Save the weights again.").format(file=called)
    )
