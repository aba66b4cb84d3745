"""Text as numbers: each character is its place in an alphabet. Capitals count as small letters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from unicodedata import normalize

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["collect_alphabet", "decode", "encode"]

_FILL, _OTHER, _FIRST = 0, 1, 2
_SHOWN_FOR_OTHER = "\N{REPLACEMENT CHARACTER}"


def encode(texts: Sequence[str], alphabet: str, length: int) -> Tensor:
    """uint8 [texts, length]: for each character 2 + its place in `alphabet`, or 1 where it is not there. Longer texts are
    cut, shorter ones filled up with 0."""
    import numpy as np
    import torch

    places = {character: place for place, character in enumerate(alphabet, start=_FIRST)}
    rows = (bytes(places.get(character, _OTHER) for character in _plain(text)[:length]) for text in texts)
    flat = bytearray().join(row.ljust(length, bytes([_FILL])) for row in rows)
    return torch.from_numpy(np.frombuffer(flat, dtype=np.uint8)).view(len(texts), length)


def decode(inputs: Tensor, alphabet: str) -> list[str]:
    """The texts that were encoded, in small letters; � for a character that is not in the alphabet."""
    shown = ["", _SHOWN_FOR_OTHER, *alphabet]
    return ["".join(shown[place] for place in row) for row in inputs.tolist()]


def collect_alphabet(texts: Iterable[str], most: int = 250) -> str:
    """The characters of these texts, sorted; where there are more than `most`, the commonest."""
    counts = Counter(character for text in texts for character in _plain(text))
    commonest = sorted(counts, key=lambda character: (-counts[character], character))[:most]
    return "".join(sorted(commonest))


def _plain(text: str) -> str:
    """In small letters, an accent and its letter being one character, and the typographic apostrophe like the typed."""
    return normalize("NFC", text.lower()).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
