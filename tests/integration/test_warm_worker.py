"""A spare worker: a run that is handed to it is never without an owner, and nothing depends on the spare."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from processes import ROOT, nn_core, running
from waiting import wait_until

from nn_core.config import RunConfig, apply_settings, get_preset
from nn_core.jobs.launcher import launch_run
from nn_core.jobs.warm_protocol import take_one_step
from nn_core.jobs.warm_worker import WarmWorkers
from nn_core.runs import RunFolder, RunStatus, create_run
from nn_core.runs.lock import is_locked

ENDLESS = ("training.epochs=10000", "training.batch_size=20")


@pytest.fixture
def spares(tmp_path: Path) -> Iterator[WarmWorkers]:
    """One is ready. It ends with the test. Whoever edits our code meanwhile does not disturb."""
    keeper = WarmWorkers(sources=tmp_path / "none")
    keeper.keep()
    wait_until(lambda: keeper.is_ready, "a spare worker is ready")
    yield keeper
    keeper.close()


def config_of(*settings: str) -> RunConfig:
    return apply_settings(get_preset("simple_net"), ["data.name=mnist_sample", "training.device=cpu", *settings])


def pid_of(keeper: WarmWorkers) -> int:
    assert keeper.pid
    return keeper.pid


def ended(run: RunFolder) -> RunStatus:
    wait_until(lambda: not run.status().is_active, f"{run.name} has ended")
    return run.status()


def finished(run: RunFolder) -> RunFolder:
    assert ended(run).status == "finished", run.log_file.read_text()
    return run


def leaves_no_zombie(pid: int) -> None:
    """An ended child of this process exists until it is waited for."""

    def is_gone() -> bool:
        with suppress(ProcessLookupError):
            os.kill(pid, 0)
            return False
        return True

    wait_until(is_gone, f"process {pid} is gone")


# A run that is handed over


def test_a_run_in_a_warm_worker_ends_like_one_in_a_new_process(runs_root: Path, spares: WarmWorkers) -> None:
    handed, fresh = (create_run(runs_root, config_of("training.epochs=2"), name) for name in ("handed", "fresh"))
    waiting = pid_of(spares)
    assert launch_run(handed, spares) == waiting
    assert finished(handed).status().pid == waiting
    leaves_no_zombie(waiting)
    leaves_no_zombie(launch_run(fresh))
    finished(fresh)
    for name in ("last.safetensors", "best.safetensors"):
        assert (handed.path / name).read_bytes() == (fresh.path / name).read_bytes(), name
    assert handed.evaluation() == fresh.evaluation()
    said = handed.log_file.read_text()
    assert said.replace(str(handed.path), str(fresh.path)).replace("handed:", "fresh:") == fresh.log_file.read_text()
    assert "Epoch 2 of 2" in said
    assert said.endswith(f"{handed.path}\n")


def test_the_lock_is_held_without_a_gap(runs_root: Path, spares: WarmWorkers) -> None:
    run = create_run(runs_root, config_of("training.epochs=1"))
    waiting, was_held, gaps = pid_of(spares), threading.Event(), []

    def watch() -> None:
        while True:
            held = is_locked(run.lock_file)
            if held:
                was_held.set()
            elif was_held.is_set():
                gaps.append(run.status().status)  # what is written when the lock is free
                return

    with ThreadPoolExecutor() as threads:
        watching = threads.submit(watch)
        assert launch_run(run, spares) == waiting
        watching.result(timeout=90)
    assert gaps == ["finished"]


def test_pause_resume_and_stop(runs_root: Path, spares: WarmWorkers) -> None:
    run = create_run(runs_root, config_of(*ENDLESS))
    assert launch_run(run, spares) == running(run).status().pid
    run.send_request("pause")
    wait_until(lambda: run.status().status == "paused", "it pauses")
    step = run.status().step
    assert nn_core("resume", run.path).returncode == 0
    running(run, step + 1)
    run.send_request("stop")
    assert ended(run).status == "stopped"
    assert "Stopped after step" in run.log_file.read_text()


def test_folders_are_those_of_the_launch(
    runs_root: Path, spares: WarmWorkers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = tmp_path / "chosen_later"
    monkeypatch.setenv("NN_LAB_DATA", str(chosen))
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # where no server answers
    run = create_run(runs_root, config_of("data.name=mnist"))
    waiting = pid_of(spares)
    assert launch_run(run, spares) == waiting
    status = ended(run)
    assert status.status == "failed"
    leaves_no_zombie(waiting)
    said = run.log_file.read_text()
    assert f"into {chosen}" in said
    assert status.message in said


def test_a_spare_that_was_used_is_replaced(runs_root: Path, spares: WarmWorkers) -> None:
    used = launch_run(create_run(runs_root, config_of("training.epochs=1")), spares)
    wait_until(lambda: spares.is_ready, "there is another one")
    assert pid_of(spares) != used


def test_of_two_launches_at_once_one_gets_the_spare(
    runs_root: Path, spares: WarmWorkers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NN_LAB_RUNS_AT_ONCE", "2")
    runs = [create_run(runs_root, config_of("training.epochs=1")) for _ in range(2)]
    waiting = pid_of(spares)
    with ThreadPoolExecutor() as threads:
        pids = list(threads.map(lambda run: launch_run(run, spares), runs))
    assert pids.count(waiting) == 1
    assert [finished(run).status().pid for run in runs] == pids
    assert pids[0] != pids[1]


def test_one_that_still_imports_is_waited_for(runs_root: Path, tmp_path: Path) -> None:
    keeper = WarmWorkers(sources=tmp_path / "none")
    keeper.keep()
    try:
        assert not keeper.is_ready
        importing = pid_of(keeper)
        run = create_run(runs_root, config_of("training.epochs=1"))
        assert launch_run(run, keeper) == importing
        finished(run)
    finally:
        keeper.close()


# Nothing depends on it


def test_one_that_dies_while_it_imports_is_not_waited_for(runs_root: Path, tmp_path: Path) -> None:
    keeper = WarmWorkers(sources=tmp_path / "none")
    keeper.keep()
    try:
        dead = pid_of(keeper)
        os.kill(dead, signal.SIGKILL)
        run = create_run(runs_root, config_of("training.epochs=1"))
        assert launch_run(run, keeper) != dead
        finished(run)
        leaves_no_zombie(dead)
    finally:
        keeper.close()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_one_that_does_not_answer_is_not_waited_for(
    runs_root: Path, spares: WarmWorkers, number: signal.Signals
) -> None:
    silent = pid_of(spares)
    os.kill(silent, number)
    run = create_run(runs_root, config_of("training.epochs=1"))
    fresh = launch_run(run, spares)
    assert fresh != silent
    leaves_no_zombie(silent)
    assert finished(run).status().pid == fresh
    leaves_no_zombie(fresh)
    assert not is_locked(run.lock_file), "the silent one does not hold it either"
    wait_until(lambda: spares.is_ready, "it is replaced")


def test_one_that_began_before_our_code_changed_is_not_used(runs_root: Path, tmp_path: Path) -> None:
    keeper = WarmWorkers(sources=tmp_path)
    keeper.keep()
    try:
        wait_until(lambda: keeper.is_ready, "a spare worker is ready")
        outdated = pid_of(keeper)
        (tmp_path / "network.py").touch()
        run = create_run(runs_root, config_of("training.epochs=1"))
        assert launch_run(run, keeper) != outdated
        finished(run)
        leaves_no_zombie(outdated)
    finally:
        keeper.close()


# Its own life


def test_it_ends_with_a_server_that_is_killed() -> None:
    code = """
