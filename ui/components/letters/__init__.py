"""The letters of a text, shaded by their importance and updated in place while the user types."""

from pathlib import Path

import streamlit as st

from nn_core.i18n import _

__all__ = ["draw_letters"]

_HERE = Path(__file__).parent

_mount = st.components.v2.component(
    "nn_lab.letters",
    html='<div class="letters" role="list"></div>',
    css=(_HERE / "letters.css").read_text(encoding="utf-8"),
    js=(_HERE / "letters.js").read_text(encoding="utf-8"),
)


def draw_letters(text: str, weights: list[float], *, title: str, key: str) -> None:
    """Draw each letter on a background as strong as its weight, with the percentage below.

    Args:
        text: its letters are shown as they are, never as markup.
        weights: of each letter, from -1 to 1; negative ones in another colour with a dashed edge. The largest has the strongest
            background.
        title: what the weights are, for screen readers.
        key: the element's key; with the same key, the letters fade from one shade to the next.
    """
    rows = [[letter, round(weight, 4)] for letter, weight in zip(text, weights, strict=True)]
    _mount(key=key, data={"letters": rows, "title": title, "space": _("space")})
