"""Disks that become read-only or full while a process trains."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from in_process_runs import assert_same_outcome, three_epochs, trained

from nn_core.errors import StorageFailed
from nn_core.runs import RunFolder, create_run
from nn_core.training.checkpoint import load_checkpoint


def allowed(*command: object) -> bool:
    """Whether the system let us do this; most of it is for root alone."""
    try:
        return subprocess.run([str(part) for part in command], capture_output=True).returncode == 0
    except OSError:
        return False


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Nothing in the folder can be made, replaced or deleted, not even by root."""
    if os.geteuid() == 0:
        lock, unlock = ("chattr", "+i", folder), ("chattr", "-i", folder)
    else:
        lock, unlock = ("chmod", "a-w", folder), ("chmod", "u+w", folder)
    if not allowed(*lock):
        pytest.skip("root may write anywhere here, and no folder can be made immutable")
    try:
        yield
    finally:
        allowed(*unlock)


def test_a_folder_that_becomes_read_only_during_training_loses_nothing_saved(
    tmp_path: Path, uninterrupted_run: RunFolder
) -> None:
    run = create_run(tmp_path, three_epochs(), "run")
    trained(run, 1)
    state = run.state_file.read_bytes()
    with ExitStack() as stack:
        with pytest.raises(StorageFailed, match=r"Cannot write into the run folder .* allow writing"):
            trained(run, after={2: lambda: stack.enter_context(read_only(run.path))})
        with pytest.raises(StorageFailed, match="Cannot write into the run folder"):
            trained(run)
        assert run.state_file.read_bytes() == state
        assert run.status().status == "interrupted", "the sentence had no place to be kept"
    trained(run)
    assert_same_outcome(run, uninterrupted_run)


def test_a_full_disk_fails_with_a_message_and_the_run_resumes_with_more_space(
    tmp_path: Path, uninterrupted_run: RunFolder
) -> None:
    """The size limit of test_full_disk.py holds for each file alone; here there is no room for anything more."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if not allowed("mount", "-t", "tmpfs", "-o", "size=640k", "tmpfs", disk):
        pytest.skip("nobody but root may mount a small disk")
    try:
        run = create_run(disk, three_epochs(), "run")
        trained(run, 1)
        filler = disk / "filler"
        filler.write_bytes(bytes(os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize - 8192))
        kept = run.state_file.read_bytes()
        with pytest.raises(StorageFailed, match=r"No space left on device\. Free some disk space"):
            trained(run)
        assert run.state_file.read_bytes() == kept
        assert load_checkpoint(run)
        assert not list(run.path.glob(".*.tmp"))
        assert run.status().status in ("failed", "interrupted")
        filler.unlink()
        assert allowed("mount", "-o", "remount,size=8m", disk)
        trained(run)
        assert_same_outcome(run, uninterrupted_run)
    finally:
        allowed("umount", "-l", disk)
