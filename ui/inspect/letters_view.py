"""Which letters of a text mattered: the attention to each letter, or the effect of leaving it out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from nn_core.i18n import _
from ui.app.text import escape_markdown, show_section_heading
from ui.components.letters import draw_letters

if TYPE_CHECKING:
    from torch import Tensor

    from nn_core.inference import TrainedNetwork

__all__ = ["show_letters"]


def show_letters(network: TrainedNetwork, text: str, label: str) -> None:
    """Show the letters shaded by how much they mattered. label: the class that the network answered."""
    from nn_core.inference import compute_letter_attention, compute_letter_influence, get_read_letters, has_attention

    read = get_read_letters(network, text)
    with st.container(border=True, key="letters"):
        show_section_heading(_("Which letters mattered"))
        methods = {"attention": _("Where it looked"), "left_out": _("Leaving each out")}
        method = "left_out"
        if has_attention(network):
            method = st.segmented_control(
                _("Method"),
                list(methods),
                default="attention",
                required=True,
                format_func=methods.__getitem__,
                key="letters_way",
                label_visibility="collapsed",
            )
        if method == "attention":
            attention = compute_letter_attention(network, text)
            block, head = st.session_state.get("block", 0), st.session_state.get("head", 0)
            draw_letters(read, _average(attention, block, head), title=_("Attention to each letter"), key="shades")
            st.caption(_("The stronger the colour, the more attention the letter got. All letters together are 100 %."))
            _show_details(attention)
        else:
            title = _("Loss of confidence without each letter")
            draw_letters(read, compute_letter_influence(network, text), title=title, key="shades")
            st.caption(
                _(
                    "By how many percentage points “{label}” becomes less probable without the letter. Orange letters with a dashed "
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
    depth, heads = attention.shape[:2]
    with st.expander(_("Details"), key="more_attention"):
        _choose_number(_("Block"), depth, "block")
        _choose_number(_("Head"), heads, "head")


def _choose_number(label: str, count: int, key: str) -> None:
    if st.session_state.get(key, 0) > count:
        st.session_state[key] = 0  # the run before had more of them
    st.segmented_control(
        label,
        range(count + 1),
        default=0,
        required=True,
        format_func=lambda number: str(number) if number else _("All"),
        key=key,
    )
