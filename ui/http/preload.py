"""The parts of Streamlit's frontend that a page needs, which the browser then loads at once instead of when it meets them.

Without this a part is asked for only after the page's script has run on the server and its element has arrived, and what that
part needs comes after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["CHUNKS", "chunks"]

CHUNKS: dict[str, tuple[str, ...]] = {}


def chunks(page: str, files: Iterable[str]) -> list[str]:
    """Those of `files` (`static/js/Name.hash.js`) that the page needs. A name that Streamlit no longer has is left out."""
    needed = CHUNKS.get(page, ())
    names = {file.rpartition("/")[2].rpartition(".")[0].rpartition(".")[0]: file for file in files}
    return [names[name] for name in needed if name in names]
