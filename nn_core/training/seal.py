"""A checksum of a file that torch.save wrote, for torch.load notices no bit that is flipped in a tensor.

It is the comment of the ZIP archive that such a file is: older versions of NN Lab and torch read it as before.
"""

import hashlib
import io
from pathlib import Path
from typing import BinaryIO

__all__ = ["is_whole", "seal"]

_END, _END_BYTES = b"PK\x05\x06", 22  # the last record of an archive; its last two bytes are the comment's length
_MARK = b"nn_lab sha256:"
_DIGEST_BYTES = 32
_BLOCK_BYTES = 1 << 20


def seal(packed: io.BytesIO) -> None:
    """Append the checksum to what torch.save has just written."""
    end = packed.seek(0, io.SEEK_END) - _END_BYTES
    assert packed.getbuffer()[end : end + 4] == _END, "torch.save writes no comment of its own"
    packed.seek(-2, io.SEEK_END)
    packed.write((len(_MARK) + _DIGEST_BYTES).to_bytes(2, "little") + _MARK)
    packed.write(hashlib.sha256(packed.getbuffer()).digest())


def is_whole(file: Path) -> bool:
    """Whether the checksum is that of the file. One without any is believed: older versions wrote none. Raises OSError."""
    with file.open("rb") as stream:
        size = stream.seek(0, io.SEEK_END)
        if _from(stream, size - _END_BYTES).startswith(_END) and _from(stream, size - 2) == b"\0\0":
            return True
        tail = _from(stream, size - len(_MARK) - _DIGEST_BYTES)
        if not tail.startswith(_MARK):
            return False
        digest = hashlib.sha256()
        left = size - _DIGEST_BYTES
        stream.seek(0)
        while left and (block := stream.read(min(left, _BLOCK_BYTES))):
            digest.update(block)
            left -= len(block)
    return digest.digest() == tail[len(_MARK) :]


def _from(stream: BinaryIO, place: int) -> bytes:
    """The rest of the file."""
    stream.seek(max(0, place))
    return stream.read()
