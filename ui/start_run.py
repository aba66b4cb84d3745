"""Every start of a run from a page comes through here: who may, how often, and then the process."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

from nn_core.config import RunConfig
from nn_core.drawings.corrections import Correction
from nn_core.limits import limits
from nn_core.places import data_folder, runs_folder
from nn_core.runs import RunFolder, create_run, launch
from nn_core.runs.lessons import create_lesson
from ui import warm
from ui.allowance import allowance
from ui.role import only_for_teachers, visitor

__all__ = ["go_on", "start_lesson", "start_run"]


@only_for_teachers
def start_run(config: RunConfig, name: str | None = None) -> RunFolder:
    """A new run that trains, or waits for its turn. Raises BadInput: NotAllowed for a viewer, LimitReached for one too many."""
    with _counted():
        return _launched(_own(create_run(runs_folder(), config, name)))


@only_for_teachers
def start_lesson(run: RunFolder, corrections: Sequence[Correction]) -> RunFolder:
    """The same for a run that begins with the weights of `run` and learns the user's own drawings."""
    with _counted():
        return _launched(_own(create_lesson(runs_folder(), run, corrections, data_folder())))


@only_for_teachers
def go_on(run: RunFolder) -> None:
    """Resume a run that has ended. One that was cut off was counted when it began: after a power cut all of a class go on."""
    with nullcontext() if run.status().status == "interrupted" else _counted():
        _launched(run)


def _counted() -> AbstractContextManager[None]:
    return allowance().start(visitor(), runs_folder(), limits())


def _own(run: RunFolder) -> RunFolder:
    allowance().made(visitor(), run.name)
    return run


def _launched(run: RunFolder) -> RunFolder:
    launch(run, warm.spare_workers())
    allowance().started(visitor(), run.name)
    return run
