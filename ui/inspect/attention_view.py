"""Which parts of a picture and which letters of a text mattered: the attention to each, or the effect of leaving a letter out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import streamlit as st
from PIL import Image

from nn_core.formatting import format_percent
from nn_core.i18n import _
from ui.app.charts import import_graph_objects, show_chart
from ui.app.glossary import describe_view
from ui.app.images import PLUS, Pixels, enlarge, to_rgb
from ui.app.text import escape_markdown
from ui.app.widgets import choose, section_card
from ui.components.letters import draw_letters

if TYPE_CHECKING:
    from torch import Tensor

    from nn_core.inference import TrainedNetwork

__all__ = [
    "compute_picture_attention",
    "show_attention",
    "show_attention_chart",
    "show_attention_heads",
    "show_attention_table",
    "show_letters",
]

_SIDE = 224  # screen pixels of a small overlay


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


def _draw_heat(picture: Pixels, shares: npt.NDArray[np.float32]) -> Image.Image:
    """Darken the picture and overlay the shares, [rows, columns], in blue; the largest has full opacity."""
    height, width = picture.shape[1:]
    # The network ignores rows and columns at the border that do not fill a patch.
    patch = max(1, min(height // shares.shape[0], width // shares.shape[1]))
    heat = np.zeros((height, width, 1), dtype=np.float32)
    patches = np.kron(shares / max(float(shares.max()), 1e-12), np.ones((patch, patch), dtype=np.float32))
    heat[: patches.shape[0], : patches.shape[1], 0] = patches[:height, :width]
    mixed = 0.8 * to_rgb(picture) * (1 - 0.75 * heat) + 0.75 * heat * np.array(PLUS, dtype=np.float32)
    return enlarge(np.clip(mixed, 0, 255).round().astype(np.uint8), _SIDE)


def show_attention(network: TrainedNetwork, picture: Pixels) -> None:
    """Show the mean over all blocks and heads; nothing for a network without self-attention."""
    from nn_core.inference import has_attention

    if not has_attention(network):
        return
    attention = compute_picture_attention(network, picture).mean(dim=(0, 1)).numpy()
    left, right = st.columns([1, 3], vertical_alignment="center")
    alt = _("Where the network looked. ") + _describe_maximum(attention)
    left.image(_draw_heat(picture, attention), width=_SIDE // 2, alt=alt)
    with right:
        describe_view(
            _("Where it looked: the brighter the blue, the more attention. Mean over all blocks and heads."),
            _("Look for blue on the strokes that distinguish this class from others."),
            "attention",
            "attention_head",
        )


def show_attention_chart(picture: Pixels, shares: npt.NDArray[np.float32], *, key: str) -> None:
    """Show the picture under its heat map, with a scale, and the share of each patch on hover."""
    go = import_graph_objects()

    patch = max(1, picture.shape[1] // shares.shape[0])
    red, green, blue = PLUS
    figure = go.Figure(
        [
            go.Image(z=(0.8 * to_rgb(picture)).astype(np.uint8), hoverinfo="skip"),
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
    alt = _("The picture, with blue where the network looked. ") + _describe_maximum(shares)
    show_chart(figure, height=340, alt=alt, key=key)


def show_attention_heads(picture: Pixels, attention: Tensor) -> None:
    """Show a small heat map for each head, one row for each block. attention: [depth, heads, rows, columns]."""
    for block, heads in enumerate(attention, start=1):
        st.markdown(_("**Block {number}**").format(number=block))
        with st.container(horizontal=True, gap="small"):
            for number, shares in enumerate(heads.numpy(), start=1):
                alt = _("Where head {head} of block {block} looked. ").format(head=number, block=block)
                st.image(
                    _draw_heat(picture, shares),
                    caption=_("Head {number}").format(number=number),
                    width=_SIDE // 2,
                    alt=alt + _describe_maximum(shares),
                )


def show_attention_table(shares: npt.NDArray[np.float32]) -> None:
    """Show the same as text: where it looked most, and a table with the share of each square."""
    st.caption(_describe_maximum(shares))
    with st.expander(_("Share of attention of each square"), key="attention_table", icon=":material/table_rows:"):
        rows = [_("Row {number}").format(number=number) for number in range(1, len(shares) + 1)]
        columns = {
            _("Column {number}").format(number=number): list(map(format_percent, column))
            for number, column in enumerate(shares.T.tolist(), start=1)
        }
        st.table({_("Square"): rows, **columns}, hide_index=True)


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


def show_letters(network: TrainedNetwork, text: str, label: str) -> None:
    """Show the letters shaded by how much they mattered. label: the class that the network answered."""
    from nn_core.inference import compute_letter_attention, compute_letter_influence, get_read_letters, has_attention

    read = get_read_letters(network, text)
    with section_card(_("Which letters mattered"), key="letters"):
        describe_view(
            _("Each letter is shaded by how much it mattered for the answer."),
            _("Look for what decides: in names it is often the ending, such as -ski, -ić or -ez."),
            *(
                ("attention", "attention_head", "attribution")
                if has_attention(network)
                else ("attribution", "confidence")
            ),
            key="letters",
        )
        methods = {"attention": _("Where it looked"), "left_out": _("Leaving each out")}
        method = "left_out"
        if has_attention(network):
            method = choose(_("Method"), methods, key="letters_way", label_visibility="collapsed")
        if method == "attention":
            attention = compute_letter_attention(network, text)
            block, head = st.session_state.get("block", 0), st.session_state.get("head", 0)
            draw_letters(read, _average(attention, block, head), title=_("Attention to each letter"), key="shades")
            st.caption(_("The stronger the colour, the more attention the letter got. All letters together are 100 %."))
            _show_details(attention)
        else:
            title = _("Loss of confidence without each letter")
            draw_letters(read, compute_letter_influence(network, text), title=title, key="shades", are_points=True)
            st.caption(
                _(
                    "By how many percentage points (pp) “{label}” becomes less probable without the letter. Orange letters with a dashed "
                    "edge count against it. Letters that only matter together can look unimportant in this simple test."
                ).format(label=escape_markdown(label))
            )
    if len(read) < len(text.strip()):
        st.caption(_("The network reads only the first {count} letters.").format(count=len(read)))


def _average(attention: Tensor, block: int, head: int) -> list[float]:
    """Mean shares of one block and head, numbered from 1; 0 means all. attention: [depth, heads, letters]."""
    blocks = attention[block - 1 : block] if 0 < block <= len(attention) else attention
    heads = blocks[:, head - 1 : head] if 0 < head <= blocks.shape[1] else blocks
    shares: list[float] = heads.mean(dim=(0, 1)).tolist()
    return shares


def _show_details(attention: Tensor) -> None:
    with st.expander(_("Details"), key="more_attention"):
        for label, count, key in zip((_("Block"), _("Head")), attention.shape, ("block", "head"), strict=False):
            if st.session_state.get(key, 0) > count:
                st.session_state[key] = 0  # the run before had more of them
            choose(label, {0: _("All"), **{number: str(number) for number in range(1, count + 1)}}, key=key)
