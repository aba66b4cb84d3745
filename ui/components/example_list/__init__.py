"""Examples as buttons: a grid of pictures, or a list of texts or points. One of them can be open."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ui.components.shared import declare_component, get_component_value

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["ListedExample", "draw_example_list", "get_opened_example"]

_LARGEST = 48  # pixels of a side that are sent; a picture of the list is not larger on the screen

_mount = declare_component(
    "example_list", shared=("pictures.js",), html='<ul class="examples" role="list" aria-label="Examples"></ul>'
)


@dataclass(frozen=True)
class ListedExample:
    """A button of the list.

    Attributes:
        index: of the example in its split.
        title: what is shown of it, such as its text; empty for a picture.
        verdict: its true class and the answer.
        figure: its confidence or error.
        label: all of it, for screen readers.
    """

    index: int
    title: str
    verdict: str
    figure: str
    label: str


def draw_example_list(
    examples: Sequence[ListedExample],
    *,
    name: str,
    opened: int | None,
    reveal: str,
    on_open: Callable[[], None],
    key: str,
    pictures: Tensor | None = None,
) -> None:
    """Draw a button for each example. Tab reaches the list, the arrow keys move in it, Enter opens.

    Args:
        examples: in the order of the list.
        name: of the list, for screen readers.
        opened: the index of the example that is open.
        reveal: key of the container with the open example, which is scrolled into view when it opens.
        on_open: is called when an example was chosen; `get_opened_example` then returns it.
        key: the element's key.
        pictures: uint8 [count, channels, height, width], of the examples.
    """
    _mount(
        key=key,
        data={
            "examples": [example.__dict__ for example in examples],
            "pictures": None if pictures is None else _encode(pictures),
            "name": name,
            "opened": opened,
            "reveal": reveal,
        },
        on_open_change=on_open,
    )


def get_opened_example(key: str) -> int | None:
    """Return the index of the example that was chosen last."""
    index = get_component_value(key, "open")
    return int(index) if isinstance(index, int | float) else None


def _encode(pictures: Tensor) -> dict[str, object]:
    """The bytes in base64, and their shape; large pictures are made smaller."""
    from torch.nn.functional import interpolate

    height, width = pictures.shape[2:]
    scale = _LARGEST / height
    if scale < 1:
        small = interpolate(pictures.float(), (_LARGEST, max(1, round(width * scale))), mode="area")
        pictures = small.round().byte()
    values = base64.b64encode(pictures.contiguous().numpy().tobytes()).decode()
    return {"shape": list(pictures.shape[1:]), "values": values}
