"""Pictures taken with the camera in bursts, several per second, and how they are divided into training and test data.

The pictures of a burst are nearly the same. If some were for training and others for the test, the test would only measure memory,
so whole bursts are for the test.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nn_core.data.custom.archives.splits import is_filling, parse_split_name
from nn_core.data.custom.validation import LIMITS, quote_names
from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = [
    "FEW_PICTURES",
    "MAX_PICTURES",
    "BurstPicture",
    "check_class_name",
    "describe_balance",
    "explain_not_ready",
    "make_group_keys",
    "pack_bursts",
]

MAX_PICTURES = 1000
FEW_PICTURES = 30
_UNEVEN = 2  # times as many pictures in one class as in another
_SMALLEST_BURSTS = 2  # of a class: one for training and one for the test
_MAX_NAME_LENGTH = 40
_FILE = re.compile(r"(?P<burst>(?:.*/)?burst-[0-9]{1,6})-[0-9]{1,6}\.\w+")


@dataclass(frozen=True)
class BurstPicture:
    """A picture from the camera.

    Attributes:
        label: its class.
        burst: the number of its burst, unique in all classes.
        content: of a JPEG file.
    """

    label: str
    burst: int
    content: bytes


def check_class_name(name: str, others: Iterable[str]) -> str:
    """Return the name of a new class without surplus spaces. Raises BadInput if it cannot name a folder of an archive."""
    name = " ".join(name.split())
    if not 0 < len(name) <= _MAX_NAME_LENGTH or not name.isprintable() or re.search(r'[/\\:*?"<>|]|^\.|^__|\.$', name):
        raise BadInput(
            _(
                "'{name}' cannot name a class: use 1 to {most} letters, digits and spaces, without signs such as / * < and a dot or __ at "
                "the beginning."
            ).format(name=name[: 2 * _MAX_NAME_LENGTH], most=_MAX_NAME_LENGTH)
        )
    if parse_split_name(name) or is_filling(name):
        raise BadInput(
            _(
                "'{name}' cannot name a class, because folders of this name have another meaning in an archive; choose another, such "
                "as 'my {name}'."
            ).format(name=name)
        )
    if same := next((other for other in others if other != name and other.casefold() == name.casefold()), None):
        raise BadInput(_("There is a class '{same}' already; write it like that.").format(same=same))
    return name


def pack_bursts(pictures: Sequence[BurstPicture]) -> bytes:
    """Return a ZIP with a folder for each class; the name of each file contains the number of its burst."""
    content = io.BytesIO()
    numbers: Counter[int] = Counter()
    with zipfile.ZipFile(content, "w") as archive:
        for picture in pictures:
            numbers[picture.burst] += 1
            name = f"burst-{picture.burst:03}-{numbers[picture.burst]:03}.jpg"
            archive.writestr(zipfile.ZipInfo(f"{picture.label}/{name}"), picture.content)
    return content.getvalue()


def make_group_keys(paths: Sequence[str], digests: Sequence[bytes], labels: Sequence[int]) -> list[bytes]:
    """Return a key for each sample, for `split_train_test`: pictures of a burst have the same, others that of their content.

    Where all pictures of a class are from one burst, their bursts are ignored, because the class would have no test.

    Args:
        paths: of the pictures in the archive; those of a burst are named as by `pack_bursts`.
        digests: the checksums of the samples.
        labels: the class of each sample.
    """
    bursts = [match["burst"] if (match := _FILE.fullmatch(path)) else None for path in paths]
    of_class: dict[int, set[str | None]] = defaultdict(set)
    for burst, label in zip(bursts, labels, strict=True):
        of_class[label].add(burst)
    return [
        digest
        if burst is None or len(of_class[label]) < _SMALLEST_BURSTS
        else hashlib.blake2b(f"{label} {burst}".encode(), digest_size=16).digest()
        for burst, digest, label in zip(bursts, digests, labels, strict=True)
    ]


def explain_not_ready(pictures: Sequence[BurstPicture]) -> str:
    """Say what is missing before the pictures can be a data set; empty if nothing is."""
    counts, bursts = _count(pictures)
    if len(counts) < 2:
        return _("A network needs two classes: type the name of another class and take pictures of it.")
    if small := [label for label, count in counts.items() if count < LIMITS.smallest_class]:
        return _("Every class needs at least {least} pictures. Take more of {names}.").format(
            least=LIMITS.smallest_class, names=quote_names(small)
        )
    if single := [label for label in counts if len(bursts[label]) < _SMALLEST_BURSTS]:
        return _(
            "Every class needs two bursts, because one is kept for the test: its pictures are too similar to be in both. Take another "
            "of {names}."
        ).format(names=quote_names(single))
    return ""


def describe_balance(pictures: Sequence[BurstPicture]) -> list[str]:
    """Return warnings about classes with few pictures, and classes of unequal size."""
    counts, _bursts = _count(pictures)
    warnings = []
    if few := [label for label, count in counts.items() if count < FEW_PICTURES]:
        warnings.append(
            _(
                "Few pictures of {names}: with {least} or more of each class, from several sides and in different light, a network "
                "learns much better."
            ).format(names=quote_names(few), least=FEW_PICTURES)
        )
    if len(counts) > 1:
        (most, many), (least, fewest) = counts.most_common()[0], counts.most_common()[-1]
        if many > _UNEVEN * fewest:
            warnings.append(
                _(
                    "The classes are uneven: '{most}' has {many:,} pictures and '{least}' {few:,}. The network will prefer '{most}'; "
                    "take more of '{least}'."
                ).format(most=most, many=many, least=least, few=fewest)
            )
    return warnings


def _count(pictures: Sequence[BurstPicture]) -> tuple[Counter[str], dict[str, set[int]]]:
    """Return the number of pictures and the bursts of each class."""
    bursts: dict[str, set[int]] = defaultdict(set)
    for picture in pictures:
        bursts[picture.label].add(picture.burst)
    return Counter(picture.label for picture in pictures), bursts
