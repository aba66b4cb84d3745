"""A run folder as a ZIP. Needs no torch."""

from __future__ import annotations

import os
import shutil
import time
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from nn_core.runs import RunFolder

__all__ = ["write_archive"]

_OF_THE_PROCESS = ("run.lock", "control.json", "control.taken", "previous.state", "damaged.state")


def write_archive(run: RunFolder, target: BinaryIO) -> None:
    """Everything that describes the run, in a folder of its name; the same again for a run that has not changed. Raises
    DamagedRun for a run that no page could read."""
    run.config(), run.status()
    with ExitStack() as stack, ZipFile(target, "w", allowZip64=True) as archive:
        # All are opened before the first is read: a run that trains replaces its files, and what is open stays whole.
        streams = [stack.enter_context(file.open("rb")) for file in _files(run)]
        for stream in streams:
            about = os.fstat(stream.fileno())
            name = Path(stream.name).name
            info = ZipInfo(f"{run.name}/{name}", time.gmtime(max(about.st_mtime, 315532800))[:6])
            info.compress_type = ZIP_DEFLATED if name.endswith((".json", ".jsonl", ".log")) else ZIP_STORED
            info.external_attr = 0o100644 << 16
            info.file_size = about.st_size  # decides whether the entry may grow beyond 4 GB
            with archive.open(info, "w") as entry:
                shutil.copyfileobj(stream, entry, 1 << 20)


def _files(run: RunFolder) -> list[Path]:
    """metrics.jsonl comes last, so that it is never behind the state that counts its bytes."""
    files = [
        file
        for file in run.path.iterdir()
        if file.is_file()
        and not file.is_symlink()
        and not file.name.startswith(".")
        and file.name not in _OF_THE_PROCESS
    ]
    return sorted(files, key=lambda file: (file == run.metrics_file, file.name))
