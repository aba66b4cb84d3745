"""Starts and resumes runs for pages: checks the permission and the quota, then launches the process."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

from nn_core.config import RunConfig
from nn_core.drawings.corrections import Correction
from nn_core.finetuning.run import create_finetune_run
from nn_core.jobs.launcher import launch_run
from nn_core.limits import get_limits
from nn_core.paths import get_data_folder, get_runs_folder
from nn_core.runs import RunFolder, create_run
from ui.app import preload
from ui.auth.permissions import get_visitor, require_teacher
from ui.auth.quotas import get_quotas

__all__ = ["resume_run", "start_finetuning", "start_run"]


@require_teacher
def start_run(config: RunConfig, name: str | None = None) -> RunFolder:
    """Create a run and start or queue it. Raises BadInput, such as NotAllowed for viewers and LimitReached above a quota."""
    with _check_quota():
        return _launch(_record_owner(create_run(get_runs_folder(), config, name)))


@require_teacher
def start_finetuning(run: RunFolder, corrections: Sequence[Correction]) -> RunFolder:
    """Create a run that fine-tunes the network of `run` on the user's drawings, and start or queue it."""
    with _check_quota():
        return _launch(_record_owner(create_finetune_run(get_runs_folder(), run, corrections, get_data_folder())))


@require_teacher
def resume_run(run: RunFolder) -> None:
    """Resume a run that has ended. Interrupted runs are not counted again, so that all runs of a class resume after a power cut."""
    with nullcontext() if run.status().status == "interrupted" else _check_quota():
        _launch(run)


def _check_quota() -> AbstractContextManager[None]:
    return get_quotas().reserve_start(get_visitor(), get_runs_folder(), get_limits())


def _record_owner(run: RunFolder) -> RunFolder:
    get_quotas().record_creator(get_visitor(), run.name)
    return run


def _launch(run: RunFolder) -> RunFolder:
    launch_run(run, preload.get_warm_workers())
    get_quotas().record_starter(get_visitor(), run.name)
    return run
