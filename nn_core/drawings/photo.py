"""Reads image files of any common format, and finds the ink in photos: pen on paper in uneven light, chalk on a board, any colours."""

import io
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nn_core.errors import BadPicture
from nn_core.i18n import _

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["FORMATS", "convert_to_8bit", "find_ink", "open_picture"]

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM")  # none of these starts another program
_PIXELS_AT_ONCE = 1_000_000


def convert_to_8bit(image: "Image") -> "Image":
    """Scale greys with more than 8 bits to 255, where Pillow would clip them; return other images unchanged. Works in stripes, to
    use little memory."""
    from PIL.Image import fromarray

    if not (image.mode.startswith("I") or image.mode == "F"):
        return image
    highest = (
        max((float(values.max()) for values in _read_stripes(image)), default=0.0) if image.mode == "F" else 65535.0
    )
    factor = 255 / max(highest, 1e-9)
    scaled = [np.clip(values * factor, 0, 255).astype(np.uint8) for values in _read_stripes(image)]
    return fromarray(np.concatenate(scaled))


def _read_stripes(image: "Image") -> Iterator[npt.NDArray[np.float64]]:
    """Yield the pixels, some rows at a time. NaN becomes 0."""
    rows = max(1, _PIXELS_AT_ONCE // image.width)
    for top in range(0, image.height, rows):
        stripe = image.crop((0, top, image.width, min(top + rows, image.height)))
        yield np.nan_to_num(np.asarray(stripe, dtype=np.float64))


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
    from PIL import Image, ImageOps

    name = name or (str(source) if isinstance(source, Path) else _("uploaded picture"))
    content = _read(source, name) if isinstance(source, Path) else source
    if len(content) > MAX_FILE_BYTES:
        raise _make_size_error(name, f"{len(content) / 1e6:.0f} MB", f"{MAX_FILE_BYTES / 1e6:.0f} MB")
    Image.init()  # registers the less common formats
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of large and odd files
            with Image.open(io.BytesIO(content), formats=FORMATS) as image:
                limit = MAX_JPEG_PIXELS if image.format in ("JPEG", "MPO") else MAX_OTHER_PIXELS
                if image.width * image.height > limit:
                    raise _make_size_error(
                        name, _format_megapixels(image.width * image.height), _format_megapixels(limit)
                    )
                image.draft("RGB", (MAX_SIDE, MAX_SIDE))  # decodes a JPEG no larger than needed
                ImageOps.exif_transpose(image, in_place=True)  # does not copy if the image is upright
                small = _convert_mode(image)
                small.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.BOX)
                return np.asarray(_remove_transparency(small), dtype=np.uint8)
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


def _convert_mode(image: "Image") -> "Image":
    """Convert to an 8-bit mode that can be scaled; palette indices cannot."""
    if image.mode in ("1", "L", "LA", "RGB", "RGBA"):
        return image.convert("L") if image.mode == "1" else image
    if image.mode.startswith("I") or image.mode == "F":
        return convert_to_8bit(image)
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _remove_transparency(image: "Image") -> "Image":
    from PIL import Image

    if not image.has_transparency_data:
        return image.convert("RGB")
    rgba = image.convert("RGBA")
    pixels = np.asarray(rgba, dtype=np.float64)
    weight = pixels[..., 3].sum()
    ink = float((pixels[..., :3].mean(axis=2) * pixels[..., 3]).sum() / weight) if weight else 0.0
    paper = Image.new("RGBA", rgba.size, "white" if ink < 128 else "black")
    return Image.alpha_composite(paper, rgba).convert("RGB")


MAX_STROKE_WIDTH = 0.3  # of the image's longer side: within this distance of every pixel, there is paper
MIN_CONTRAST = 0.1  # of the paper's brightness: less contrast is not ink
MIN_NOISE_RATIO = 4.0  # standard deviations of the paper's noise: less contrast is not ink
INK_FRACTION = 0.002  # of the pixels: the darkest of them show how dark the ink is
SPECK = 0.1  # of the largest component's extent: smaller components are dust

SMALL_SIDE = 100  # pixels
FIT_ROUNDS = 6

Array = npt.NDArray[np.float32]


