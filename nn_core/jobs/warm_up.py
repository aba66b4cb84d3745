"""Warms a process up that waits for a run: the first step of a run then costs what any other does."""

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from nn_core.config import apply_settings, get_preset
from nn_core.errors import NNLabError
from nn_core.gpus import list_gpu_names
from nn_core.jobs.runner import run_worker
from nn_core.runs import RunFolder, RunStatus, create_run

__all__ = ["take_one_step", "warm_up"]

_PRESETS = ("plane", "quick")  # the playground is to move at once; convolutions are what torch prepares longest for
_SETTINGS = ["training.device=cpu"]  # a GPU is left to the runs, with all of its memory


def warm_up() -> None:
    """Do once what the first second of every run does. Where that fails, a run will say why.

    Not where there are several graphics cards: torch asks the driver for them at the first step of any optimizer, and then this
    process would never see but the ones that it saw at that time, whichever the run is given.
    """
    if len(list_gpu_names()) > 1:
        return
    with suppress(NNLabError, OSError), TemporaryDirectory() as folder:
        for name in _PRESETS:
            take_one_step(Path(folder), name)


def take_one_step(folder: Path, preset_name: str) -> RunFolder:
    """A run below `folder` that was asked to stop before it began: it reads the data, takes a step and saves."""
    run = create_run(folder, apply_settings(get_preset(preset_name), _SETTINGS))
    with run.lock():
        run.ask("stop")
        run_worker(run, folder, _Silent())
    return run


class _Silent:
    def line(self, text: str) -> None: ...

    def progress(self, status: RunStatus) -> None: ...
