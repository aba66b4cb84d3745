"""The patterns of a network's first layer, those that a picture excites most, and the choice of a test sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from nn_core.formatting import format_decimal, format_percent
from nn_core.i18n import _
from ui.app.charts import is_dark
from ui.app.images import Pixels, color_diverging, enlarge, make_contact_sheet, to_display
from ui.app.widgets import section_card

if TYPE_CHECKING:
    from torch import Tensor

    from nn_core.inference import TrainedNetwork

__all__ = ["show_excited_patterns", "show_patterns"]


_MAX_PICTURES = 64
_COLUMNS = 8
_EXCITED = 6
_SIDE = 56  # screen pixels, about


def show_patterns(patterns: Tensor, *, whole_picture: bool) -> None:
    """Show the weights of the first layer, [count, channels, height, width], as pictures.

    Args:
        whole_picture: whether each neuron sees the whole picture, as opposed to a convolution.
    """
    with section_card(_("What the first layer looks for"), key="patterns"):
        st.caption(
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
            )
        )
        shown = patterns[:_MAX_PICTURES]
        pictures = [_draw_weights(pattern.numpy()) for pattern in shown]
        alt = _("The weights of {count} of {all} neurons; {positive} of all weights are positive.")
        positive = format_percent(float((patterns > 0).float().mean()), 0)
        _show_sheet(pictures, alt.format(count=len(shown), all=len(patterns), positive=positive))
        if len(shown) > 1:
            order = _("They are numbered row by row: the first row shows the patterns 1 to {last}.")
            st.caption(order.format(last=min(_COLUMNS, len(shown))))
        if len(patterns) > _MAX_PICTURES:
            st.caption(_("The first {count} of {all}.").format(count=_MAX_PICTURES, all=len(patterns)))


def _draw_weights(pattern: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> Pixels:
    if len(pattern) == 3:
        strength = pattern / max(float(np.abs(pattern).max()), 1e-12)
        return to_display((127.5 * (1 + strength)).round().astype(np.uint8))
    return color_diverging(pattern.mean(axis=0), dark=is_dark())


def show_excited_patterns(network: TrainedNetwork, patterns: Tensor, picture: Pixels) -> None:
    """Show the patterns that a picture, uint8 [channels, height, width], excites most, and where on it."""
    import torch

    from nn_core.inference import compute_responses, list_layers

    layer = list_layers(network)[0]
    responses = compute_responses(network, torch.from_numpy(picture).unsqueeze(0), layer.name)
    strongest = responses.values[0].argsort(descending=True, stable=True)[:_EXCITED].tolist()
    is_map = layer.shape[1] * layer.shape[2] > 1
    with section_card(_("Excited most by the example"), key="excited"), st.container(horizontal=True, gap="small"):
        for unit in strongest:
            value = float(responses.values[0, unit])
            caption = _("Pattern {unit}: response {value}").format(unit=unit + 1, value=format_decimal(value))
            if is_map:
                row, column = int(responses.rows[0, unit]) + 1, int(responses.columns[0, unit]) + 1
                caption += "\n\n" + _("row {row}, column {column}").format(row=row, column=column)
            drawn = enlarge(_draw_weights(patterns[unit].numpy()), 2 * _SIDE)
            st.image(drawn, width=2 * _SIDE, caption=caption, alt=_("Pattern {unit}").format(unit=unit + 1))


def _show_sheet(pictures: list[Pixels], alt: str) -> None:
    scale = max(1, 2 * _SIDE // pictures[0].shape[0])
    rows = [pictures[start : start + _COLUMNS] for start in range(0, len(pictures), _COLUMNS)]
    st.image(make_contact_sheet(rows, scale=scale, gap=8), width=min(1000, (_SIDE + 4) * len(rows[0])), alt=alt)
