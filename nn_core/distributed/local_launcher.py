"""Starts the processes that share a run with this one on this machine, and sees to it that they end with it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch.distributed import FileStore  # type: ignore[attr-defined]

from nn_core.distributed.rendezvous import Launch
from nn_core.errors import RunFailed
from nn_core.i18n import _
from nn_core.paths import PROJECT, SHARED_STORE

__all__ = ["LocalLauncher"]

_GRACE_SECONDS = 10.0


class LocalLauncher(Launch):
    """A launch whose leader is this process. The others end when the pipe to them closes, which the system does however this
    process ends; they meet in a file of a folder of their own, and talk over the loopback interface alone."""

    def __init__(self, size: int) -> None:
        self._folder = TemporaryDirectory(prefix="nn-lab-", ignore_cleanup_errors=True)
        meeting = Path(self._folder.name) / "store"
        loopback = next((name for _index, name in socket.if_nameindex() if name.startswith("lo")), "lo")
        for variable in ("GLOO_SOCKET_IFNAME", "NCCL_SOCKET_IFNAME"):
            os.environ[variable] = loopback
        super().__init__(0, size, 0, size, FileStore(str(meeting), size))
        self._over = threading.Event()
        self._may_hang = False
        self._processes = [self._start(rank, meeting) for rank in range(1, size)]

    def _start(self, rank: int, meeting: Path) -> subprocess.Popen[bytes]:
        place = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": self.size, "LOCAL_WORLD_SIZE": self.size}
        with self._errors_of(rank).open("wb") as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", "nn_core", "follow"],
                cwd=PROJECT,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,  # Ctrl-C is for the leader, which then tells the others
                env={**os.environ, **{name: str(value) for name, value in place.items()}, SHARED_STORE: str(meeting)},
            )
        threading.Thread(target=self._watch, args=[process], name=f"watch {process.pid}", daemon=True).start()
        return process

    def note_set_up(self, device: torch.device, problem: str = "") -> None:
        super().note_set_up(device, problem)
        self._may_hang = device.type == "cuda"

    def must_be_whole(self) -> None:
        for rank, process in enumerate(self._processes, start=1):
            if process.poll() is not None:
                raise RunFailed(self._why_ended(rank))

    def why_broken(self) -> str:
        for rank, process in enumerate(self._processes, start=1):
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=1)
                return self._why_ended(rank)
        return super().why_broken()

    def close(self) -> None:
        self._over.set()
        for process in self._processes:
            if process.stdin:
                process.stdin.close()
        for process in self._processes:
            try:
                process.wait(timeout=_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._folder.cleanup()

    def _errors_of(self, rank: int) -> Path:
        return Path(self._folder.name) / f"{rank}.log"

    def _why_ended(self, rank: int) -> str:
        """What it said last, if it ended by itself and said anything."""
        was_killed = (self._processes[rank - 1].poll() or 0) < 0
        said = self._errors_of(rank).read_text(encoding="utf-8", errors="replace").strip().splitlines()
        reason = " ".join(said[-1].split())[:300] if said and not was_killed else _("it was killed")
        return _(
            "Process {rank} of the {size} that share this run has ended: {reason}. Resume the run: it goes on from its last "
            "checkpoint."
        ).format(rank=rank, size=self.size, reason=reason.removesuffix("."))

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        """A graphics card may wait for one whose process is gone, and this process for its card, where no exception and no signal
        reaches it: the run is interrupted then, rather than stuck."""
        process.wait()
        if not self._over.wait(_GRACE_SECONDS) and self._may_hang:
            os._exit(1)
