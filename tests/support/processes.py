"""Runs the command line in separate processes, as a user or a script does."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from waiting import wait_until

from nn_core.runs import RunFolder, list_runs
from nn_core.runs.lock import is_locked

__all__ = [
    "ROOT",
    "SHARED_DATA",
    "SUPPORT",
    "assert_one_line",
    "end_workers",
    "nn_core",
    "running",
    "started",
    "the_only_run",
]

SUPPORT = Path(__file__).resolve().parent
ROOT = SUPPORT.parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"  # complete data sets, if they are beside the checkout


def _command(arguments: tuple[object, ...]) -> list[str]:
    return [sys.executable, "-m", "nn_core", *map(str, arguments)]


def nn_core(*arguments: object) -> subprocess.CompletedProcess[str]:
    """`python -m nn_core …` to its end."""
    return subprocess.run(
        _command(arguments), cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=240
    )


@contextmanager
def started(*arguments: object, before: str = "") -> Iterator[subprocess.Popen[str]]:
    """`python -m nn_core …`, killed at the end if it is still running. before: shell commands that come first."""
    command = _command(arguments)
    if before:
        command = ["bash", "-c", f'{before}\nexec "$@"', "bash", *command]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell starts what runs in the background without Ctrl-C, and processes inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def assert_one_line(result: subprocess.CompletedProcess[str], *words: str, code: int = 2) -> None:
    """The command failed with one line on stderr, which has these words, and printed nothing."""
    assert result.returncode == code, result.stderr
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1, result.stderr
    for word in words:
        assert word in result.stderr


def the_only_run(root: Path) -> RunFolder:
    """Waits for a run folder to appear below `root`."""
    return wait_until(lambda: list_runs(root), "there is a run folder")[0]


def running(run: RunFolder, step: int = 1) -> RunFolder:
    """Wait until the run trains and its status has this many steps."""

    def trains() -> bool:
        status = run.status()
        assert status.status != "failed", status.message
        return status.status == "running" and status.activity == "training" and status.step >= step

    wait_until(trains, f"{run.name} has taken {step} steps")
    return run


def end_workers(root: Path) -> None:
    """Kill the processes that work on runs below `root`."""
    for run in list_runs(root):
        if not is_locked(run.lock_file):
            continue  # no process works on it, and a test may have damaged its files
        wait_until(lambda run=run: run.status().pid, f"{run.name} has started, or waits")
        status = run.status()
        if status.is_active and status.pid:
            with suppress(ProcessLookupError):
                os.kill(status.pid, signal.SIGKILL)
