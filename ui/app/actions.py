"""What pages change. Every function checks that the user is a teacher first; those that start a run also check the quota.

Pages and the rest of `ui` never call a function of `nn_core` that changes something; `tests/test_role.py` checks that.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

from nn_core import runs
from nn_core.data import find_configured_dataset
from nn_core.drawings import corrections, exchange, pins
from nn_core.drawings.corrections import get_corrections_file
from nn_core.errors import LimitReached
from nn_core.finetuning.run import create_finetune_run
from nn_core.jobs.launcher import launch_run
from nn_core.jobs.side_job import SideJob
from nn_core.limits import get_limits
from nn_core.paths import PROJECT, get_data_folder, get_runs_folder
from nn_core.presentation import demo_file
from nn_core.runs import bin, preferences, viewers
from nn_core.runs.disk_quota import translate_storage_errors
from nn_core.runs.repeat import Repetition, create_next_member, plan_members
from nn_core.runs.robustness import ROBUSTNESS_JOB
from ui.app import preload
from ui.app.sitemap import ADDRESSES
from ui.auth.permissions import get_visitor, require_teacher
from ui.auth.quotas import get_quotas

if TYPE_CHECKING:
    from nn_core.config import RunConfig
    from nn_core.data.custom.archives.class_sources import ArchiveOptions
    from nn_core.data.custom.metadata import CustomDataset
    from nn_core.data.scaling import Scaling
    from nn_core.drawings import Drawing
    from nn_core.drawings.corrections import Correction
    from nn_core.drawings.exchange import ImportedDrawings, SharedDrawing
    from nn_core.presentation import Demo
    from nn_core.runs import RunLabel
    from nn_core.runs.reports import EvaluationReport
    from nn_core.transfer import CheckedWeights, Imported
    from nn_core.transfer.scaling_search import ScalingReport

__all__ = [
    "add_pin",
    "cancel_robustness",
    "change_demo",
    "check_weights",
    "delete_corrections",
    "delete_custom_dataset",
    "delete_run",
    "empty_bin",
    "evaluate_run",
    "import_drawings",
    "import_run",
    "import_weights",
    "make_picture_dataset",
    "make_table_dataset",
    "move_to_bin",
    "note_viewer",
    "remove_expired_runs",
    "remove_pin",
    "rename_run",
    "repeat_run",
    "request_lr",
    "request_speed",
    "request_weight",
    "restore_run",
    "resume_run",
    "save_preferences",
    "send_request",
    "start_download",
    "start_finetuning",
    "start_robustness",
    "start_run",
    "store_correction",
    "write_label",
]

send_request = require_teacher(runs.RunFolder.send_request)
request_lr = require_teacher(runs.RunFolder.request_lr)
request_speed = require_teacher(runs.RunFolder.request_speed)
request_weight = require_teacher(runs.RunFolder.request_weight)
delete_run = require_teacher(runs.delete_run)
rename_run = require_teacher(runs.rename_run)
write_label = require_teacher(runs.RunFolder.write_label)
move_to_bin = require_teacher(bin.move_to_bin)
restore_run = require_teacher(bin.restore_run)
empty_bin = require_teacher(bin.empty_bin)
remove_expired_runs = require_teacher(bin.remove_expired_runs)
note_viewer = require_teacher(viewers.note_viewer)


@require_teacher
def save_preferences(chosen: preferences.TablePreferences) -> None:
    """Keep which columns the user has chosen for the table of runs."""
    preferences.write_preferences(get_runs_folder(), get_visitor(), chosen)


@require_teacher
def start_run(
    config: RunConfig, name: str | None = None, *, label: RunLabel | None = None, preset: str = ""
) -> runs.RunFolder:
    """Create a run and start or queue it. Raises BadInput, such as NotAllowed for viewers and LimitReached above a quota.

    Args:
        name: of the folder; a random name by default.
        label: the name and the note that the user gave the run.
        preset: from which the settings were made.
    """
    with _check_quota():
        return _launch(_record_owner(runs.create_run(get_runs_folder(), config, name, label=label, preset=preset)))


@require_teacher
def repeat_run(run: runs.RunFolder, total: int) -> Repetition:
    """Create and start or queue the runs that the group of `run` lacks. A limit that is reached on the way keeps those before it.

    Raises BadInput, such as NotAllowed for viewers, and LimitReached if not even one can be started.
    """
    root, members = get_runs_folder(), list[runs.RunFolder]()
    try:
        for _seed in plan_members(run, runs.list_runs(root), total).seeds:
            with _check_quota():
                if member := create_next_member(root, run, total):
                    members.append(_launch(_record_owner(member)))
    except LimitReached as error:
        if not members:
            raise
        return Repetition(tuple(members), str(error))
    return Repetition(tuple(members))


@require_teacher
def start_finetuning(
    run: runs.RunFolder, corrections: Sequence[Correction], label: RunLabel | None = None
) -> runs.RunFolder:
    """Create a run with this label that fine-tunes the network of `run` on the user's drawings, and start or queue it."""
    with _check_quota():
        tuned = create_finetune_run(get_runs_folder(), run, corrections, get_data_folder(), label=label)
        return _launch(_record_owner(tuned))


@require_teacher
def resume_run(run: runs.RunFolder) -> None:
    """Resume a run that has ended. Interrupted runs are not counted again, so that all runs of a class resume after a power cut."""
    with nullcontext() if run.status().status == "interrupted" else _check_quota():
        _launch(run)


def _check_quota() -> AbstractContextManager[None]:
    return get_quotas().reserve_start(get_visitor(), get_runs_folder(), get_limits())


