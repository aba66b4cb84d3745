"""The letters of a text, shaded by their importance and updated in place while the user types."""

from nn_core.i18n import _
from ui.components.shared import declare_component

__all__ = ["draw_letters"]


_mount = declare_component("letters", html='<div class="letters" role="list"></div>')


def draw_letters(text: str, weights: list[float], *, title: str, key: str, are_points: bool = False) -> None:
    """Draw each letter on a background as strong as its weight, with the percentage below.

    Args:
        text: its letters are shown as they are, never as markup.
        weights: of each letter, from -1 to 1; negative ones in another colour with a dashed edge. The largest has the strongest
            background.
        title: what the weights are, for screen readers.
        are_points: whether the weights are differences of percentages, whose unit is percentage points.
        key: the element's key; with the same key, the letters fade from one shade to the next.
    """
    rows = [[letter, round(weight, 4)] for letter, weight in zip(text, weights, strict=True)]
    _mount(key=key, data={"letters": rows, "title": title, "space": _("space"), "unit": _("pp") if are_points else "%"})
