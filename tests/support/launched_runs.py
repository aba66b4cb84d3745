"""Runs in worker processes of their own: launched, watched, killed, and compared."""

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

from waiting import wait_until

from nn_core.config import RunConfig, apply_settings, get_preset
from nn_core.jobs.launcher import launch_run
from nn_core.runs import RunFolder, RunStatus, create_run

__all__ = [
    "CPU",
    "ENDLESS",
    "assert_request_handled",
    "assert_same_outcome",
    "config_of",
    "create_run_and_launch",
    "kill",
    "read_log",
    "read_points",
    "wait_until_ended",
    "wait_until_progress",
]

CPU = "training.device=cpu"

ENDLESS = ("training.epochs=10000", CPU, "training.batch_size=20")


def config_of(name: str, *settings: str) -> RunConfig:
    return apply_settings(get_preset(name), [CPU, *settings])


def create_run_and_launch(root: Path, name: str, *settings: str) -> RunFolder:
    run = create_run(root, config_of(name, *settings))
    launch_run(run)
    return run


def wait_until_ended(run: RunFolder) -> RunStatus:
    """Waits until no process works on the run any more."""
    wait_until(lambda: not run.status().is_active, f"{run.name} has ended")
    run.lock().release()
    return run.status()


def read_log(run: RunFolder) -> str:
    return run.log_file.read_text() if run.log_file.exists() else ""


def read_points(run: RunFolder) -> list[dict[str, Any]]:
    """metrics.jsonl without the times, which no two runs share."""
    lines = [json.loads(line) for line in run.metrics_file.read_bytes().splitlines()]
    times = ("elapsed_seconds", "samples_per_second")
    return [{key: value for key, value in line.items() if key not in times} for line in lines]


def assert_same_outcome(run: RunFolder, other: RunFolder) -> None:
    for name in ("last.safetensors", "best.safetensors"):
        assert (run.path / name).read_bytes() == (other.path / name).read_bytes(), name
    assert read_points(run) == read_points(other)
    assert run.evaluation() == other.evaluation()
    assert run.status().best == other.status().best


def wait_until_progress(run: RunFolder, least: float) -> None:
    """Waits for a checkpoint and for this share of the run; a process that was just launched has begun."""

    def far_enough() -> bool:
        status = run.status()
        return run.state_file.exists() and status.status == "running" and status.progress > least

    wait_until(far_enough, f"{least:.0%} is done")


def kill(run: RunFolder) -> None:
    pid = run.status().pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: run.status().status == "interrupted", f"{run.name} is seen to be interrupted")


def assert_request_handled(result: subprocess.CompletedProcess[str], word: str) -> None:
    assert result.returncode == 0, result.stderr
    assert result.stdout == ""
    assert word in result.stderr
