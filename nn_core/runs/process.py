"""Starts `python -m nn_core …` as a process that outlives this one."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from typing import IO

from nn_core.places import PROJECT

__all__ = ["start_process"]


def start_process(
    arguments: Iterable[object],
    descriptors: Iterable[int],
    output: IO[bytes] | int = subprocess.DEVNULL,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """The process has a session of its own, inherits these descriptors and no others, and leaves no zombie.

    environment: what is to differ from ours.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "nn_core", *map(str, arguments)],
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
        env={**os.environ, **(environment or {})},
        pass_fds=list(descriptors),
    )
    threading.Thread(target=process.wait, name=f"wait for {process.pid}", daemon=True).start()
    return process
