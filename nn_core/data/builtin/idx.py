"""Reads the IDX format of MNIST: a header with type and shape, then the bytes. Plain or gzipped.

Source: the format's description on Yann LeCun's MNIST page.
"""

from __future__ import annotations

import gzip
import zlib
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

from nn_core.errors import DatasetUnavailable
from nn_core.i18n import _

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["is_complete_idx", "read_idx"]

_UNSIGNED_BYTE = 0x08


def read_idx(file: Path) -> Tensor:
    """Read an IDX file of unsigned bytes as uint8.

    Raises:
        DatasetUnavailable: the file does not have exactly the bytes that its header states.
    """
    import torch

    try:
        content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise _make_damaged_error(file) from error
    shape = _parse_shape(content[:16])
    start = 4 + 4 * len(shape)
    if not shape or len(content) - start != prod(shape):
        raise _make_damaged_error(file)
    return torch.frombuffer(bytearray(content[start:]), dtype=torch.uint8).reshape(shape)


def is_complete_idx(file: Path) -> bool:
    """Return whether an uncompressed IDX file has the size that its header states; reads 16 bytes."""
    try:
        with file.open("rb") as stream:
            shape = _parse_shape(stream.read(16))
        return bool(shape) and file.stat().st_size == 4 + 4 * len(shape) + prod(shape)
    except OSError:
        return False


def _parse_shape(header: bytes) -> tuple[int, ...]:
    """Return the dimensions in a header; empty if it is invalid, of another type than unsigned bytes, or of an empty array."""
    if len(header) < 4 or header[:3] != bytes([0, 0, _UNSIGNED_BYTE]) or len(header) < 4 + 4 * header[3]:
        return ()
    shape = tuple(int.from_bytes(header[4 + 4 * i : 8 + 4 * i], "big") for i in range(header[3]))
    return shape if prod(shape) else ()


def _make_damaged_error(file: Path) -> DatasetUnavailable:
    return DatasetUnavailable(
        _("The data file '{file}' is damaged or incomplete. Delete it, and NN Lab downloads it again.").format(
            file=file
        )
    )
