"""Checks that the disk has space for another run, and translates errors of a full or read-only disk."""

import os
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from nn_core.errors import LimitReached, StorageFailed
from nn_core.i18n import _
from nn_core.limits import GB, LIMITS_IN_THE_ENVIRONMENT, Limits

BIN_FOLDER = ".bin"
"""In a folder of runs, the folder of the deleted ones; see `nn_core.runs.bin`."""

__all__ = ["BIN_FOLDER", "check_disk_quota", "measure_bin_bytes", "measure_run_bytes", "translate_storage_errors"]


@contextmanager
def translate_storage_errors(folder: Path) -> Iterator[None]:
    """Translate an OSError inside into StorageFailed."""
    try:
        yield
    except OSError as error:
        if isinstance(error, FileNotFoundError) and not folder.exists():
            raise StorageFailed(
                _("The run folder '{run}' was deleted or moved, so nothing more can be saved there.").format(run=folder)
            ) from error
        raise StorageFailed(
            _(
                "Cannot write into the run folder '{run}': {reason}. Free some disk space or allow writing there, then resume; "
                "what was saved before is intact."
            ).format(run=folder, reason=error.strerror or error)
        ) from error


def check_disk_quota(root: Path, limits: Limits, own: Collection[str] = (), coming_bytes: int = 0) -> None:
    """Check that a new run does not take more disk space than the limits allow.

    Args:
        own: Names of the user's runs.
        coming_bytes: Size of the new run, as far as it is known.

    Raises:
        LimitReached: A limit would be exceeded.
    """
    disk = shutil.disk_usage(next(folder for folder in (root, *root.parents) if folder.exists()))
    free = disk.free - coming_bytes
    if disk.total and free < limits.free_gb * GB:  # a file system without a size stores no files
        raise LimitReached(
            _(
                "The disk has {free:.1f} GB left, and {kept:g} GB must stay free. Delete runs on the Runs page, or set {variable}."
            ).format(free=disk.free / GB, kept=limits.free_gb, variable=LIMITS_IN_THE_ENVIRONMENT["free_gb"])
            + _suggest_bin(root)
        )
    sizes = measure_run_bytes(root)
    bins = measure_bin_bytes(root)
    total = coming_bytes + sum(sizes.values())
    owned = coming_bytes + sum(sizes.get(name, 0) + bins.get(name, 0) for name in own)
    if total > limits.server_runs_gb * GB:
        raise LimitReached(
            _(
                "The runs take {whole:.1f} GB of the disk, and at most {most:g} GB are allowed. Delete runs on the Runs page, "
                "or set {variable}."
            ).format(whole=total / GB, most=limits.server_runs_gb, variable=LIMITS_IN_THE_ENVIRONMENT["server_runs_gb"])
            + _suggest_bin(root)
        )
    if owned > limits.runs_gb * GB:
        raise LimitReached(
            _(
                "Your runs take {owned:.1f} GB of the disk, and a visitor may have {most:g} GB. Delete some of them on the Runs "
                "page first."
            ).format(owned=owned / GB, most=limits.runs_gb)
            + _suggest_bin(root)
        )


def measure_run_bytes(root: Path) -> Mapping[str, int]:
    """Return the size of each run in `root`, by name; empty for a missing folder. Never cached, because runs may be deleted to free
    space."""
    with suppress(OSError), os.scandir(root) as entries:
        return {
            entry.name: _measure_folder_bytes(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)
        }
    return {}


def measure_bin_bytes(root: Path) -> Mapping[str, int]:
    """Return the size of the deleted runs in the bin of `root`, by name. Never cached either."""
    sizes: dict[str, int] = {}
    with suppress(OSError):
        for stamp in os.listdir(root / BIN_FOLDER):
            for name, size in measure_run_bytes(root / BIN_FOLDER / stamp).items():
                sizes[name] = sizes.get(name, 0) + size
    return sizes


def _suggest_bin(root: Path) -> str:
    """Say that emptying the bin frees space, if there is something in it."""
    size = sum(measure_bin_bytes(root).values())
    return (
        _(" Deleted runs still take {size:.1f} GB: empty the bin there first.").format(size=size / GB) if size else ""
    )


def _measure_folder_bytes(folder: str) -> int:
    """Add up the files. Those that are deleted meanwhile count as 0 bytes."""
    total = 0
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):
                is_folder = entry.is_dir(follow_symlinks=False)
                total += _measure_folder_bytes(entry.path) if is_folder else entry.stat(follow_symlinks=False).st_size
    return total
