"""Where a network of self-attention looked, as heat over the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import streamlit as st

from nn_core.formatting import format_percent
from nn_core.i18n import _
from ui.app.charts import apply_chart_style, import_graph_objects
from ui.data.picture_views import PLUS, Pixels, enlarge, to_display

if TYPE_CHECKING:
    from PIL import Image
    from torch import Tensor

    from nn_core.inference import TrainedNetwork

__all__ = [
    "choose_attention_head",
    "show_attention",
    "show_attention_chart",
    "show_attention_over_picture",
    "show_attention_table",
]

_SIDE = 224  # screen pixels of a small overlay
_HEAT = np.array(PLUS, dtype=np.float32)


def show_attention_over_picture(network: TrainedNetwork, picture: Pixels) -> Tensor:
    """uint8 [channels, height, width] → [depth, heads, rows, columns], as `compute_attention` gives it for one picture."""
    import torch

    from nn_core.inference import compute_attention

    return compute_attention(network, torch.from_numpy(picture).unsqueeze(0))[0]


def _heated(picture: Pixels, shares: npt.NDArray[np.float32], side: int = _SIDE) -> Image.Image:
    """The picture, darkened, with blue where the shares, [rows, columns], are large; the largest glows fully."""
    from PIL import Image

    grey = np.asarray(enlarge(to_display(picture), side).convert("RGB"), dtype=np.float32)
    height, width = picture.shape[1:]
    # Rows and columns at the rim that fill no whole patch are not looked at.
    patch = max(1, min(height // shares.shape[0], width // shares.shape[1]))
    whole = np.zeros((height, width), dtype=np.float32)
    seen = np.kron(shares / max(float(shares.max()), 1e-12), np.ones((patch, patch), dtype=np.float32))
    whole[: seen.shape[0], : seen.shape[1]] = seen[:height, :width]
    heat = np.asarray(Image.fromarray(whole).resize((side, side), Image.Resampling.NEAREST))[..., np.newaxis]
    mixed = 0.8 * grey * (1 - 0.75 * heat) + 0.75 * heat * _HEAT
    return Image.fromarray(np.clip(mixed, 0, 255).round().astype(np.uint8))


def show_attention(network: TrainedNetwork, picture: Pixels) -> None:
    """The mean over all blocks and heads; nothing for a network without self-attention."""
    from nn_core.inference import has_attention

    if not has_attention(network):
        return
    looked = show_attention_over_picture(network, picture).mean(dim=(0, 1)).numpy()
    small, words = st.columns([1, 3], vertical_alignment="center")
    small.image(_heated(picture, looked), width=_SIDE // 2, alt=_("Where the network looked. ") + _most(looked))
    words.caption(_("Where it looked: the brighter the blue, the more. The mean over all blocks and heads."))


def show_attention_chart(picture: Pixels, shares: npt.NDArray[np.float32], *, key: str) -> None:
    """The picture under its heat, with a scale, and the figure of each patch on hover."""
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
        alt=_("The picture, with blue where the network looked. ") + _most(shares),
    )


def choose_attention_head(picture: Pixels, looked: Tensor) -> None:
    """A small overlay for each head, a row for each block; looked: [depth, heads, rows, columns]."""
    for block, heads in enumerate(looked, start=1):
        st.markdown(_("**Block {number}**").format(number=block))
        with st.container(horizontal=True, gap="small"):
            for number, shares in enumerate(heads.numpy(), start=1):
                st.image(
                    _heated(picture, shares),
                    caption=_("Head {number}").format(number=number),
                    width=_SIDE // 2,
                    alt=_("Where head {head} of block {block} looked. ").format(head=number, block=block)
                    + _most(shares),
                )


def show_attention_table(shares: npt.NDArray[np.float32]) -> None:
    """The same as text: where it looked most, and the share of each square in a table that opens."""
    st.caption(_most(shares))
    with st.expander(_("Share of attention of each square"), key="attention_table", icon=":material/table_rows:"):
        columns = [_("Column {number}").format(number=number) for number in range(1, shares.shape[1] + 1)]
        rows = [_("Row {number}").format(number=number) for number in range(1, len(shares) + 1)]
        cells = {
            name: [format_percent(float(share)) for share in shares[:, place]] for place, name in enumerate(columns)
        }
        st.table({_("Square"): rows, **cells}, hide_index=True)


def _most(shares: npt.NDArray[np.float32]) -> str:
    """'It looked most at row 3, column 4 of 7 × 7 squares: 12.3 %.'"""
    row, column = np.unravel_index(int(shares.argmax()), shares.shape)
    return _("It looked most at row {row}, column {column} of {rows} × {columns} squares: {share}.").format(
        row=row + 1,
        column=column + 1,
        rows=shares.shape[0],
        columns=shares.shape[1],
        share=format_percent(float(shares.max())),
    )
