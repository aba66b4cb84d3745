"""Several processes that share one run. torchrun starts all of them with the same command; the first one carries it out, and the
others follow it."""

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
    """Whether another process of the launch is the leader."""
    return _is_launched() and int(os.environ["RANK"]) > 0


def follow() -> NoReturn:
    """Compute a shard of each batch of a run that another process leads, and end this process. It is started by a run, and ends
    when its stdin is closed, or by torchrun."""
    if SHARED_STORE in os.environ:
        threading.Thread(target=_exit_with_leader, daemon=True).start()
    with pause_gc():
        from nn_core.distributed.follower import run_follower
        from nn_core.distributed.rendezvous import Launch
    status = 0
    try:
        run_follower(Launch.from_environment(), get_data_folder())
    except NNLabError as error:
        print(" ".join(str(error).split()), file=sys.stderr, flush=True)
        status = 2 if isinstance(error, BadInput) else 1
    # Nothing was written, so nothing is lost, and an orderly shutdown of torch's threads can hang.
    os._exit(status)


@contextmanager
def start_launch() -> "Iterator[Launch | None]":
    """Return the launch that this process leads; None if there are no other processes. They end with the block."""
    if not _is_launched():
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
    """Find the run that this launch created before torchrun restarted its processes. Raises RunNotFound where it is on another
    machine."""
    path = launch.find_remembered_run() if launch else None
    if path is None:
        return None
    run = RunFolder(Path(path))
    if not run.config_file.exists():
        raise RunNotFound(
            _(
                "The run '{run}' of this launch is not on this machine. Start the first process where its folder is: "
                "--node-rank=0, or --rdzv-conf is_host=1."
            ).format(run=path)
        )
    return run


def _is_launched() -> bool:
    return {"RANK", "WORLD_SIZE", "MASTER_ADDR"} <= os.environ.keys() or SHARED_STORE in os.environ


def _exit_with_leader() -> None:
    sys.stdin.buffer.read()
    os._exit(1)