import signal
from nn_core.jobs.warm_worker import WarmWorkers
from waiting import wait_until
keeper = WarmWorkers()
keeper.keep()
wait_until(lambda: keeper.is_ready, "a spare worker is ready")
print(keeper.pid, flush=True)
signal.pause()
"""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests" / "support")])}
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        spare = int(server.stdout.readline())
        server.kill()
    wait_until(lambda: not works(spare), "the spare has ended", seconds=5)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it ends after the import, for SIGIO does nothing there")
def test_it_does_not_first_finish_an_import_when_the_server_ends() -> None:
    code = """
import signal, socket, sys
from nn_core.jobs.warm_protocol import end_with_app
with end_with_app(socket.socket(fileno=int(sys.argv[1]))):
    print("imports", flush=True)
    signal.pause()
"""
    ours, theirs = socket.socketpair()
    with theirs:
        command = [sys.executable, "-c", code, str(theirs.fileno())]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, pass_fds=[theirs.fileno()])
    with process:
        assert process.stdout
        process.stdout.readline()
        ours.close()
        try:
            assert process.wait(timeout=60) == -signal.SIGIO
        finally:
            process.kill()


def works(pid: int) -> bool:
    """Whether it exists and is no zombie, which an orphan stays where no process adopts it."""
    state = subprocess.run(["ps", "-o", "state=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
    return bool(state) and not state.startswith("Z")


def test_it_does_not_hold_the_servers_port() -> None:
    keeper = WarmWorkers()
    try:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.set_inheritable(True)
            address = listener.getsockname()
            keeper.keep()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address, timeout=5)
    finally:
        keeper.close()


def test_the_warm_up_takes_a_step_and_saves(tmp_path: Path) -> None:
    run = take_one_step(tmp_path, "quick")
    status = run.status()
    assert (status.status, status.step) == ("stopped", 1)
    assert run.state_file.exists()
    assert run.metrics_file.exists()


def test_a_spare_without_an_app_says_nothing_and_ends() -> None:
    ours, theirs = socket.socketpair()
    ours.close()
    with theirs:
        process = subprocess.run(
            [sys.executable, "-m", "nn_core", "spare", str(theirs.fileno())],
            cwd=ROOT,
            pass_fds=[theirs.fileno()],
            capture_output=True,
            timeout=60,
        )
    assert (process.returncode, process.stdout, process.stderr) == (0, b"", b"")
