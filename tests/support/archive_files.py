"""Archives of tiny pictures that are all different, packed as people and old programs pack them."""

import io
import itertools
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping

import numpy as np
from custom_files import encoded
from PIL import Image

__all__ = ["CHINESE", "YEARS", "Files", "dots", "folder", "folders", "listed", "pack_undeclared", "pack_zip", "splits"]

_NUMBERS = itertools.count()

Files = dict[str, bytes]


def dots() -> bytes:
    """A small grey PNG, unlike every other."""
    lot = np.random.default_rng(next(_NUMBERS))
    return encoded(Image.fromarray(lot.integers(0, 256, (8, 8), np.uint8)))


def folder(path: str, count: int = 6, extension: str = "png") -> Files:
    """Pictures in a folder."""
    return {f"{path}/{number}.{extension}": dots() for number in range(count)}


def folders(*paths: str, count: int = 6) -> Files:
    return {name: content for path in paths for name, content in folder(path, count).items()}


def splits(*names: str, classes: Iterable[str] = ("cat", "dog"), counts: Iterable[int] = (6, 3, 2)) -> Files:
    """The classes in each of the splits."""
    return {
        path: content
        for name, count in zip(names, counts, strict=False)
        for label in classes
        for path, content in folder(f"{name}/{label}", count).items()
    }


def listed(names: Iterable[str], heading: str = "file,label", above: str = "", suffix: str = "") -> bytes:
    """A table that calls the first half of the pictures cat and the others dog."""
    names = list(names)
    rows = [f"{above}{name}{suffix},{'cat' if place < len(names) / 2 else 'dog'}" for place, name in enumerate(names)]
    return "\n".join([heading, *rows] if heading else rows).encode()


def pack_zip(files: Mapping[str, bytes], extra: Mapping[str, bytes] | None = None) -> bytes:
    """A ZIP; `extra`: the extra field of some entries."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.extra = (extra or {}).get(name, b"")
            archive.writestr(entry, content)
    return stream.getvalue()


def pack_undeclared(files: Mapping[str, bytes], encoding: str, *, field_of: str = "") -> bytes:
    """A ZIP whose names are in an old encoding, without saying so.

    Args:
        files: by their real names.
        encoding: of the names.
        field_of: "right" adds the Unicode field with the real names; "stale" adds it with a checksum of another name.
    """
    placeholders, extra, real = {}, {}, {}
    for number, (name, content) in enumerate(files.items()):
        raw = name.encode(encoding)
        placeholder = f"{number:04}".ljust(len(raw), "_")
        placeholders[placeholder] = content
        real[placeholder.encode()] = raw
        if field_of:
            body = b"\1" + struct.pack("<L", zlib.crc32(raw + (b"" if field_of == "right" else b"?"))) + name.encode()
            extra[placeholder] = struct.pack("<HH", 0x7075, len(body)) + body
    packed = pack_zip(placeholders, extra)
    for placeholder, raw in real.items():
        packed = packed.replace(placeholder, raw)
    return packed


YEARS = folders("2023/cat", "2023/dog", "2024/cat", "2024/dog", count=5)
CHINESE = folders("圆", "叉")
