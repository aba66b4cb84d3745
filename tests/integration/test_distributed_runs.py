"""Real processes that share a run: started by the run itself or by torchrun, on one host or two, killed and restarted."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from processes import ROOT, SUPPORT, nn_core, running, started, the_only_run
from waiting import wait_until

from nn_core.config import apply_settings, get_preset
from nn_core.data import DATASETS
from nn_core.devices import list_gpu_names
from nn_core.errors import BadInput
from nn_core.jobs.runner import run_worker
from nn_core.runs import RunFolder, RunStatus, create_run
from nn_core.runs.lock import is_locked
from nn_core.training import check_trainable

CPU = ("--set", "training.device=cpu")
TWO = ("--set", "training.devices=2")
LITTLE = ("--preset", "plane", *CPU, "--set", "training.epochs=4")
ENDLESS = ("--preset", "plane", *CPU, "--set", "training.epochs=10000", "--set", "training.checkpoint_seconds=0.2")


class _Silent:
    def line(self, text: str) -> None: ...

    def progress(self, status: RunStatus) -> None: ...


@pytest.fixture(scope="module")
def of_one(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """The little run, by one process."""
    config = apply_settings(get_preset("plane"), ["training.device=cpu", "training.epochs=4"])
    run = create_run(tmp_path_factory.mktemp("one"), config)
    with run.lock():
        run_worker(run, run.path, _Silent())
    return run


@pytest.fixture
def two_cores() -> None:
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("two processes that share a run need two cores")


def curve(run: RunFolder, kind: str) -> list[float]:
    """Step, loss and accuracy of each line of that kind in metrics.jsonl, one after the other."""
    lines = [json.loads(line) for line in run.metrics_file.read_bytes().splitlines()]
    return [line[key] for line in lines if line["kind"] == kind for key in ("step", "loss", "accuracy")]


def processes_of(command: str, root: Path) -> list[int]:
    """Those of this user that run `python -m nn_core COMMAND …` with this runs folder, by their rank."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (folder / "cmdline").read_bytes().split(b"\0")
            environment = dict(
                line.split(b"=", 1) for line in (folder / "environ").read_bytes().split(b"\0") if b"=" in line
            )
        except OSError:
            continue
        at = arguments.index(b"nn_core") if b"nn_core" in arguments else -2
        if arguments[at + 1 : at + 2] == [command.encode()] and environment.get(b"NN_LAB_RUNS") == str(root).encode():
            found.append((int(environment.get(b"RANK", b"-1")), int(folder.name)))
    return [pid for rank, pid in sorted(found) if rank >= 0]


def pair(root: Path) -> list[int]:
    """The processes of a launch of two, once both are there."""
    found = processes_of("train", root)
    return found if len(found) == 2 else []


