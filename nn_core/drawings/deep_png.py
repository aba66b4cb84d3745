"""Reads PNGs in colour with 16 bits per channel, of which Pillow keeps only the high byte: black, if only 8 or 12 bits are used."""

import struct
import zlib

import numpy as np
import numpy.typing as npt

__all__ = ["read_deep_png"]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {2: 3, 4: 2, 6: 4}  # by colour type: RGB, grey with alpha, RGBA
_MAX_PIXELS = 8_000_000  # each takes 40 bytes

Bytes = npt.NDArray[np.int16]


def read_deep_png(content: bytes) -> npt.NDArray[np.uint16] | None:
    """Return uint16 [height, width, channels]; None for other files, also for interlaced and very large ones.

    Raises:
        ValueError: the file is damaged.
        zlib.error: likewise.
    """
    if len(content) < 33 or not content.startswith(_SIGNATURE):
        return None
    width, height, depth, colour_type, _compression, _filter, interlaced = struct.unpack_from(">LLBBBBB", content, 16)
    if depth != 16 or colour_type not in _CHANNELS or interlaced or width * height > _MAX_PIXELS:
        return None
    channels = _CHANNELS[colour_type]
    row_bytes = 1 + width * channels * 2
    data = zlib.decompressobj().decompress(_join_data(content), row_bytes * height)
    rows = np.frombuffer(data, np.uint8).reshape(height, row_bytes)
    filtered = rows[:, 1:].reshape(height, width, channels * 2).astype(np.int16)
    plain = _undo_filters(filtered, rows[:, 0]).astype(np.uint8)
    return np.ascontiguousarray(plain).view(">u2").astype(np.uint16)


def _join_data(content: bytes) -> bytes:
    parts = []
    position = len(_SIGNATURE)
    while position + 8 <= len(content):
        length, kind = struct.unpack_from(">L4s", content, position)
        if kind == b"IDAT":
            parts.append(content[position + 8 : position + 8 + length])
        position += 12 + length
    return b"".join(parts)


def _undo_filters(filtered: Bytes, filters: npt.NDArray[np.uint8]) -> Bytes:
    """Undo the filter of each row, along diagonals, whose pixels do not depend on each other.

    Source: the PNG specification, section 9.
    """
    height, width, _size = filtered.shape
    plain = np.zeros((height + 1, width + 1, filtered.shape[2]), np.int16)  # with a border of zeros
    for diagonal in range(height + width - 1):
        y = np.arange(max(0, diagonal - width + 1), min(height, diagonal + 1))
        x = diagonal - y
        left, above, corner = plain[y + 1, x], plain[y, x + 1], plain[y, x]
        kind = filters[y][:, np.newaxis]
        predicted = np.select(
            [kind == 1, kind == 2, kind == 3, kind == 4],
            [left, above, (left + above) // 2, _predict_paeth(left, above, corner)],
            0,
        )
        plain[y + 1, x + 1] = (filtered[y, x] + predicted) & 255
    return plain[1:, 1:]


def _predict_paeth(left: Bytes, above: Bytes, corner: Bytes) -> Bytes:
    """Return whichever of the three is the closest to left + above - corner."""
    estimate = left + above - corner
    distances = np.abs(np.stack([left, above, corner]) - estimate)
    nearest = np.argmin(distances, axis=0)  # the first of equal ones
    chosen: Bytes = np.choose(nearest, [left, above, corner])
    return chosen
