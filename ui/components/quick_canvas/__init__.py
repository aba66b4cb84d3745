"""Makes `streamlit-drawable-canvas` send strokes without delay, hides its toolbar, and reports each movement of the pen to the page; it
has no options for these."""

from ui.components.shared import declare_component

__all__ = ["improve_canvas"]


_mount = declare_component("quick_canvas", shared=("pen.js",), html="<i hidden></i>")


def improve_canvas(*, key: str, size: int) -> None:
    """Improve the canvas in the same container. If it does not find what it expects there, the canvas stays 200 ms slower.

    Args:
        key: the element's key.
        size: side of the canvas in the pixels of its strokes.
    """
    _mount(key=key, data={"size": size})