def _record_owner(run: runs.RunFolder) -> runs.RunFolder:
    get_quotas().record_creator(get_visitor(), run.name)
    return run


def _launch(run: runs.RunFolder) -> runs.RunFolder:
    launch_run(run, preload.get_warm_workers())
    get_quotas().record_starter(get_visitor(), run.name)
    return run


@require_teacher
def evaluate_run(run: runs.RunFolder) -> EvaluationReport:
    """Evaluate the run and write the result into its folder, or for a shipped run into the user's results folder."""
    from nn_core import evaluation

    with translate_storage_errors(run.results):
        return evaluation.evaluate_run(run, get_data_folder())


@require_teacher
def start_robustness(run: runs.RunFolder, kinds: Sequence[str] = (), *, all_examples: bool = False) -> None:
    """Start the process that measures the network on disturbed examples: with these perturbations, or with all that suit its data."""
    with _check_quota(), translate_storage_errors(run.results):
        if run.is_shipped:
            run.results.mkdir(parents=True, exist_ok=True)
        options = [*(f"--kind={kind}" for kind in kinds), *(["--all"] if all_examples else [])]
        SideJob(run.results, ROBUSTNESS_JOB).launch(["robustness", run.path, *options])


@require_teacher
def cancel_robustness(run: runs.RunFolder) -> None:
    SideJob(run.results, ROBUSTNESS_JOB).cancel()


@require_teacher
def import_run(file: Path, *, name: str | None, file_name: str) -> Imported:
    from nn_core import transfer

    return _count_import(
        transfer.get_unpacked_bytes(file, file_name),
        lambda: transfer.import_run(file, get_runs_folder(), get_data_folder(), name=name, called=file_name),
    )


@require_teacher
def check_weights(file: Path, config: RunConfig, *, file_name: str) -> CheckedWeights:
    """Match weights to the network of the config, and try the usual pixel scalings."""
    from nn_core import transfer

    spec = find_configured_dataset(config.data, get_data_folder())
    return transfer.check_weights(file, config, spec, called=file_name, data_folder=get_data_folder())


@require_teacher
def import_weights(
    file: Path,
    config: RunConfig,
    *,
    name: str | None,
    file_name: str,
    scaling: Scaling | None = None,
    scalings: ScalingReport | None = None,
) -> Imported:
    """Import weights with a pixel scaling; None for the best of those that `check_weights` has measured."""
    from nn_core import transfer

    spec = find_configured_dataset(config.data, get_data_folder())
    return _count_import(
        file.stat().st_size,
        lambda: transfer.import_weights(
            file,
            config,
            spec,
            get_runs_folder(),
            name=name,
            called=file_name,
            scaling=scaling,
            scalings=scalings,
            data_folder=get_data_folder(),
        ),
    )


def _count_import(size_bytes: int, import_: Callable[[], Imported]) -> Imported:
    """Import a run and count it towards the visitor's quota. Raises LimitReached if it would exceed the quota."""
    visitor = get_visitor()
    get_quotas().check_disk(visitor, get_runs_folder(), get_limits(), size_bytes)
    imported = import_()
    get_quotas().record_creator(visitor, imported.run.name)
    return imported


@require_teacher
def add_pin(drawing: Drawing, *, label: str, name: str) -> None:
    pins.add_pin(get_data_folder(), drawing, label=label, name=name)


@require_teacher
def remove_pin(pin_id: str) -> None:
    pins.remove_pin(get_data_folder(), pin_id)


@require_teacher
def store_correction(label: str, drawing: Drawing) -> None:
    corrections.store_correction(label, drawing, get_corrections_file(get_data_folder()))


@require_teacher
def delete_corrections(selected: Collection[Correction]) -> None:
    corrections.delete_corrections(get_corrections_file(get_data_folder()), selected)


@require_teacher
def import_drawings(drawings: Sequence[SharedDrawing]) -> ImportedDrawings:
    return exchange.store_shared(drawings, get_data_folder())


@require_teacher
def change_demo(change: Callable[[Demo], Demo]) -> Demo:
    """Replace the demo of this installation by what `change` makes of it."""
    return demo_file.change_demo(get_data_folder(), ADDRESSES, change)


Progress = Callable[[int, int], None]


@require_teacher
def make_picture_dataset(
    file: BinaryIO, title: str, *, side: int, colour: bool, options: ArchiveOptions, on_progress: Progress
) -> CustomDataset:
    from nn_core.data.custom import picture_import

    return picture_import.make_picture_dataset(
        file, title, get_data_folder(), side=side, colour=colour, options=options, on_progress=on_progress
    )


@require_teacher
def make_table_dataset(
    file: BinaryIO,
    title: str,
    *,
    text_column: str | int | None,
    label_column: str | int | None,
    length: int | None,
    on_progress: Progress,
) -> CustomDataset:
    from nn_core.data.custom import table_import

    return table_import.make_table_dataset(
        file,
        title,
        get_data_folder(),
        text_column=text_column,
        label_column=label_column,
        length=length,
        on_progress=on_progress,
    )


@require_teacher
def delete_custom_dataset(name: str) -> None:
    from nn_core.data import custom

    custom.delete_custom_dataset(name, get_data_folder())


@require_teacher
def start_download(name: str) -> tuple[subprocess.Popen[bytes], IO[bytes]]:
    """Start a process that downloads a data set; return it with the file that receives its output."""
    output = tempfile.TemporaryFile()  # noqa: SIM115  not a pipe, which would block once it is full
    process = subprocess.Popen(
        [sys.executable, "-m", "nn_core", "download", name],
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
    )
    return process, output
