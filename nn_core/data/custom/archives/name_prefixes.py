"""Classes in file names, as in `cat.1.jpg` and `dog.2.jpg`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

__all__ = ["find_name_classes"]

_SEPARATORS = r"[\s._()\[\]-]"
_LEADING_WORD = re.compile(rf"(?P<label>.*?[^\W\d_].*?){_SEPARATORS}*\d+{_SEPARATORS}*(copy)?{_SEPARATORS}*")
_TRAILING_WORD = re.compile(rf"\d+{_SEPARATORS}+(?P<label>[^\W\d_][^\d]*?){_SEPARATORS}*")
_LEADING_DIGIT = re.compile(r"(?P<label>\d{1,2})[\s._-]+\d{2,}")
_MEANINGLESS = frozenset(
    """
    img image images imag dsc dscn dscf dsc_ pxl photo photos picture pictures pic pics screenshot screen scan mvi p gopr gp file frame
    unnamed download untitled sample test train val data bild foto imagen img-wa whatsapp vid snapchat fb signal x n s id no nr im
    """.split()
)


def find_name_classes(stems: Sequence[str], least: int) -> list[str] | None:
    """Return the class of each picture if the file names state it clearly.

    Every name must consist of a word and a number, there must be few different words, and none may be what cameras and
    programs call every picture, such as `IMG`.

    Args:
        stems: the file names without extension.
        least: how many pictures each class must have.
    """
    for pattern in (_LEADING_WORD, _TRAILING_WORD, _LEADING_DIGIT):
        found = [pattern.fullmatch(stem) for stem in stems]
        labels = [match["label"].strip(" ._-()[]") if match else "" for match in found]
        if all(labels) and _are_classes(labels, least):
            return labels
    return None


def _are_classes(labels: Sequence[str], least: int) -> bool:
    counts: dict[str, int] = defaultdict(int)
    for label in labels:
        counts[label] += 1
    return (
        1 < len(counts) <= len(labels) // least
        and min(counts.values()) >= least
        and not any(re.split(r"[\W_]", label.casefold())[0] in _MEANINGLESS for label in counts)
    )
