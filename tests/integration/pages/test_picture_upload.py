"""A picture uploaded on the Draw page: numbers, what was taken for ink, and advice where it is refused."""

import io
from pathlib import Path

import numpy as np
import pytest
from example_drawings import scribbles
from PIL import Image
from processes import ROOT
from streamlit.testing.v1 import AppTest

from nn_core.drawings.rasterize import render_canvas

NUMBER = ROOT / "tests" / "support" / "cases" / "pictures" / "p-two-digits-12.png"
ADVICE = "Crop to one digit; avoid lines and dark edges."


def encode(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def page(runs_root: Path) -> AppTest:
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    return test.switch_page("pages/draw.py").run()


def upload(page: AppTest, content: bytes) -> AppTest:
    page.file_uploader(key="picture").set_value(("picture.png", content, "image/png")).run()
    assert not page.exception
    assert not page.error
    return page


def has_ink_picture(page: AppTest) -> bool:
    return any("Taken for ink" in str(images.proto) for images in page.get("image"))


def test_a_number_is_read_in_order_and_each_digit_explained(page: AppTest) -> None:
    upload(page, NUMBER.read_bytes())
    assert "**12**" in [element.value for element in page.markdown]
    assert has_ink_picture(page)
    assert not page.info
    page.button_group(key="picture_look_closer").set_value("X-ray").run()
    page.button_group(key="picture_prediction_part_of_2").set_value(1).run()
    assert not page.exception
    assert any("What was taken for ink" in str(images.proto) for images in page.get("image"))


def test_a_refusal_says_what_helps_and_shows_the_ink(page: AppTest) -> None:
    upload(page, encode(255 - 255 * render_canvas(scribbles(1)[0])))
    assert "This does not look like a digit" in [element.value for element in page.markdown]
    assert ADVICE in page.info[0].value
    assert has_ink_picture(page)


def test_a_blank_picture_gets_the_advice(page: AppTest) -> None:
    upload(page, encode(np.full((200, 200), 240)))
    assert "Nothing found" in [element.value for element in page.markdown]
    assert [element.value for element in page.info] == [ADVICE]
    assert not has_ink_picture(page)


@pytest.mark.parametrize("picture", sorted(NUMBER.parent.iterdir()), ids=lambda path: path.name)
def test_pictures_as_people_have_them_are_shown_and_read(page: AppTest, picture: Path) -> None:
    upload(page, picture.read_bytes())
    digits = picture.stem.rpartition("-")[2]
    assert f"**{digits}**" in [element.value for element in page.markdown]


def test_a_file_that_is_no_picture_is_named(page: AppTest) -> None:
    page.file_uploader(key="picture").set_value(("notes.jpg", b"not a picture", "image/jpeg")).run()
    assert not page.exception
    assert "'notes.jpg' is not a readable picture" in page.error[0].value