def find_ink(picture: npt.NDArray[np.uint8]) -> Array | None:
    """Find the ink in an image.

    Args:
        picture: uint8 [height, width, 3].

    Returns:
        [height, width], 1 for ink, 0 for paper, ½ at the edge of a stroke; None if there is no ink.
    """
    from scipy import ndimage

    light: Array = picture.astype(np.float32) / np.float32(255)
    if max(light.shape[:2]) > SMALL_SIDE:
        light = ndimage.gaussian_filter(light, (0.7, 0.7, 0))
    light = np.where(_is_ink_dark(_downscale(light)), light, np.float32(1) - light)
    darkness = _compute_darkness(light)
    darkest = np.sort(darkness, axis=None)[-max(3, int(INK_FRACTION * darkness.size)) :]
    paper, ink = float(np.median(darkness)), float(np.median(darkest))
    noise = 1.48 * float(np.median(np.abs(darkness - paper)))
    if ink - paper < max(MIN_CONTRAST, MIN_NOISE_RATIO * noise):
        return None
    coverage: Array = np.clip((darkness - paper) / (ink - paper), 0, 1)
    return _remove_specks(coverage)


def _is_ink_dark(light: Array) -> npt.NDArray[np.bool_]:
    """Return for each colour channel, [3], whether the ink is darker than the paper.

    There is less ink than paper, so the skewness of the differences from the surroundings shows it. Red ink on green is bright
    in one channel and dark in another.
    """
    from scipy import ndimage

    spread = max(light.shape[:2]) / 4
    difference = light - ndimage.gaussian_filter(light, (spread, spread, 0), mode="nearest")
    dark: npt.NDArray[np.bool_] = ((difference - difference.mean(axis=(0, 1))) ** 3).mean(axis=(0, 1)) <= 0
    return dark


def _compute_darkness(light: Array) -> Array:
    """Return how much darker each pixel is than the paper around it, as a fraction of the paper's brightness, [height, width].

    It is the maximum over the colour channels. A morphological closing removes everything narrower than the widest stroke and
    leaves the paper.
    """
    from scipy import ndimage

    small = _downscale(light)
    lighting = _fit_lighting(small)
    small = small / lighting
    window = max(3, round(MAX_STROKE_WIDTH * max(small.shape[:2])) | 1)
    paper = ndimage.grey_closing(small, size=(window, window, 1), mode="nearest")
    paper = ndimage.gaussian_filter(paper, (window / 8, window / 8, 0), mode="nearest")
    paper = _resize(paper * lighting, light.shape[:2])
    darkness: Array = ((paper - light) / np.maximum(paper, 0.05)).max(axis=2)
    return darkness


def _fit_lighting(light: Array) -> Array:
    """Fit the paper's brightness with a quadratic surface, [height, width, 3], ignoring darker pixels.

    Without it, the closing would take the dim edges of a page for ink.
    """
    height, width, _ = light.shape
    y, x = (
        axis.ravel() for axis in np.meshgrid(*(np.linspace(-1, 1, side) for side in (height, width)), indexing="ij")
    )
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1)
    surfaces = []
    for channel in light.reshape(-1, 3).T:
        paper = np.ones(len(channel), dtype=bool)
        for _round in range(FIT_ROUNDS):
            surface = terms @ np.linalg.lstsq(terms[paper], channel[paper], rcond=None)[0]
            residual = channel - surface
            paper &= residual >= -residual[paper].std() - 1e-6
        surfaces.append(surface)
    lighting: Array = np.clip(np.stack(surfaces, axis=1).reshape(light.shape), 0.05, 1).astype(np.float32)
    return lighting


def _downscale(light: Array) -> Array:
    """Scale down so that wide filters are fast."""
    height, width, _ = light.shape
    factor = min(1.0, SMALL_SIDE / max(height, width))
    return _resize(light, (max(1, round(height * factor)), max(1, round(width * factor))))


def _resize(light: Array, size: tuple[int, int]) -> Array:
    """Resize to (height, width)."""
    from PIL import Image

    channels = [
        np.asarray(Image.fromarray(channel).resize(size[::-1], Image.Resampling.BILINEAR))
        for channel in np.ascontiguousarray(light.transpose(2, 0, 1))
    ]
    resized: Array = np.stack(channels, axis=2)
    return resized


def _remove_specks(ink: Array) -> Array:
    from scipy import ndimage

    components, _ = ndimage.label(ink > 0.5, structure=np.ones((3, 3)))
    extents = np.array([max(y.stop - y.start, x.stop - x.start) for y, x in ndimage.find_objects(components)])
    specks = np.flatnonzero(extents < SPECK * extents.max()) + 1
    dust = ndimage.binary_dilation(np.isin(components, specks), iterations=2) & ~np.isin(
        components, np.setdiff1d(components, [0, *specks])
    )
    cleaned: Array = np.where(dust, 0, ink)
    return cleaned
