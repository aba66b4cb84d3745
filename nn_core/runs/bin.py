"""Deleted runs: they stay in `<runs>/.bin` for a week and can be restored.

    .bin/2026-11-29T021500123456Z/2026-11-28-quiet-otter/config.json, …

A run is moved with one rename, so that a crash leaves it either here or there. It keeps the name of its folder, and the runs in the bin count
when titles are made (`make_titles`), so no run is called by another name because some were deleted or restored.
"""

import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from nn_core.errors import BadInput, RunNotFound, suggest_one_of
from nn_core.i18n import _
from nn_core.runs.cache import FileCache
from nn_core.runs.disk_quota import BIN_FOLDER
from nn_core.runs.folder import RunFolder

__all__ = [
    "KEPT_DAYS",
    "DeletedRun",
    "empty_bin",
    "find_deleted_run",
    "list_deleted_runs",
    "move_to_bin",
    "remove_expired_runs",
    "restore_run",
]

KEPT_DAYS = 7
_STAMP = "%Y-%m-%dT%H%M%S%fZ"


@dataclass(frozen=True)
class DeletedRun:
    """A run in the bin."""

    run: RunFolder
    deleted_at: datetime

    @property
    def name(self) -> str:
        """That of the run's folder."""
        return self.run.name

    @property
    def id(self) -> str:
        """The name of its folder in the bin: a run of the same name may have been deleted twice."""
        return self.run.path.parent.name

    @property
    def root(self) -> Path:
        """The folder of runs to which it belongs."""
        return self.run.path.parents[2]


def move_to_bin(run: RunFolder) -> DeletedRun:
    """Delete a run so that it can be restored.

    Raises:
        ReadOnlyRun: It comes with NN Lab.
        RunBusy: A process works on it.
        RunNotFound: It is no longer there.
        BadInput: It cannot be moved.
    """
    run.check_writable()
    if not run.path.is_dir():
        raise RunNotFound(_("Run '{run}' is no longer there: it was deleted.").format(run=run.name))
    with run.lock():
        while True:
            deleted_at = datetime.now(UTC)
            entry = run.path.parent / BIN_FOLDER / deleted_at.strftime(_STAMP)
            try:
                entry.mkdir(parents=True)
                os.rename(run.path, entry / run.name)
            except FileExistsError:  # another run was deleted in the same microsecond
                continue
            except OSError as error:
                with suppress(OSError):
                    entry.rmdir()
                raise BadInput(
                    _("Cannot delete '{run}': {reason}.").format(run=run.name, reason=error.strerror)
                ) from error
            return DeletedRun(RunFolder(entry / run.name, run.cache), deleted_at)


def restore_run(deleted: DeletedRun) -> RunFolder:
    """Move a run back to where it was.

    Raises:
        RunNotFound: It is no longer in the bin.
        BadInput: Another run has its name now, or it cannot be moved.
    """
    target = deleted.root / deleted.name
    if target.exists():
        raise BadInput(
            _(
                "'{run}' cannot be restored, because another run is now in the folder of this name. Delete that one first; it can be "
                "restored too."
            ).format(run=deleted.name)
        )
    try:
        os.rename(deleted.run.path, target)
    except FileNotFoundError:
        raise RunNotFound(
            _("'{run}' is no longer among the deleted runs: it was restored or removed for good.").format(
                run=deleted.name
            )
        ) from None
    except OSError as error:
        raise BadInput(
            _("Cannot restore '{run}': {reason}.").format(run=deleted.name, reason=error.strerror)
        ) from error
    with suppress(OSError):
        deleted.run.path.parent.rmdir()
    return RunFolder(target, deleted.run.cache)


def list_deleted_runs(root: Path, cache: FileCache | None = None) -> list[DeletedRun]:
    """List the runs in the bin of a folder of runs, the last deleted one first."""
    found = []
    for stamp in _list_names(root / BIN_FOLDER):
        with suppress(ValueError):  # not a folder of ours
            deleted_at = datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
            folder = root / BIN_FOLDER / stamp
            found += [DeletedRun(RunFolder(folder / name, cache), deleted_at) for name in _list_names(folder)[:1]]
    return found


def find_deleted_run(root: Path, name: str) -> DeletedRun:
    """Find the run of this folder name that was deleted last, or the run of this name that a user gave it. Raises RunNotFound."""
    deleted = list_deleted_runs(root)
    for each in deleted:
        if name == each.name or name == each.run.label().name:
            return each
    names = {each.name for each in deleted}
    remedy = suggest_one_of(name, names) if names else _("The bin is empty.")
    raise RunNotFound(_("No deleted run is named '{name}'.").format(name=name[:200]) + " " + remedy)


def empty_bin(deleted: Iterable[DeletedRun]) -> None:
    """Remove these runs for good. Raises BadInput if one cannot be removed."""
    for each in deleted:
        try:
            shutil.rmtree(each.run.path.parent)
        except FileNotFoundError:
            continue  # restored or removed meanwhile
        except OSError as error:
            raise BadInput(
                _("Cannot delete '{run}': {reason}.").format(run=each.name, reason=error.strerror)
            ) from error


def remove_expired_runs(root: Path, now: datetime | None = None) -> None:
    """Remove what has been in the bin for longer than a week. Raises BadInput."""
    oldest = (now or datetime.now(UTC)) - timedelta(days=KEPT_DAYS)
    empty_bin(each for each in list_deleted_runs(root) if each.deleted_at < oldest)


def _list_names(folder: Path) -> list[str]:
    """Return the names in a folder, the last first; none if it does not exist."""
    with suppress(OSError):
        return sorted(os.listdir(folder), reverse=True)
    return []
