"""A photo of a digit on paper."""

import io

from PIL import Image, ImageDraw

__all__ = ["photo"]


def photo(*, side: int = 200) -> bytes:
    """Dark ink on light paper: a one beside the middle."""
    picture = Image.new("L", (side, side), 230)
    ImageDraw.Draw(picture).line([(60, 30), (60, 110)], fill=20, width=9)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
