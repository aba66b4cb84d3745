"""Pages read each run once: reads are counted."""

from pathlib import Path

import pytest
from apptest_pages import app
from many_runs import copies, points, settled
from opened_files import files_opened

from nn_core.config import get_preset
from nn_core.runs import RunFolder, append_metrics, create_run


@pytest.fixture
def run(runs_root: Path) -> RunFolder:
    return create_run(runs_root, get_preset("quick"), "one")


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
