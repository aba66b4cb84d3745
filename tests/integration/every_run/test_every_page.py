"""The pages show, export, import and resume runs of every goal and kind of data."""

import shutil
from pathlib import Path

import pytest
from apptest_pages import app
from halfway_runs import HalfwayRuns, resume_here, smallest_muon_cases
from in_process_runs import assert_same_outcome
from streamlit.testing.v1 import AppTest
from waiting import wait_until

from nn_core.runs import RunFolder


def _files_of(name: str) -> None:
    from nn_core.paths import get_runs_folder
    from nn_core.runs import find_run
    from ui.runs.run_files import show_run_files

    show_run_files(find_run(get_runs_folder(), name))


@pytest.mark.parametrize("name", smallest_muon_cases())
def test_pages_of_one_run_show_it(halfway: HalfwayRuns, name: str) -> None:
    run = halfway[name].run
    row = AppTest.from_function(_files_of, kwargs={"name": run.name}).run()
    assert not row.exception
    assert {button.key: button.disabled for button in row.download_button} == {
        "download_safetensors": False,
        "download_pt": False,
        "download_zip": False,
        "download_csv": False,
        "download_parquet": False,
        "download_tensorboard": False,
    }
    for page in ("train", "evaluate"):
        test = app(page, run=run.name)
        assert not test.exception, page
        assert not test.error, page
        assert test.selectbox(key="run_picker").value == run.name


def test_pages_export_import_and_resume_every_goal(halfway: HalfwayRuns, folder: Path) -> None:
    """By the functions behind the buttons; each run goes on in a process of its own, all of them at the same time."""
    from ui.app.actions import import_run
    from ui.app.actions import resume_run as resume
    from ui.runs.run_files import _make_file

    pairs = []
    for name in smallest_muon_cases():
        case = halfway[name]
        file = folder / "theirs.zip"
        with _make_file(case.run, "zip") as stream:
            file.write_bytes(stream.read())
        imported = import_run(file, name=f"page-{case.run.name}", file_name=file.name)
        assert imported.notes == ()
        resume(imported.run)
        original = RunFolder(shutil.copytree(case.run.path, folder / "originals" / case.run.name))
        resume_here(original)
        pairs.append((imported.run, original))
    for run, original in pairs:
        wait_until(lambda run=run: not run.status().is_active, f"{run.name} has ended")
        assert_same_outcome(run, original)
