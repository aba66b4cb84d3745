"""What `scripts/soak.py` does to a run: kills the processes that work on it, checks every file that is left, and resumes it to its end."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from in_process_runs import three_epochs
from processes import ROOT
from serving import serve
from soak_tally import Tally
from waiting import wait_until
from websocket_client import opened, run_page

from nn_core.config import RunConfig, apply_settings
from nn_core.jobs.launcher import launch_run
from nn_core.jobs.warm_worker import WarmWorkers
from nn_core.paths import get_runs_folder
from nn_core.runs import RunFolder, create_run
from nn_core.runs.lock import is_locked
from nn_core.runs.queue import list_waiting_runs

__all__ = ["Kills", "Server", "Victim", "kill_waiting_runs", "undisturbed"]

_PATIENCE_SECONDS = 120


def config_of(epochs: int, checkpoint_seconds: float = 5.0) -> RunConfig:
    """Everything that has to be kept through a kill: momentum, an average of the weights, what batch norm has seen, the place in
    the schedule, and random numbers for dropout and augmentation. 180 steps an epoch."""
    return three_epochs(
        "model.name=mlp",
        "model.hidden=[64,32]",
        "model.norm=batch",
        "model.dropout=0.2",
        "data.augmentation.shift=2",
        "scheduler.name=cosine",
        "training.ema=0.9",
        "training.batch_size=20",
        "training.threads=1",
        f"training.epochs={epochs}",
        f"training.checkpoint_seconds={checkpoint_seconds}",
    )


class Kills:
    """What is yet to be killed, for several threads."""

    def __init__(self, kinds: list[str]) -> None:
        self._kinds = kinds
        self._lock = threading.Lock()

    @property
    def any(self) -> bool:
        return bool(self._kinds)

    def next(self) -> str | None:
        with self._lock:
            return self._kinds.pop() if self._kinds else None

    def give_back(self, kind: str) -> None:
        """The run had come to its end before."""
        with self._lock:
            self._kinds.append(kind)


def _wait_for_end(run: RunFolder) -> None:
    wait_until(lambda: not is_locked(run.lock_file), f"{run.name} has ended", _PATIENCE_SECONDS)


def undisturbed(folder: Path, epochs: int) -> RunFolder:
    """The run that all others are compared with."""
    run = create_run(folder / "undisturbed", config_of(epochs), "undisturbed")
    launch_run(run)
    _wait_for_end(run)
    return run


# The server, and what its pages show


class Server:
    """The real app, started when it is needed, and again after each kill. One driver at a time uses it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = threading.Lock()
        self._stack = ExitStack()
        self.url = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.close()

    def start(self) -> None:
        self._stack.close()
        log = self.folder / "server.log"
        self.url, self.process = self._stack.enter_context(serve(ROOT / "app.py", ROOT, log, {}))

    def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)

    def page(self, run: RunFolder, press: str = "") -> bytes:
        """All that the server sends to an open page of the run, which presses a button if one is named."""
        with opened(self.url) as socket:
            messages = run_page(socket, "train", query=f"run={run.name}")
            if press:
                [button] = {
                    message.delta.new_element.button.id
                    for message in messages
                    if message.delta.new_element.button.id.endswith(f"-{press}")
                }
                messages = run_page(socket, "train", button, query=f"run={run.name}")
        return b"".join(message.SerializeToString() for message in messages)


# A run that is killed again and again