@contextmanager
def torchrun(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    """`torchrun … -m nn_core …`, which ends in any case."""
    command = [sys.executable, "-m", "torch.distributed.run", *map(str, arguments)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield process
    finally:
        process.terminate()
        process.communicate()


def none_left(command: str, root: Path) -> Callable[[], bool]:
    return lambda: not processes_of(command, root)


@pytest.mark.usefixtures("two_cores")
def test_a_run_on_two_devices_trains_the_same_handles_requests_and_fails_with_the_other_process(
    runs_root: Path, of_one: RunFolder
) -> None:
    with started("train", *ENDLESS, *TWO, "--name", "two") as leader:
        run = running(the_only_run(runs_root), step=300)
        wait_until(lambda: run.status().ranks, "the speed of each process is told")
        assert nn_core("pause", "two").returncode == 0
        assert nn_core("learning-rate", "two", 0.001).returncode == 0
        assert run.status().status == "paused"
        assert nn_core("resume", "two").returncode == 0
        running(run, step=run.status().step + 1)
        (follower,) = processes_of("follow", runs_root)
        os.kill(follower, signal.SIGKILL)
        output, errors = leader.communicate(timeout=60)
    assert (leader.returncode, output) == (1, "")
    assert errors.splitlines()[-1].startswith("Process 1 of the 2 that share this run has ended: it was killed. Resume")
    status = run.status()
    assert (status.status, status.learning_rate, is_locked(run.lock_file)) == ("failed", 0.001, False)
    assert status.message in errors
    about = json.loads(nn_core("info", "two", "--json").stdout)
    assert [rank["device"] for rank in about["ranks"]] == ["cpu", "cpu"]
    assert all(rank["samples_per_second"] > 0 and 0 <= rank["waiting"] <= 1 for rank in about["ranks"])
    assert curve(run, "validation")[:12] == pytest.approx(curve(of_one, "validation"), rel=1e-4)


@pytest.mark.usefixtures("two_cores")
def test_a_weight_that_is_set_reaches_all_processes_which_pause_after_a_step_and_an_epoch(runs_root: Path) -> None:
    """After the change, two processes train an epoch like a single one that continues from the same checkpoint."""
    with started("train", *ENDLESS, *TWO, "--name", "two") as leader:
        run = running(the_only_run(runs_root), step=50)
        assert nn_core("pause", "two").returncode == 0
        assert nn_core("set-weight", "two", "1.weight", "0,0", 3.0).returncode == 0
        shutil.copytree(run.path, runs_root / "one", ignore=shutil.ignore_patterns("*.lock"))
        before = run.status().step
        assert nn_core("step", "two").returncode == 0
        assert run.status().step == before + 1
        assert nn_core("step", "two", "--epoch").returncode == 0
        epochs = run.status().epochs_done
        assert nn_core("stop", "two").returncode == 0
        leader.communicate(timeout=60)
    alone = ("--set", "training.devices=1", "--set", f"training.epochs={epochs}")
    one = RunFolder(runs_root / "one")
    one.write_status(one.status().model_copy(update={"status": "stopped"}))
    assert nn_core("resume", "one", *alone).returncode == 0
    expected = curve(one, "validation")
    assert expected[-3] == run.status().step
    assert curve(run, "validation") == pytest.approx(expected, rel=1e-4)


@pytest.mark.usefixtures("two_cores")
def test_a_run_ends_when_its_leader_is_killed_and_when_another_process_hangs(
    runs_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with started("train", *ENDLESS, *TWO, "--name", "cut") as leader:
        run = running(the_only_run(runs_root), step=50)
        wait_until(run.state_file.exists, "there is a checkpoint")
        leader.kill()
        wait_until(none_left("follow", runs_root), "the other process has ended with the one that led")
    assert run.status().status == "interrupted"

    monkeypatch.setenv("NN_LAB_PATIENCE_SECONDS", "8")
    with started("resume", "cut") as leader:
        running(run, step=run.status().step + 1)
        (follower,) = processes_of("follow", runs_root)
        os.kill(follower, signal.SIGSTOP)
        assert leader.wait(timeout=60) == 1
    assert run.status().status == "failed"
    assert "does not answer. Resume the run" in run.status().message
    assert none_left("follow", runs_root)()


@pytest.mark.usefixtures("two_cores")
def test_torchrun_restarts_the_processes_and_the_same_run_continues(runs_root: Path) -> None:
    with torchrun("--nproc-per-node=2", "--max-restarts=1", "-m", "nn_core", "train", *ENDLESS) as launch:
        run = running(the_only_run(runs_root), step=50)
        wait_until(run.state_file.exists, "there is a checkpoint")
        leader, other = processes_of("train", runs_root)
        os.kill(other, signal.SIGKILL)
        wait_until(lambda: run.status().pid != leader, "another process leads")
        assert running(run, step=run.status().step + 1).status().step > 50
        launch.terminate()
        output, _ = launch.communicate(timeout=60)
    assert output.splitlines() == [str(run.path)]
    assert the_only_run(runs_root) == run
    assert run.status().status == "stopped"
    wait_until(none_left("train", runs_root), "no process is left behind")


@pytest.mark.usefixtures("two_cores")
def test_torchrun_on_two_machines_continues_when_a_process_of_either_is_killed(
    runs_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two of its agents on one machine. Each counts only the attempts of its own processes."""
    monkeypatch.setenv("GLOO_SOCKET_IFNAME", "lo")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    meeting = ("--rdzv-backend=c10d", "--rdzv-id=nn-lab", f"--rdzv-endpoint=127.0.0.1:{port}", "--local-addr=127.0.0.1")
    machine = ("--nnodes=2", "--nproc-per-node=1", "--max-restarts=3", *meeting, "-m", "nn_core", "train", *ENDLESS)
    with torchrun(*machine) as first, torchrun(*machine) as second:
        run = running(the_only_run(runs_root), step=50)
        for victim in ("follower", "leader"):
            wait_until(run.state_file.exists, "there is a checkpoint")
            before = run.status()
            leader, follower = wait_until(lambda: pair(runs_root), "both are there")
            os.kill(follower if victim == "follower" else leader, signal.SIGKILL)
            wait_until(lambda leader=leader: run.status().pid != leader, "another process leads")
            running(run, step=before.step + 1)
        assert the_only_run(runs_root) == run
        for launch in (first, second):
            launch.terminate()
        wait_until(none_left("train", runs_root), "no process is left behind")
    assert run.status().status == "stopped"


def test_two_hosts_without_a_shared_folder_train_the_same_weights_as_one(runs_root: Path, of_one: RunFolder) -> None:
    hosts = ["unshare", "-Urnmpf", "--kill-child", "bash"]
    trial = "mount -t tmpfs none /run && ip link add cable1 type veth peer name cable2"
    try:
        may = subprocess.run([*hosts, "-c", trial], capture_output=True, text=True)
    except FileNotFoundError as error:
        pytest.skip(f"this machine makes no network namespaces: {error}")
    if may.returncode:
        pytest.skip(f"this machine makes no network namespaces: {may.stderr.strip()}")
    environment = {**os.environ, "FOLDER": str(runs_root), "PYTHON": sys.executable}
    arguments = [*hosts, str(SUPPORT / "two_hosts.sh"), "train", *LITTLE, "--name", "hosts"]
    result = subprocess.run(arguments, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240)
    assert result.returncode == 0, result.stderr
    run = RunFolder(runs_root / "first" / "hosts")
    assert result.stdout == f"{run.path}\n"
    assert not any((runs_root / "second").iterdir())
    assert (run.status().status, len(run.status().ranks)) == ("finished", 2)
    for kind in ("train", "validation"):
        assert curve(run, kind) == pytest.approx(curve(of_one, kind), rel=1e-4)


def test_more_devices_than_there_are_are_refused() -> None:
    there = len(os.sched_getaffinity(0))
    config = apply_settings(get_preset("plane"), ["training.device=cpu", f"training.devices={there}"])
    spec = DATASETS[config.data.name]
    check_trainable(config, spec)
    sentence = f"training.devices = {there + 1}, and this machine has {there} cores. Choose at most {there}."
    with pytest.raises(BadInput, match=re.escape(sentence)):
        check_trainable(apply_settings(config, [f"training.devices={there + 1}"]), spec)


@pytest.mark.parametrize(
    ("visible", "names"),
    [
        *[(None, "0 1 2"), ("", ""), ("0", "0"), ("2, 0", "2 0"), ("0,7,1", "0"), ("-1", ""), ("0,0", "0")],
        ("GPU-a,GPU-b", "GPU-a GPU-b"),
    ],
)
def test_graphics_cards_are_named_as_cuda_names_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, visible: str | None, names: str
) -> None:
    for name in ("nvidia0", "nvidia1", "nvidia2", "nvidiactl", "nvidia-uvm", "null"):
        (tmp_path / name).touch()
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert list_gpu_names(tmp_path, visible) == names.split()
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
        assert list_gpu_names(tmp_path) == names.split()
