"""Real worker processes: they finish, stop, pause, die and go on, and what they leave is exact."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from processes import ROOT, assert_one_line, nn_core, running, started, the_only_run
from waiting import wait_until

from nn_core.config import RunConfig, apply_settings, get_preset
from nn_core.errors import BadInput, RunBusy
from nn_core.jobs.launcher import launch_run
from nn_core.runs import History, RunFolder, RunStatus, create_run

CPU = "training.device=cpu"
ENDLESS = ("training.epochs=10000", CPU, "training.batch_size=20")


def config_of(name: str, *settings: str) -> RunConfig:
    return apply_settings(get_preset(name), [CPU, *settings])


def ended(run: RunFolder) -> RunStatus:
    """Waits until no process works on the run any more."""
    wait_until(lambda: not run.status().is_active, f"{run.name} has ended")
    run.lock().release()
    return run.status()


def in_words(run: RunFolder) -> str:
    return run.log_file.read_text() if run.log_file.exists() else ""


def points(run: RunFolder) -> list[dict[str, Any]]:
    """metrics.jsonl without the times, which no two runs share."""
    lines = [json.loads(line) for line in run.metrics_file.read_bytes().splitlines()]
    times = ("elapsed_seconds", "samples_per_second")
    return [{key: value for key, value in line.items() if key not in times} for line in lines]


def assert_same_outcome(run: RunFolder, other: RunFolder) -> None:
    for name in ("last.safetensors", "best.safetensors"):
        assert (run.path / name).read_bytes() == (other.path / name).read_bytes(), name
    assert points(run) == points(other)
    assert run.evaluation() == other.evaluation()
    assert run.status().best == other.status().best


def done(run: RunFolder, least: float) -> None:
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


# To the end


def test_a_launched_run_finishes_and_its_folder_describes_it(runs_root: Path) -> None:
    run = create_run(runs_root, config_of("simple_net", "training.epochs=2", "optimizer.lr=0.1"))
    launch_run(run)
    assert run.status().status in ("queued", "running"), "from the first moment on"
    status = ended(run)
    assert status.status == "finished", in_words(run)
    assert (status.epochs_done, status.step, status.steps, status.parameters) == (2, 72, 72, 101_770)
    assert status.progress == 1
    assert status.device.startswith("CPU")
    assert status.samples_per_second
    evaluation = run.evaluation()
    assert evaluation is not None
    assert evaluation.accuracy > 0.75
    assert evaluation.samples == 1000
    validation = [point for point in points(run) if point["kind"] == "validation"]
    assert [point["epoch"] for point in validation] == [1, 2]
    assert status.best is not None
    assert status.best.accuracy == max(point["accuracy"] for point in validation)
    kept = {"config.json", "metrics.jsonl", "status.json", "last.safetensors", "last.state", "best.safetensors"}
    assert set(os.listdir(run.path)) == kept | {"calibration.safetensors", "evaluation.json", "worker.log", "run.lock"}
    assert "Epoch 2 of 2" in in_words(run)


def test_one_process_a_run(runs_root: Path) -> None:
    run = create_run(runs_root, config_of("simple_net", *ENDLESS))
    launch_run(run)
    with pytest.raises(RunBusy, match="Another process is working"):
        launch_run(run)
    running(run)
    pid = run.status().pid
    assert_one_line(nn_core("resume", run.path), "Another process is working", "nn_core stop")
    assert run.status().pid == pid
    assert run.status().status == "running"


# Stop, pause, resume


def test_stop_pause_and_resume_from_the_command_line(runs_root: Path) -> None:
    run = running(create_run_and_launch(runs_root, "simple_net", *ENDLESS))
    assert_obeyed(nn_core("pause", run.name), "paused")
    assert run.status().status == "paused"
    stood = points(run)[-1]["step"]
    assert_obeyed(nn_core("pause", run.name), "paused")
    assert points(run)[-1]["step"] == stood, "a paused run stands still"

    resumed = nn_core("resume", run.name)
    assert (resumed.returncode, resumed.stdout) == (0, f"{run.path}\n")
    wait_until(lambda: points(run)[-1]["step"] > stood, "it goes on")

    assert_obeyed(nn_core("stop", run.name), "stopped")
    status = run.status()
    assert status.status == "stopped"
    assert 0 < status.step < status.steps
    run.lock().release()
    assert_one_line(nn_core("stop", run.name), run.name, "stopped")


def create_run_and_launch(root: Path, name: str, *settings: str) -> RunFolder:
    run = create_run(root, config_of(name, *settings))
    launch_run(run)
    return run


def assert_obeyed(result: subprocess.CompletedProcess[str], word: str) -> None:
    assert result.returncode == 0, result.stderr
    assert result.stdout == ""
    assert word in result.stderr


def test_a_stop_that_is_asked_for_while_the_run_is_queued_is_obeyed(runs_root: Path) -> None:
    run = create_run_and_launch(runs_root, "simple_net", *ENDLESS)
    run.send_request("stop")
    status = ended(run)
    assert status.status == "stopped", in_words(run)
    assert status.step < 100


def test_a_paused_run_stops_when_asked_and_goes_on_later(runs_root: Path) -> None:
    run = running(create_run_and_launch(runs_root, "simple_net", *ENDLESS))
    run.send_request("pause")
    wait_until(lambda: run.status().status == "paused", "it pauses")
    run.send_request("stop")
    status = ended(run)
    assert status.status == "stopped"
    launch_run(run)
    running(run, status.step + 1)


def test_a_paused_run_ends_when_its_folder_is_deleted(runs_root: Path) -> None:
    run = running(create_run_and_launch(runs_root, "simple_net", *ENDLESS))
    run.send_request("pause")
    wait_until(lambda: run.status().status == "paused", "it pauses")
    process = Path(f"/proc/{run.status().pid}")
    assert process.exists()
    shutil.rmtree(run.path)
    wait_until(lambda: not process.exists(), "its process has ended")


def test_time_spent_paused_does_not_count(runs_root: Path) -> None:
    run = running(create_run_and_launch(runs_root, "simple_net", *ENDLESS))
    run.send_request("pause")
    wait_until(lambda: run.status().status == "paused", "it pauses")
    before, paused_at = run.status().elapsed_seconds, time.monotonic()
    assert nn_core("presets").returncode == 0  # something else that takes a moment
    paused = time.monotonic() - paused_at
    run.send_request("resume")
    step = run.status().step
    wait_until(lambda: run.status().step > step, "it goes on")
    counted, stood = run.status().elapsed_seconds - before, time.monotonic() - paused_at
    assert counted < stood - 0.8 * paused


# A learning rate that is turned


def rates(run: RunFolder) -> list[float]:
    return [point["lr"] for point in points(run) if point["kind"] == "train"]


def turns(run: RunFolder) -> list[tuple[float, float]]:
    history = History(run.metrics_file)
    history.update()
    return history.lr_changes


def test_a_turned_rate_is_obeyed_outlives_a_kill_and_gives_way_to_a_setting(runs_root: Path) -> None:
    run = running(create_run_and_launch(runs_root, "simple_net", *ENDLESS))
    config = run.config_file.read_bytes()
    result = nn_core("learning-rate", run.name, "0.003")
    assert (result.returncode, result.stdout) == (0, ""), result.stderr
    assert "now uses the learning rate 0.003" in result.stderr
    assert run.status().learning_rate == 0.003
    assert [rate for _epoch, rate in turns(run)] == [0.003]
    wait_until(lambda: rates(run)[-1] == 0.003, "it learns with that rate")
    assert rates(run)[0] == 0.01
    assert run.config_file.read_bytes() == config

    kill(run)
    launch_run(run)
    running(run, run.status().step + 100)
    assert turns(run)[0][1] == rates(run)[-1] == run.status().learning_rate == 0.003

    run.send_request("stop")
    epochs = ended(run).epochs_done + 1
    result = nn_core("resume", run.path, "--set", "optimizer.lr=0.01", "--set", f"training.epochs={epochs}")
    assert result.returncode == 0, result.stderr
    assert rates(run)[-1] == run.status().learning_rate == 0.01
    assert [rate for _epoch, rate in turns(run)] == [0.003, 0.01]


def test_a_paused_run_takes_a_turn_and_stays_paused(runs_root: Path) -> None:
    run = running(create_run_and_launch(runs_root, "simple_net", *ENDLESS))
    assert_obeyed(nn_core("pause", run.name), "paused")
    before = run.status()
    assert nn_core("learning-rate", run.name, "0.5").returncode == 0
    status = run.status()
    assert (status.status, status.step, status.learning_rate) == ("paused", before.step, 0.5)
    assert turns(run) == [(pytest.approx(status.step * 20 / 3600), 0.5)]
    run.send_request("resume")
    wait_until(lambda: rates(run)[-1] == 0.5, "it goes on with that rate")


def test_two_requests_at_once_do_not_swallow_each_other(runs_root: Path) -> None:
    run = create_run_and_launch(runs_root, "simple_net", *ENDLESS)
    run.request_lr(0.2)
    run.send_request("pause")
    run.request_lr(0.3)
    wait_until(lambda: run.status().status == "paused" and not run.has_lr_request, "both are obeyed")
    assert run.status().learning_rate == 0.3
    run.send_request("resume")
    run.request_lr(0.4)
    wait_until(lambda: run.status().status == "running" and not run.has_lr_request, "both are obeyed")
    assert run.status().learning_rate == 0.4


def test_a_rate_that_cannot_be_or_has_nobody_to_obey_it_is_refused(finished_run: RunFolder) -> None:
    before = set(os.listdir(finished_run.path))
    assert_one_line(nn_core("learning-rate", finished_run.path, "0"), "optimizer.lr = 0.0", "more than 0")
    assert_one_line(nn_core("learning-rate", finished_run.path, "nan"), "optimizer.lr = nan", "finite")
    assert_one_line(nn_core("learning-rate", finished_run.path, "0.1"), "is finished", "--set optimizer.lr=0.1")
    assert set(os.listdir(finished_run.path)) == before


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"learning_rate": 0}', '{"learning_rate": "fast"}', "1e999"])
def test_a_turn_that_makes_no_sense_is_none(runs_root: Path, content: str) -> None:
    run = create_run(runs_root, config_of("simple_net"))
    with run.lock():
        run.turn_file.write_text(content)
        with run.take_lr_request() as rate:
            assert rate is None
        assert not run.has_lr_request


def test_a_new_worker_does_not_obey_a_turn_that_an_earlier_one_was_asked_for(runs_root: Path) -> None:
    run = create_run(runs_root, config_of("simple_net"))
    with run.lock():
        run.request_lr(0.1)
        with run.take_lr_request() as rate:
            assert (rate, run.has_lr_request) == (0.1, True), "it counts as waiting until it is obeyed"
        assert not run.has_lr_request
        run.request_lr(0.2)
    with run.lock(), run.take_lr_request() as rate:
        assert rate is None


# Early stopping


def test_a_run_that_gets_no_better_ends_early_and_goes_on_with_more_patience(runs_root: Path) -> None:
    settings = ("training.epochs=6", "training.patience=2", "optimizer.lr=1e-12", "training.batch_size=500")
    run = create_run_and_launch(runs_root, "simple_net", *settings)
    status = ended(run)
    assert status.status == "finished", in_words(run)
    assert status.best is not None
    assert status.epochs_done == status.best.epoch + 2 < 6
    assert f"Ended after epoch {status.epochs_done} of 6" in status.ended_early
    assert status.ended_early in in_words(run)
    assert run.evaluation() is not None

    again = nn_core("resume", run.path, "--set", "training.epochs=7")
    assert again.returncode == 0, again.stderr
    assert "--set training.patience=4" in again.stderr
    assert (run.status().epochs_done, run.status().status) == (status.epochs_done, "finished")

    on = nn_core("resume", run.path, "--set", "training.patience=0")
    assert on.returncode == 0, on.stderr
    assert (run.status().epochs_done, run.status().ended_early) == (7, "")


# What cannot be trained


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("loss.name=binary_cross_entropy", ("this network classifies", "cross_entropy")),
        ("model.name=text_rnn", ("'text_rnn' is for text",)),
        ("training.device=mps", ("'mps' is not available on this machine",)),
    ],
)
def test_what_cannot_be_trained_is_refused_before_there_is_a_folder(
    runs_root: Path, setting: str, words: tuple[str, ...]
) -> None:
    assert_one_line(nn_core("train", "--preset", "simple_net", "--set", setting), *words)
    assert not runs_root.exists()


# Ctrl-C


def test_ctrl_c_stops_cleanly_and_the_run_goes_on_later(runs_root: Path) -> None:
    settings = [part for setting in ENDLESS for part in ("--set", setting)]
    with started("train", "--preset", "simple_net", *settings) as process:
        run = running(the_only_run(runs_root), 20)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert out == f"{run.path}\n"
    assert "Traceback" not in err
    status = run.status()
    assert status.status == "stopped"
    assert "Stopped after step" in err
    epochs = status.epochs_done + 1
    resumed = nn_core("resume", run.path, "--set", f"training.epochs={epochs}")
    assert resumed.returncode == 0, resumed.stderr
    assert resumed.stdout.splitlines()[-1] == str(run.path)
    assert run.status().status == "finished"
    assert run.status().epochs_done == epochs


def test_a_terminated_worker_stops_cleanly_too(runs_root: Path) -> None:
    run = running(create_run_and_launch(runs_root, "simple_net", *ENDLESS))
    pid = run.status().pid
    assert pid is not None
    os.kill(pid, signal.SIGTERM)
    assert ended(run).status == "stopped"


# Killed, and on


def test_a_killed_run_ends_with_exactly_the_weights_of_one_that_never_stopped(runs_root: Path) -> None:
    """A network without anything that is random; tests/integration/test_soak.py has the others. It trains for some seconds, of which the
    status tells each."""
    settings = ("training.batch_size=2", "training.epochs=12", "optimizer.momentum=0.9")
    whole = create_run_and_launch(runs_root, "simple_net", *settings)
    assert ended(whole).status == "finished", in_words(whole)

    run = create_run_and_launch(runs_root, "simple_net", *settings, "training.checkpoint_seconds=0.1")
    for least in (0.15, 0.6):
        done(run, least)
        kill(run)
        assert run.status().progress < 1, "killed in the middle"
        assert (run.path / "last.safetensors").exists()
        launch_run(run)
    assert ended(run).status == "finished", in_words(run)
    assert_same_outcome(run, whole)
    assert not [name for name in os.listdir(run.path) if name.endswith(".tmp")]


def test_a_run_killed_before_its_first_checkpoint_begins_anew(runs_root: Path) -> None:
    settings = ("training.epochs=20", "training.batch_size=10", "training.checkpoint_seconds=10")
    run = running(create_run_and_launch(runs_root, "simple_net", *settings))
    kill(run)
    assert not run.state_file.exists()
    result = nn_core("resume", run.path)
    assert result.returncode == 0, result.stderr
    whole = create_run_and_launch(runs_root, "simple_net", *settings)
    ended(whole)
    assert_same_outcome(run, whole)


def test_a_run_that_trains_saves_again_and_again_so_that_little_work_can_be_lost(runs_root: Path) -> None:
    assert get_preset("quick").training.checkpoint_seconds <= 5
    run = running(create_run_and_launch(runs_root, "simple_net", *ENDLESS, "training.checkpoint_seconds=1"))
    wait_until(run.state_file.exists, "there is a first checkpoint")
    for _ in range(3):
        before = run.state_file.stat().st_mtime_ns
        wait_until(lambda then=before: run.state_file.stat().st_mtime_ns > then, "there is the next checkpoint")


def test_half_written_files_of_a_killed_worker_are_swept_away(runs_root: Path) -> None:
    run = create_run(runs_root, config_of("simple_net", "training.epochs=1"))
    (run.path / ".last.state.12345-1.tmp").write_bytes(b"half")
    launch_run(run)
    assert ended(run).status == "finished"
    assert not (run.path / ".last.state.12345-1.tmp").exists()


# What goes wrong


def test_a_loss_that_is_not_a_number_fails_the_run_with_what_to_try(runs_root: Path) -> None:
    settings = ("optimizer.lr=100", "optimizer.weight_decay=1", CPU)
    result = nn_core("train", "--preset", "simple_net", *(part for setting in settings for part in ("--set", setting)))
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert "Try a smaller learning rate" in result.stderr.splitlines()[-1]
    status = the_only_run(runs_root).status()
    assert status.status == "failed"
    assert "optimizer.lr = 10 instead of 100" in status.message


def test_a_failed_run_goes_on_with_a_smaller_rate(runs_root: Path) -> None:
    settings = ("training.epochs=2", "training.checkpoint_seconds=10")
    run = create_run_and_launch(runs_root, "simple_net", *settings, "optimizer.lr=100", "optimizer.weight_decay=1")
    assert ended(run).status == "failed", in_words(run)
    smaller = ("--set", "optimizer.lr=0.1", "--set", "optimizer.weight_decay=0")
    result = nn_core("resume", run.path, *smaller)
    assert result.returncode == 0, result.stderr
    assert run.status().status == "finished"
    assert run.status().message == ""


@pytest.mark.parametrize("damage", ["cut", "garbage", "another pickle", "another network"])
def test_a_damaged_state_is_named_and_the_weights_still_serve(runs_root: Path, damage: str) -> None:
    run = create_run_and_launch(runs_root, "simple_net", "training.epochs=1", "training.batch_size=500")
    assert ended(run).status == "finished"
    content = run.state_file.read_bytes()
    if damage == "cut":
        run.state_file.write_bytes(content[: len(content) // 2])
    elif damage == "garbage":
        run.state_file.write_bytes(bytes(range(256)) * 9)
    elif damage == "another pickle":
        torch.save({"metrics_size": 0, "position": [0, 0, 0], "elapsed_seconds": 0}, run.state_file)
    else:
        other = config_of("simple_net", "training.epochs=1", "training.batch_size=500", "model.hidden=7")
        run.write_config(other)
    best, metrics = run.best_weights.read_bytes(), run.metrics_file.read_bytes()
    result = nn_core("resume", run.path, "--set", "training.epochs=2")
    assert result.returncode == 2
    assert "last.state" in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.stderr
    assert (run.best_weights.read_bytes(), run.metrics_file.read_bytes()) == (best, metrics)
    assert run.status().status == "failed"


def test_a_run_that_was_stored_without_its_state_is_not_begun_anew_over_its_weights(
    finished_run: RunFolder, tmp_path: Path
) -> None:
    run = RunFolder(tmp_path / "stored")
    shutil.copytree(finished_run.path, run.path)
    run.state_file.unlink()
    before = {file.name: file.read_bytes() for file in run.path.iterdir()}
    with pytest.raises(BadInput, match=r"stored without last\.state"):
        launch_run(run)
    assert_one_line(nn_core("resume", run.path, "--set", "training.epochs=9"), "stored without last.state")
    assert {file.name: file.read_bytes() for file in run.path.iterdir()} == before


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(Evil.target),)

    target = Path()


def test_a_state_that_would_run_code_is_refused(runs_root: Path, tmp_path: Path) -> None:
    run = create_run(runs_root, config_of("simple_net", "training.epochs=1"))
    Evil.target = tmp_path / "owned"
    torch.save({"metrics_size": 0, "position": [0, 0, 0], "elapsed_seconds": 0.0, "model": Evil()}, run.state_file)
    result = nn_core("resume", run.path)
    assert result.returncode == 2, result.stderr
    assert "last.state" in result.stderr
    assert not Evil.target.exists()


def test_a_worker_outlives_whoever_launched_it(runs_root: Path) -> None:
    run = create_run(runs_root, config_of("simple_net", *ENDLESS))
    code = "import sys; from pathlib import Path; from nn_core.jobs.launcher import launch_run; from nn_core.runs import RunFolder; launch_run(RunFolder(Path(sys.argv[1])))"
    subprocess.run([sys.executable, "-c", code, str(run.path)], cwd=ROOT, check=True)
    running(run, 50)
    run.send_request("stop")
    assert ended(run).status == "stopped"
