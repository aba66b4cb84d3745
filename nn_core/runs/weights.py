"""A run's weights in a file: safetensors, and in its metadata a checksum of the whole file, so that a flipped bit is noticed.

    {"nn_lab": "{\\"model\\": \\"quick\\", …, \\"sha256\\": \\"9f86d0…\\"}"}

The checksum is that of the file with zeros in its place. A file without one is believed: older versions wrote none.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from safetensors import SafetensorError

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["check_complete", "is_damaged", "pack_weights", "read_weights", "read_weights_metadata"]

_BLANK = b"0" * 64
_CHECKSUM = re.compile(rb'\\"sha256\\": \\"([0-9a-f]{64})\\"')
_LONGEST_HEADER = 100_000_000  # as safetensors has it
_BLOCK_BYTES = 1 << 20


def pack_weights(weights: Mapping[str, Tensor], about: Mapping[str, Any]) -> bytearray:
    """The content of a file that holds these weights, and `about` in its metadata; equal ones make equal files."""
    from safetensors.torch import save

    # One entry, because safetensors writes several in random order.
    told = json.dumps({**about, "sha256": _BLANK.decode()})
    content = bytearray(save({name: tensor.contiguous() for name, tensor in weights.items()}, {"nn_lab": told}))
    place = content.index(_BLANK)
    content[place : place + len(_BLANK)] = hashlib.sha256(content).hexdigest().encode()
    return content


def read_weights(file: Path) -> dict[str, Tensor]:
    """Raises OSError, or SafetensorError for a file that is damaged."""
    from safetensors.torch import load_file

    with file.open("rb") as stream:
        check_complete(stream)
    return load_file(file)


def check_complete(stream: BinaryIO) -> None:
    """Raises SafetensorError where the checksum is not that of the file. `stream` stands at its beginning."""
    start = _header(stream)
    found = _CHECKSUM.search(start)
    if found is None:
        if b"sha256" in start:
            raise SafetensorError("its checksum cannot be read")
        return
    digest = hashlib.sha256(start[: found.start(1)] + _BLANK + start[found.end(1) :])
    while block := stream.read(_BLOCK_BYTES):
        digest.update(block)
    if digest.hexdigest().encode() != found[1]:
        raise SafetensorError("its checksum is wrong")


def is_damaged(file: Path) -> bool:
    """Whether the file is there and its checksum is another's. Raises OSError."""
    try:
        with file.open("rb") as stream:
            check_complete(stream)
    except FileNotFoundError:
        return False
    except SafetensorError:
        return True
    return False


def read_weights_metadata(file: Path) -> dict[str, Any]:
    """What the metadata tell, without reading the weights; nothing where they cannot be read, or are not ours."""
    try:
        with file.open("rb") as stream:
            told = json.loads(json.loads(_header(stream)[8:])["__metadata__"]["nn_lab"])
    except (OSError, SafetensorError, ValueError, LookupError, TypeError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _header(stream: BinaryIO) -> bytes:
    """The length of the header and the header, as they stand at the beginning."""
    start = stream.read(8)
    length = int.from_bytes(start, "little")
    if len(start) < 8 or length > _LONGEST_HEADER:
        raise SafetensorError("its header is damaged")
    header = stream.read(length)
    if len(header) < length:
        raise SafetensorError("its header is cut off")
    return start + header
