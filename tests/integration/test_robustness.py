"""The command robustness, and its process: started, cancelled and killed."""

import json
import os
import signal
from pathlib import Path

import pytest
from cli_in_process import command
from processes import nn_core, started
from untrained_runs import untrained_run
from waiting import wait_until

from nn_core.errors import RunBusy
from nn_core.jobs.side_job import SideJob
from nn_core.runs import RunFolder, get_shipped_run
from nn_core.runs.robustness import read_robustness


@pytest.fixture
def run(runs_root: Path) -> RunFolder:
    return untrained_run(runs_root, "simple_net")


def job_of(run: RunFolder) -> SideJob:
    return SideJob(run.results, "robustness")


def test_the_command_prints_and_keeps_the_accuracy_at_each_level(run: RunFolder) -> None:
    assert job_of(run).status().state == "none"
    answer = command("robustness", run.name, "--kind", "contrast", "--kind", "blur", "--examples", 100)
    assert answer.code == 0, answer.err
    assert "100 of 1,000 test examples of mnist_sample" in answer.out
    assert "\nContrast\n0 %\t" in answer.out
    assert job_of(run).status().state == "finished"
    printed = json.loads(command("robustness", run.name, "--kind", "blur", "--examples", 100, "--json").out)
    report = read_robustness(run)
    assert report is not None
    assert printed == report.to_json()
    assert {len(each.levels) for each in report.perturbations.values()} == {7}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--kind", "heat"], "Unknown perturbation 'heat'"),
        (["--kind", "typos"], "does not suit"),
        (["--examples", "5", "--all"], "contradict each other"),
        (["--examples", "0"], "--examples"),
    ],
)
def test_bad_options_get_one_sentence(run: RunFolder, options: list[str], words: str) -> None:
    answer = command("robustness", run.name, *options)
    assert (answer.code, answer.out) == (2, "")
    assert words in answer.err
    assert len(answer.err.splitlines()) == 1


def test_a_shipped_run_is_measured_beside_the_users_runs(runs_root: Path) -> None:
    shipped = get_shipped_run()
    assert shipped is not None
    before = sorted(shipped.path.iterdir())
    answer = nn_core("robustness", "pretrained-digits", "--kind", "contrast", "--examples", 20)
    assert answer.returncode == 0, answer.stderr
    assert "because the run's own data set is not here" in answer.stdout
    assert sorted(shipped.path.iterdir()) == before
    assert list(runs_root.rglob("robustness.json"))


def test_a_job_is_cancelled_at_once_and_another_one_starts_afterwards(run: RunFolder) -> None:
    job = job_of(run)
    pid = job.launch(["robustness", run.path, "--all"])
    assert job.status().state == "running", "before its process has written anything"
    with pytest.raises(RunBusy, match="computed already"):
        job.launch(["robustness", run.path])
    assert command("robustness", run.name).code == 2, "one at a time, also from the command line"
    wait_until(lambda: job.status().done > 0, "it has measured something")
    assert job.status().pid == pid
    assert os.getpriority(os.PRIO_PROCESS, pid) >= 10
    job.cancel()
    assert job.status().state in ("cancelling", "cancelled")
    wait_until(lambda: job.status().state == "cancelled", "it is cancelled")
    job.cancel()
    assert job.status().state == "cancelled", "there is nothing to cancel any more"
    job.launch(["robustness", run.path, "--kind=contrast", "--examples=20"])
    wait_until(lambda: job.status().state == "finished", "the next one has finished")
    report = read_robustness(run)
    assert report is not None
    assert "contrast" in report.perturbations


def test_a_killed_job_is_recognised_and_one_that_fails_says_why(run: RunFolder) -> None:
    job = job_of(run)
    pid = job.launch(["robustness", run.path, "--all"])
    wait_until(lambda: job.status().done > 0, "it has measured something")
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: job.status().state == "interrupted", "it is seen that it ended")
    run.best_weights.write_bytes(b"{")
    job.launch(["robustness", run.path])
    wait_until(lambda: job.status().state == "failed", "it has failed")
    assert "damaged file, best.safetensors" in job.status().text


def test_ctrl_c_keeps_what_is_finished(run: RunFolder) -> None:
    with started("robustness", run.name, "--all") as process:
        wait_until(lambda: (report := read_robustness(run)) and report.perturbations, "one is finished")
        process.send_signal(signal.SIGINT)
        _out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert err.strip().endswith("Interrupted.")
    assert job_of(run).status().state == "cancelled"
    report = read_robustness(run)
    assert report is not None
    assert 1 <= len(report.perturbations) < 7
