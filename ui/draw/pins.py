"""Pinned drawings: the button beside the answer, the list below it, and the sentence below the curves of a run."""

import zlib

import streamlit as st

from nn_core.data import DatasetSpec
from nn_core.drawings import Drawing
from nn_core.drawings.pins import MAX_NAME_LENGTH, MAX_PINS, Pin, choose_pin_name, read_pins
from nn_core.formatting import format_percent
from nn_core.i18n import _
from nn_core.paths import get_data_folder
from nn_core.runs import History, RunFolder
from ui.app.actions import add_pin, remove_pin
from ui.app.errors import show_errors, toast_errors
from ui.app.images import draw_thumbnail
from ui.app.text import escape_markdown
from ui.app.widgets import show_link
from ui.auth.permissions import can_change
from ui.draw.prediction_view import has_only_digits

__all__ = ["describe_pins", "read_pins_of_run", "show_pin_button", "show_pinned_drawings"]

_SIDE = 56  # screen pixels of a drawing


def show_pin_button(drawing: Drawing, answer: str, spec: DatasetSpec) -> None:
    """Show a button that pins the drawing with its class, for which the network's answer is proposed; nothing for viewers."""
    if not can_change():
        return
    pins = read_pins(get_data_folder())
    pinned = next((pin for pin in pins if pin.drawing == drawing), None)
    if pinned:
        st.button(_("Pinned"), key="pinned", icon=":material/check:", disabled=True, help=_("See the list below."))
        return
    # Another drawing or another answer resets the fields.
    key = f"{zlib.crc32(drawing.to_json().encode())}_{answer}"
    with st.popover(
        _("Pin"),
        key=f"pin_drawing_{len(pins)}",
        icon=":material/keep:",
        help=_("Keeps this drawing and shows how your next networks learn to read it."),
    ):
        if len(pins) >= MAX_PINS:
            st.markdown(_("{most} drawings are pinned, which is the limit. Unpin one first.").format(most=MAX_PINS))
            return
        classes = list(spec.classes)
        label = st.selectbox(
            _("Which digit is it?") if has_only_digits(classes) else _("What is it?"),
            classes,
            index=classes.index(answer),
            key=f"pin_label_{key}",
        )
        proposed = choose_pin_name(pins, label)
        name = st.text_input(_("Name"), value=proposed, max_chars=MAX_NAME_LENGTH, key=f"pin_name_{key}_{label}")
        if st.button(_("Pin it"), key="confirm_pin", type="primary", icon=":material/keep:"):
            with show_errors():
                add_pin(drawing, label=label, name=name.strip() or proposed)
                st.rerun()  # the whole page, with the list below


def show_pinned_drawings() -> None:
    """Show all pins in a row, each with a button to unpin it; nothing if there are none."""
    pins = read_pins(get_data_folder())
    if not pins:
        return
    with st.container(border=True, key="pinned_drawings"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                _("**Pinned drawings.** The next networks that you train show when they learn to read each of these."),
                width="content",
            )
            st.space("stretch")
            if can_change():
                show_link("train", _("Train a network"), "play_arrow")
        with st.container(horizontal=True):
            for pin in pins:
                _show_pin(pin)


def _show_pin(pin: Pin) -> None:
    with st.container(key=f"pin_{pin.id}", horizontal=True, vertical_alignment="center", width="content", gap="xsmall"):
        alt = _("{name}, a drawing of {label}").format(name=pin.name, label=pin.label)
        st.image(draw_thumbnail(pin.drawing, _SIDE), width=_SIDE, alt=alt)
        st.markdown(escape_markdown(pin.name), width="content")
        if can_change():
            st.button(
                "",
                key=f"unpin_{pin.id}",
                icon=":material/close:",
                type="tertiary",
                help=_("Unpin {name}").format(name=escape_markdown(pin.name)),
                on_click=toast_errors()(remove_pin),
                args=[pin.id],
            )


def read_pins_of_run(run: RunFolder) -> list[Pin]:
    """Return the pins that the run started with. The file is read only when it changes, because the live view asks every second."""
    file = run.pins_file
    return _read_pins(str(file), file.stat().st_mtime_ns, run) if file.exists() else []


@st.cache_data(show_spinner=False, max_entries=64)
def _read_pins(file: str, changed_at: int, _run: RunFolder) -> list[Pin]:
    return _run.pins()


def describe_pins(pins: list[Pin], history: History, *, active: bool) -> None:
    """Show since when the network reads each drawing correctly: "Got my 7 at epoch 1.3"."""
    if history.pinned.keys() - {pin.id for pin in pins}:
        st.caption(
            _("{file} is damaged or missing, so the curves of pinned drawings are left out.").format(
                file=RunFolder.pins_file.name
            )
        )
    curves = [(pin, history.pinned[pin.id]) for pin in pins if pin.id in history.pinned]
    if not curves:
        return
    got: dict[str, list[str]] = {}
    for at, name in sorted((at, pin.name) for pin, curve in curves if (at := curve.recognized_at) is not None):
        got.setdefault(_format_epoch(at), []).append(f"**{escape_markdown(name)}**")
    missing = [
        _("{name} ({share})").format(name=escape_markdown(pin.name), share=format_percent(curve.share[-1], 0))
        for pin, curve in curves
        if curve.recognized_at is None
    ]
    texts = [_("Got {names} {when}").format(names=", ".join(names), when=when) for when, names in got.items()]
    if missing:
        text = _("Not yet: {names}") if active else _("Not read in the end: {names}")
        texts.append(text.format(names=", ".join(missing)))
    with st.container(key="pinned_words"):
        st.markdown(" · ".join(texts))


def _format_epoch(epoch: float) -> str:
    if not epoch:
        return _("from the start")
    return _("at epoch {epoch}").format(epoch=f"{epoch:.1f}" if epoch >= 1 else f"{epoch:.2g}")
