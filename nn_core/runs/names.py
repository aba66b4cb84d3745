"""Names for runs: the day, and two words that are easy to say to a colleague."""

import random
from collections.abc import Iterator
from datetime import date

from nn_core.i18n import _

__all__ = ["bad_name", "fresh_names", "is_run_name"]

_QUALITIES = (
    "amber bold brave bright calm clever cosy crisp curious deft eager fair fleet gentle glad golden happy jolly keen "
    "kind lively lucky mellow merry mild neat nimble patient plucky polite proud quick quiet rapid serene sharp shy "
    "silver sleek snug spry steady sunny swift tidy vivid warm wise witty young"
).split()
_ANIMALS = (
    "badger beaver bison crane cricket dolphin eagle egret falcon ferret finch fox gecko goose hare hawk heron ibex "
    "jackdaw jay kestrel kingfisher koala lark lemur linnet lynx magpie marten mole moose newt ocelot osprey otter owl "
    "panda penguin plover puffin quail rabbit raven robin salmon seal shrew sparrow stork swan tapir tern thrush toad "
    "trout turtle vole walrus weasel wren yak zebra"
).split()
_LONGEST, _MOST_BYTES = 100, 240  # file systems count bytes, and need some for what stands around a name


def fresh_names(today: date) -> Iterator[str]:
    """Names without end, such as '2026-11-22-quiet-otter'; numbered once the words seem used up."""
    for attempt in range(1_000_000):
        number = "" if attempt < 20 else f"-{attempt}"
        yield f"{today.isoformat()}-{random.choice(_QUALITIES)}-{random.choice(_ANIMALS)}{number}"


def is_run_name(text: str) -> bool:
    """Whether a text can name a run: one folder name of letters, digits, spaces, '-', '_' and '.', not hidden."""
    return (
        0 < len(text) <= _LONGEST
        and len(text.encode(errors="replace")) <= _MOST_BYTES
        and text == text.strip()
        and not text.startswith(".")
        and all(letter.isalnum() or letter in " -_." for letter in text)
    )


def bad_name(text: str) -> str:
    """What to say of a text that is none."""
    return _("'{name}' cannot name a run: use up to 100 letters, digits, spaces, '-', '_' and '.'.").format(
        name=text[:200]
    )
