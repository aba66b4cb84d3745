"""The learning rate of a run that is training is changed by a request."""

import os
from pathlib import Path

import pytest
from launched_runs import (
    ENDLESS,
    assert_request_handled,
    config_of,
    create_run_and_launch,
    kill,
    read_points,
    wait_until_ended,
)
from processes import assert_one_line, nn_core, running
from waiting import wait_until

from nn_core.jobs.launcher import launch_run
from nn_core.runs import History, RunFolder, create_run


def training_rates(run: RunFolder) -> list[float]:
    return [point["lr"] for point in read_points(run) if point["kind"] == "train"]


def lr_changes(run: RunFolder) -> list[tuple[float, float]]:
    history = History(run.metrics_file)
    history.update()
    return history.lr_changes


def test_changed_rate_is_used_survives_a_kill_and_is_replaced_by_a_setting(runs_root: Path) -> None:
    run = running(create_run_and_launch(runs_root, "simple_net", *ENDLESS))
    config = run.config_file.read_bytes()
    result = nn_core("learning-rate", run.name, "0.003")
    assert (result.returncode, result.stdout) == (0, ""), result.stderr
    assert "now uses the learning rate 0.003" in result.stderr
    assert run.status().learning_rate == 0.003
    assert [rate for _epoch, rate in lr_changes(run)] == [0.003]
    wait_until(lambda: training_rates(run)[-1] == 0.003, "it trains with that rate")
    assert training_rates(run)[0] == 0.01
    assert run.config_file.read_bytes() == config

    kill(run)
    launch_run(run)
    running(run, run.status().step + 100)
    assert lr_changes(run)[0][1] == training_rates(run)[-1] == run.status().learning_rate == 0.003

    run.send_request("stop")
    epochs = wait_until_ended(run).epochs_done + 1
    result = nn_core("resume", run.path, "--set", "optimizer.lr=0.01", "--set", f"training.epochs={epochs}")
    assert result.returncode == 0, result.stderr
    assert training_rates(run)[-1] == run.status().learning_rate == 0.01
    assert [rate for _epoch, rate in lr_changes(run)] == [0.003, 0.01]


def test_paused_run_takes_a_new_rate_and_stays_paused(runs_root: Path) -> None:
    run = running(create_run_and_launch(runs_root, "simple_net", *ENDLESS))
    assert_request_handled(nn_core("pause", run.name), "paused")
    before = run.status()
    assert nn_core("learning-rate", run.name, "0.5").returncode == 0
    status = run.status()
    assert (status.status, status.step, status.learning_rate) == ("paused", before.step, 0.5)
    assert lr_changes(run) == [(pytest.approx(status.step * 20 / 3600), 0.5)]
    run.send_request("resume")
    wait_until(lambda: training_rates(run)[-1] == 0.5, "it continues with that rate")


def test_simultaneous_requests_are_all_handled(runs_root: Path) -> None:
    run = create_run_and_launch(runs_root, "simple_net", *ENDLESS)
    run.request_lr(0.2)
    run.send_request("pause")
    run.request_lr(0.3)
    wait_until(lambda: run.status().status == "paused" and not run.has_lr_request, "both are handled")
    assert run.status().learning_rate == 0.3
    run.send_request("resume")
    run.request_lr(0.4)
    wait_until(lambda: run.status().status == "running" and not run.has_lr_request, "both are handled")
    assert run.status().learning_rate == 0.4


def test_invalid_rate_or_finished_run_is_refused(finished_run: RunFolder) -> None:
    before = set(os.listdir(finished_run.path))
    assert_one_line(nn_core("learning-rate", finished_run.path, "0"), "optimizer.lr = 0.0", "more than 0")
    assert_one_line(nn_core("learning-rate", finished_run.path, "nan"), "optimizer.lr = nan", "finite")
    assert_one_line(nn_core("learning-rate", finished_run.path, "0.1"), "is finished", "--set optimizer.lr=0.1")
    assert set(os.listdir(finished_run.path)) == before


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"learning_rate": 0}', '{"learning_rate": "fast"}', "1e999"])
def test_invalid_request_file_is_ignored(runs_root: Path, content: str) -> None:
    run = create_run(runs_root, config_of("simple_net"))
    with run.lock():
        run.turn_file.write_text(content)
        with run.take_lr_request() as rate:
            assert rate is None
        assert not run.has_lr_request


def test_new_worker_ignores_a_request_to_an_earlier_one(runs_root: Path) -> None:
    run = create_run(runs_root, config_of("simple_net"))
    with run.lock():
        run.request_lr(0.1)
        with run.take_lr_request() as rate:
            assert (rate, run.has_lr_request) == (0.1, True), "it counts as waiting until it is handled"
        assert not run.has_lr_request
        run.request_lr(0.2)
    with run.lock(), run.take_lr_request() as rate:
        assert rate is None
