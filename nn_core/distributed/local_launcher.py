"""Starts the processes that share a run with this one on this machine, and ends them with it."""

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
    """A launch whose leader is this process.

    The other processes end when the pipe to them closes, which the system does however this process ends. Their store is a file
    in a temporary folder, and they communicate only over the loopback interface.
    """

    def __init__(self, size: int) -> None:
        self._folder = TemporaryDirectory(prefix="nn-lab-", ignore_cleanup_errors=True)
        store = Path(self._folder.name) / "store"
        loopback = next((name for _index, name in socket.if_nameindex() if name.startswith("lo")), "lo")
        for variable in ("GLOO_SOCKET_IFNAME", "NCCL_SOCKET_IFNAME"):
            os.environ[variable] = loopback
        super().__init__(0, size, 0, size, FileStore(str(store), size))
        self._over = threading.Event()
        self._may_hang = False
        self._processes = [self._start(rank, store) for rank in range(1, size)]

    def _start(self, rank: int, store: Path) -> subprocess.Popen[bytes]:
        variables = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": self.size, "LOCAL_WORLD_SIZE": self.size}
        with self._get_error_file(rank).open("wb") as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", "nn_core", "follow"],
                cwd=PROJECT,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,  # Ctrl-C reaches only the leader, which then ends the others
                env={**os.environ, **{name: str(value) for name, value in variables.items()}, SHARED_STORE: str(store)},
            )
        threading.Thread(target=self._watch, args=[process], name=f"watch {process.pid}", daemon=True).start()
        return process

    def report_ready(self, device: torch.device, problem: str = "") -> None:
        super().report_ready(device, problem)
        self._may_hang = device.type == "cuda"

    def check_processes(self) -> None:
        for rank, process in enumerate(self._processes, start=1):
            if process.poll() is not None:
                raise RunFailed(self._explain_end(rank))

    def explain_failure(self) -> str:
        for rank, process in enumerate(self._processes, start=1):
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=1)
                return self._explain_end(rank)
        return super().explain_failure()

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

    def _get_error_file(self, rank: int) -> Path:
        return Path(self._folder.name) / f"{rank}.log"

    def _explain_end(self, rank: int) -> str:
        """Return the last line of the process's errors, or that it was killed, in a sentence for the user."""
        was_killed = (self._processes[rank - 1].poll() or 0) < 0
        lines = self._get_error_file(rank).read_text(encoding="utf-8", errors="replace").strip().splitlines()
        reason = " ".join(lines[-1].split())[:300] if lines and not was_killed else _("it was killed")
        return _(
            "Process {rank} of the {size} that share this run has ended: {reason}. Resume the run: it continues from its last "
            "checkpoint."
        ).format(rank=rank, size=self.size, reason=reason.removesuffix("."))

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        """End this process if it hangs after another one has ended.

        A graphics card may wait for a card whose process is gone, and this process for its card, where no exception and no
        signal reaches it. The run is then interrupted instead of stuck.
        """
        process.wait()
        if not self._over.wait(_GRACE_SECONDS) and self._may_hang:
            os._exit(1)
