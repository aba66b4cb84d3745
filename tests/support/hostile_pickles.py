"""Files as torch.save writes them that contain a hostile pickle."""

import io
import struct
import zipfile
from collections.abc import Mapping
from typing import Any

import torch
from hypothesis import strategies as st

__all__ = ["ORDERED", "block", "end_of", "pickles", "saved", "saved_by_python", "tensor", "text", "with_pickle"]

ORDERED = b"ccollections\nOrderedDict\n)R"


def saved(content: Any, **options: Any) -> bytes:
    stream = io.BytesIO()
    torch.save(content, stream, **options)
    return stream.getvalue()


def saved_by_python(files: Mapping[str, bytes]) -> bytes:
    """A ZIP without the records for large files, which torch writes and Python does not."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return stream.getvalue()


def with_pickle(program: bytes, more: Mapping[str, bytes] | None = None) -> bytes:
    """As torch.save writes a tensor of two numbers, with this program for a pickle, and more files."""
    with zipfile.ZipFile(io.BytesIO(saved({"a": torch.ones(2)}))) as good:
        files = {name: program if name.endswith("/data.pkl") else good.read(name) for name in good.namelist()}
    return saved_by_python(files | dict(more or {}))


def end_of(archive: bytes) -> int:
    """Where the last record is."""
    return archive.rfind(b"PK\x05\x06")


# Parts of pickles, each of which leaves one value on the stack


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value.encode())) + value.encode()


def block(name: str = "0", count: int = 2) -> bytes:
    """A block of numbers, by the name of its file in the ZIP."""
    storage = text("storage") + b"ctorch\nFloatStorage\n" + text(name) + text("cpu") + b"J" + struct.pack("<i", count)
    return b"(" + storage + b"tQ"


def tensor(name: str = "0", count: int = 2) -> bytes:
    size = b"J" + struct.pack("<i", count) + b"\x85"
    return (
        b"ctorch._utils\n_rebuild_tensor_v2\n(" + block(name, count) + b"K\0" + size + b"K\1\x85\x89" + ORDERED + b"tR"
    )


_LEAVES = st.sampled_from(
    [tensor(), text("a"), text("weight"), b"K\1", b"N", b"\x88", b"\x8a\1\5", b"\x8a\x20" + b"\x7f" * 32, b"G" + bytes(8), ORDERED]
)  # fmt: skip
_NAMES = st.sampled_from([text(name) for name in ("a", "b", "get", "items", "_metadata", "state_dict", "model")])


def _around(inner: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    few = st.lists(inner, max_size=3).map(b"".join)
    pairs = st.lists(st.tuples(st.one_of(_NAMES, _NAMES, inner), inner).map(b"".join), max_size=3).map(b"".join)
    times = st.sampled_from([1, 2, 20, 40, 100_000])
    return st.one_of(
        few.map(lambda parts: b"(" + parts + b"t"),
        few.map(lambda parts: b"](" + parts + b"e"),
        pairs.map(lambda parts: b"}(" + parts + b"u"),
        pairs.map(lambda parts: ORDERED + b"(" + parts + b"u"),
        pairs.map(lambda parts: ORDERED + b"}(" + parts + b"ub"),
        st.tuples(inner, times).map(lambda drawn: drawn[0] + b"\x85" * drawn[1]),
        st.tuples(inner, times).map(lambda drawn: drawn[0] + b"q\0h\0\x86" * drawn[1]),
        st.tuples(inner, times).map(lambda drawn: b"]" * drawn[1] + drawn[0] + b"a" * drawn[1]),
        few.map(lambda parts: b"]q\1(" + parts + b"h\1e"),
    )


def pickles() -> st.SearchStrategy[bytes]:
    """Whole ones that call nothing which weights do not, and put what they make together in any way."""
    made = st.recursive(_LEAVES, _around, max_leaves=8)
    return st.lists(st.tuples(st.one_of(_NAMES, made), made).map(b"".join), max_size=3).map(
        lambda pairs: b"\x80\x02}(" + b"".join(pairs) + b"u."
    )
