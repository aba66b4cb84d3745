"""Records the files that this process opens, for tests that a file is not read twice."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["files_opened"]

_watching: list[tuple[str, list[str]]] = []


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and _watching:
        for root, opened in _watching:
            if str(arguments[0]).startswith(root):
                opened.append(str(arguments[0]))


sys.addaudithook(_note)


@contextmanager
def files_opened(root: Path) -> Iterator[list[str]]:
    """The files below `root` that are opened inside, each as often as it is."""
    watch: tuple[str, list[str]] = (f"{root}/", [])
    _watching.append(watch)
    try:
        yield watch[1]
    finally:
        _watching.remove(watch)
