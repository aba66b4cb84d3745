"""All runs below a folder: find, rename, delete."""

import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path

from nn_core.errors import BadInput, RunNotFound, one_of
from nn_core.i18n import _
from nn_core.places import SHIPPED_RUN
from nn_core.runs.file_cache import FileCache
from nn_core.runs.folder import RunFolder
from nn_core.runs.names import bad_name, is_run_name

__all__ = ["delete_run", "find_run", "list_runs", "rename_run", "shipped_run"]


def list_runs(root: Path, known: FileCache | None = None) -> list[RunFolder]:
    """Every run below `root`, the newest first (by name within a second). A folder without config.json is none.

    known: what the runs shall remember of their files.
    """
    found = []
    for name in os.listdir(root) if root.is_dir() else ():
        with suppress(OSError):  # no run, or one that is deleted at this moment
            about = os.stat(os.path.join(root, name, "config.json"))
            if stat.S_ISREG(about.st_mode):
                found.append((about.st_mtime, name))
    return [RunFolder(root / name, known) for _mtime, name in sorted(found, reverse=True)]


def shipped_run(known: FileCache | None = None) -> RunFolder | None:
    """The trained model that comes with NN Lab, if it is here."""
    return RunFolder(SHIPPED_RUN, known) if (SHIPPED_RUN / "config.json").is_file() else None


def find_run(root: Path, name: str, known: FileCache | None = None) -> RunFolder:
    """The run of that name below `root`, or the shipped one; a run of that name below `root` comes first. Raises RunNotFound."""
    if is_run_name(name):
        folders = [folder for folder in (root / name, SHIPPED_RUN) if folder.name == name and folder.is_dir()]
        with_config = [folder for folder in folders if (folder / "config.json").is_file()]
        if folders:
            return RunFolder((with_config or folders)[0], known)
    names = [run.name for run in list_runs(root)]
    remedy = one_of(name, names[:10]) if names else _("There are none yet: train one first.")
    raise RunNotFound(_("No run named '{name}' in '{root}'.").format(name=name[:200], root=root) + " " + remedy)


def rename_run(run: RunFolder, name: str) -> RunFolder:
    """Give the folder another name. Raises BadInput, ReadOnlyRun for the shipped run, or RunBusy while a process works in it."""
    run.must_be_changeable()
    if not is_run_name(name):
        raise BadInput(bad_name(name))
    target = run.path.with_name(name)
    if target.exists() or name == SHIPPED_RUN.name:
        raise BadInput(_("There is a run named '{name}' already. Choose another name.").format(name=name))
    lock = run.lock()
    try:
        run.path.rename(target)
    except OSError as error:
        raise BadInput(_("Cannot rename '{run}': {reason}.").format(run=run.name, reason=error.strerror)) from error
    finally:
        lock.release()
    return RunFolder(target)


def delete_run(run: RunFolder) -> None:
    """Delete the folder with all that is in it. Raises ReadOnlyRun for the shipped run, RunBusy while a process works in it."""
    run.must_be_changeable()
    lock = run.lock()
    try:
        shutil.rmtree(run.path)
    except OSError as error:
        raise BadInput(_("Cannot delete '{run}': {reason}.").format(run=run.name, reason=error.strerror)) from error
    finally:
        lock.release()
