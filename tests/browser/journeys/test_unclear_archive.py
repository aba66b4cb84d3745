"""An archive that can be understood in two ways: the person chooses, trains, and brings a second archive from there."""

from collections.abc import Callable
from pathlib import Path

from archive_files import pack_undeclared, pack_zip
from custom_files import classes
from journey import Journey
from playwright.sync_api import expect

Start = Callable[..., Journey]


def test_an_unclear_archive_and_then_another(start_journey: Start, tmp_path: Path) -> None:
    years = tmp_path / "years.zip"
    years.write_bytes(pack_zip(classes(20, ["red", "blue"], "2023/") | classes(20, ["red", "blue"], "2024/")))
    journey = start_journey()
    journey.sidebar("Data")
    journey.open_fold("Use your own data")
    journey.upload(years)
    journey.see("Choose above what is right")
    expect(journey.page.locator(".st-key-make_data")).to_have_count(0)
    journey.choose_labelled("What are the classes?", "inner folders")
    journey.see("What was found", within="archive_preview")
    expect(journey.page.get_by_alt_text("3 pictures of the class red")).to_be_visible()
    expect(journey.page.locator(".st-key-archive_preview table")).to_contain_text("40")
    journey.picture("found")
    journey.press("make_data")
    journey.see("80 examples of 2 classes")
    name = journey.parameter("set")
    journey.train_on_it(name)

    chinese = tmp_path / "颜色.zip"
    chinese.write_bytes(pack_undeclared(classes(9, ["红色", "蓝色"]), "gbk"))
    journey.sidebar("Data")
    journey.open_fold("Use your own data")
    journey.upload(chinese)
    journey.see("Choose above what is right")
    journey.choose_labelled("How do the names read correctly?", "红色")
    journey.see("红色", within="archive_preview")
    journey.press("make_data")
    journey.see("18 examples of 2 classes")
    assert journey.parameter("set") != name
    journey.see_no_error()


def test_the_choices_fit_on_a_phone(start_journey: Start, tmp_path: Path) -> None:
    archive = tmp_path / "years.zip"
    names = ["a class with a very long name that goes on and on", "blue", "red", "green"]
    archive.write_bytes(pack_zip(classes(6, names, "train/") | classes(3, names, "test/")))
    journey = start_journey(phone=True)
    journey.open("/data")
    journey.open_fold("Use your own data")
    journey.upload(archive)
    journey.see("What was found", within="archive_preview")
    width = journey.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width <= 0
    journey.picture("found on a phone")
    box = journey.page.locator(".st-key-archive_preview")
    assert box.evaluate("box => box.scrollWidth - box.clientWidth") <= 0
