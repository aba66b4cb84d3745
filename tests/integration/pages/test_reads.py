"""Pages read each run once: reads are counted."""

import time
from pathlib import Path

import pytest
from apptest_pages import app
from opened_files import files_opened
from waiting import wait_until

from nn_core.config import get_preset
from nn_core.runs import RunFolder, append_metrics, create_run


@pytest.fixture
def run(runs_root: Path) -> RunFolder:
    return create_run(runs_root, get_preset("quick"), "one")


def copies(run: RunFolder, count: int) -> None:
    """Finished runs with a real run's config and status."""
    finished = run.status().model_copy(update={"status": "finished"}).model_dump_json()
    config = run.config_file.read_bytes()
    for number in range(count):
        folder = run.path.with_name(f"copy-{number:04}")
        folder.mkdir()
        (folder / "config.json").write_bytes(config)
        (folder / "status.json").write_text(finished)


def settled(root: Path) -> None:
    """What was written a moment ago might be written again without looking any different, so it is not remembered."""
    written = max(file.stat().st_ctime_ns for file in root.glob("*/*"))
    wait_until(lambda: time.time_ns() - written > 60_000_000, "the files are settled")


def points(count: int, first: int = 1) -> list[dict[str, object]]:
    figures = ((step, step / 10, 1 / step) for step in range(first, first + count))
    return [{"kind": "train", "step": step, "epoch": at, "loss": loss, "accuracy": 0.5} for step, at, loss in figures]


def test_the_runs_page_reads_no_run_twice(run: RunFolder) -> None:
    copies(run, 60)
    root = run.path.parent
    run.write_status(run.status().model_copy(update={"status": "finished"}))
    append_metrics(run.metrics_file, points(20))
    settled(root)
    page = app("runs")
    assert not page.exception
    with files_opened(root) as again:
        page.run()
    assert not page.exception
    assert again == []


def test_two_pages_that_show_the_same_run_read_its_curves_once(run: RunFolder) -> None:
    append_metrics(run.metrics_file, points(50))
    run.write_status(run.status().model_copy(update={"status": "finished"}))
    with files_opened(run.path) as opened:
        for _page in range(2):
            assert not app("train", run=run.name).exception
    assert opened.count(str(run.metrics_file)) == 1
