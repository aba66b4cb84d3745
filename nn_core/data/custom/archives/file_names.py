"""Decodes file names whose encoding the archive does not state, such as those of a ZIP made by an old Chinese Windows.

Most encodings decode most bytes into something, so nothing is decided here: `list_readings` shows how the names read in each
likely encoding, the most plausible first.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterable, Sequence

from nn_core.data.custom.archives.source import ArchiveEntry, StoredFile, normalize_path
from nn_core.data.custom.validation import shorten
from nn_core.errors import BadInput
from nn_core.i18n import N_, _

__all__ = ["ENCODINGS", "list_readings", "list_undeclared", "resolve_names"]

ENCODINGS = {
    "utf-8": N_("Unicode"),
    "gbk": N_("Simplified Chinese"),
    "shift_jis": N_("Japanese"),
    "big5": N_("Traditional Chinese"),
    "euc_kr": N_("Korean"),
    "cp1251": N_("Cyrillic, Windows"),
    "cp1252": N_("Western European, Windows"),
    "cp850": N_("Western European, DOS"),
    "cp437": N_("American, DOS"),
}
"""The likely encodings, and what is written in them."""

_CODECS = {"shift_jis": "cp932", "euc_kr": "cp949", "big5": "cp950"}
"""What Windows writes under these names: the standard with more characters."""

_SEPARATORS = re.compile(r"[/\\.]")

_LEVEL_1 = {"gbk": ("gb2312", 0xB0, 0xD7), "big5": ("big5", 0xA4, 0xC6), "shift_jis": ("shift_jis", 0x88, 0x97)}
"""The standard and the first bytes of its common characters."""


def list_undeclared(files: Iterable[StoredFile]) -> list[bytes]:
    """Return the names whose encoding is not known; nothing if they certainly are UTF-8, which few other bytes happen to be."""
    raw = _list_bytes(files)
    try:
        words = {word for name in raw for word in _SEPARATORS.split(name.decode()) if not word.isascii()}
    except UnicodeDecodeError:
        return raw
    # A single Chinese character in GBK can look like a single Armenian one in UTF-8.
    return raw if all(len(word) == 1 and len(word.encode()) == 2 for word in words) else []


def _list_bytes(files: Iterable[StoredFile]) -> list[bytes]:
    return [file.name for file in files if isinstance(file.name, bytes)]


def list_readings(raw: Sequence[bytes]) -> dict[str, list[str]]:
    """Return the decoded names by encoding, the most plausible encoding first, without those that fail or give control characters.

    Of encodings that give the same names, only the first is listed.
    """
    found: list[tuple[float, str, list[str]]] = []
    for encoding in ENCODINGS:
        try:
            names = [_decode(name, encoding) for name in raw]
        except UnicodeDecodeError:
            continue
        text = "".join(names)
        if not text.isprintable() or any(names == known for _score, _encoding, known in found):
            continue
        found.append((_score_plausibility(names, encoding), encoding, names))
    found.sort(key=lambda reading: -reading[0])
    return {encoding: names for _score, encoding, names in found}


def resolve_names(files: Sequence[StoredFile], encoding: str | None) -> list[ArchiveEntry]:
    """Return the files with readable paths. Undeclared names are decoded with the encoding, or with the most plausible one.

    Raises:
        BadInput: the encoding is unknown, or does not fit the names.
    """
    if encoding is not None:
        _check_encoding(encoding, _list_bytes(files))
    elif raw := list_undeclared(files):
        encoding = next(iter(list_readings(raw)), "cp437")
    encoding = encoding or "utf-8"
    return [
        ArchiveEntry(normalize_path(file.name if isinstance(file.name, str) else _decode(file.name, encoding)), file)
        for file in files
    ]


def _check_encoding(encoding: str, raw: Sequence[bytes]) -> None:
    try:
        codecs.lookup(encoding)
        "".encode(encoding)
    except (LookupError, ValueError) as error:
        raise BadInput(
            _("Unknown encoding '{encoding}' of file names. Choose one of: {names}.").format(
                encoding=shorten(encoding), names=", ".join(ENCODINGS)
            )
        ) from error
    try:
        for name in raw:
            _decode(name, encoding)
    except UnicodeError as error:
        fitting = list_readings(raw)
        raise BadInput(
            _("The file names in the archive are not written in '{encoding}'. Choose one of: {names}.").format(
                encoding=encoding, names=", ".join(fitting)
            )
        ) from error


def _decode(name: bytes, encoding: str) -> str:
    return name.decode(_CODECS.get(encoding, encoding))


def _score_plausibility(names: Sequence[str], encoding: str) -> float:
    """Return from 0 to 1 how much the names look like words of people who use the encoding."""
    scores = [
        _score_character(character, encoding, part)
        for part in {part.partition(".")[0] for name in names for part in name.replace("\\", "/").split("/")}
        for character in part
        if not character.isascii()
    ]
    return sum(scores) / max(1, len(scores))


def _score_character(character: str, encoding: str, word: str) -> float:
    if not unicodedata.category(character).startswith(("L", "M")):
        return 0.0
    has_ascii = any(each.isascii() and each.isalpha() for each in word)
    if encoding in _LEVEL_1 or encoding == "euc_kr":
        return (0.5 if has_ascii else 1.0) * _score_east_asian(character, encoding)
    name = unicodedata.name(character, "")
    if encoding == "utf-8":
        return 0.97
    if encoding == "cp1251":
        return 0.95 if name.startswith("CYRILLIC") and not has_ascii else 0.0
    letters = [each for each in word if each.isalpha()]  # in Western words, accents are rare
    share = sum(each.isascii() for each in letters) / max(1, len(letters))
    return 0.95 * share if name.startswith("LATIN") else 0.0


def _score_east_asian(character: str, encoding: str) -> float:
    if encoding == "euc_kr":
        return 1.0 if unicodedata.name(character, "").startswith("HANGUL SYLLABLE") else 0.2
    if encoding == "shift_jis" and "ぁ" <= character <= "ヿ":
        return 1.0
    standard, first, last = _LEVEL_1[encoding]
    try:
        return 1.0 if first <= character.encode(standard)[0] <= last else 0.3
    except UnicodeEncodeError:
        return 0.1
