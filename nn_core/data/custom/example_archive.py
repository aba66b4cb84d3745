"""Makes a small example of an archive of pictures."""

import io
import random
import zipfile

from PIL import Image, ImageDraw

__all__ = ["make_example_zip"]

_COUNT = 30
_SIDE = 48
_COLOURS = ("#4f46e5", "#ea580c", "#0d9488", "#db2777", "#ca8a04")


def make_example_zip() -> bytes:
    """Make a ZIP with three folders (circles, squares, crosses) of 30 images each; always the same bytes."""
    generator = random.Random(0)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for label in ("circles", "squares", "crosses"):
            for number in range(1, _COUNT + 1):
                picture = io.BytesIO()
                _draw_shape(label, generator).save(picture, "PNG")
                # Without the current time, so that the bytes are always the same.
                archive.writestr(zipfile.ZipInfo(f"shapes/{label}/{number:02}.png"), picture.getvalue())
    return content.getvalue()


def _draw_shape(label: str, generator: random.Random) -> Image.Image:
    image = Image.new("RGB", (_SIDE, _SIDE), "white")
    draw = ImageDraw.Draw(image)
    half = generator.randint(9, 17)
    x, y = generator.randint(half + 3, _SIDE - half - 4), generator.randint(half + 3, _SIDE - half - 4)
    colour, width = generator.choice(_COLOURS), generator.randint(2, 5)
    box = (x - half, y - half, x + half, y + half)
    if label == "circles":
        draw.ellipse(box, outline=colour, width=width)
    elif label == "squares":
        draw.rectangle(box, outline=colour, width=width)
    else:
        draw.line(box, fill=colour, width=width)
        draw.line((box[0], box[3], box[2], box[1]), fill=colour, width=width)
    return image
