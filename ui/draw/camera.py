"""Reading with the camera: what is held in front of it, again and again, or a single picture, as an uploaded photo is read."""

from __future__ import annotations

import time
from dataclasses import dataclass

import streamlit as st

from nn_core.data import DatasetSpec
from nn_core.errors import NNLabError
from nn_core.i18n import _
from nn_core.runs import RunFolder
from ui.app import cache
from ui.app.errors import show_errors
from ui.app.text import escape_markdown
from ui.auth.uploads import count_camera_bytes
from ui.components.camera import read_frames, show_camera
from ui.draw.explain import Question, explain_answer
from ui.draw.picture_ink import show_advice, show_taken_ink
from ui.draw.prediction_view import has_only_digits, show_reading

__all__ = ["show_camera_reading"]

_KEY = "camera"
_SEEN = "camera_seen"
_SIDE = 400  # pixels of a picture
_SHOWN_SIDE = 140


@dataclass(frozen=True)
class _Seen:
    """The latest picture, or why there is none. It is kept only in memory, until the next one."""

    picture: bytes = b""
    is_live: bool = False
    error: str = ""


def show_camera_reading(run: RunFolder, spec: DatasetSpec) -> None:
    """Show the camera beside the answer. Call it as a fragment, so that a picture redraws nothing else."""
    from nn_core.inference import read_picture

    with show_errors():
        left, right = st.columns([2, 3], gap="large")
        with left:
            show_camera(key=_KEY, side=_SIDE, on_frames=_receive)
        seen: _Seen = st.session_state.get(_SEEN, _Seen())
        if seen.error:
            st.error(escape_markdown(seen.error), icon=":material/error:")
        network = cache.get_network(run) if seen.picture else None
        start = time.perf_counter()
        reading = read_picture(network, seen.picture) if network else None
        seconds = time.perf_counter() - start
        with right:
            invitation, when = (
                _("Hold something in front of the camera"),
                _("The answer appears when the picture is still."),
            )
            if seen.picture:
                invitation, when = _("Nothing found"), _("There is no ink in the picture.")
            elif has_only_digits(spec.classes):
                invitation = _("Hold a digit in front of the camera")
            shown = show_reading(reading, spec, key="camera_prediction", invitation=invitation, when=when)
            if seen.picture:
                st.caption(_("This picture was read in {seconds:.1f} s.").format(seconds=seconds))
            if seen.picture and spec.is_line_drawing:
                show_taken_ink(seen.picture, _SHOWN_SIDE, _("Taken for ink"))
                show_advice(reading, spec)
            st.caption(
                _(
                    "The square is read; keep the dashed line around what you show. While *Read continuously* is ticked, a picture is read "
                    "as soon as it is still and has changed, at most one a second. Pictures go to this server only and are not stored."
                )
            )
        if network and shown is not None and not seen.is_live:  # the explanations take longer than the picture lasts
            explain_answer(Question(run, network, shown.source, shown.prediction, key="camera_look"))


def _receive() -> None:
    try:
        frames = read_frames(_KEY)
        if frames:
            count_camera_bytes(sum(map(len, frames.pictures)))
            st.session_state[_SEEN] = _Seen(frames.pictures[-1], frames.is_live)
    except NNLabError as error:
        st.session_state[_SEEN] = _Seen(error=str(error))
