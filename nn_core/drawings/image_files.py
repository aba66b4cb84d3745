"""Reads image files of any common format, for a single prediction or as the samples of a data set."""

import io
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from nn_core.errors import BadPicture
from nn_core.i18n import _

__all__ = ["PictureTooLarge", "decode_image", "open_picture", "pad_to_square"]

_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM")  # none of these starts another program
_PIXELS_AT_ONCE = 1_000_000  # converted to 8 bits
MAX_FILE_BYTES = 50_000_000
MAX_JPEG_PIXELS = 100_000_000  # more than the camera of any phone; a JPEG is never decoded at full size
MAX_OTHER_PIXELS = 40_000_000  # of other formats, where a small file can have any number of pixels
MAX_SIDE = 640  # pixels; larger images are scaled down


def open_picture(source: bytes | Path, name: str = "") -> npt.NDArray[np.uint8]:
    """Read an image and rotate it according to its EXIF data. Transparent images get a white background, or a black one if the
    ink is light.

    Args:
        source: the file's bytes or path.
        name: what errors call it; by default, the path.

    Returns:
        uint8 [height, width, 3]

    Raises:
        BadPicture: the file is missing, too large, damaged or not an image.
    """
    name = name or (str(source) if isinstance(source, Path) else _("uploaded picture"))
    content = _read(source, name) if isinstance(source, Path) else source
    if len(content) > MAX_FILE_BYTES:
        raise _make_size_error(name, f"{len(content) / 1e6:.0f} MB", f"{MAX_FILE_BYTES / 1e6:.0f} MB")
    Image.init()  # registers the less common formats
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of large and odd files
            with Image.open(io.BytesIO(content), formats=_FORMATS) as image:
                limit = MAX_JPEG_PIXELS if image.format in ("JPEG", "MPO") else MAX_OTHER_PIXELS
                if image.width * image.height > limit:
                    raise _make_size_error(
                        name, _format_megapixels(image.width * image.height), _format_megapixels(limit)
                    )
                image.draft("RGB", (MAX_SIDE, MAX_SIDE))  # decodes a JPEG no larger than needed
                ImageOps.exif_transpose(image, in_place=True)  # does not copy if the image is upright
                small = _convert_mode(image)
                small.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.BOX)
                return np.asarray(_remove_transparency(small).convert("RGB"), dtype=np.uint8)
    except BadPicture:
        raise
    except Image.DecompressionBombError as error:
        raise _make_size_error(name, _("huge"), _format_megapixels(MAX_JPEG_PIXELS)) from error
    except Exception as error:  # Pillow raises many kinds of errors for damaged files
        raise BadPicture(
            _("'{name}' is not a readable picture; choose a PNG, JPEG, GIF, BMP, TIFF or WebP file.").format(name=name)
        ) from error


def _read(path: Path, name: str) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise BadPicture(
            _("'{name}' cannot be opened ({reason}); check the file's name and that you may read it.").format(
                name=name, reason=error.strerror or error
            )
        ) from error


def _format_megapixels(pixels: int) -> str:
    return _("{count} megapixels").format(count=pixels // 1_000_000)


def _make_size_error(name: str, size: str, largest: str) -> BadPicture:
    return BadPicture(
        _("'{name}' is too large ({size}), at most {largest} can be read; scale it down or crop it.").format(
            name=name, size=size, largest=largest
        )
    )


class PictureTooLarge(Exception):
    """According to its header, the image has more pixels than allowed."""


def decode_image(content: bytes, side: int, *, colour: bool, max_pixels: int) -> npt.NDArray[np.uint8]:
    """Decode a file's content and apply `pad_to_square`. Transparent images get a white background.

    Raises:
        PictureTooLarge: it has more than `max_pixels`.
        Exception: what Pillow raises for a file that is damaged or not an image.
    """
    try:
        image = Image.open(io.BytesIO(content), formats=_FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureTooLarge from error
    with image:
        if image.width * image.height > max_pixels:
            raise PictureTooLarge
        image.draft("RGB" if colour else "L", (2 * side, 2 * side))  # decodes a JPEG no larger than needed
        ImageOps.exif_transpose(image, in_place=True)  # does not copy if the image is upright
        return pad_to_square(_remove_transparency(_scale_to_8_bits(image), "white"), side, colour=colour)


def pad_to_square(image: Image.Image, side: int, *, colour: bool) -> npt.NDArray[np.uint8]:
    """Scale an opaque image to fit a square, without cropping or distortion: uint8 [3 or 1, side, side].

    Cropping could remove what defines the class. The rest of the square is filled with the median colour of the border.
    """
    converted = image.convert("RGB" if colour else "L")
    scale = side / max(converted.size)
    size = (max(1, round(converted.width * scale)), max(1, round(converted.height * scale)))
    small = np.asarray(converted.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0))
    small = small.reshape(size[1], size[0], -1)
    border = np.concatenate([small[0], small[-1], small[:, 0], small[:, -1]])
    square = np.full((side, side, small.shape[2]), np.median(border, axis=0), np.uint8)
    top, left = (side - size[1]) // 2, (side - size[0]) // 2
    square[top : top + size[1], left : left + size[0]] = small
    return np.ascontiguousarray(square.transpose(2, 0, 1))


def _convert_mode(image: Image.Image) -> Image.Image:
    """Convert to an 8-bit mode that can be scaled; palette indices cannot."""
    if image.mode in ("1", "L", "LA", "RGB", "RGBA"):
        return image.convert("L") if image.mode == "1" else image
    if image.mode.startswith("I") or image.mode == "F":
        return _scale_to_8_bits(image)
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _scale_to_8_bits(image: Image.Image) -> Image.Image:
    """Scale greys with more than 8 bits to 255, where Pillow would clip them; return other images unchanged. Works in stripes, to
    use little memory."""
    if not (image.mode.startswith("I") or image.mode == "F"):
        return image
    highest = (
        max((float(values.max()) for values in _read_stripes(image)), default=0.0) if image.mode == "F" else 65535.0
    )
    factor = 255 / max(highest, 1e-9)
    scaled = [np.clip(values * factor, 0, 255).astype(np.uint8) for values in _read_stripes(image)]
    return Image.fromarray(np.concatenate(scaled))


def _read_stripes(image: Image.Image) -> Iterator[npt.NDArray[np.float64]]:
    """Yield the pixels, some rows at a time. NaN becomes 0."""
    rows = max(1, _PIXELS_AT_ONCE // image.width)
    for top in range(0, image.height, rows):
        stripe = image.crop((0, top, image.width, min(top + rows, image.height)))
        yield np.nan_to_num(np.asarray(stripe, dtype=np.float64))


def _remove_transparency(image: Image.Image, background: str = "") -> Image.Image:
    """Put a transparent image on a background: by default white, or black if the ink is light."""
    if not image.has_transparency_data:
        return image
    rgba = image.convert("RGBA")
    if not background:
        pixels = np.asarray(rgba, dtype=np.float64)
        weight = pixels[..., 3].sum()
        ink = float((pixels[..., :3].mean(axis=2) * pixels[..., 3]).sum() / weight) if weight else 0.0
        background = "white" if ink < 128 else "black"
    return Image.alpha_composite(Image.new("RGBA", rgba.size, background), rgba)
