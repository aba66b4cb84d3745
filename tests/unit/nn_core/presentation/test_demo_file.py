"""The file of the demo: changes are complete, one after the other, and never lost to a damaged file."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nn_core.errors import BadInput, StorageFailed
from nn_core.presentation import Demo, change_demo, read_demo

ADDRESSES = ("", "draw")


def test_without_a_file_the_demo_is_empty(tmp_path: Path) -> None:
    assert read_demo(tmp_path, ADDRESSES) == Demo()
    assert read_demo(tmp_path / "missing", ADDRESSES) == Demo()


def test_changes_are_kept(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    demo = change_demo(folder, ADDRESSES, lambda demo: demo.add("/draw", "Draw", "<b>now</b>"))
    assert read_demo(folder, ADDRESSES) == demo
    assert [view.note for view in demo.views] == ["<b>now</b>"]


def test_changes_at_the_same_time_are_all_kept(tmp_path: Path) -> None:
    def add(number: int) -> None:
        change_demo(tmp_path, ADDRESSES, lambda demo: demo.add("/draw", str(number)))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(12)))
    assert {view.title for view in read_demo(tmp_path, ADDRESSES).views} == set(map(str, range(12)))


def test_an_impossible_change_leaves_the_file(tmp_path: Path) -> None:
    before = change_demo(tmp_path, ADDRESSES, lambda demo: demo.add("/draw", "Draw"))
    with pytest.raises(BadInput, match="does not lead to a page"):
        change_demo(tmp_path, ADDRESSES, lambda demo: demo.add("//example.org", "Elsewhere"))
    with pytest.raises(BadInput):
        change_demo(tmp_path, ADDRESSES, lambda demo: demo.edit(before.views[0].id, title=""))
    assert read_demo(tmp_path, ADDRESSES) == before


def test_a_damaged_file_is_reported_and_kept(tmp_path: Path) -> None:
    (tmp_path / "demo.json").write_bytes(b"{")
    with pytest.raises(BadInput, match="damaged"):
        read_demo(tmp_path, ADDRESSES)
    changed = change_demo(tmp_path, ADDRESSES, lambda demo: demo.add("/draw", "Draw"))
    assert read_demo(tmp_path, ADDRESSES) == changed
    assert (tmp_path / "demo.json.damaged").read_bytes() == b"{"


def test_a_folder_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(StorageFailed, match="Cannot store the demo"):
        change_demo(blocked, ADDRESSES, lambda demo: demo.add("/draw", "Draw"))
