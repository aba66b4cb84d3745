"""Small pictures in a row, each of which can be deleted."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Sequence
from functools import lru_cache

from PIL import Image

from nn_core.i18n import _
from ui.components.shared import declare_component, get_component_value

__all__ = ["get_deleted_photo", "show_photo_strip"]

_SIDE = 48
_MAX_SHOWN = 100

_mount = declare_component("photo_strip", shared=("dom.js",), html='<ul class="photos" role="list"></ul>')


def show_photo_strip(photos: Sequence[bytes], *, name: str, on_delete: Callable[[], None], key: str) -> None:
    """Show the last 100 pictures, each with a button that deletes it.

    Args:
        photos: JPEG files.
        name: of the list, for screen readers.
        on_delete: called when a button was pressed; `get_deleted_photo` then returns the index.
        key: the element's key.
    """
    first = max(0, len(photos) - _MAX_SHOWN)
    items = [
        {
            "index": index,
            "source": _make_thumbnail(photo),
            "label": _("Delete picture {number}").format(number=index + 1),
        }
        for index, photo in enumerate(photos[first:], start=first)
    ]
    _mount(key=key, data={"name": name, "photos": items}, on_delete_change=on_delete)


def get_deleted_photo(key: str) -> int | None:
    """Return the index of the picture whose button was pressed."""
    index = get_component_value(key, "delete")
    return int(index) if isinstance(index, int | float) else None


@lru_cache(maxsize=2000)
def _make_thumbnail(photo: bytes) -> str:
    """Return the URL of a small JPEG."""
    content = io.BytesIO()
    with Image.open(io.BytesIO(photo), formats=["JPEG"]) as image:
        image.draft("RGB", (_SIDE, _SIDE))
        small = image.convert("RGB")
        small.thumbnail((_SIDE, _SIDE))
        small.save(content, "JPEG", quality=75)
    return f"data:image/jpeg;base64,{base64.b64encode(content.getvalue()).decode()}"
