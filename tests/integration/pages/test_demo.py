"""The page Demo and "Add this view to the demo", for teachers and viewers."""

import json
from pathlib import Path

import pytest
from apptest_pages import app, texts
from streamlit.testing.v1 import AppTest
from visitors import come_as

from nn_core.paths import get_data_folder
from nn_core.presentation import Demo, change_demo, read_demo
from ui.app.sitemap import ADDRESSES

HOSTILE = "<b>$x$</b> **bold** [a](b) :red[c]"


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NN_LAB_DATA", str(tmp_path / "data"))


def stored() -> Demo:
    return read_demo(get_data_folder(), ADDRESSES)


def fill(*titles: str) -> Demo:
    for title in titles:
        demo = change_demo(get_data_folder(), ADDRESSES, lambda demo, title=title: demo.add("/draw", title, "say it"))
    return demo


def press(test: AppTest, start: str) -> None:
    key = next(button.key for button in test.button if button.key and button.key.startswith(start))
    test.button(key=key).click().run()
    assert not test.exception


def test_a_view_is_added_with_what_is_chosen() -> None:
    test = app("glossary", search="loss", present="1", demo="3")
    next(area for area in test.text_area if area.label == "Note (optional)").set_value(HOSTILE)
    press(test, "add_view")
    view = stored().views[0]
    assert (view.link, view.title, view.note) == ("/glossary?search=loss", "Glossary", HOSTILE)


def test_a_view_of_the_playground_starts_anew_for_each_visitor() -> None:
    test = app("playground", seed="3", run="playground-nowhere")
    press(test, "add_view")
    assert stored().views[0].link == "/playground?seed=3"


def test_views_are_ordered_edited_and_deleted() -> None:
    first, second = fill("One", HOSTILE).views
    test = app("demo")
    assert HOSTILE not in texts(test), "it is escaped"
    press(test, f"down_{first.id}")
    assert [view.id for view in stored().views] == [second.id, first.id]
    test.text_input(key=f"title_{first.id}").set_value("Uno").run()
    test.text_input(key=f"note_{first.id}").set_value(HOSTILE).run()
    assert (stored().views[1].title, stored().views[1].note) == ("Uno", HOSTILE)
    test.text_input(key=f"title_{first.id}").set_value("   ").run()
    assert "title needs 1 to 80" in test.toast[0].value
    assert test.text_input(key=f"title_{first.id}").value == "Uno"
    press(test, f"delete_view_{second.id}")
    assert [view.id for view in stored().views] == [first.id]


def test_times_are_kept() -> None:
    test = app("demo")
    test.number_input(key="attract_seconds").set_value(0).run()
    test.number_input(key="view_seconds").set_value(30).run()
    assert (stored().attract_seconds, stored().view_seconds) == (0, 30)
    test.number_input(key="attract_seconds").set_value(1).run()
    assert "cannot begin after 1 seconds" in test.toast[0].value
    assert stored().attract_seconds == 0


def test_a_damaged_demo_is_reported_and_disturbs_no_other_page() -> None:
    fill("One")
    (get_data_folder() / "demo.json").write_text("{")
    assert "is damaged" in app("demo").error[0].value
    assert not app("home").error


def test_a_viewer_sees_the_demo_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    view = fill("One").views[0]
    come_as(monkeypatch, "teacher")
    open_for_teacher, page = app("demo"), app("glossary")
    come_as(monkeypatch, "viewer")
    open_for_teacher.button(key=f"delete_view_{view.id}").click().run()
    press(page, "add_view")
    test = app("demo")
    assert not test.exception
    assert not test.text_input
    assert {button.key for button in test.button} >= {"start_demo", "present"}
    assert not [
        button.key for button in test.button if button.key and button.key.startswith(("add_", "delete_", "up_"))
    ]
    assert json.loads((get_data_folder() / "demo.json").read_text())["views"] == [
        {"link": "/draw", "title": "One", "note": "say it", "id": view.id}
    ]
