"""Limits on runs and on the disk, as the pages enforce them."""

from pathlib import Path

import pytest
from apptest_pages import app

from nn_core.config import get_preset
from nn_core.errors import LimitReached
from nn_core.limits import Limits
from nn_core.runs import create_run, list_runs
from nn_core.runs.disk_quota import check_disk_quota, measure_run_bytes

MB = 1_000_000

pytestmark = pytest.mark.usefixtures("fresh_allowance")


def test_starts_are_counted_on_every_page(runs_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NN_LAB_RUNS_PER_MINUTE", "1")
    app("home").button(key="first_network").click().run()
    assert len(list_runs(runs_root)) == 1
    train = app("train")
    train.button(key="start_training").click().run()
    assert "You may start 1 runs a minute. Try again in" in train.error[0].value
    playground = app("playground")
    playground.button(key="start_training").click().run()
    assert "You may start 1 runs a minute" in playground.toast[0].value
    assert len(list_runs(runs_root)) == 1
    monkeypatch.setenv("NN_LAB_RUNS_PER_MINUTE", "30")
    monkeypatch.setenv("NN_LAB_SERVER_RUNS_PER_MINUTE", "1")
    train.button(key="start_training").click().run()
    assert "All visitors together may start 1 runs a minute" in train.error[0].value


def test_the_disk_is_left_some_room(runs_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert measure_run_bytes(runs_root / "none") == {}
    run = create_run(runs_root, get_preset("quick"), "large")
    (run.path / "best.safetensors").write_bytes(bytes(3 * MB))
    sizes = measure_run_bytes(runs_root)
    assert 3 * MB < sizes["large"] < 4 * MB
    check_disk_quota(runs_root, Limits(free_gb=0), own=["large"])
    with pytest.raises(LimitReached, match=r"must stay free\. Delete runs on the Runs page, or set NN_LAB_FREE_GB"):
        check_disk_quota(runs_root, Limits(free_gb=1e8))
    with pytest.raises(LimitReached, match=r"The runs take 0\.0 GB of the disk, and at most 0\.002 GB"):
        check_disk_quota(runs_root, Limits(free_gb=0, server_runs_gb=0.002))
    with pytest.raises(LimitReached, match=r"Your runs take 0\.0 GB of the disk"):
        check_disk_quota(runs_root, Limits(free_gb=0, runs_gb=0.002), own=["large"])
    monkeypatch.setenv("NN_LAB_FREE_GB", "1e8")
    train = app("train")
    train.button(key="start_training").click().run()
    assert "must stay free" in train.error[0].value.replace("\\", "")
    assert [run.name for run in list_runs(runs_root)] == ["large"]
