"""Where an imported run goes: it is put together aside, and moved to its place in one go."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import count
from pathlib import Path

from nn_core.errors import BadInput
from nn_core.i18n import _
from nn_core.places import SHIPPED_RUN
from nn_core.runs import RunFolder
from nn_core.runs.names import bad_name, fresh_names, is_run_name

__all__ = ["Imported", "place"]


@dataclass(frozen=True)
class Imported:
    """notes: sentences on what was left out or guessed."""

    run: RunFolder
    notes: tuple[str, ...] = ()


def place(root: Path, name: str | None, fill: Callable[[RunFolder], tuple[str, list[str]]]) -> Imported:
    """Let `fill` make a run in a folder aside, and give it a place below `root`.

    name: as the user wants it, and then it must be free; otherwise `fill` returns one to begin with (beside its notes), and
    a number is added where that is taken. Raises BadInput, and then nothing is left behind.
    """
    if name and not is_run_name(name):
        raise BadInput(bad_name(name))
    with _writable(root):
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".import-", dir=root) as aside:
            # One deeper than a run, so that nobody lists it before it is whole.
            folder = Path(aside) / "run"
            folder.mkdir()
            wanted, notes = fill(RunFolder(folder))
            for candidate in [name] if name else _names(wanted):
                if candidate == SHIPPED_RUN.name:
                    continue  # the run of that name is in every list already
                try:
                    (root / candidate).mkdir()
                except FileExistsError:
                    continue
                folder.rename(root / candidate)  # takes the place of the empty folder
                return Imported(RunFolder(root / candidate), tuple(notes))
    raise BadInput(
        _("There is a run named '{name}' already. Choose another name, or delete that run.").format(name=name)
    )


def _names(wanted: str) -> Iterator[str]:
    if is_run_name(wanted):
        yield wanted
        for number in count(2):
            if not is_run_name(f"{wanted}-{number}"):
                break
            yield f"{wanted}-{number}"
    yield from fresh_names(date.today())


@contextmanager
def _writable(root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BadInput(
            _("Cannot import into '{root}': {reason}. Make room there, or allow writing.").format(
                root=root, reason=error.strerror or error
            )
        ) from error
