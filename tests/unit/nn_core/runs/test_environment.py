"""`environment.json` is read back, kept short, and not trusted after an import."""

import json
from pathlib import Path

import pytest

from nn_core.config import get_preset
from nn_core.runs import RunFolder, create_run
from nn_core.runs.environment import Environment, clean_environments, read_environments, record_environment

ONE = Environment(
    started_at="2026-01-02T03:04:05+00:00",
    nn_lab="1.2.3",
    python="3.12.1",
    torch="2.13.0",
    system="Linux, x86_64",
    device="CPU",
    cores=4,
    threads=3,
)
DAMAGED = (
    b"",
    b"[]",
    b"{" * 100_000,
    b'{"environments": 5}',
    json.dumps({"environments": [ONE.model_dump() | {"cores": -1}]}).encode(),
    json.dumps({"environments": [ONE.model_dump() | {"torch": "9" * 201}]}).encode(),
    json.dumps({"environments": [ONE.model_dump()] * 101}).encode(),
)


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return create_run(tmp_path, get_preset("simple_net"), "one")


def test_a_run_of_an_older_version_has_none(run: RunFolder) -> None:
    assert read_environments(run) == []


def test_the_first_and_the_latest_are_kept(run: RunFolder) -> None:
    for step in range(103):
        record_environment(run, ONE.model_copy(update={"step": step}))
    steps = [each.step for each in read_environments(run)]
    assert steps == [0, *range(4, 103)]


@pytest.mark.parametrize("content", DAMAGED, ids=lambda content: content[:30].decode())
def test_a_damaged_file_counts_as_none(run: RunFolder, content: bytes) -> None:
    run.environment_file.write_bytes(content)
    assert read_environments(run) == []
    assert not clean_environments(run)
    assert not run.environment_file.exists()
    record_environment(run, ONE)
    assert read_environments(run) == [ONE]


def test_an_import_keeps_only_what_is_known(run: RunFolder) -> None:
    values = {
        "version": 1,
        "home": "/home/x",
        "environments": [ONE.model_dump() | {"host": "x", "device": "<b>GPU</b>"}],
    }
    run.environment_file.write_text(json.dumps(values))
    assert clean_environments(run)
    assert read_environments(run) == [ONE.model_copy(update={"device": "<b>GPU</b>"})]
    assert "/home/x" not in run.environment_file.read_text()
    assert "host" not in run.environment_file.read_text()
