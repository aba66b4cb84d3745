"""Helpers for tests of untrusted files: a memory limit, and bytes and values that were tampered with."""

import io
import json
import resource
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from nn_core.errors import NNLabError

__all__ = [
    "EVIL_TEXTS",
    "json_values",
    "little_memory",
    "must_be_a_sentence",
    "mutated",
    "refusal",
    "repacked",
    "tampered",
]

EVIL_TEXTS = (
    "",
    "../../etc/passwd",
    "<img src=x onerror=alert(1)>",
    "[click](javascript:alert(1)) :red[x] $x$ **x**",
    "\x1b]0;title\x07\x1b[31mred",
    "\u202egnp.exe",
    "a\nb\r\nc\u2028d",
    "\ud800",
    "\0",
    "x" * 5000,
    "é" + "́" * 300,
    "{name!r} %s %{y}",
    "=1+cmd|' /C calc'!A0",
)


@contextmanager
def little_memory(more: int = 400_000_000) -> Iterator[None]:
    """Inside, this process may take so many bytes more than it has, and no more."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + more, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def must_be_a_sentence(error: NNLabError) -> None:
    """One line for a person: not empty, not endless, and nothing that a terminal would obey."""
    text = str(error)
    assert text
    assert len(text) <= 2000
    assert text == " ".join(text.split())
    assert not any(sign < " " or "\x7f" <= sign < "\xa0" or "\u202a" <= sign <= "\u202e" for sign in text)
    text.encode()


def refusal(act: Callable[[], object]) -> str:
    """The sentence with which `act` is refused."""
    with pytest.raises(NNLabError) as refused:
        act()
    must_be_a_sentence(refused.value)
    return str(refused.value)


_NUMBERS = st.one_of(
    st.integers(-3, 300),
    st.sampled_from([2**31, 2**63, -(2**63), 10**12, 10**30, 10**400, 0.5, -0.0, 1e308, float("nan"), float("inf")]),
    st.floats(),
)
_PLAIN = st.one_of(st.none(), st.booleans(), _NUMBERS, st.sampled_from(EVIL_TEXTS), st.text(max_size=8))


def json_values(most: int = 12) -> st.SearchStrategy[Any]:
    """Any value that JSON may contain and Python's reader accepts."""
    return st.recursive(
        _PLAIN,
        lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=6), inner, max_size=3)),
        max_leaves=most,
    )


@st.composite
def tampered(draw: st.DrawFn, original: Any) -> Any:
    """The JSON value with one to three of its parts replaced, taken out or doubled."""
    value = json.loads(json.dumps(original))
    for _time in range(draw(st.integers(1, 3))):
        parts = list(_parts(value))
        if not parts:
            return draw(json_values())
        place, key = draw(st.sampled_from(parts))
        match draw(st.sampled_from(["replace", "replace", "replace", "drop", "add"])):
            case "drop":
                del place[key]
            case "add" if isinstance(place, list):
                place.extend(place[: 200 // max(1, len(place))])
            case "add":
                place[draw(st.text(max_size=8))] = draw(json_values(4))
            case _:
                place[key] = draw(json_values(6))
    return value


def _parts(value: Any) -> Iterator[tuple[Any, Any]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in list(inner):
        yield value, key
        yield from _parts(part)


@st.composite
def repacked(draw: st.DrawFn, archive: bytes) -> bytes:
    """The ZIP with one of its files tampered with, and all check sums right again."""
    with zipfile.ZipFile(io.BytesIO(archive)) as original:
        files = {name: original.read(name) for name in original.namelist()}
    chosen = draw(st.sampled_from(sorted(files)))
    if chosen.endswith(".json") and draw(st.booleans()):
        files[chosen] = json.dumps(draw(tampered(json.loads(files[chosen])))).encode()
    else:
        files[chosen] = draw(mutated([files[chosen]]))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive_again:
        for name, content in files.items():
            archive_again.writestr(zipfile.ZipInfo(name), content)
    return stream.getvalue()


_EXTREMES = [b"\0\0\0\0", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"\1\0\0\0", b"\0\0\1\0"]


@st.composite
def mutated(draw: st.DrawFn, originals: Sequence[bytes]) -> bytes:
    """One of the contents with a few bits flipped, numbers made extreme, parts cut out, doubled or moved from another one."""
    content = bytearray(draw(st.sampled_from(originals)))
    for _time in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(content) - 1)))
        match draw(st.sampled_from(["flip", "flip", "extreme", "cut", "end", "insert", "splice", "double"])):
            case "flip" if content:
                content[at] ^= 1 << draw(st.integers(0, 7))
            case "extreme":
                content[at : at + 4] = draw(st.sampled_from(_EXTREMES))
            case "cut":
                del content[at : at + draw(st.integers(1, 64))]
            case "end":
                del content[at:]
            case "insert":
                content[at:at] = draw(st.binary(max_size=16))
            case "splice":
                other = draw(st.sampled_from(originals))
                start = draw(st.integers(0, max(0, len(other) - 1)))
                content[at:at] = other[start : start + draw(st.integers(1, 200))]
            case "double":
                content[at:at] = content[at : at + draw(st.integers(1, 200))]
    return bytes(content)
