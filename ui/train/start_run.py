"""Every start of a run from a page comes through here: who may, how often, and then the process."""

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

__all__ = ["go_on", "start_lesson", "start_run"]


@require_teacher
def start_run(config: RunConfig, name: str | None = None) -> RunFolder:
    """A new run that trains, or waits for its turn. Raises BadInput: NotAllowed for a viewer, LimitReached for one too many."""
    with _counted():
        return _launched(_own(create_run(get_runs_folder(), config, name)))


@require_teacher
def start_lesson(run: RunFolder, corrections: Sequence[Correction]) -> RunFolder:
    """The same for a run that begins with the weights of `run` and learns the user's own drawings."""
    with _counted():
        return _launched(_own(create_finetune_run(get_runs_folder(), run, corrections, get_data_folder())))


@require_teacher
def go_on(run: RunFolder) -> None:
    """Resume a run that has ended. One that was cut off was counted when it began: after a power cut all of a class go on."""
    with nullcontext() if run.status().status == "interrupted" else _counted():
        _launched(run)


def _counted() -> AbstractContextManager[None]:
    return get_quotas().start(get_visitor(), get_runs_folder(), get_limits())


def _own(run: RunFolder) -> RunFolder:
    get_quotas().made(get_visitor(), run.name)
    return run


def _launched(run: RunFolder) -> RunFolder:
    launch_run(run, preload.get_warm_workers())
    get_quotas().started(get_visitor(), run.name)
    return run
