"""What pages change besides starting runs. No page and no other part of `ui` calls such a function of the engine itself."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO

from nn_core import runs
from nn_core.data import find_dataset
from nn_core.drawings import corrections, pins
from nn_core.drawings.corrections import get_corrections_file
from nn_core.limits import get_limits
from nn_core.paths import PROJECT, get_data_folder, get_runs_folder
from nn_core.runs.disk_quota import translate_storage_errors
from ui.auth.permissions import get_visitor, require_teacher
from ui.auth.quotas import get_quotas

if TYPE_CHECKING:
    from nn_core.config import RunConfig
    from nn_core.data.custom.metadata import CustomDataset
    from nn_core.drawings import Drawing
    from nn_core.drawings.corrections import Correction
    from nn_core.transfer import Imported

__all__ = [
    "add_pin",
    "delete_corrections",
    "delete_own",
    "delete_run",
    "import_run",
    "import_weights",
    "make_picture_dataset",
    "make_text_dataset",
    "measure",
    "remove_pin",
    "rename_run",
    "request_lr",
    "send_request",
    "start_download",
    "store_correction",
]

send_request = require_teacher(runs.RunFolder.send_request)
request_lr = require_teacher(runs.RunFolder.request_lr)
delete_run = require_teacher(runs.delete_run)


@require_teacher
def measure(run: runs.RunFolder) -> dict[str, Any]:
    """Evaluate the run, which is written into its folder; of the shipped run, beside the user's runs."""
    from nn_core.evaluation import evaluate_run

    with translate_storage_errors(run.results):
        return evaluate_run(run, get_data_folder())


@require_teacher
def rename_run(run: runs.RunFolder, name: str) -> runs.RunFolder:
    renamed = runs.rename_run(run, name)
    get_quotas().renamed(run.name, name)
    return renamed


@require_teacher
def import_run(file: Path, *, name: str | None, called: str) -> Imported:
    from nn_core import transfer

    coming_bytes = transfer.get_unpacked_bytes(file, called)
    return _counted(
        coming_bytes, lambda: transfer.import_run(file, get_runs_folder(), get_data_folder(), name=name, called=called)
    )


@require_teacher
def import_weights(file: Path, config: RunConfig, *, name: str | None, called: str) -> Imported:
    from nn_core import transfer

    spec = find_dataset(config.data.name, get_data_folder())
    return _counted(
        file.stat().st_size,
        lambda: transfer.import_weights(file, config, spec, get_runs_folder(), name=name, called=called),
    )


def _counted(coming_bytes: int, bring_in: Callable[[], Imported]) -> Imported:
    """Count the run that comes of a file as the visitor's. Raises LimitReached where it would take too much room."""
    who = get_visitor()
    get_quotas().must_have_room(who, get_runs_folder(), get_limits(), coming_bytes)
    imported = bring_in()
    get_quotas().made(who, imported.run.name)
    return imported


@require_teacher
def add_pin(drawing: Drawing, *, label: str, name: str) -> None:
    pins.add_pin(get_data_folder(), drawing, label=label, name=name)


@require_teacher
def remove_pin(identity: str) -> None:
    pins.remove_pin(get_data_folder(), identity)


@require_teacher
def store_correction(label: str, drawing: Drawing) -> None:
    corrections.store_correction(label, drawing, get_corrections_file(get_data_folder()))


@require_teacher
def delete_corrections(gone: Collection[Correction]) -> None:
    corrections.delete_corrections(get_corrections_file(get_data_folder()), gone)


Progress = Callable[[int, int], None]


@require_teacher
def make_picture_dataset(
    file: BinaryIO, title: str, *, side: int, colour: bool, on_progress: Progress
) -> CustomDataset:
    from nn_core.data.custom import zip_images

    return zip_images.make_picture_dataset(
        file, title, get_data_folder(), side=side, colour=colour, on_progress=on_progress
    )


@require_teacher
def make_text_dataset(file: BinaryIO, title: str, *, length: int | None, on_progress: Progress) -> CustomDataset:
    from nn_core.data.custom import csv_text

    return csv_text.make_text_dataset(file, title, get_data_folder(), length=length, on_progress=on_progress)


@require_teacher
def delete_own(name: str) -> None:
    from nn_core.data import custom

    custom.delete_custom_dataset(name, get_data_folder())


@require_teacher
def start_download(name: str) -> tuple[subprocess.Popen[bytes], IO[bytes]]:
    """The process that fetches a data set, and what it prints."""
    printed = tempfile.TemporaryFile()  # noqa: SIM115  not a pipe: nobody would empty it
    process = subprocess.Popen(
        [sys.executable, "-m", "nn_core", "download", name],
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        stdout=printed,
        stderr=printed,
        start_new_session=True,
    )
    return process, printed
