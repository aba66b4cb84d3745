"""Drawings exported from and imported to the Draw page."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from visitors import come_as

from nn_core.drawings.corrections import Correction, get_corrections_file, read_corrections
from nn_core.drawings.exchange import SharedDrawing, pack_lines, pack_pictures
from nn_core.drawings.pins import Pin, read_pins
from nn_core.drawings.strokes import Drawing
from nn_core.paths import get_data_folder

ONE = Drawing(280, 18, (((140.0, 40.0), (140.0, 240.0)),))
SEVEN = Drawing(280, 18, (((60.0, 70.0), (200.0, 70.0), (120.0, 230.0)),))
SHARED: list[SharedDrawing] = [SEVEN, Pin("a1", "<b>my 1</b>", "1", ONE), Correction("7", SEVEN), Correction("1", ONE)]


def script() -> None:
    import streamlit as st

    from nn_core.drawings import read_canvas
    from ui.draw.exchange import show_exchange

    show_exchange(read_canvas(st.session_state.get("canvas_requested")))


@pytest.fixture
def page(corrections_file: Path) -> AppTest:
    return AppTest.from_function(script, default_timeout=60).run()


def upload(page: AppTest, name: str, content: bytes, number: int = 0) -> None:
    page.file_uploader(key=f"exchange_file_{number}").set_value((name, content, "application/octet-stream")).run()
    assert not page.exception


def test_both_kinds_are_imported_and_the_second_time_skipped(page: AppTest) -> None:
    assert "nothing to export" in page.caption[0].value
    upload(page, "mine.jsonl", pack_lines(SHARED))
    assert "1 on the canvas, 1 pinned, 2 with a label" in page.markdown[0].value
    page.button(key="import_drawings").click().run()
    assert "Imported: 1 pinned, 2 with a label. Skipped because they are here already: 0. One is on the canvas." in (
        page.toast[0].value
    )
    folder = get_data_folder()
    assert [*read_pins(folder), *read_corrections(get_corrections_file(folder))] == SHARED[1:]
    assert page.session_state["canvas_requested"]["objects"]
    assert "0 on the canvas, 1 pinned, 2 with a label" in page.caption[0].value, "the one on the canvas is a stored one"
    upload(page, "mine.zip", pack_pictures(SHARED[1:]), number=1)
    page.button(key="import_drawings").click().run()
    assert "Imported: 0 pinned, 0 with a label. Skipped because they are here already: 3." in page.toast[0].value
    assert len(read_pins(folder)) == 1


def test_an_invalid_file_is_explained_and_changes_nothing(page: AppTest, corrections_file: Path) -> None:
    upload(page, "<b>.jsonl", pack_lines(SHARED) + b"[1, 2]\n")
    sentence = page.error[0].value
    assert r"\<b\>" in sentence, "what a user wrote is no markup"
    assert "<b>.jsonl, line 5: [1, 2] is not a drawing" in sentence.replace("\\", "")
    assert not [button for button in page.button if button.key == "import_drawings"]
    assert not corrections_file.exists()


def test_viewers_may_export_but_not_import(monkeypatch: pytest.MonkeyPatch, corrections_file: Path) -> None:
    come_as(monkeypatch, "viewer")
    page = AppTest.from_function(script, default_timeout=60)
    page.session_state["canvas_requested"] = {"objects": [{"type": "Path", "path": [["M", 1, 1], ["L", 99, 99]]}]}
    page.run()
    assert not page.exception
    assert "1 on the canvas" in page.caption[0].value
    assert not page.get("file_uploader")