class Victim:
    def __init__(
        self, whole: RunFolder, tally: Tally, spares: WarmWorkers, server: Server, chance: random.Random
    ) -> None:
        self.whole, self.tally, self.spares, self.server, self.chance = whole, tally, spares, server, chance
        config = apply_settings(whole.config(), [f"training.checkpoint_seconds={chance.uniform(0.05, 0.3)}"])
        self.run = create_run(get_runs_folder(), config)
        tally.runs += 1
        self.pid = launch_run(self.run, spares)
        self.training_since: float | None = None

    def drive(self, left: Kills) -> None:
        """Kill it as often as there is something left to kill, and compare it when it has come to its end."""
        while self._await_a_moment() and (kind := left.next()):
            if not self._kill(kind):
                left.give_back(kind)
                break
        _wait_for_end(self.run)
        self.tally.compare(self.run, self.whole)

    def _await_a_moment(self) -> bool:
        """Until it is to be killed; false where it came to its end before."""
        self.training_since = None
        how = self.chance.choice(["while it trains", "while it trains", "while it saves", "at any time"])
        if how == "at any time":
            return self._goes_on_for(self.chance.uniform(0, 3))
        if not self._trains():
            return False
        if how == "while it trains":
            return self._goes_on_for(self.chance.uniform(0.1, 1.2))
        self._goes_on_for(1.0, lambda: any(self.run.path.glob(".*.tmp")))
        return self._goes_on_for(self.chance.choice([0, 0, 0.001, 0.003]))

    def _trains(self) -> bool:
        while is_locked(self.run.lock_file):
            status = self.run.status()
            if status.pid == self.pid and status.activity != "starting":
                self.training_since = time.time()
                return True
            time.sleep(0.01)
        return False

    def _goes_on_for(self, seconds: float, is_there: Callable[[], bool] = lambda: False) -> bool:
        until = time.monotonic() + seconds
        while is_locked(self.run.lock_file):
            if time.monotonic() >= until or is_there():
                return True
            time.sleep(0.0005)
        return False

    def _kill(self, kind: str) -> bool:
        """Kill, look at what is left and resume; false where it had just come to its end."""
        if kind == "worker":
            if not self._kill_worker(kind):
                return False
            self._resume()
            return True
        with self.server.lock:
            if not self.server.url:
                self.server.start()
            self.server.page(self.run)
            self.server.kill()
            killed = kind == "server" or self._kill_worker(kind)
            if kind == "server":
                self.tally.kills[kind] += 1
                self.tally.check_files(self.run.path)
                assert is_locked(self.run.lock_file) or self.run.status().status == "finished", (
                    "it goes on without a server"
                )
            self.server.start()
            if kind == "both" and killed:
                self._resume_on_the_page()
            elif kind == "server":
                shown = self.server.page(self.run)
                if b"running" not in shown and b"finished" not in shown:
                    self.tally.differences.append(f"{self.run.name}: the page shows no running run after a restart.")
        return killed

    def _kill_worker(self, kind: str) -> bool:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        died_at = time.time()
        wait_until(lambda: not is_locked(self.run.lock_file), f"{self.run.name} is dead")
        status = self.run.status()
        if status.status == "finished":
            return False
        self.tally.kills[kind] += 1
        if status.status != "interrupted" or status.message:
            self.tally.differences.append(f"{self.run.name} reads as {status.status} after a kill: {status.message}")
        self.tally.check_files(self.run.path)
        if self.training_since and self.run.state_file.exists():
            since = max(self.training_since, self.run.state_file.stat().st_mtime)
            self.tally.lost.append(died_at - since)
        return True

    def _resume(self) -> None:
        way = self.chance.choice(["as the app does", "as the app does", "from the command line"])
        self.tally.resumed[way] += 1
        if way == "as the app does":
            self.pid = launch_run(self.run, self.spares)
            return
        process = subprocess.Popen(
            [sys.executable, "-m", "nn_core", "resume", self.run.path],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        threading.Thread(target=process.wait, daemon=True).start()
        self.pid = process.pid
        wait_until(lambda: is_locked(self.run.lock_file) or process.poll() is not None, f"{self.run.name} is resumed")

    def _resume_on_the_page(self) -> None:
        self.tally.resumed["on the page"] += 1
        before = self.pid
        self.server.page(self.run, press="pause_training")

        def new_pid() -> int | None:
            status = self.run.status()
            return status.pid if status.pid != before and status.status in ("running", "finished") else None

        self.pid = wait_until(new_pid, f"{self.run.name} is resumed on the page") or 0


# Runs that wait for their turn


def kill_waiting_runs(root: Path, kills: int, whole: RunFolder, tally: Tally, chance: random.Random) -> None:
    """Of runs that wait for their turn, kill so many, each at any moment since it was launched, and launch them again."""
    while kills > 0:
        runs = [create_run(root, whole.config()) for _number in range(min(kills, 4) + 1)]
        pids = {run.name: launch_run(run) for run in runs}
        while kills > 0 and (names := list_waiting_runs(root)):
            run = RunFolder(root / chance.choice(names))
            time.sleep(chance.uniform(0, 1))
            if run.name not in list_waiting_runs(root):
                continue
            os.kill(pids[run.name], signal.SIGKILL)
            wait_until(lambda run=run: not is_locked(run.lock_file), f"{run.name} is dead")
            tally.kills["waiting"] += 1
            kills -= 1
            tally.check_files(run.path)
            if run.status().status != "interrupted":
                tally.differences.append(f"{run.name} reads as {run.status().status} after it was killed in the queue.")
            tally.resumed["into the queue"] += 1
            pids[run.name] = launch_run(run)
        for run in runs:
            _wait_for_end(run)
            tally.runs += 1
            tally.compare(run, whole)
