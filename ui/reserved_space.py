"""Room that is kept for what a browser draws a moment later, so that nothing below it jumps when it comes."""

import streamlit as st

__all__ = ["reserve_space"]


def reserve_space(key: str, desktop: float, phone: float) -> None:
    """Makes a container at least so high; call it before the container's content.

    Args:
        key: of the container.
        desktop: its height in pixels on a wide screen, rather too little than too much.
        phone: the same up to 640 pixels of width.
    """
    st.html(
        f"<style>.st-key-{key} {{ min-height: {desktop:.0f}px; }}"
        f" @media (max-width: 640px) {{ .st-key-{key} {{ min-height: {phone:.0f}px; }} }}</style>"
    )
