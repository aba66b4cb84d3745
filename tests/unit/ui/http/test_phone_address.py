"""Which address a phone is given, and the QR code that contains it."""

import io

import numpy as np
import pytest
import segno
from PIL import Image
from streamlit import config

from ui.draw.take_away import draw_qr_code
from ui.http.phone_address import find_phone_origin, get_open_command

ADDRESS = "http://192.168.1.20:8501/pad/2026-11-29-quiet%20otter/"


@pytest.fixture
def listen(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """The server's settings, to be changed."""
    settings: dict[str, object] = {"server.address": "127.0.0.1", "server.port": 8600}
    given = config.get_option
    monkeypatch.setattr(config, "get_option", lambda name: settings.get(name, given(name)))
    monkeypatch.setattr(config, "is_manually_set", lambda name: name in settings)
    return settings


def test_an_address_that_others_use_is_kept(listen: dict[str, object]) -> None:
    assert find_phone_origin("http://192.168.1.20:8501/draw") == "http://192.168.1.20:8501"
    assert find_phone_origin("https://lab.school.example/nn/draw") == "https://lab.school.example"


@pytest.mark.parametrize("host", ["localhost:8600", "127.0.0.1:8600", "[::1]:8600", "x.localhost", "0.0.0.0:8600"])
def test_this_machine_s_own_name_leads_to_the_address_in_the_network_if_it_listens_there(
    listen: dict[str, object], host: str
) -> None:
    assert find_phone_origin(f"http://{host}/draw") is None
    listen["server.address"] = "0.0.0.0"
    listen["browser.serverAddress"] = "192.168.1.20"
    assert find_phone_origin(f"http://{host}/draw") == "http://192.168.1.20:8600"
    listen["server.address"] = "fd00::20"
    assert find_phone_origin(f"http://{host}/draw") == "http://[fd00::20]:8600"


def test_without_an_address_there_is_none(listen: dict[str, object]) -> None:
    assert find_phone_origin("") is None
    assert "0.0.0.0" in get_open_command()


def test_the_qr_code_contains_the_address() -> None:
    picture = np.asarray(Image.open(io.BytesIO(draw_qr_code(ADDRESS))).convert("L"))
    modules = picture[4::8, 4::8] < 128
    assert not modules[:4].any()
    assert not modules[:, -4:].any()
    expected = np.array([list(row) for row in segno.make(ADDRESS, error="m", micro=False).matrix], dtype=bool)
    assert (modules[4:-4, 4:-4] == expected).all()


def test_a_scanner_reads_the_qr_code() -> None:
    cv2 = pytest.importorskip("cv2")
    picture = np.asarray(Image.open(io.BytesIO(draw_qr_code(ADDRESS))).convert("RGB"))
    assert cv2.QRCodeDetector().detectAndDecode(picture)[0] == ADDRESS
