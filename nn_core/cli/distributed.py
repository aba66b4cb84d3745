"""Several processes that share one run: those that torchrun starts all run the same command, and only the first of them does
what it says; the others follow it."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from nn_core.cli.console import pause_gc
from nn_core.errors import BadInput, NNLabError, RunNotFound
from nn_core.i18n import _
from nn_core.paths import SHARED_STORE, get_data_folder
from nn_core.runs import RunFolder

if TYPE_CHECKING:
    from nn_core.distributed.rendezvous import Launch

__all__ = ["find_launched_run", "follow", "is_follower", "start_launch"]


def is_follower() -> bool:
    """Whether another process of the launch leads."""
    return _launched() and int(os.environ["RANK"]) > 0


def follow() -> NoReturn:
    """Compute a part of each batch of the run that another process leads, and end this process. A run starts it; then it also
    ends when its stdin closes."""
    if SHARED_STORE in os.environ:
        threading.Thread(target=_end_with_the_leader, daemon=True).start()
    with pause_gc():
        from nn_core.distributed.follower import run_follower as share
        from nn_core.distributed.rendezvous import Launch
    status = 0
    try:
        share(Launch.from_environment(), get_data_folder())
    except NNLabError as error:
        print(" ".join(str(error).split()), file=sys.stderr, flush=True)
        status = 2 if isinstance(error, BadInput) else 1
    # Nothing was written, so nothing is lost; and taking torch's threads down in order has been seen to hang.
    os._exit(status)


@contextmanager
def start_launch() -> "Iterator[Launch | None]":
    """The launch that this process leads, or None where nobody started others. They end when nothing is led any more."""
    if not _launched():
        yield None
        return
    with pause_gc():
        from nn_core.distributed.rendezvous import Launch
    launch = Launch.from_environment()
    try:
        yield launch
    finally:
        launch.cancel()


def find_launched_run(launch: "Launch | None") -> RunFolder | None:
    """The run that this launch created before torchrun started its processes anew, after one of them had ended. Raises
    RunNotFound where it lies on another machine."""
    path = launch.find_remembered_run() if launch else None
    if path is None:
        return None
    run = RunFolder(Path(path))
    if not run.config_file.exists():
        raise RunNotFound(
            _(
                "The run '{run}' that this launch began is not on this machine. Start the first process where its folder is: "
                "--node-rank=0, or --rdzv-conf is_host=1."
            ).format(run=path)
        )
    return run


def _launched() -> bool:
    return {"RANK", "WORLD_SIZE", "MASTER_ADDR"} <= os.environ.keys() or SHARED_STORE in os.environ


def _end_with_the_leader() -> None:
    sys.stdin.buffer.read()
    os._exit(1)
