"""The patterns of a network's first layer, the feature maps of its convolutions, and the choice of a test sample."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from nn_core.data import Dataset
from nn_core.formatting import format_percent
from nn_core.i18n import _
from ui.app.charts import is_dark
from ui.app.glossary import describe_view
from ui.app.images import Pixels, color_diverging, enlarge, make_contact_sheet, to_display
from ui.app.text import escape_markdown
from ui.app.widgets import choose, section_card

if TYPE_CHECKING:
    from torch import Tensor

    from nn_core.inference import TrainedNetwork

__all__ = ["pick_sample", "show_feature_maps", "show_patterns"]


def pick_sample(count: int, label: str, *, key: str, another_label: str | None = None) -> int:
    """Show a field for a number from 0 to `count` - 1 and a button that picks one at random.

    Args:
        another_label: of the button, if a page has two of them.
    """

    def pick_another() -> None:
        st.session_state[key] = random.randrange(count)

    if st.session_state.get(key, 0) >= count:
        st.session_state[key] = 0  # the run before had more samples
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = st.number_input(label, min_value=0, max_value=count - 1, step=1, key=key, width=160)
        st.button(another_label or _("Another"), key=f"{key}_another", icon=":material/shuffle:", on_click=pick_another)
    return int(number)


_MAX_PICTURES = 64
_COLUMNS = 8
_SIDE = 56  # screen pixels, about


def show_patterns(patterns: Tensor, *, whole_picture: bool) -> None:
    """Show the weights of the first layer, [count, channels, height, width], as pictures.

    Args:
        whole_picture: whether each neuron sees the whole picture, as opposed to a convolution.
    """
    with section_card(_("What the first layer looks for"), key="patterns"):
        describe_view(
            _(
                "Each square shows the weights of one neuron, arranged like the picture: ink on blue activates it, ink on orange "
                "inhibits it."
            )
            if whole_picture
            else _(
                "Each square is a small pattern that the first convolution looks for everywhere in the picture: bright where it "
                "is blue, dark where it is orange."
            )
            if patterns.shape[1] == 1
            else _(
                "Each square is a small colour pattern that the network looks for. Grey means that the colour does not matter."
            ),
            _("Look for strokes and edges, which were learned; noise remains from the random weights at the start."),
            *(("weight", "neuron") if whole_picture else ("kernel", "convolution", "weight")),
            key="patterns",
        )
        shown = patterns[:_MAX_PICTURES]
        pictures = [_draw_weights(pattern.numpy()) for pattern in shown]
        alt = _("The weights of {count} of {all} neurons; {positive} of all weights are positive.")
        positive = format_percent(float((patterns > 0).float().mean()), 0)
        _show_sheet(pictures, alt.format(count=len(shown), all=len(patterns), positive=positive))
        if len(patterns) > _MAX_PICTURES:
            st.caption(_("The first {count} of {all}.").format(count=_MAX_PICTURES, all=len(patterns)))


def _draw_weights(pattern: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> Pixels:
    if len(pattern) == 3:
        strength = pattern / max(float(np.abs(pattern).max()), 1e-12)
        return to_display((127.5 * (1 + strength)).round().astype(np.uint8))
    return color_diverging(pattern.mean(axis=0), dark=is_dark())


def show_feature_maps(network: TrainedNetwork, data: Dataset, index: int) -> None:
    """Show the feature maps of a test picture after a convolution."""
    from nn_core.inference import find_patterns

    picture = data.test.inputs[index]
    found = find_patterns(network, picture)
    if not found:
        return
    with section_card(_("Where it finds them"), key="found"):
        names = {number: _("Convolution {number}").format(number=number + 1) for number in range(len(found))}
        layer = choose(_("After"), names, key="found_layer")
        maps = found[min(layer or 0, len(found) - 1)]
        describe_view(
            _(
                "Each square is the feature map of one pattern of this layer: bright where the test picture contains it."
            ),
            _("Look for maps of one direction, and for how they become coarser in later layers."),
            "feature_map",
            "convolution",
            "kernel",
            "receptive_field",
        )
        shown = [_to_grey(feature_map.numpy()) for feature_map in maps[:_MAX_PICTURES]]
        left, right = st.columns([1, 5], gap="medium")
        with left:
            label = escape_markdown(data.spec.classes[int(data.test.labels[index])])
            st.image(
                enlarge(to_display(picture.numpy()), 112),
                caption=_("Test picture: {label}").format(label=label),
                alt=_("The test picture, of the class {label}").format(label=label),
            )
        with right:
            strongest = int(maps[:_MAX_PICTURES].flatten(start_dim=1).amax(dim=1).argmax())
            alt = _("{count} feature maps of the test picture; map {number}, counted row by row, is the strongest.")
            _show_sheet(shown, alt.format(count=len(shown), number=strongest + 1))
            if len(maps) > _MAX_PICTURES:
                st.caption(_("The first {count} of {all}.").format(count=_MAX_PICTURES, all=len(maps)))


def _to_grey(found: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> Pixels:
    """Scale to grey: black for the lowest, white for the highest value."""
    low, high = float(found.min()), float(found.max())
    grey: Pixels = (255 * (found - low) / max(high - low, 1e-12)).round().astype(np.uint8)
    return grey


def _show_sheet(pictures: list[Pixels], alt: str) -> None:
    scale = max(1, 2 * _SIDE // pictures[0].shape[0])
    rows = [pictures[start : start + _COLUMNS] for start in range(0, len(pictures), _COLUMNS)]
    st.image(make_contact_sheet(rows, scale=scale, gap=8), width=min(1000, (_SIDE + 4) * len(rows[0])), alt=alt)
