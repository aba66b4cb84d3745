"""All runs in a folder: find, rename, delete. The folders are named by the date and two words that are easy to say."""

import os
import random
import re
import shutil
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path

from nn_core.errors import BadInput, RunNotFound, suggest_one_of
from nn_core.i18n import _
from nn_core.paths import SHIPPED_NAMES, get_shipped_folders
from nn_core.runs.cache import FileCache
from nn_core.runs.folder import RunFolder
from nn_core.runs.label import RunLabel

__all__ = [
    "check_run_name",
    "create_folder",
    "delete_run",
    "find_run",
    "get_shipped_run",
    "is_run_name",
    "is_suggested_name",
    "list_runs",
    "list_shipped_runs",
    "rename_run",
    "suggest_run_names",
]

_MAX_SUGGESTED = 10  # of the user's own runs

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
_SUGGESTED = re.compile(rf"([a-z]+-)?\d{{4}}-\d\d-\d\d-({'|'.join(_QUALITIES)})-({'|'.join(_ANIMALS)})(-\d+)?")
_MAX_LENGTH, _MAX_BYTES = 100, 240  # file systems count bytes, and temporary files add some to a name


def suggest_run_names(today: date) -> Iterator[str]:
    """Generate names without end, such as '2026-11-22-quiet-otter'; after 20 attempts they get a number."""
    for attempt in range(1_000_000):
        number = "" if attempt < 20 else f"-{attempt}"
        yield f"{today.isoformat()}-{random.choice(_QUALITIES)}-{random.choice(_ANIMALS)}{number}"


def is_suggested_name(text: str) -> bool:
    """Whether no one chose this name: `suggest_run_names` did, perhaps with a prefix, or with a number after an import."""
    return _SUGGESTED.fullmatch(text) is not None


def is_run_name(text: str) -> bool:
    """Whether a text can be the name of a run's folder: letters, digits, spaces, '-', '_' and '.', not hidden."""
    return (
        0 < len(text) <= _MAX_LENGTH
        and len(text.encode(errors="replace")) <= _MAX_BYTES
        and text == text.strip()
        and not text.startswith(".")
        and all(letter.isalnum() or letter in " -_." for letter in text)
    )


def check_run_name(text: str) -> None:
    """Raise BadInput for a text that cannot be the name of a run."""
    if not is_run_name(text):
        raise BadInput(
            _("'{name}' cannot be the name of a run: use up to 100 letters, digits, spaces, '-', '_' and '.'.").format(
                name=text[:200]
            )
        )


def create_folder(root: Path, name: str | None, suggestions: Iterable[str]) -> Path:
    """Create an empty folder for a run.

    Args:
        root: The folder of runs; it is created if it is missing.
        name: The user's choice; None to use the first suggestion that is not taken.

    Raises:
        BadInput: The name is taken.
        OSError: The folder cannot be created.
    """
    root.mkdir(parents=True, exist_ok=True)
    for candidate in [name] if name else suggestions:
        if candidate not in SHIPPED_NAMES:  # the shipped runs have these names in every list
            with suppress(FileExistsError):
                (root / candidate).mkdir()
                return root / candidate
    raise BadInput(
        _("There is already a run named '{name}'. Choose another name, or delete that run.").format(name=name)
    )


def list_runs(root: Path, cache: FileCache | None = None) -> list[RunFolder]:
    """List the runs in `root`, newest first. A folder without config.json is not a run.

    Args:
        cache: Shared by the returned runs.
    """
    found = []
    for name in os.listdir(root) if root.is_dir() else ():
        with suppress(OSError):  # not a run, or one that is being deleted
            info = os.stat(os.path.join(root, name, "config.json"))
            if stat.S_ISREG(info.st_mode):
                found.append((info.st_mtime, name))
    return [RunFolder(root / name, cache) for _mtime, name in sorted(found, reverse=True)]


def list_shipped_runs(cache: FileCache | None = None) -> list[RunFolder]:
    """List the trained networks that come with NN Lab and are installed."""
    return [RunFolder(folder, cache) for folder in get_shipped_folders() if (folder / "config.json").is_file()]


def get_shipped_run(cache: FileCache | None = None) -> RunFolder | None:
    """Return the shipped run that reads drawings, if it is installed."""
    return next((run for run in list_shipped_runs(cache) if run.name == SHIPPED_NAMES[0]), None)


def find_run(root: Path, name: str, cache: FileCache | None = None) -> RunFolder:
    """Find a run in `root` or a shipped run; one in `root` takes precedence. Raises RunNotFound."""
    if is_run_name(name):
        folders = [root / name, *(folder for folder in get_shipped_folders() if folder.name == name)]
        folders = [folder for folder in folders if folder.is_dir()]
        with_config = [folder for folder in folders if (folder / "config.json").is_file()]
        if folders:
            return RunFolder((with_config or folders)[0], cache)
    own = [run.name for run in list_runs(root)][:_MAX_SUGGESTED]
    names = dict.fromkeys([*own, *(run.name for run in list_shipped_runs())])
    remedy = suggest_one_of(name, names) if names else _("There are none yet: train one first.")
    raise RunNotFound(_("No run named '{name}' in '{root}'.").format(name=name[:200], root=root) + " " + remedy)


def rename_run(
    run: RunFolder,
    *,
    name: str | None = None,
    note: str | None = None,
    add_tags: Iterable[str] = (),
    remove_tags: Iterable[str] = (),
) -> RunLabel:
    """Give the run another name, another note or other tags, and return them. Its folder keeps its name, so it may train meanwhile.

    Args:
        name: None for the present one, "" for none.
        note: likewise.
        add_tags: to the present ones.
        remove_tags: from them; those that the run does not have are ignored.

    Raises:
        BadInput: The name, the note or a tag is too long.
        ReadOnlyRun: It is a shipped run.
        RunNotFound: It was deleted.
    """
    run.check_writable()
    if not run.path.is_dir():
        raise RunNotFound(_("Run '{run}' is no longer there: it was deleted.").format(run=run.name))
    label = run.label().change(name, note, add_tags=add_tags, remove_tags=remove_tags)
    run.write_label(label)
    return label


def delete_run(run: RunFolder) -> None:
    """Delete the run's folder.

    Raises:
        ReadOnlyRun: It is a shipped run.
        RunBusy: A process works on the run.
    """
    run.check_writable()
    with run.lock():
        try:
            shutil.rmtree(run.path)
        except OSError as error:
            raise BadInput(_("Cannot delete '{run}': {reason}.").format(run=run.name, reason=error.strerror)) from error
