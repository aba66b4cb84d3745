"""A run's weights as safetensors, with a checksum of the whole file in the metadata, so that a flipped bit is noticed.

    {"nn_lab": "{\\"model\\": \\"quick\\", …, \\"sha256\\": \\"9f86d0…\\"}"}

The checksum is computed with zeros in its place. A file of an older version has none and is accepted.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from safetensors import SafetensorError, safe_open

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "check_complete",
    "is_damaged",
    "pack_weights",
    "read_weight_shapes",
    "read_weights",
    "read_weights_metadata",
]

_BLANK = b"0" * 64
_CHECKSUM = re.compile(rb'\\"sha256\\": \\"([0-9a-f]{64})\\"')
_LONGEST_HEADER = 100_000_000  # the limit of safetensors
_BLOCK_BYTES = 1 << 20


def pack_weights(weights: Mapping[str, Tensor], metadata: Mapping[str, object]) -> bytearray:
    """Return the content of a file with these weights and metadata. Equal arguments give equal bytes."""
    from safetensors.torch import save

    # One entry, because safetensors writes several in random order.
    entry = json.dumps({**metadata, "sha256": _BLANK.decode()})
    content = bytearray(save({name: tensor.contiguous() for name, tensor in weights.items()}, {"nn_lab": entry}))
    start = content.index(_BLANK)
    content[start : start + len(_BLANK)] = hashlib.sha256(content).hexdigest().encode()
    return content


def read_weights(file: Path) -> dict[str, Tensor]:
    """Read and check a weight file. Raises OSError, or SafetensorError for a damaged file."""
    from safetensors.torch import load_file

    with file.open("rb") as stream:
        check_complete(stream)
    return load_file(file)


def read_weight_shapes(file: Path) -> dict[str, tuple[int, ...]]:
    """Read the name and shape of each tensor, without torch. Raises OSError, or SafetensorError for a damaged file."""
    with safe_open(file, framework="np") as weights:
        return {name: tuple(weights.get_slice(name).get_shape()) for name in weights.keys()}  # noqa: SIM118


def check_complete(stream: BinaryIO) -> None:
    """Check the checksum of a file that is read from its beginning. Raises SafetensorError."""
    header = _read_header(stream)
    found = _CHECKSUM.search(header)
    if found is None:
        if b"sha256" in header:
            raise SafetensorError("its checksum cannot be read")
        return
    digest = hashlib.sha256(header[: found.start(1)] + _BLANK + header[found.end(1) :])
    while block := stream.read(_BLOCK_BYTES):
        digest.update(block)
    if digest.hexdigest().encode() != found[1]:
        raise SafetensorError("its checksum is wrong")


def is_damaged(file: Path) -> bool:
    """Whether the file exists and its checksum is wrong. Raises OSError."""
    try:
        with file.open("rb") as stream:
            check_complete(stream)
    except FileNotFoundError:
        return False
    except SafetensorError:
        return True
    return False


def read_weights_metadata(file: Path) -> dict[str, object]:
    """Read the metadata without the weights; empty if they cannot be read or another program wrote them."""
    try:
        with file.open("rb") as stream:
            metadata = json.loads(json.loads(_read_header(stream)[8:])["__metadata__"]["nn_lab"])
    except (OSError, SafetensorError, ValueError, LookupError, TypeError, RecursionError):
        return {}
    return metadata if isinstance(metadata, dict) else {}


def _read_header(stream: BinaryIO) -> bytes:
    """Read the length of the header and the header at the start of the file."""
    start = stream.read(8)
    length = int.from_bytes(start, "little")
    if len(start) < 8 or length > _LONGEST_HEADER:
        raise SafetensorError("its header is damaged")
    header = stream.read(length)
    if len(header) < length:
        raise SafetensorError("its header is cut off")
    return start + header
