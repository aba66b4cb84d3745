"""Opens a picture file of any common kind as plain RGB, upright, opaque and of a handy size."""

import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nn_core.drawings.picture_file import FORMATS, eight_bit
from nn_core.errors import BadPicture
from nn_core.i18n import _

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["open_picture"]

LARGEST_FILE = 50_000_000  # bytes
LARGEST_PICTURE = 100_000_000  # pixels of a JPEG; more than any phone's camera, and it is never unpacked whole
LARGEST_UNPACKED = 40_000_000  # pixels of any other, of which a small file may hold as many as it likes
HANDY_SIDE = 640  # pixels; what is larger is made smaller


def open_picture(source: bytes | Path, name: str = "") -> npt.NDArray[np.uint8]:
    """uint8 [height, width, 3], turned as its EXIF note says; transparency is laid on white, or on black under light ink.

    source: the file's bytes, or where it is. name: how errors call it (the path, if left out). Raises BadPicture for
    what is missing, too large, damaged or no picture.
    """
    from PIL import Image, ImageOps

    name = name or (str(source) if isinstance(source, Path) else _("uploaded picture"))
    content = _read(source, name) if isinstance(source, Path) else source
    if len(content) > LARGEST_FILE:
        raise _too_large(name, f"{len(content) / 1e6:.0f} MB", f"{LARGEST_FILE / 1e6:.0f} MB")
    Image.init()  # else Pillow does not yet know the rarer of the formats
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own limit and its remarks on odd files
            with Image.open(io.BytesIO(content), formats=FORMATS) as image:
                largest = LARGEST_PICTURE if image.format in ("JPEG", "MPO") else LARGEST_UNPACKED
                if image.width * image.height > largest:
                    raise _too_large(name, _megapixels(image.width * image.height), _megapixels(largest))
                image.draft("RGB", (HANDY_SIDE, HANDY_SIDE))  # a JPEG is unpacked no larger than needed
                ImageOps.exif_transpose(image, in_place=True)  # which copies nothing where nothing is to be turned
                upright = _eight_bit(image)
                upright.thumbnail((HANDY_SIDE, HANDY_SIDE), Image.Resampling.BOX)
                return np.asarray(_opaque(upright), dtype=np.uint8)
    except BadPicture:
        raise
    except Image.DecompressionBombError as error:
        raise _too_large(name, _("huge"), _megapixels(LARGEST_PICTURE)) from error
    except Exception as error:  # Pillow's readers raise all sorts over damaged files
        raise BadPicture(
            _("'{name}' is not a picture that can be read; choose a PNG, JPEG, GIF, BMP, TIFF or WebP file.").format(
                name=name
            )
        ) from error


def _read(path: Path, name: str) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise BadPicture(
            _("'{name}' cannot be opened ({reason}); check the file's name and that you may read it.").format(
                name=name, reason=error.strerror or error
            )
        ) from error


def _megapixels(pixels: int) -> str:
    return _("{count} megapixels").format(count=pixels // 1_000_000)


def _too_large(name: str, size: str, largest: str) -> BadPicture:
    return BadPicture(
        _(
            "'{name}' is too large ({size}), at most {largest} can be read; make it smaller or cut out the digit."
        ).format(name=name, size=size, largest=largest)
    )


def _eight_bit(image: "Image") -> "Image":
    """Palettes would be mixed up when made smaller."""
    if image.mode in ("1", "L", "LA", "RGB", "RGBA"):
        return image.convert("L") if image.mode == "1" else image
    if image.mode.startswith("I") or image.mode == "F":
        return eight_bit(image)
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _opaque(image: "Image") -> "Image":
    from PIL import Image

    if not image.has_transparency_data:
        return image.convert("RGB")
    layered = image.convert("RGBA")
    pixels = np.asarray(layered, dtype=np.float64)
    weight = pixels[..., 3].sum()
    ink = float((pixels[..., :3].mean(axis=2) * pixels[..., 3]).sum() / weight) if weight else 0.0
    paper = Image.new("RGBA", layered.size, "white" if ink < 128 else "black")
    return Image.alpha_composite(paper, layered).convert("RGB")
