"""The letters of a text, shaded by how much each mattered, changed in place while one types."""

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
    """Draws each letter on a ground as strong as its weight, with the figure in percent below.

    Args:
        text: its letters are shown as they are, never as markup.
        weights: of each letter, from -1 to 1; below 0 in another colour and with a dashed edge. The largest gets the strongest ground.
        title: what the weights are, for those who cannot see the page.
        key: the element's key; keep it, and the letters fade from one shade into the next.
    """
    rows = [[letter, round(weight, 4)] for letter, weight in zip(text, weights, strict=True)]
    _mount(key=key, data={"letters": rows, "title": title, "space": _("space")})
