"""A name for each attempt of a launch, on which all of its processes agree.

What processes said lies in a store that outlives them, and torchrun starts them all anew after a failure. Its own count of attempts
is each machine's, and may differ. So everybody comes with a word that nobody had before, and the leader calls the words that it
finds until those who brought them have answered: nobody who has ended since can.
"""

import json
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

__all__ = ["agreed_attempt"]

_LOOK_SECONDS = 0.05
_CALLED = "called"


def agreed_attempt(store: Any, rank: int, size: int, patience_seconds: float) -> str:
    """Returns once all have come. store: torch's. rank: of this process; number 0 leads. Raises TimeoutError."""
    looks = _looks(patience_seconds)
    return _answer(store, rank, looks) if rank else _call(store, size, looks)


def _call(store: Any, size: int, looks: Iterator[None]) -> str:
    attempt, words = uuid4().hex, [_word_of(rank) for rank in range(1, size)]
    called: list[str] = []
    for _look in looks:
        if words and not store.check(words):
            continue
        found = [store.get(word).decode() for word in words]
        if found != called:
            called = found
            store.set(_CALLED, json.dumps([attempt, *called]))
        if all(store.check([_answer_to(attempt, word)]) for word in called):
            break
    return attempt


def _answer(store: Any, rank: int, looks: Iterator[None]) -> str:
    word = uuid4().hex
    store.set(_word_of(rank), word)
    attempt, called = "", []
    for _look in looks:
        if store.check([_CALLED]):
            attempt, *called = json.loads(store.get(_CALLED))
        if word in called:
            break
    store.set(_answer_to(attempt, word), "")
    return attempt


def _word_of(rank: int) -> str:
    return f"word/{rank}"


def _answer_to(attempt: str, word: str) -> str:
    return f"answer/{attempt}/{word}"


def _looks(patience_seconds: float) -> Iterator[None]:
    until = time.monotonic() + patience_seconds
    while time.monotonic() < until:
        yield
        time.sleep(_LOOK_SECONDS)
    raise TimeoutError
