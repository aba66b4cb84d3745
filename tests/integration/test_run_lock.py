"""The lock of a run between processes."""

import subprocess
import sys
from pathlib import Path

import pytest
from processes import ROOT

from nn_core.config import get_preset
from nn_core.errors import RunBusy
from nn_core.runs import RunFolder, create_run, delete_run, rename_run

CONFIG = get_preset("simple_net")


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return create_run(tmp_path, CONFIG, "quiet-otter")


def say(run: RunFolder, word: str) -> None:
    run.write_status(run.status().model_copy(update={"status": word}))


HOLD = "import sys; from pathlib import Path; from nn_core.runs import RunFolder; \
lock = RunFolder(Path(sys.argv[1])).lock(); print('held', flush=True); sys.stdin.read()"


def test_the_lock_keeps_a_second_process_out_until_its_holder_dies(run: RunFolder) -> None:
    command = [sys.executable, "-c", HOLD, str(run.path)]
    holder = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        say(run, "running")
        with pytest.raises(RunBusy, match=r"quiet-otter.*nn_core stop"):
            run.lock()
        with pytest.raises(RunBusy):
            delete_run(run)
        assert rename_run(run, name="other").name == "other"  # the folder stays where it is
        assert run.status().status == "running"
    finally:
        holder.kill()
        holder.communicate()
    assert run.status().status == "interrupted"
    run.lock().release()


def test_an_inherited_lock_lasts_as_long_as_the_child(run: RunFolder) -> None:
    lock = run.lock()
    command = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=[lock.descriptor])
    lock.release()
    say(run, "running")
    assert run.status().status == "running"
    child.communicate()
    assert run.status().status == "interrupted"
