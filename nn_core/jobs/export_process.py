"""`export` in a process of its own, so that a page is not slowed down and an export can be cancelled."""

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from nn_core.errors import BadInput
from nn_core.i18n import _
from nn_core.paths import PROJECT
from nn_core.runs import RunFolder

__all__ = ["run_export"]

_one_at_a_time = threading.Lock()  # each takes up to 600 MB and one core for some seconds


def run_export(run: RunFolder, export_format: str, target: Path, wait: Callable[[bool], None]) -> str:
    """Write an export. If `wait` raises, the process ends and nothing is left running.

    Args:
        export_format: as in `export --as`.
        target: the file; others may be written beside it.
        wait: called again and again, with whether the process has started; it should take a fraction of a second.

    Returns:
        The last line that the command printed as a message.

    Raises:
        BadInput: the run cannot be exported in this format.
    """
    while not _one_at_a_time.acquire(blocking=False):
        wait(False)
    try:
        command = [sys.executable, "-m", "nn_core", "export", str(run.path), "--as", export_format, "--to", str(target)]
        with subprocess.Popen(
            command, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, encoding="utf-8"
        ) as process:
            try:
                while process.poll() is None:
                    wait(True)
                assert process.stderr is not None
                messages = process.stderr.read().strip().splitlines()
            finally:
                process.kill()
    finally:
        _one_at_a_time.release()
    last = messages[-1] if messages else ""
    if process.returncode:
        raise BadInput(last or _("The export ended without a message. Try it again."))
    return last
