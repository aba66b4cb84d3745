"""Serves a Streamlit script, the app or one of a test, in a separate process."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from processes import ROOT, end_workers
from waiting import wait_until

__all__ = ["AppServer", "find_free_port", "serve", "serve_app"]

_PATIENCE_SECONDS = 20


@dataclass(frozen=True)
class AppServer:
    """The real app, with run folders and data of its own."""

    url: str
    runs_root: Path
    data_root: Path
    log: Path
    process: subprocess.Popen[bytes]


@contextmanager
def serve_app(
    folder: Path,
    *,
    environment: Mapping[str, str] | None = None,
    launcher: str = "streamlit",
    spare_worker: bool = False,
) -> Iterator[AppServer]:
    """The real app on a fresh server, its runs below `folder`. Runs that still work at the end are killed.

    spare_worker: also start the warm worker, which takes a core for seconds when the server starts.
    """
    runs_root = folder / "runs"
    spare = {} if spare_worker else {"NN_LAB_SPARE_WORKER": "no"}
    chosen = {"NN_LAB_RUNS": str(runs_root), **spare, **(environment or {})}
    data_root = Path(chosen.get("NN_LAB_DATA") or os.environ["NN_LAB_DATA"])
    log = folder / "server.log"
    try:
        with serve(ROOT / "app.py", ROOT, log, chosen, launcher=launcher) as (url, process):
            yield AppServer(url, runs_root, data_root, log, process)
    finally:
        end_workers(runs_root)


@contextmanager
def serve(
    script: Path,
    folder: Path,
    log_file: Path,
    environment: Mapping[str, str],
    *options: str,
    launcher: str = "streamlit",
    port: int = 0,
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """(address, process) of a server that runs `script` in `folder`, once it is healthy.

    launcher: the module that takes Streamlit's command line. port: where pages look for it; 0 for any that is free.
    """
    port = port or find_free_port()
    settings = ("--server.address=127.0.0.1", f"--server.port={port}", "--server.headless=true", *options)
    with log_file.open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", launcher, "run", str(script), *settings],
            cwd=folder,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: _healthy(url, server, log_file), "the server is healthy")
        yield url, server
    finally:
        _end(server)


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _healthy(url: str, server: subprocess.Popen[bytes], log_file: Path) -> bool:
    assert server.poll() is None, f"the server ended: {log_file.read_text()}"
    try:
        urllib.request.urlopen(f"{url}/_stcore/health", timeout=5).close()
    except OSError:
        return False
    return True


def _end(server: subprocess.Popen[bytes]) -> None:
    """The server and what it started in its own process group."""
    if server.poll() is None:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(timeout=_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()
