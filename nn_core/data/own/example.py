"""A tiny ZIP of pictures, to see what one has to look like."""

import io
import random
import zipfile

from PIL import Image, ImageDraw

__all__ = ["example_zip"]

_COUNT = 30
_SIDE = 48
_COLOURS = ("#4f46e5", "#ea580c", "#0d9488", "#db2777", "#ca8a04")


def example_zip() -> bytes:
    """Three folders (circles, squares, crosses) of 30 drawings each; always the same ones."""
    lot = random.Random(0)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for label in ("circles", "squares", "crosses"):
            for number in range(1, _COUNT + 1):
                picture = io.BytesIO()
                _drawing(label, lot).save(picture, "PNG")
                # Not the time of now, so that the same bytes come out every time.
                archive.writestr(zipfile.ZipInfo(f"shapes/{label}/{number:02}.png"), picture.getvalue())
    return content.getvalue()


def _drawing(label: str, lot: random.Random) -> Image.Image:
    image = Image.new("RGB", (_SIDE, _SIDE), "white")
    draw = ImageDraw.Draw(image)
    half = lot.randint(9, 17)
    x, y = lot.randint(half + 3, _SIDE - half - 4), lot.randint(half + 3, _SIDE - half - 4)
    colour, width = lot.choice(_COLOURS), lot.randint(2, 5)
    box = (x - half, y - half, x + half, y + half)
    if label == "circles":
        draw.ellipse(box, outline=colour, width=width)
    elif label == "squares":
        draw.rectangle(box, outline=colour, width=width)
    else:
        draw.line(box, fill=colour, width=width)
        draw.line((box[0], box[3], box[2], box[1]), fill=colour, width=width)
    return image
