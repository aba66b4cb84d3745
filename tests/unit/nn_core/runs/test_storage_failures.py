"""Deleted folders, wrong clocks, failed devices, newer versions: a message, and the run can be resumed."""

import datetime
import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from in_process_runs import assert_same_outcome, figures, three_epochs, trained

from nn_core.errors import NewerVersion, RunFailed, StorageFailed
from nn_core.runs import FileCache, RunFolder, create_run, list_runs

_YEAR_SECONDS = 365 * 86400


def test_a_run_whose_folder_is_deleted_fails_with_a_message(tmp_path: Path) -> None:
    run = create_run(tmp_path, three_epochs(), "run")
    other = create_run(tmp_path, three_epochs(), "other")
    with pytest.raises(StorageFailed, match="was deleted or moved"):
        trained(run, after={1: lambda: shutil.rmtree(run.path)})
    assert not run.path.exists()
    assert list_runs(tmp_path) == [other]


# Clocks


def shift(patch: pytest.MonkeyPatch, seconds: float) -> None:
    """What every clock on the wall says from now on; clocks that only measure go on as they were."""
    real = datetime.datetime

    class Shifted(real):  # type: ignore[misc, valid-type]
        @classmethod
        def now(cls, zone: datetime.tzinfo | None = None) -> datetime.datetime:
            return real.now(zone) + datetime.timedelta(seconds=seconds)

    ours = time.time
    patch.setattr(time, "time", lambda: ours() + seconds)
    for module in ("nn_core.runs.folder", "nn_core.runs.status"):
        patch.setattr(f"{module}.datetime", Shifted)


@pytest.mark.parametrize("seconds", [_YEAR_SECONDS, -10 * _YEAR_SECONDS], ids=["set back", "set forward"])
def test_a_clock_that_is_reset_between_epochs_changes_nothing(
    tmp_path: Path, uninterrupted_run: RunFolder, seconds: float
) -> None:
    run = create_run(tmp_path, three_epochs(), "run")
    with pytest.MonkeyPatch.context() as patch:
        shift(patch, seconds)
        trained(run, 1)
    for file in run.path.iterdir():
        os.utime(file, (time.time() + seconds,) * 2)
    updated = datetime.datetime.fromisoformat(run.status().updated_at)
    assert abs((updated - datetime.datetime.now(datetime.UTC)).total_seconds() - seconds) < 60
    seen = RunFolder(run.path, FileCache())
    before = seen.status()
    trained(run)
    assert_same_outcome(run, uninterrupted_run)
    after = seen.status()
    assert (before.status, after.status) == ("stopped", "finished")
    assert after.elapsed_seconds > before.elapsed_seconds > 0
    assert after.created_at == before.created_at
    lines = [json.loads(line) for line in run.metrics_file.read_bytes().splitlines()]
    times = [line["elapsed_seconds"] for line in lines]
    assert times == sorted(times)
    newer = create_run(tmp_path, three_epochs(), "newer")
    assert {each.name for each in list_runs(tmp_path)} == {"run", newer.name}


# A device that fails


def test_a_failed_device_is_reported_and_the_run_resumes_later(
    tmp_path: Path, uninterrupted_run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an error of a graphics card every question to it fails, that for its memory as well."""

    def fail(_pid: int) -> set[int]:
        raise RuntimeError("CUDA error: an illegal memory access was encountered")

    run = create_run(tmp_path, three_epochs(), "run")
    with monkeypatch.context() as patch, pytest.raises(RunFailed, match="Training failed: CUDA error"):
        trained(run, after={2: lambda: patch.setattr(os, "sched_getaffinity", fail)})
    status = run.status()
    assert (status.status, status.device) == ("failed", uninterrupted_run.status().device)
    assert "an illegal memory access" in status.message
    trained(run)
    assert_same_outcome(run, uninterrupted_run)


# A config of a newer version

NEWER: dict[str, Callable[[dict[str, dict[str, object]]], object]] = {
    "version 2": lambda values: values.update(version=2),  # type: ignore[arg-type]
    "a setting more": lambda values: values["training"].update(warp=9),
    "a network more": lambda values: values["model"].update(name="resnet9000"),
}


@pytest.mark.parametrize("kind", NEWER)
def test_a_config_of_a_newer_version_is_reported_and_other_runs_are_unaffected(
    uninterrupted_run: RunFolder, tmp_path: Path, kind: str
) -> None:
    for name in ("newer", "good"):
        shutil.copytree(uninterrupted_run.path, tmp_path / name)
    run = RunFolder(tmp_path / "newer")
    values = json.loads(run.config_file.read_bytes())
    NEWER[kind](values)
    run.config_file.write_text(json.dumps(values))
    before = run.config_file.read_bytes()
    for known in (None, FileCache()):
        with pytest.raises(NewerVersion, match="newer NN Lab"):
            RunFolder(run.path, known).config()
    assert run.config_file.read_bytes() == before
    assert len(list_runs(tmp_path)) == 2
    assert RunFolder(tmp_path / "good").config() == three_epochs()
    assert figures(RunFolder(tmp_path / "good")) == figures(uninterrupted_run)
