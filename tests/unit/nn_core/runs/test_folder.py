"""Run folders: files, requests, the lock, and the list of runs."""

import fcntl
import json
import os
import threading
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from waiting import wait_until

from nn_core.atomic_io import replace_bytes, replace_file, replace_json
from nn_core.config import get_preset
from nn_core.errors import BadInput, ConfigError, DamagedRun, ReadOnlyRun, RunBusy, RunNotFound
from nn_core.paths import SHIPPED_RUN
from nn_core.runs import RunFolder, append_metrics, create_run, delete_run, find_run, list_runs, rename_run
from nn_core.runs.store import is_run_name, suggest_run_names

CONFIG = get_preset("simple_net")


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return create_run(tmp_path, CONFIG, "quiet-otter")


def say(run: RunFolder, word: str) -> None:
    run.write_status(run.status().model_copy(update={"status": word}))


# Files


def test_replacing_a_file_is_atomic_and_leaves_no_other_files(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    replace_json(file, {"ä": 1})
    replace_json(file, {"ä": 2})
    assert json.loads(file.read_text(encoding="utf-8")) == {"ä": 2}
    assert os.listdir(tmp_path) == ["a.json"]


def test_a_failed_replacement_keeps_the_old_file_and_leaves_no_other(tmp_path: Path) -> None:
    file = tmp_path / "a.bin"
    replace_bytes(file, b"old")

    def fail(stream: BinaryIO) -> None:
        stream.write(b"half of the n")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        replace_file(file, fail)
    assert file.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.bin"]


def test_concurrent_readers_never_see_half_a_file(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    replace_json(file, [0] * 2000)
    errors: list[BaseException] = []

    def write(number: int) -> None:
        try:
            for _ in range(30):
                replace_json(file, [number] * 2000)
        except BaseException as error:
            errors.append(error)

    writers = [threading.Thread(target=write, args=(number,)) for number in (1, 2, 3)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        values = json.loads(file.read_bytes())
        assert len(set(values)) == 1
        assert len(values) == 2000
    assert errors == []
    assert os.listdir(tmp_path) == ["a.json"]


# Status and lock


def test_a_new_run_is_queued_with_its_config(run: RunFolder) -> None:
    assert run.config() == CONFIG
    lock = run.lock()
    status = run.status()
    lock.release()
    assert (status.status, status.epochs, status.progress) == ("queued", 10, 0)


@pytest.mark.parametrize("word", ["queued", "running", "paused"])
def test_an_active_status_without_a_worker_reads_as_interrupted(run: RunFolder, word: str) -> None:
    lock = run.lock()
    say(run, word)
    assert run.status().status == word
    lock.release()
    assert run.status().status == "interrupted"
    assert not run.status().is_active
    assert json.loads(run.status_file.read_bytes())["status"] == word, "what was written stays"


@pytest.mark.parametrize("word", ["finished", "stopped", "failed"])
def test_an_ended_run_keeps_its_status(run: RunFolder, word: str) -> None:
    say(run, word)
    assert run.status().status == word


def test_reading_a_run_does_not_lock_it(run: RunFolder) -> None:
    probe = os.open(run.lock_file, os.O_RDONLY | os.O_CREAT)
    fcntl.flock(probe, fcntl.LOCK_SH)
    threading.Timer(0.1, os.close, [probe]).start()
    run.lock().release()


# Requests


def test_a_request_is_taken_once(run: RunFolder) -> None:
    lock = run.lock()
    assert run.take_request() is None
    run.send_request("pause")
    assert run.take_request() == "pause"
    assert run.take_request() is None
    run.send_request("pause")
    run.send_request("resume")
    assert run.take_request() == "resume"
    lock.release()
    assert not list(run.path.glob("control*"))


def test_a_pause_does_not_replace_a_stop_request(run: RunFolder) -> None:
    lock = run.lock()
    run.send_request("stop")
    run.send_request("pause")
    assert run.take_request() == "stop"
    lock.release()


def test_a_run_without_a_worker_accepts_no_requests(run: RunFolder) -> None:
    with pytest.raises(RunBusy, match=r"quiet-otter' is interrupted, so there is nothing to stop"):
        run.send_request("stop")


def test_a_new_worker_ignores_requests_to_an_earlier_one(run: RunFolder) -> None:
    lock = run.lock()
    run.send_request("stop")
    lock.release()
    lock = run.lock()
    assert run.take_request() is None
    lock.release()


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"request": "explode"}', '{"request": ["stop"]}', "{}"])
def test_an_invalid_request_is_ignored(run: RunFolder, content: str) -> None:
    run.control_file.write_text(content)
    assert run.take_request() is None
    assert not list(run.path.glob("control*"))


# Damage


STATUS = b'{"status": "%s", "created_at": "%s", "updated_at": "2026-11-22T12:00:00+00:00"}'
DAMAGED_STATUS: dict[str, bytes | None] = {
    "none": None,
    "half": b'{"status": "runn',
    "an unknown word": STATUS % (b"flying", b"2026-11-22T12:00:00+00:00"),
    "no time": STATUS % (b"finished", b"yesterday"),
    "a time without its zone": STATUS % (b"finished", b"2026-11-22T12:00:00"),
    "zeros": bytes(500),
    "binary": bytes(range(256)),
}


@pytest.mark.parametrize("kind", DAMAGED_STATUS)
def test_a_damaged_status_is_rebuilt_from_the_other_files(run: RunFolder, kind: str) -> None:
    content = DAMAGED_STATUS[kind]
    run.status_file.write_bytes(content) if content is not None else run.status_file.unlink()
    append_metrics(run.metrics_file, [{"kind": "train", "step": 30, "epoch": 1.5, "elapsed_seconds": 2.5}])
    with run.metrics_file.open("ab") as stream:
        stream.write(b'{"kind": "tra')
    status = run.status()
    assert status.status == "interrupted"
    assert (status.step, status.steps, status.epochs_done, status.epochs) == (30, 20 * status.epochs, 1, status.epochs)
    assert status.elapsed_seconds == 2.5
    assert status.message.startswith("status.json is ")
    with run.lock():
        assert run.status().status == "running"


DAMAGE: dict[str, tuple[str, bytes | None]] = {
    "no config": ("config.json", None),
    "half an evaluation": ("evaluation.json", b'{"accuracy": 0.'),
    "a list for an evaluation": ("evaluation.json", b"[]"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_file_is_reported_with_its_run(run: RunFolder, kind: str) -> None:
    name, content = DAMAGE[kind]
    file = run.path / name
    file.write_bytes(content) if content is not None else file.unlink()
    with pytest.raises(DamagedRun) as caught:
        run.status(), run.config(), run.evaluation()
    assert "quiet-otter" in str(caught.value)
    assert name in str(caught.value)


@pytest.mark.parametrize(
    ("content", "words"), [(b'{"version": 2}', "version 2"), (b"{", "JSON"), (b'{"mode": 1}', "Unknown setting 'mode'")]
)
def test_an_unknown_config_is_reported(run: RunFolder, content: bytes, words: str) -> None:
    run.config_file.write_bytes(content)
    with pytest.raises(ConfigError, match=words):
        run.config()


def test_a_status_with_fields_of_a_newer_version_is_read(run: RunFolder) -> None:
    values = json.loads(run.status_file.read_bytes())
    replace_json(run.status_file, {**values, "status": "finished", "mood": "good"})
    assert run.status().status == "finished"


# All runs


def test_runs_are_listed_newest_first_without_other_folders(tmp_path: Path) -> None:
    assert list_runs(tmp_path / "absent") == []
    for age, name in enumerate(["new", "old", "older"]):
        made = create_run(tmp_path, CONFIG, name)
        os.utime(made.config_file, (1e9 - age, 1e9 - age))
    (tmp_path / "something else").mkdir()
    (tmp_path / "file").touch()
    assert [run.name for run in list_runs(tmp_path)] == ["new", "old", "older"]


def test_a_run_is_found_by_name_or_a_similar_name_suggested(run: RunFolder) -> None:
    assert find_run(run.path.parent, "quiet-otter") == run
    with pytest.raises(RunNotFound, match="Did you mean 'quiet-otter'"):
        find_run(run.path.parent, "quiet-oter")


TRICKS = [
    "../quiet-otter",
    "..",
    ".",
    "",
    "/etc",
    "a/b",
    "a\\b",
    ".hidden",
    "a\0b",
    "a\nb",
    "x" * 101,
    " a",
    "~",
    "a;b",
]


@pytest.mark.parametrize("name", TRICKS)
def test_a_name_with_a_path_finds_no_run(run: RunFolder, name: str) -> None:
    assert not is_run_name(name)
    with pytest.raises(RunNotFound):
        find_run(run.path.parent, name)
    if name:
        with pytest.raises(BadInput, match="cannot be the name of a run"):
            create_run(run.path.parent / "deeper", CONFIG, name)
    assert run.path.is_dir()
    assert sorted(os.listdir(run.path.parent)) == ["quiet-otter"]


@pytest.mark.parametrize("name", ["a", "Zoë", "第一次", "run 2", "v1.2_final-b", "x" * 100])
def test_a_run_is_found_by_the_name_of_its_folder(run: RunFolder, name: str) -> None:
    other = create_run(run.path.parent, CONFIG, name)
    assert other.path == run.path.with_name(name)
    assert find_run(run.path.parent, name) == other


def test_a_run_cannot_take_the_folder_of_another(run: RunFolder) -> None:
    other = create_run(run.path.parent, CONFIG, "other")
    with pytest.raises(BadInput, match="There is already a run named 'other'"):
        create_run(run.path.parent, CONFIG, "other")
    assert other.config() == run.config() == CONFIG


def test_deleting_a_run_deletes_only_that_run(run: RunFolder) -> None:
    other = create_run(run.path.parent, CONFIG, "other")
    delete_run(run)
    assert list_runs(run.path.parent) == [other]


def test_the_shipped_run_is_neither_renamed_nor_deleted() -> None:
    for change in (lambda: rename_run(RunFolder(SHIPPED_RUN), name="mine"), lambda: delete_run(RunFolder(SHIPPED_RUN))):
        with pytest.raises(ReadOnlyRun, match="comes with NN Lab"):
            change()


def test_suggested_names_are_valid_and_unlimited(tmp_path: Path) -> None:
    from datetime import date

    names = suggest_run_names(date(2026, 11, 22))
    some = [next(names) for _ in range(50)]
    assert all(is_run_name(name) and name.startswith("2026-11-22-") for name in some)
    assert len(set(some)) > 40
    made = [create_run(tmp_path, CONFIG) for _ in range(20)]
    assert len(list_runs(tmp_path)) == len(made)


def test_a_runs_folder_that_is_a_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file")
    with pytest.raises(BadInput, match=r"Cannot write a run into '.*runs'.*--runs or NN_LAB_RUNS"):
        create_run(tmp_path / "runs", CONFIG)


def test_a_run_that_cannot_be_written_completely_is_not_created(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BadInput, match="No space left on device"):
        create_run(tmp_path, CONFIG)
    assert list(tmp_path.iterdir()) == []


def test_a_timeout_names_what_it_waited_for() -> None:
    with pytest.raises(AssertionError, match="until pigs fly"):
        wait_until(lambda: False, "pigs fly", seconds=0.05)
