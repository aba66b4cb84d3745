"""Encodes text as indices into an alphabet. Upper case and lower case are the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from unicodedata import normalize

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["collect_alphabet", "count_characters", "decode", "encode"]

_PADDING, _UNKNOWN, _FIRST = 0, 1, 2
_UNKNOWN_CHARACTER = "\N{REPLACEMENT CHARACTER}"


def encode(texts: Sequence[str], alphabet: str, length: int) -> Tensor:
    """Encode texts with a fixed length.

    Returns:
        uint8 [texts, length]: 2 + the index in `alphabet`, or 1 for a character that is not in it. Longer texts are cut,
        shorter ones padded with 0.
    """
    import numpy as np
    import torch

    indices = {character: index for index, character in enumerate(alphabet, start=_FIRST)}
    rows = (bytes(indices.get(character, _UNKNOWN) for character in _normalize(text)[:length]) for text in texts)
    flat = bytearray().join(row.ljust(length, bytes([_PADDING])) for row in rows)
    return torch.from_numpy(np.frombuffer(flat, dtype=np.uint8)).view(len(texts), length)


def decode(inputs: Tensor, alphabet: str) -> list[str]:
    """Decode texts. They are in lower case, with � for characters that are not in the alphabet."""
    characters = ["", _UNKNOWN_CHARACTER, *alphabet]
    return ["".join(characters[index] for index in row) for row in inputs.tolist()]


def count_characters(text: str) -> int:
    """Count the characters of which `encode` encodes the first ones."""
    return len(_normalize(text))


def collect_alphabet(texts: Iterable[str], most: int = 250) -> str:
    """Return the `most` most common characters of the texts, sorted."""
    counts = Counter(character for text in texts for character in _normalize(text))
    most_common = sorted(counts, key=lambda character: (-counts[character], character))[:most]
    return "".join(sorted(most_common))


def _normalize(text: str) -> str:
    """Convert to lower case, compose accents with their letters, and replace the typographic apostrophe by the ASCII one."""
    return normalize("NFC", text.lower()).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
