"""Warms up a process that waits for a run, so that the run's first step is as fast as any other."""

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from nn_core.config import apply_settings, get_preset
from nn_core.devices import list_gpu_names
from nn_core.errors import NNLabError
from nn_core.jobs.runner import run_worker
from nn_core.runs import RunFolder, RunStatus, create_run

__all__ = ["take_one_step", "warm_up"]

_PRESETS = ("plane", "quick")  # for the playground, and because convolutions take torch longest to prepare
_SETTINGS = ["training.device=cpu"]  # all GPU memory is left to the runs


def warm_up() -> None:
    """Train for a step, so that torch is set up. Errors are ignored, because the run itself reports them.

    Skipped on machines with several graphics cards: the first step of any optimizer makes torch list the cards, and afterwards the
    process sees only those, whichever ones the run is given.
    """
    if len(list_gpu_names()) > 1:
        return
    with suppress(NNLabError, OSError), TemporaryDirectory() as folder:
        for name in _PRESETS:
            take_one_step(Path(folder), name)


def take_one_step(folder: Path, preset_name: str) -> RunFolder:
    """Create a run in `folder` that is asked to stop before it starts: it reads the data, takes a step and saves."""
    run = create_run(folder, apply_settings(get_preset(preset_name), _SETTINGS))
    with run.lock():
        run.send_request("stop")
        run_worker(run, folder, _Silent())
    return run


class _Silent:
    def line(self, text: str) -> None: ...

    def progress(self, status: RunStatus) -> None: ...
