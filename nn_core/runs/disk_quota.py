"""Checks that the disk has room for another run, and translates errors of a full or read-only disk."""

import os
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from nn_core.errors import LimitReached, StorageFailed
from nn_core.i18n import _
from nn_core.limits import GB, LIMITS_IN_THE_ENVIRONMENT, Limits

__all__ = ["check_disk_quota", "measure_run_bytes", "translate_storage_errors"]


@contextmanager
def translate_storage_errors(folder: Path) -> Iterator[None]:
    """Turns an OSError inside into StorageFailed."""
    try:
        yield
    except OSError as error:
        if isinstance(error, FileNotFoundError) and not folder.exists():
            raise StorageFailed(
                _("The run folder '{run}' is gone: it was deleted or moved, so nothing more is kept there.").format(
                    run=folder
                )
            ) from error
        raise StorageFailed(
            _(
                "Cannot write into the run folder '{run}': {reason}. Make room or allow writing there, then resume; what was "
                "saved before is intact."
            ).format(run=folder, reason=error.strerror or error)
        ) from error


def check_disk_quota(root: Path, limits: Limits, own: Collection[str] = (), coming_bytes: int = 0) -> None:
    """Raises LimitReached where a new run would take more of the disk than the limits allow.

    own: the names of the runs that count as those of whoever asks; coming_bytes: what is known of the new run's size.
    """
    disk = shutil.disk_usage(_existing(root))
    free = disk.free - coming_bytes
    if disk.total and free < limits.free_gb * GB:  # a file system without a size is none that stores anything
        raise LimitReached(
            _(
                "The disk has {free:.1f} GB left, and {kept:g} GB are kept free. Delete runs on the Runs page, or set {variable}."
            ).format(free=disk.free / GB, kept=limits.free_gb, variable=LIMITS_IN_THE_ENVIRONMENT["free_gb"])
        )
    sizes = measure_run_bytes(root)
    whole = coming_bytes + sum(sizes.values())
    owned = coming_bytes + sum(sizes.get(name, 0) for name in own)
    if whole > limits.server_runs_gb * GB:
        raise LimitReached(
            _(
                "The runs take {whole:.1f} GB of the disk, and at most {most:g} GB are allowed. Delete runs on the Runs page, "
                "or set {variable}."
            ).format(whole=whole / GB, most=limits.server_runs_gb, variable=LIMITS_IN_THE_ENVIRONMENT["server_runs_gb"])
        )
    if owned > limits.runs_gb * GB:
        raise LimitReached(
            _(
                "Your runs take {owned:.1f} GB of the disk, and a visitor may have {most:g} GB. Delete some of them on the Runs "
                "page first."
            ).format(owned=owned / GB, most=limits.runs_gb)
        )


def measure_run_bytes(root: Path) -> Mapping[str, int]:
    """How much each run below `root` takes, by its name, looked up each time: somebody may have deleted one to make room.
    Nothing where there is no folder: whoever creates one says what ails it."""
    with suppress(OSError), os.scandir(root) as entries:
        return {entry.name: _bytes_in(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)}
    return {}


def _bytes_in(folder: str) -> int:
    """What may vanish while one looks counts as nothing."""
    total = 0
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):
                inside = entry.is_dir(follow_symlinks=False)
                total += _bytes_in(entry.path) if inside else entry.stat(follow_symlinks=False).st_size
    return total


def _existing(folder: Path) -> Path:
    """The folder, or the one that it will be made in."""
    return next(place for place in (folder, *folder.parents) if place.exists())
