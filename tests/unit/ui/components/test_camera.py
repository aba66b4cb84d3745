"""What the camera's component sends is checked before it is used."""

import base64
from collections.abc import Iterator

import pytest
import streamlit as st

from nn_core.errors import BadPicture
from ui.components.camera import Frames, read_frames

JPEG = b"\xff\xd8\xff\xe0 picture"
ENCODED = base64.b64encode(JPEG).decode()


@pytest.fixture(autouse=True)
def state() -> Iterator[None]:
    yield
    for key in ("camera", "camera.read"):
        st.session_state.pop(key, None)


def send(value: object) -> Frames | None:
    st.session_state["camera"] = {"frames": value}
    return read_frames("camera")


def test_pictures_are_decoded_and_confirmed() -> None:
    assert read_frames("camera") is None
    assert send({"id": 3, "live": True, "pictures": [ENCODED]}) == Frames((JPEG,), is_live=True)
    assert st.session_state["camera.read"] == 3
    assert send({"id": 4, "live": False, "pictures": [ENCODED] * 50}) == Frames((JPEG,) * 50)


@pytest.mark.parametrize(
    "pictures",
    [
        None,
        [],
        [ENCODED] * 51,
        [7],
        ["no base64!"],
        [base64.b64encode(b"<svg>").decode()],
        [ENCODED + "A" * 600_000],
        "x",
    ],
)
def test_anything_else_is_refused_and_confirmed(pictures: object) -> None:
    with pytest.raises(BadPicture, match="no picture"):
        send({"id": 5, "pictures": pictures})
    assert st.session_state["camera.read"] == 5, "the browser must not send it again"


@pytest.mark.parametrize("value", [None, "x", [], {}, {"id": "1", "pictures": [ENCODED]}])
def test_without_a_number_there_are_no_pictures(value: object) -> None:
    assert send(value) is None
