"""Points that the user draws by hand: their grid, their limits, and a short text for links.

A coordinate is rounded to one of 2¹⁵ steps from -2 to 2, so that four bytes hold a point: 15 bits for each coordinate and two for
its label. The settings contain only such points, so that a link gives exactly the same settings. Importing this does not import torch.
"""

from __future__ import annotations

import base64
import binascii
import random
import struct
from collections import defaultdict
from collections.abc import Sequence
from typing import TypeAlias

from nn_core.errors import BadInput, ConfigError
from nn_core.i18n import _

__all__ = [
    "DRAWN_LABELS",
    "DRAWN_REACH",
    "MAX_DRAWN",
    "DrawnPoint",
    "check_enough_points",
    "decode_points",
    "encode_points",
    "list_labels",
    "round_point",
    "split_drawn",
]

DrawnPoint: TypeAlias = tuple[float, float, int]
"""x and y, from -2 to 2, and the label, an index into DRAWN_LABELS."""

DRAWN_LABELS = "ABCD"
DRAWN_REACH = 2.0
MAX_DRAWN = 2000
_FEWEST, _FEWEST_OF_CLASS = 20, 3
_STEPS = 2**15 - 1
_BITS = 15
_TEST_EVERY = 3  # a third of each class is for the test
_SEED = 20_240_229


def round_point(point: DrawnPoint) -> DrawnPoint:
    """Move a point to the nearest point of the grid."""
    x, y, label = point
    return _to_coordinate(_to_step(x)), _to_coordinate(_to_step(y)), label


def _to_step(coordinate: float) -> int:
    return min(max(round((coordinate + DRAWN_REACH) / (2 * DRAWN_REACH) * _STEPS), 0), _STEPS)


def _to_coordinate(step: int) -> float:
    return round(step / _STEPS * 2 * DRAWN_REACH - DRAWN_REACH, 4)  # the steps are wider than 0.0001


def encode_points(points: Sequence[DrawnPoint]) -> str:
    """Encode points as text for a URL: six characters for each of them."""
    packed = ((_to_step(x) << _BITS | _to_step(y)) << 2 | label for x, y, label in points)
    return base64.urlsafe_b64encode(b"".join(struct.pack(">I", each) for each in packed)).decode().rstrip("=")


def decode_points(text: str) -> tuple[DrawnPoint, ...]:
    """Decode what `encode_points` returned. Raises BadInput for another text, and for more than MAX_DRAWN points."""
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        packed = b"?"
    if len(packed) % 4:
        raise BadInput(_("The drawn points '{start}…' are not complete. Copy the whole link.").format(start=text[:12]))
    if len(packed) > 4 * MAX_DRAWN:
        raise BadInput(
            _("The link contains {count:,} drawn points. Use at most {most:,}.").format(
                count=len(packed) // 4, most=MAX_DRAWN
            )
        )
    return tuple(
        (_to_coordinate(each >> _BITS + 2), _to_coordinate(each >> 2 & _STEPS), each & 3)
        for (each,) in struct.iter_unpack(">I", packed)
    )


def list_labels(points: Sequence[DrawnPoint]) -> list[int]:
    """List the labels that occur, in order."""
    return sorted({label for _x, _y, label in points})


def check_enough_points(points: Sequence[DrawnPoint]) -> None:
    """Check that a network can learn from these points. Raises ConfigError."""
    if len(points) < _FEWEST:
        raise ConfigError(
            _(
                "There are {count} drawn points, too few to learn from: draw at least {fewest} with the brush on the Playground."
            ).format(count=len(points), fewest=_FEWEST)
        )
    labels = list_labels(points)
    if len(labels) < 2:
        raise ConfigError(
            _("All drawn points are of class {name}. Draw points of at least two classes.").format(
                name=DRAWN_LABELS[labels[0]]
            )
        )
    for label in labels:
        count = sum(point[2] == label for point in points)
        if count < _FEWEST_OF_CLASS:
            raise ConfigError(
                _(
                    "Class {name} has {count} drawn points, and each class needs at least {fewest}. Draw more of them, or erase these."
                ).format(name=DRAWN_LABELS[label], count=count, fewest=_FEWEST_OF_CLASS)
            )


def split_drawn(points: Sequence[DrawnPoint]) -> tuple[list[DrawnPoint], list[DrawnPoint]]:
    """Return the points for training and validation, and a third of each class for the test: the same ones each time."""
    of_class: dict[int, list[DrawnPoint]] = defaultdict(list)
    for point in points:
        of_class[point[2]].append(point)
    train: list[DrawnPoint] = []
    test: list[DrawnPoint] = []
    for members in of_class.values():
        random.Random(_SEED).shuffle(members)
        for number, point in enumerate(members):
            (test if number % _TEST_EVERY == _TEST_EVERY - 1 else train).append(point)
    return train, test
