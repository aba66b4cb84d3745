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
from nn_core.drawings.corrections import corrections_file
from nn_core.limits import limits
from nn_core.places import PROJECT, data_folder, runs_folder
from nn_core.runs.storing import storing
from ui.allowance import allowance
from ui.role import only_for_teachers, visitor

if TYPE_CHECKING:
    from nn_core.config import RunConfig
    from nn_core.data.own.about import Made
    from nn_core.drawings import Drawing
    from nn_core.drawings.corrections import Correction
    from nn_core.export import Imported

__all__ = [
    "add_pin",
    "ask",
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
    "start_download",
    "store_correction",
    "turn_learning_rate",
]

ask = only_for_teachers(runs.RunFolder.ask)
turn_learning_rate = only_for_teachers(runs.RunFolder.turn_learning_rate)
delete_run = only_for_teachers(runs.delete_run)


@only_for_teachers
def measure(run: runs.RunFolder) -> dict[str, Any]:
    """Evaluate the run, which is written into its folder; of the shipped run, beside the user's runs."""
    from nn_core.evaluation import evaluate_run

    with storing(run.results):
        return evaluate_run(run, data_folder())


@only_for_teachers
def rename_run(run: runs.RunFolder, name: str) -> runs.RunFolder:
    renamed = runs.rename_run(run, name)
    allowance().renamed(run.name, name)
    return renamed


@only_for_teachers
def import_run(file: Path, *, name: str | None, called: str) -> Imported:
    from nn_core import export

    coming_bytes = export.unpacked_bytes(file, called)
    return _counted(
        coming_bytes, lambda: export.import_run(file, runs_folder(), data_folder(), name=name, called=called)
    )


@only_for_teachers
def import_weights(file: Path, config: RunConfig, *, name: str | None, called: str) -> Imported:
    from nn_core import export

    spec = find_dataset(config.data.name, data_folder())
    return _counted(
        file.stat().st_size,
        lambda: export.import_weights(file, config, spec, runs_folder(), name=name, called=called),
    )


def _counted(coming_bytes: int, bring_in: Callable[[], Imported]) -> Imported:
    """Count the run that comes of a file as the visitor's. Raises LimitReached where it would take too much room."""
    who = visitor()
    allowance().must_have_room(who, runs_folder(), limits(), coming_bytes)
    imported = bring_in()
    allowance().made(who, imported.run.name)
    return imported


@only_for_teachers
def add_pin(drawing: Drawing, *, label: str, name: str) -> None:
    pins.add_pin(data_folder(), drawing, label=label, name=name)


@only_for_teachers
def remove_pin(identity: str) -> None:
    pins.remove_pin(data_folder(), identity)


@only_for_teachers
def store_correction(label: str, drawing: Drawing) -> None:
    corrections.store_correction(label, drawing, corrections_file(data_folder()))


@only_for_teachers
def delete_corrections(gone: Collection[Correction]) -> None:
    corrections.delete_corrections(corrections_file(data_folder()), gone)


Progress = Callable[[int, int], None]


@only_for_teachers
def make_picture_dataset(file: BinaryIO, title: str, *, side: int, colour: bool, on_progress: Progress) -> Made:
    from nn_core.data.own import pictures

    return pictures.make_picture_dataset(file, title, data_folder(), side=side, colour=colour, on_progress=on_progress)


@only_for_teachers
def make_text_dataset(file: BinaryIO, title: str, *, length: int | None, on_progress: Progress) -> Made:
    from nn_core.data.own import texts

    return texts.make_text_dataset(file, title, data_folder(), length=length, on_progress=on_progress)


@only_for_teachers
def delete_own(name: str) -> None:
    from nn_core.data import own

    own.delete_own(name, data_folder())


@only_for_teachers
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
