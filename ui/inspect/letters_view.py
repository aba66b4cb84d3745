"""Which letters of a text mattered: where a network of self-attention looked, or what leaving each letter out changes."""

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
    """The letters of `text`, shaded; label: the class that the network answered."""
    from nn_core.inference import compute_letter_attention, compute_letter_influence, get_read_letters, has_attention

    read = get_read_letters(network, text)
    with st.container(border=True, key="letters"):
        show_section_heading(_("Which letters mattered"))
        attentive = has_attention(network)
        ways = {"attention": _("Where it looked"), "left_out": _("Leaving each out")}
        way = "left_out"
        if attentive:
            way = st.segmented_control(
                _("Shown"),
                list(ways),
                default="attention",
                required=True,
                format_func=ways.__getitem__,
                key="letters_way",
                label_visibility="collapsed",
            )
        if way == "attention":
            looked = compute_letter_attention(network, text)
            block, head = st.session_state.get("block", 0), st.session_state.get("head", 0)
            draw_letters(
                read, _part(looked, block, head), title=_("How much the network looked at each letter"), key="shades"
            )
            st.caption(
                _(
                    "The stronger the ground, the more the part that decides looked at the letter; all together are 100 %."
                )
            )
            _more(looked)
        else:
            title = _("How much less sure the network is without each letter")
            draw_letters(read, compute_letter_influence(network, text), title=title, key="shades")
            st.caption(
                _(
                    "The figures say by how many percentage points “{label}” becomes less probable when that one letter is left "
                    "out; orange letters with a dashed edge spoke against it. It is a simple test: letters that only matter together can look "
                    "unimportant one by one."
                ).format(label=escape_markdown(label))
            )
    if len(read) < len(text.strip()):
        st.caption(_("The network reads the first {count} letters only.").format(count=len(read)))


def _part(looked: Tensor, block: int, head: int) -> list[float]:
    """The shares of one block and head, of 1 and up; 0 stands for the mean over all. looked: [depth, heads, letters]."""
    blocks = looked[block - 1 : block] if 0 < block <= len(looked) else looked
    heads = blocks[:, head - 1 : head] if 0 < head <= blocks.shape[1] else blocks
    shares: list[float] = heads.mean(dim=(0, 1)).tolist()
    return shares


def _more(looked: Tensor) -> None:
    depth, heads = looked.shape[:2]
    with st.expander(_("More"), key="more_attention"):
        _choice(_("Block"), depth, "block")
        _choice(_("Head"), heads, "head")


def _choice(label: str, count: int, key: str) -> None:
    if st.session_state.get(key, 0) > count:
        st.session_state[key] = 0  # of another run, with more of them
    st.segmented_control(
        label,
        range(count + 1),
        default=0,
        required=True,
        format_func=lambda number: str(number) if number else _("All"),
        key=key,
    )
