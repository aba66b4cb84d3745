"""Reads image files of any common format, for a single prediction or as the samples of a data set."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from nn_core.drawings.bit_depth import choose_white_level, convert_to_8_bits
from nn_core.drawings.deep_png import read_deep_png
from nn_core.errors import BadPicture
from nn_core.i18n import _

__all__ = ["PictureTooLarge", "decode_image", "open_picture", "open_sample", "pad_to_square"]

_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM")  # none of these starts another program
_BRIGHT = 64  # of 255: a brighter picture of 16 bits uses all of them
_JUDGED_SIDE = 320  # pixels of the copy that shows whether the ink is light
MAX_FILE_BYTES = 50_000_000
MAX_JPEG_PIXELS = 100_000_000  # more than the camera of any phone; a JPEG is never decoded at full size
MAX_OTHER_PIXELS = 40_000_000  # of other formats, where a small file can have any number of pixels
MAX_SIDE = 640  # pixels; larger images are scaled down


def open_picture(source: bytes | Path, name: str = "") -> npt.NDArray[np.uint8]:
    """Read an image, upright, opaque and with 8 bits (see `_make_plain` and `_remove_transparency`).

    Args:
        source: the file's bytes or path.
        name: what errors call it; by default, the path.

    Returns:
        uint8 [height, width, 3]

    Raises:
        BadPicture: the file is missing, too large, damaged or not an image.
    """
    with _open_checked(source, name) as image:
        image.draft("RGB", (MAX_SIDE, MAX_SIDE))  # decodes a JPEG no larger than needed
        small = _make_plain(image)
        small.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.BOX)
        return np.asarray(_remove_transparency(small).convert("RGB"), dtype=np.uint8)


def open_sample(source: bytes | Path, side: int, *, colour: bool, name: str = "") -> npt.NDArray[np.uint8]:
    """Read an image exactly as `decode_image` does for a data set, so that prediction sees what training saw.

    Args:
        source: the file's bytes or path.
        side: see `pad_to_square`.
        colour: whether to keep three channels.
        name: what errors call it; by default, the path.

    Raises:
        BadPicture: see `open_picture`.
    """
    with _open_checked(source, name) as image:
        return _make_sample(image, side, colour=colour)


@contextmanager
def _open_checked(source: bytes | Path, name: str) -> Iterator[Image.Image]:
    """Open an image. Raises BadPicture, also for errors in the body."""
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
                yield _restore_depth(image, content)
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
    """Decode a file's content and apply `pad_to_square`.

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
        return _make_sample(_restore_depth(image, content), side, colour=colour)


def _restore_depth(image: Image.Image, content: bytes) -> Image.Image:
    """Scale a PNG in colour with 16 bits by the range that it uses, where Pillow would show hardly anything."""
    if image.format != "PNG" or content[24:25] != b"\x10" or image.mode not in ("RGB", "RGBA"):
        return image
    if max(np.ravel(image.getextrema())[1:6:2]) >= _BRIGHT:
        return image
    pixels = read_deep_png(content)
    if pixels is None:
        return image
    channels = pixels.shape[2] - (pixels.shape[2] != 3)  # without transparency
    white = choose_white_level(float(pixels[..., :channels].max()))
    levels = np.full(pixels.shape[2], 65535.0)
    levels[:channels] = white
    return Image.fromarray((pixels * (255 / levels)).astype(np.uint8))


def _make_sample(image: Image.Image, side: int, *, colour: bool) -> npt.NDArray[np.uint8]:
    image.draft("RGB" if colour else "L", (2 * side, 2 * side))  # decodes a JPEG no larger than needed
    plain = _make_plain(image)
    if plain.mode == "RGBA":
        plain.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.BOX)  # compositing copies it three times
    return pad_to_square(_remove_transparency(plain), side, colour=colour)


def pad_to_square(image: Image.Image, side: int, *, colour: bool) -> npt.NDArray[np.uint8]:
    """Scale an opaque image to fit a square, without cropping or distortion: uint8 [3 or 1, side, side].

    Cropping could remove what defines the class. The rest of the square is filled with the median colour of the border.
    """
    converted = image.convert("RGB" if colour else "L")
    size = _fit_size(converted.size, side)
    small = np.asarray(converted.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0))
    small = small.reshape(size[1], size[0], -1)
    border = np.concatenate([small[0], small[-1], small[:, 0], small[:, -1]])
    square = np.full((side, side, small.shape[2]), np.median(border, axis=0), np.uint8)
    top, left = (side - size[1]) // 2, (side - size[0]) // 2
    square[top : top + size[1], left : left + size[0]] = small
    return np.ascontiguousarray(square.transpose(2, 0, 1))


def _make_plain(image: Image.Image) -> Image.Image:
    """Rotate according to the EXIF data, and convert to an 8-bit mode that can be scaled; palette indices cannot."""
    ImageOps.exif_transpose(image, in_place=True)  # does not copy if the image is upright
    image = convert_to_8_bits(image)
    if image.has_transparency_data:
        return image if image.mode == "RGBA" else image.convert("RGBA")
    if image.mode in ("L", "RGB"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _remove_transparency(image: Image.Image) -> Image.Image:
    """Put a transparent image on white, or on black if the ink is light."""
    if image.mode != "RGBA":
        return image
    small = image.copy() if max(image.size) <= _JUDGED_SIDE else image.resize(_fit_size(image.size, _JUDGED_SIDE))
    pixels = np.asarray(small, dtype=np.float64)
    weight = pixels[..., 3].sum()
    ink = float((pixels[..., :3].mean(axis=2) * pixels[..., 3]).sum() / weight) if weight else 0.0
    background = "white" if ink < 128 else "black"
    return Image.alpha_composite(Image.new("RGBA", image.size, background), image)


def _fit_size(size: tuple[int, int], side: int) -> tuple[int, int]:
    scale = side / max(size)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
