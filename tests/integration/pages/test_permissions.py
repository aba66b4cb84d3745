"""What a viewer sees on each page, and that nothing on the server changes, whatever their browser sends."""

from pathlib import Path

import pytest
from apptest_pages import app, list_rows, texts
from visitors import come_as

from nn_core.config import get_preset
from nn_core.drawings import Drawing
from nn_core.drawings.corrections import get_corrections_file, store_correction
from nn_core.drawings.pins import add_pin, read_pins
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder, create_run, list_runs
from ui.app.sitemap import SITEMAP

PAGES = tuple(SITEMAP)

DRAWING = Drawing(280, 18, (((140, 40), (140, 240)),))


@pytest.fixture
def kept(runs_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    """A stopped run, two corrections and a pin, in folders of their own."""
    monkeypatch.setenv("NN_LAB_DATA", str(tmp_path / "data"))
    store_correction("3", DRAWING, get_corrections_file(get_data_folder()))
    store_correction("8", DRAWING, get_corrections_file(get_data_folder()))
    add_pin(get_data_folder(), DRAWING, label="3", name="mine")
    run = create_run(runs_root, get_preset("simple_net"), "kept")
    run.write_status(run.status().model_copy(update={"status": "stopped"}))
    return run


@pytest.mark.parametrize("page", PAGES)
def test_every_page_works_for_a_viewer(kept: RunFolder, monkeypatch: pytest.MonkeyPatch, page: str) -> None:
    come_as(monkeypatch, "viewer")
    test = app(page, **({"run": kept.name} if page == "train" else {}))
    assert not test.exception
    assert not test.error
    assert test.title
    assert "You can look at everything" in texts(test)
    offered = {button.key for button in test.button if button.key and not button.disabled}
    forbidden = (
        "_training",
        "delete",
        "unpin",
        "pin_",
        "rename",
        "import",
        "this_is",
        "learn",
        "download_data",
        "first_n",
    )
    assert not [key for key in offered if any(word in key for word in forbidden)]
    assert not test.get("file_uploader") or page == "draw"


def test_a_page_that_stays_open_when_the_admission_ends_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    come_as(monkeypatch, "teacher")
    test = app("runs")
    assert test.title[0].value == "Runs"
    come_as(monkeypatch, None)
    test.run()
    assert [title.value for title in test.title] == ["You are logged out"]
    assert not list_rows(test)


def test_a_viewer_who_presses_all_the_same_changes_nothing(kept: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """The buttons are there when the page is drawn for a teacher; the click comes from a person who has become a viewer."""
    presses = [
        ("home", "first_network"),
        ("train", "pause_training"),
        ("playground", "start_training"),
        ("draw", "delete_corrections"),
        ("draw", f"unpin_{read_pins(get_data_folder())[0].id}"),
    ]
    for page, key in presses:
        come_as(monkeypatch, "teacher")
        opened = app(page, **({"run": kept.name} if page == "train" else {}))
        come_as(monkeypatch, "viewer")
        opened.button(key=key).click().run()
        assert not opened.exception
    assert [run.name for run in list_runs(kept.path.parent)] == ["kept"]
    assert kept.status().status == "stopped"
    assert len(get_corrections_file(get_data_folder()).read_text().splitlines()) == 2
    assert len(read_pins(get_data_folder())) == 1
