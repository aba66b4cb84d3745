"""How large the list of files at the end of a ZIP says it is; Python reads all of that list at once.

Source: APPNOTE.TXT of PKWARE, sections 4.3.14 to 4.3.16.
"""

import struct
from pathlib import Path
from typing import BinaryIO

__all__ = ["directory_bytes"]

_END = b"PK\x05\x06"
_LOCATOR = b"PK\x06\x07"
_END_LENGTH, _LOCATOR_LENGTH = 22, 20
_LONGEST_COMMENT = 65_535


def directory_bytes(file: Path | BinaryIO) -> int:
    """As its end record states; 0 where there is none. Leaves the position in the file anywhere. Raises OSError."""
    if isinstance(file, Path):
        with file.open("rb") as stream:
            return directory_bytes(stream)
    size = file.seek(0, 2)
    file.seek(max(0, size - _END_LENGTH - _LONGEST_COMMENT - _LOCATOR_LENGTH))
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_LENGTH:
        return 0
    stated: int = struct.unpack_from("<I", tail, at + 12)[0]
    locator = at - _LOCATOR_LENGTH
    if locator < 0 or tail[locator : locator + 4] != _LOCATOR:
        return stated
    # Python follows the locator whatever the end record states; so the larger of the two counts.
    file.seek(min(size, struct.unpack_from("<Q", tail, locator + 8)[0]))
    record = file.read(56)
    return max(stated, int(struct.unpack_from("<Q", record, 40)[0])) if len(record) == 56 else stated
