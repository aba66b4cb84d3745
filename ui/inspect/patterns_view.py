"""What the first layer of a network looks for, where its convolutions find it, and the choice of a test sample."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from nn_core.formatting import format_percent
from nn_core.i18n import _
from ui.app.charts import is_dark
from ui.app.text import escape_markdown, show_section_heading
from ui.data.picture_views import Pixels, color_diverging, enlarge, make_contact_sheet, to_display

if TYPE_CHECKING:
    from torch import Tensor

    from nn_core.data import Dataset
    from nn_core.inference import TrainedNetwork

__all__ = ["pick_sample", "show_found", "show_patterns"]


def pick_sample(count: int, *, label: str, key: str, another_label: str | None = None) -> int:
    """A number from 0 to `count` - 1, and a button that picks another at random.

    another_label: of the button, where a page has two of them.
    """

    def another() -> None:
        st.session_state[key] = random.randrange(count)

    if st.session_state.get(key, 0) >= count:
        st.session_state[key] = 0  # another run, with fewer of them
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = st.number_input(label, min_value=0, max_value=count - 1, step=1, key=key, width=160)
        st.button(another_label or _("Another"), key=f"{key}_another", icon=":material/shuffle:", on_click=another)
    return int(number)


_MOST = 64  # pictures at once
_ACROSS = 8
_SIDE = 56  # screen pixels, about


def show_patterns(patterns: Tensor, *, whole_picture: bool) -> None:
    """The weights of the first layer as pictures, [count, channels, height, width]."""
    with st.container(border=True, key="patterns"):
        show_section_heading(_("What the first layer looks for"))
        st.markdown(
            _(
                "Each square shows the weights of one neuron, laid out like the picture that it looks at: ink in the blue "
                "places speaks for it, ink in the orange ones against it. Speckles are left from its random start, shapes are "
                "what it learned."
            )
            if whole_picture
            else _(
                "Each square is one small pattern that the first convolution looks for everywhere in the picture: bright in "
                "the blue places, dark in the orange ones."
            )
            if patterns.shape[1] == 1
            else _(
                "Each square is one small pattern of colours that the network looks for; grey stands for colours that do not "
                "matter to it."
            )
        )
        shown = patterns[:_MOST]
        pictures = [_weights(pattern.numpy()) for pattern in shown]
        about = _(
            "The weights of {count} of {all} neurons; {positive} of all weights speak for what the neuron looks for."
        )
        positive = format_percent(float((patterns > 0).float().mean()), 0)
        _sheet(pictures, about.format(count=len(shown), all=len(patterns), positive=positive))
        if len(patterns) > _MOST:
            st.caption(_("The first {count} of {all}.").format(count=_MOST, all=len(patterns)))


def _weights(pattern: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> Pixels:
    if len(pattern) == 3:
        strength = pattern / max(float(np.abs(pattern).max()), 1e-12)
        return to_display((127.5 * (1 + strength)).round().astype(np.uint8))
    return color_diverging(pattern.mean(axis=0), dark=is_dark())


def show_found(network: TrainedNetwork, data: Dataset, index: int) -> None:
    """The maps of a test picture after each convolution."""
    from nn_core.inference import find_patterns

    picture = data.test.inputs[index]
    found = find_patterns(network, picture)
    if not found:
        return
    with st.container(border=True, key="found"):
        show_section_heading(_("Where it finds them"))
        names = [_("Convolution {number}").format(number=number) for number in range(1, len(found) + 1)]
        layer = st.segmented_control(
            _("After"), range(len(found)), default=0, required=True, format_func=names.__getitem__, key="found_layer"
        )
        maps = found[min(layer or 0, len(found) - 1)]
        st.markdown(
            _(
                "Each square is the test picture as one pattern of this layer sees it: bright where it finds the pattern."
            )
        )
        shown = [_bright(one.numpy()) for one in maps[:_MOST]]
        left, right = st.columns([1, 5], gap="medium")
        with left:
            label = escape_markdown(data.spec.classes[int(data.test.labels[index])])
            st.image(
                enlarge(to_display(picture.numpy()), 112),
                caption=_("Test picture: {label}").format(label=label),
                alt=_("The test picture, of the class {label}").format(label=label),
            )
        with right:
            strongest = max(range(len(shown)), key=lambda place: float(maps[place].max()))
            about = _("{count} maps of the test picture; map {number}, read row by row, answers most strongly.")
            _sheet(shown, about.format(count=len(shown), number=strongest + 1))
            if len(maps) > _MOST:
                st.caption(_("The first {count} of {all}.").format(count=_MOST, all=len(maps)))


def _bright(found: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> Pixels:
    """Numbers as grey: black at the least of them, white at the largest."""
    low, high = float(found.min()), float(found.max())
    grey: Pixels = (255 * (found - low) / max(high - low, 1e-12)).round().astype(np.uint8)
    return grey


def _sheet(pictures: list[Pixels], alt: str) -> None:
    scale = max(1, 2 * _SIDE // pictures[0].shape[0])
    rows = [pictures[start : start + _ACROSS] for start in range(0, len(pictures), _ACROSS)]
    st.image(make_contact_sheet(rows, scale=scale, gap=8), width=min(1000, (_SIDE + 4) * len(rows[0])), alt=alt)
