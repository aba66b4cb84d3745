"""What the name of a column says about its content."""

import re
from functools import lru_cache
from typing import Literal

__all__ = ["Role", "are_named", "has_sure_name", "rate_name"]

Role = Literal["text", "label"]

# From the names that can hardly mean anything else to those that often do.
_NAMES: dict[Role, tuple[frozenset[str], ...]] = {
    "text": (
        frozenset("text texts".split()),
        frozenset(
            "message messages msg tweet tweets review reviews sentence sentences content comment comments body sms post utterance "
            "document phrase question article abstract transcript lyrics satz nachricht texte texto".split()
        ),
        frozenset(
            "title headline description subject summary caption news query prompt input data v2 words word".split()
        ),
    ),
    "label": (
        frozenset("label labels class".split()),
        frozenset(
            "category sentiment target stars star rating ratings score polarity intent emotion topic classindex classid genre classification "
            "spam toxic stance klasse kategorie bewertung etiqueta".split()
        ),
        frozenset("language lang type tag tags department section group kind answer output y v1 mood".split()),
    ),
}
_OTHER = frozenset(
    "id ids index idx no nr number num date time datetime timestamp created updated year month day confidence count counts "
    "url link user username author source location timezone coord length len lat lon ip email phone gold split fold usage "
    "annotator worker".split()
)
_FILLER = frozenset("name value col column field the of is has".split())
_EXACT, _TOKEN = 1.0, 0.8
_SURE = 3


@lru_cache(maxsize=2000)
def rate_name(name: str, role: Role) -> float:
    """Rate from 0 (nothing known, or something else) to 3 (certain) how well the name fits the role."""
    words = re.findall(r"[^\W\d_]+|\d+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.strip()))
    words = [word.casefold() for word in words]
    whole = "".join(words)
    for points, names in zip((3, 2, 1), _NAMES[role], strict=True):
        if whole in names:
            return points * _EXACT
    words = [word for word in words if not word.isdigit() and word not in _FILLER]
    if len(words) == 0 or words[-1] in _OTHER or len(words) > 4:
        return 0
    for position in (-1, 0):  # "airline sentiment", "text cleaned"
        for points, names in zip((3, 2, 1), _NAMES[role], strict=True):
            if words[position] in names:
                return points * _TOKEN / (1 if position == -1 else 2)
    return 0


def has_sure_name(cells: list[str]) -> bool:
    """Return whether a cell is a name that hardly is anything else, such as text or label."""
    return any(rate_name(cell, role) >= _SURE for cell in cells for role in _NAMES if len(cell) <= 60)


def are_named(cells: list[str]) -> bool:
    """Return whether the cells look like a heading with a column of texts and one of labels."""
    texts = [index for index, cell in enumerate(cells) if len(cell) <= 60 and rate_name(cell, "text") >= 1]
    labels = [index for index, cell in enumerate(cells) if len(cell) <= 60 and rate_name(cell, "label") >= 1]
    return any(text != label for text in texts for label in labels)
