"""Worker processes finish, stop, pause and resume, and outlive the process that launched them."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from launched_runs import (
    ENDLESS,
    assert_request_handled,
    config_of,
    create_run_and_launch,
    read_log,
    read_points,
    wait_until_ended,
)
from processes import ROOT, assert_one_line, nn_core, running, started, the_only_run
from waiting import wait_until

from nn_core.errors import RunBusy
from nn_core.jobs.launcher import launch_run
from nn_core.runs import create_run

# To the end


def test_launched_run_finishes_and_its_folder_describes_it(runs_root: Path) -> None:
    run = create_run(runs_root, config_of("simple_net", "training.epochs=2", "optimizer.lr=0.1"))
    launch_run(run)
    assert run.status().status in ("queued", "running"), "from the first moment on"
    status = wait_until_ended(run)
    assert status.status == "finished", read_log(run)
    assert (status.epochs_done, status.step, status.steps, status.parameters) == (2, 72, 72, 101_770)
    assert status.progress == 1
    assert status.device.startswith("CPU")
    assert status.samples_per_second
    evaluation = run.evaluation()
    assert evaluation is not None
    assert evaluation.accuracy > 0.75
    assert evaluation.samples == 1000
    validation = [point for point in read_points(run) if point["kind"] == "validation"]
    assert [point["epoch"] for point in validation] == [1, 2]
    assert status.best is not None
    assert status.best.accuracy == max(point["accuracy"] for point in validation)
    kept = {"config.json", "metrics.jsonl", "status.json", "last.safetensors", "last.state", "best.safetensors"}
    kept |= {
        "answers.safetensors",
        "calibration.safetensors",
        "environment.json",
        "evaluation.json",
        "vitals.jsonl",
        "network.json",
        "examples.json",
    }
    assert set(os.listdir(run.path)) == kept | {"worker.log", "run.lock"}
    assert "Epoch 2 of 2" in read_log(run)


def test_second_process_cannot_work_on_a_run(runs_root: Path) -> None:
    run = create_run(runs_root, config_of("simple_net", *ENDLESS))
    launch_run(run)
    with pytest.raises(RunBusy, match="Another process is working"):
        launch_run(run)
    running(run)
    pid = run.status().pid
    assert_one_line(nn_core("resume", run.path), "Another process is working", "nn_core stop")
    assert run.status().pid == pid
    assert run.status().status == "running"


def test_worker_outlives_the_process_that_launched_it(runs_root: Path) -> None:
    run = create_run(runs_root, config_of("simple_net", *ENDLESS))
    code = "import sys; from pathlib import Path; from nn_core.jobs.launcher import launch_run; from nn_core.runs import RunFolder; launch_run(RunFolder(Path(sys.argv[1])))"
    subprocess.run([sys.executable, "-c", code, str(run.path)], cwd=ROOT, check=True)
    running(run, 50)
    run.send_request("stop")
    assert wait_until_ended(run).status == "stopped"


# Stop, pause, resume


def test_stop_pause_and_resume_from_the_command_line(runs_root: Path) -> None:
    run = running(create_run_and_launch(runs_root, "simple_net", *ENDLESS))
    assert_request_handled(nn_core("pause", run.name), "paused")
    assert run.status().status == "paused"
    stood = read_points(run)[-1]["step"]
    assert_request_handled(nn_core("pause", run.name), "paused")
    assert read_points(run)[-1]["step"] == stood, "a paused run stands still"

    resumed = nn_core("resume", run.name)
    assert (resumed.returncode, resumed.stdout) == (0, f"{run.path}\n")
    wait_until(lambda: read_points(run)[-1]["step"] > stood, "it continues")

    assert_request_handled(nn_core("stop", run.name), "stopped")
    status = run.status()
    assert status.status == "stopped"
    assert 0 < status.step < status.steps
    run.lock().release()
    assert_one_line(nn_core("stop", run.name), run.name, "stopped")


def test_stop_request_while_queued_stops_the_run(runs_root: Path) -> None:
    run = create_run_and_launch(runs_root, "simple_net", *ENDLESS)
    run.send_request("stop")
    status = wait_until_ended(run)
    assert status.status == "stopped", read_log(run)
    assert status.step < 100


def test_paused_run_can_be_stopped_and_resumed(runs_root: Path) -> None:
    run = running(create_run_and_launch(runs_root, "simple_net", *ENDLESS))
    run.send_request("pause")
    wait_until(lambda: run.status().status == "paused", "it pauses")
    run.send_request("stop")
    status = wait_until_ended(run)
    assert status.status == "stopped"
    launch_run(run)
    running(run, status.step + 1)


def test_paused_run_ends_when_its_folder_is_deleted(runs_root: Path) -> None:
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
    time.sleep(1)
    paused = time.monotonic() - paused_at
    run.send_request("resume")
    step = run.status().step
    wait_until(lambda: run.status().step > step, "it continues")
    counted, stood = run.status().elapsed_seconds - before, time.monotonic() - paused_at
    assert counted < stood - 0.8 * paused


def test_ctrl_c_stops_cleanly_and_the_run_can_be_resumed(runs_root: Path) -> None:
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


def test_terminated_worker_stops_cleanly(runs_root: Path) -> None:
    run = running(create_run_and_launch(runs_root, "simple_net", *ENDLESS))
    pid = run.status().pid
    assert pid is not None
    os.kill(pid, signal.SIGTERM)
    assert wait_until_ended(run).status == "stopped"


# Early stopping


def test_run_without_improvement_ends_early_and_resumes_with_more_patience(runs_root: Path) -> None:
    settings = ("training.epochs=6", "training.patience=2", "optimizer.lr=1e-12", "training.batch_size=500")
    run = create_run_and_launch(runs_root, "simple_net", *settings)
    status = wait_until_ended(run)
    assert status.status == "finished", read_log(run)
    assert status.best is not None
    assert status.epochs_done == status.best.epoch + 2 < 6
    assert f"Ended after epoch {status.epochs_done} of 6" in status.ended_early
    assert status.ended_early in read_log(run)
    assert run.evaluation() is not None

    again = nn_core("resume", run.path, "--set", "training.epochs=7")
    assert again.returncode == 0, again.stderr
    assert "--set training.patience=4" in again.stderr
    assert (run.status().epochs_done, run.status().status) == (status.epochs_done, "finished")

    on = nn_core("resume", run.path, "--set", "training.patience=0")
    assert on.returncode == 0, on.stderr
    assert (run.status().epochs_done, run.status().ended_early) == (7, "")


# Invalid settings


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("loss.name=binary_cross_entropy", ("this network classifies", "cross_entropy")),
        ("model.name=text_rnn", ("'text_rnn' is for text",)),
        ("training.device=mps", ("'mps' is not available on this machine",)),
    ],
)
def test_invalid_settings_are_refused_before_a_folder_is_created(
    runs_root: Path, setting: str, words: tuple[str, ...]
) -> None:
    assert_one_line(nn_core("train", "--preset", "simple_net", "--set", setting), *words)
    assert not runs_root.exists()
