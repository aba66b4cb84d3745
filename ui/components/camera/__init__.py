"""The visitor's camera: the browser shows its picture and sends square JPEG pictures of it, one at a time or a burst after a countdown.

Nothing is sent before the visitor has turned the camera on. It is turned off by Stop, and when the component or the browser tab is no
longer visible.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from nn_core.errors import BadPicture
from nn_core.i18n import _
from ui.components.shared import declare_component, get_component_value

__all__ = ["Burst", "Frames", "read_frames", "show_camera"]

_MAX_PICTURES = 50  # of one burst
_MAX_PICTURE_BYTES = 400_000
_JPEG = b"\xff\xd8\xff"

_mount = declare_component("camera", shared=("dom.js", "text.js"), html='<div class="camera"></div>')


@dataclass(frozen=True)
class Burst:
    """Pictures in quick succession.

    Attributes:
        count: how many.
        interval_ms: between two.
        is_allowed: whether the button can be pressed.
    """

    count: int
    interval_ms: int
    is_allowed: bool = True


@dataclass(frozen=True)
class Frames:
    """What the camera has sent: the JPEG files, and whether they were sent by themselves, without the press of a button."""

    pictures: tuple[bytes, ...]
    is_live: bool = False


def show_camera(*, key: str, side: int, on_frames: Callable[[], None], burst: Burst | None = None) -> None:
    """Show the camera, or the button that turns it on.

    Args:
        key: the element's key; the session state has the number of the frames read last under `<key>.read`.
        side: of the square pictures that are sent, in pixels.
        on_frames: called when pictures have arrived; it must call `read_frames`, because the browser sends the next ones only then.
        burst: takes bursts after a countdown; by default, the camera is read continuously, or takes single pictures.
    """
    _mount(
        key=key,
        data={
            "side": side,
            "burst": {"count": burst.count, "interval": burst.interval_ms, "allowed": burst.is_allowed}
            if burst
            else None,
            "read": st.session_state.get(f"{key}.read", 0),
            "text": _get_texts(burst),
        },
        on_frames_change=on_frames,
    )


def read_frames(key: str) -> Frames | None:
    """Return the pictures that have just arrived; None if there are none.

    Raises:
        BadPicture: the component never sends such data.
    """
    value = get_component_value(key, "frames")
    if not isinstance(value, dict) or not isinstance(number := value.get("id"), int):
        return None
    st.session_state[f"{key}.read"] = number
    encoded = value.get("pictures")
    try:
        if not isinstance(encoded, list) or not 0 < len(encoded) <= _MAX_PICTURES:
            raise ValueError
        pictures = tuple(_decode(each) for each in encoded)
    except (ValueError, TypeError, binascii.Error) as error:
        raise BadPicture(_("The camera sent something that is no picture. Turn it off and on again.")) from error
    return Frames(pictures, is_live=value.get("live") is True)


def _decode(encoded: str) -> bytes:
    if len(encoded) > 4 * _MAX_PICTURE_BYTES // 3 + 4:
        raise ValueError("too large")
    content = base64.b64decode(encoded, validate=True)
    if not content.startswith(_JPEG):
        raise ValueError("no JPEG")
    return content


def _get_texts(burst: Burst | None) -> dict[str, object]:
    upload = _("or upload a photo instead") if burst is None else _("or use pictures from files instead")
    return {
        "start": _("Turn on the camera"),
        "starting": _("Waiting for the camera. The browser may ask for your permission."),
        "stop": _("Stop the camera"),
        "shoot": _("Take {count} pictures").format(count=burst.count) if burst else _("Take a picture"),
        "retake": _("Retake"),
        "live": _("Read continuously"),
        "choose": _("Camera"),
        "other": _("Camera {number}"),
        "on": _("Camera on"),
        "frozen": _("Camera on · picture taken"),
        "off": _("The camera is off."),
        "hidden": _("The camera was turned off, because it was out of sight."),
        "taken": _("{count} pictures taken."),
        "video": _("Picture of the camera"),
        "still": _("The picture taken"),
        "errors": {
            "insecure": _(
                "The browser allows the camera only on secure pages: open NN Lab through https, or as http://localhost on the computer "
                "that runs it, {upload}."
            ).format(upload=upload),
            "refused": _(
                "The camera was not allowed: allow it for this page in the browser, beside the address, and press the button again, {upload}."
            ).format(upload=upload),
            "missing": _("No camera was found: connect one and press the button again, {upload}.").format(
                upload=upload
            ),
            "busy": _(
                "The camera does not start: close other programs that use it and press the button again, {upload}."
            ).format(upload=upload),
            "lost": _("The camera was disconnected: connect it and press the button again, {upload}.").format(
                upload=upload
            ),
        },
    }
