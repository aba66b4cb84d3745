"""Detects the encoding of a table and reads its lines."""

import codecs
import io
import re
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import count
from typing import BinaryIO

from nn_core.data.custom.validation import Limits, shorten
from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = ["Encoding", "detect_encoding", "make_long_row_error", "read_lines"]

_HEAD_BYTES = 1 << 16
_CHUNK_BYTES = 1 << 20
_RARE_LINE_END = 4  # times rarer than the other one
_BOMS = {  # the longer ones first: that of UTF-32 begins like that of UTF-16
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_LATIN = ("cp1252", "cp1250", "mac_roman", "cp850")
_OTHER_SCRIPTS = ("cp1251", "koi8_r", "cp1253", "cp1255", "cp1256", "cp932", "euc_jp", "gb18030", "big5", "cp949")
_OTHER_SCRIPT_SHARE = 0.3  # of a line's bytes outside ASCII; accents in Latin letters are rarer
_ODD_LETTERS = re.compile(  # signs inside words, a large letter after a small one, letters next to digits or alone, no letters
    r"(?<=[a-z])[^\w\s\x00-\x7f’‘–—…·»”](?=[a-z])|[^\W\d_][¹³¥¼¾¯]|[¹³¥¼¾][^\W\d_]|(?<=[a-zß-ÿ])[À-ÞŠŽŒŸ]|(?<=\d)[À-ÿ]|[À-ÿ](?=\d)|"
    r"(?<=[a-z])[”„‚](?=[a-zß-ÿ])|(?<!\w)[ñîìôûçäöüÄÖÜïë](?!\w)|[\x80-\x9f\ufffd]"
)
_FALLBACK = "nn_lab_cp1252"


def _decode_bad_bytes(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(_FALLBACK, _decode_bad_bytes)


@dataclass(frozen=True)
class Encoding:
    """How the bytes of a table are decoded.

    Attributes:
        name: of the codec.
        errors: what it does with bytes that it does not know.
        newline: the line end if only that one divides rows; empty for any of the three.
        warning: a sentence if the encoding had to be guessed; else empty.
    """

    name: str
    errors: str = "strict"
    warning: str = ""
    newline: str = ""


def detect_encoding(stream: BinaryIO) -> Encoding:
    """Detect a byte order mark, UTF-16 without one, UTF-8, or guess an older encoding; and the line ends.

    Raises:
        BadInput: the file is not text.
    """
    stream.seek(0)
    head = stream.read(_HEAD_BYTES)
    return replace(_detect_codec(stream, head), newline=_detect_newline(head.replace(b"\0", b"")))


def _detect_newline(head: bytes) -> str:
    """Return the line end next to which the other one is rare, so that it is part of texts."""
    returns, feeds = head.count(b"\r"), head.count(b"\n")
    if b"\r\n" in head or not returns or not feeds or max(returns, feeds) < _RARE_LINE_END * min(returns, feeds):
        return ""
    return "\r" if returns > feeds else "\n"


def _detect_codec(stream: BinaryIO, head: bytes) -> Encoding:
    for mark, name in _BOMS.items():
        if head.startswith(mark):
            return Encoding(name, _FALLBACK if name == "utf-8-sig" else "replace")
    if b"\0" in head:
        if name := _detect_utf16(head):
            return Encoding(name, "replace")
        raise _make_binary_error(head[: head.index(b"\0")].count(b"\n") + 1)
    odd_lines = _find_lines_outside_utf8(stream)
    first = next(odd_lines, None)
    return Encoding("utf-8") if first is None else _guess_encoding(stream, first)


def _detect_utf16(head: bytes) -> str:
    """Return the codec of UTF-16 without a byte order mark; an empty string if the bytes are something else."""
    if head.count(0) * 20 < len(head):
        return ""
    usual = {}
    for name in ("utf-16-le", "utf-16-be"):
        text = head[: len(head) // 2 * 2].decode(name, "replace")
        usual[name] = sum(map(text.count, ",;\t\n\r "))
        if text.count("\N{REPLACEMENT CHARACTER}") > 1 or "\0" in text:
            usual[name] = 0
    best = max(usual, key=lambda name: usual[name])
    return best if usual[best] else ""


def _find_lines_outside_utf8(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield (number, content) of the lines that are not UTF-8."""
    stream.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:  # quick, for the usual file
        while chunk := stream.read(_CHUNK_BYTES):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        stream.seek(0)
        for number, line in enumerate(stream, start=1):
            try:
                line.decode()
            except UnicodeDecodeError:
                yield number, line


def _guess_encoding(stream: BinaryIO, first: tuple[int, bytes]) -> Encoding:
    """Guess from the lines with bytes outside ASCII. `first` is the first one that is not UTF-8."""
    stream.seek(0)
    sample, size, multi_byte = [], 0, 0
    for line in stream:
        if not line.isascii():
            sample.append(line)
            size += len(line)
            multi_byte += sum(character > "\x7f" for character in line.decode(errors="ignore"))
            if size > _HEAD_BYTES:
                break
    content = b"".join(sample)
    bad_bytes = content.decode(errors="surrogateescape").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if multi_byte > bad_bytes.count("\N{REPLACEMENT CHARACTER}"):
        warning = _(
            "Line {line} is not UTF-8, so its letters were read as Windows-1252: '{example}'. If they look wrong, save the "
            "table as CSV UTF-8."
        )
        return Encoding("utf-8", _FALLBACK, warning.format(line=first[0], example=_quote(first[1], "cp1252")))
    name = _choose_codec(content)
    warning = _(
        "The table is not UTF-8; it was read as {encoding}, for example '{example}' in line {line}. If letters look wrong, save "
        "it as CSV UTF-8."
    ).format(encoding=name, example=_quote(first[1], name), line=first[0])
    return Encoding(name, "replace", warning)


def _choose_codec(content: bytes) -> str:
    """Choose the codec for lines with bytes outside ASCII."""
    if sum(byte > 0x7F for byte in content) > _OTHER_SCRIPT_SHARE * len(content):
        from charset_normalizer import from_bytes

        match = from_bytes(content, cp_isolation=[*_OTHER_SCRIPTS, *_LATIN]).best()
        if match and match.encoding not in _LATIN:
            return match.encoding
    texts = {name: content.decode(name, "replace") for name in _LATIN}
    best = min(_LATIN, key=lambda name: len(_ODD_LETTERS.findall(texts[name])))
    is_turkish = best == "cp1252" and re.search("[ðþ]", texts[best]) and not re.search("[áæ]", texts[best])
    return "cp1254" if is_turkish else best


def _quote(line: bytes, codec: str) -> str:
    """Return the part of the line around its first byte outside ASCII."""
    text = line.decode(codec, "replace").strip()
    position = next((i for i, character in enumerate(text) if character > "\x7f"), 0)
    return shorten(" ".join(text[max(0, position - 15) : position + 15].split()))


def read_lines(stream: BinaryIO, encoding: Encoding, limits: Limits) -> Generator[str, None, None]:
    """Yield the lines with their line ends: Windows, Unix or old Macintosh. Raises BadInput if one is too long or has a NUL."""
    stream.seek(0)
    reader = io.TextIOWrapper(stream, encoding=encoding.name, errors=encoding.errors, newline=encoding.newline)
    try:
        for number in count(1):
            line = reader.readline(limits.row_characters + 1)
            if not line:
                return
            if len(line) > limits.row_characters:
                raise make_long_row_error(number, limits)
            if "\0" in line:
                raise _make_binary_error(number)
            yield line
    finally:
        with suppress(ValueError):  # the stream was closed first
            reader.detach()


def _make_binary_error(line: int) -> BadInput:
    return BadInput(
        _(
            "Line {line} of the file has a NUL byte, so it is neither a table nor an archive of pictures. Choose a CSV, JSON, Excel, ZIP "
            "or TAR file."
        ).format(line=line)
    )


def make_long_row_error(line: int, limits: Limits) -> BadInput:
    """Return the error for a row of too many characters."""
    return BadInput(
        _(
            "Line {line} of the table belongs to a row of more than {most:,} characters. Write only a text and its label in each row."
        ).format(line=line, most=limits.row_characters)
    )
