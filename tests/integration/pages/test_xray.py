"""The X-ray of an uploaded image on the Draw page."""

from pathlib import Path

from photos import photo
from processes import ROOT
from streamlit.testing.v1 import AppTest


def test_an_upload_has_its_x_ray(runs_root: Path) -> None:
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    test.switch_page("pages/draw.py").run()
    test.file_uploader(key="picture").set_value(("one.png", photo(), "image/png")).run()
    test.button_group(key="picture_look_closer").set_value("X-ray").run()
    assert not test.exception
    assert not test.error
    titles = [element.value for element in test.markdown if element.value.startswith("**") and "·" in element.value]
    assert titles[:2] == ["**1 · Your picture, just shrunk**", "**2 · Ink detected**"]
    test.toggle(key="picture_look_xray_strokes").set_value(False).run()
    assert not test.exception
    assert "dark on light" in test.warning[0].value
    test.button(key="picture_look_xray_all").click().run()
    assert not test.warning
    assert test.toggle(key="picture_look_xray_strokes").value
