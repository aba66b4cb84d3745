"""Where a network with self-attention looked, as a heat map over the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import streamlit as st

from nn_core.formatting import format_percent
from nn_core.i18n import _
from ui.app.charts import apply_chart_style, import_graph_objects
from ui.app.images import PLUS, Pixels, enlarge, to_display

if TYPE_CHECKING:
    from PIL import Image
    from torch import Tensor

    from nn_core.inference import TrainedNetwork

__all__ = [
    "compute_picture_attention",
    "show_attention",
    "show_attention_chart",
    "show_attention_heads",
    "show_attention_table",
]

_SIDE = 224  # screen pixels of a small overlay
_HEAT = np.array(PLUS, dtype=np.float32)


def compute_picture_attention(network: TrainedNetwork, picture: Pixels) -> Tensor:
    """Return the attention to one picture.

    Args:
        picture: uint8 [channels, height, width].

    Returns:
        [depth, heads, rows, columns], see `nn_core.inference.compute_attention`.
    """
    import torch

    from nn_core.inference import compute_attention

    return compute_attention(network, torch.from_numpy(picture).unsqueeze(0))[0]


def _draw_heat(picture: Pixels, shares: npt.NDArray[np.float32], side: int = _SIDE) -> Image.Image:
    """Darken the picture and overlay the shares, [rows, columns], in blue; the largest has full opacity."""
    from PIL import Image

    grey = np.asarray(enlarge(to_display(picture), side).convert("RGB"), dtype=np.float32)
    height, width = picture.shape[1:]
    # The network ignores rows and columns at the border that do not fill a patch.
    patch = max(1, min(height // shares.shape[0], width // shares.shape[1]))
    strength = np.zeros((height, width), dtype=np.float32)
    patches = np.kron(shares / max(float(shares.max()), 1e-12), np.ones((patch, patch), dtype=np.float32))
    strength[: patches.shape[0], : patches.shape[1]] = patches[:height, :width]
    heat = np.asarray(Image.fromarray(strength).resize((side, side), Image.Resampling.NEAREST))[..., np.newaxis]
    mixed = 0.8 * grey * (1 - 0.75 * heat) + 0.75 * heat * _HEAT
    return Image.fromarray(np.clip(mixed, 0, 255).round().astype(np.uint8))


def show_attention(network: TrainedNetwork, picture: Pixels) -> None:
    """Show the mean over all blocks and heads; nothing for a network without self-attention."""
    from nn_core.inference import has_attention

    if not has_attention(network):
        return
    attention = compute_picture_attention(network, picture).mean(dim=(0, 1)).numpy()
    left, right = st.columns([1, 3], vertical_alignment="center")
    left.image(
        _draw_heat(picture, attention),
        width=_SIDE // 2,
        alt=_("Where the network looked. ") + _describe_maximum(attention),
    )
    right.caption(_("Where it looked: the brighter the blue, the more attention. Mean over all blocks and heads."))


def show_attention_chart(picture: Pixels, shares: npt.NDArray[np.float32], *, key: str) -> None:
    """Show the picture under its heat map, with a scale, and the share of each patch on hover."""
    go = import_graph_objects()

    ground = np.asarray(enlarge(to_display(picture), picture.shape[1]).convert("RGB")) * 0.8
    patch = max(1, picture.shape[1] // shares.shape[0])
    red, green, blue = PLUS
    figure = go.Figure(
        [
            go.Image(z=ground.astype(np.uint8), hoverinfo="skip"),
            go.Heatmap(
                z=100 * shares,
                x0=(patch - 1) / 2,
                dx=patch,
                y0=(patch - 1) / 2,
                dy=patch,
                zmin=0,
                zmax=100 * float(shares.max()),
                colorscale=[[0, f"rgba({red}, {green}, {blue}, 0)"], [1, f"rgba({red}, {green}, {blue}, 0.75)"]],
                colorbar={"title": {"text": _("Share of<br>attention (%)")}, "thickness": 14, "outlinewidth": 0},
                hovertemplate=_("%{z:.1f} % of its attention<extra></extra>"),
            ),
        ]
    )
    figure.update_xaxes(visible=False, constrain="domain")
    figure.update_yaxes(visible=False, autorange="reversed", scaleanchor="x", constrain="domain")
    st.plotly_chart(
        apply_chart_style(figure, height=340),
        key=key,
        config={"displayModeBar": False},
        alt=_("The picture, with blue where the network looked. ") + _describe_maximum(shares),
    )


def show_attention_heads(picture: Pixels, attention: Tensor) -> None:
    """Show a small heat map for each head, one row for each block. attention: [depth, heads, rows, columns]."""
    for block, heads in enumerate(attention, start=1):
        st.markdown(_("**Block {number}**").format(number=block))
        with st.container(horizontal=True, gap="small"):
            for number, shares in enumerate(heads.numpy(), start=1):
                st.image(
                    _draw_heat(picture, shares),
                    caption=_("Head {number}").format(number=number),
                    width=_SIDE // 2,
                    alt=_("Where head {head} of block {block} looked. ").format(head=number, block=block)
                    + _describe_maximum(shares),
                )


def show_attention_table(shares: npt.NDArray[np.float32]) -> None:
    """Show the same as text: where it looked most, and a table with the share of each square."""
    st.caption(_describe_maximum(shares))
    with st.expander(_("Share of attention of each square"), key="attention_table", icon=":material/table_rows:"):
        columns = [_("Column {number}").format(number=number) for number in range(1, shares.shape[1] + 1)]
        rows = [_("Row {number}").format(number=number) for number in range(1, len(shares) + 1)]
        cells = {
            name: [format_percent(float(share)) for share in shares[:, place]] for place, name in enumerate(columns)
        }
        st.table({_("Square"): rows, **cells}, hide_index=True)


def _describe_maximum(shares: npt.NDArray[np.float32]) -> str:
    """'It looked most at row 3, column 4 of 7 × 7 squares: 12.3 %.'"""
    row, column = np.unravel_index(int(shares.argmax()), shares.shape)
    return _("It looked most at row {row}, column {column} of {rows} × {columns} squares: {share}.").format(
        row=row + 1,
        column=column + 1,
        rows=shares.shape[0],
        columns=shares.shape[1],
        share=format_percent(float(shares.max())),
    )
