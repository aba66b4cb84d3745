"""Reads picture files of any common kind, and finds the ink in photos: pen on paper in uneven light, chalk on a board, any colours."""

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

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM")  # none that starts another program
_PIXELS_AT_ONCE = 1_000_000


def convert_to_8bit(image: "Image") -> "Image":
    """Deeper greys scaled to 255, where Pillow would clip them; others as they are. Takes little more room than the answer."""
    from PIL.Image import fromarray

    if not (image.mode.startswith("I") or image.mode == "F"):
        return image
    most = max((float(values.max()) for values in _stripes(image)), default=0.0) if image.mode == "F" else 65535.0
    scaled = [np.clip(values * (255 / max(most, 1e-9)), 0, 255).astype(np.uint8) for values in _stripes(image)]
    return fromarray(np.concatenate(scaled))


def _stripes(image: "Image") -> Iterator[npt.NDArray[np.float64]]:
    """The pixels, some rows at a time; what is no number is 0."""
    rows = max(1, _PIXELS_AT_ONCE // image.width)
    for top in range(0, image.height, rows):
        stripe = image.crop((0, top, image.width, min(top + rows, image.height)))
        yield np.nan_to_num(np.asarray(stripe, dtype=np.float64))


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
        return convert_to_8bit(image)
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


BROADEST_STROKE = 0.3  # of the picture's longer side; the paper shows within this distance of every spot
FAINTEST = 0.1  # of the paper's brightness: less contrast is no ink
CLEAR_OF_NOISE = 4.0  # deviations of the paper's own grain
INK_LEVEL = 0.002  # the strongest share of the pixels shows how dark the ink is
SPECK = 0.1  # of the largest piece's extent: smaller pieces are dust

OVERVIEW_SIDE = 100  # pixels
SLOPE_ROUNDS = 6

Array = npt.NDArray[np.float32]


def find_ink(picture: npt.NDArray[np.uint8]) -> Array | None:
    """picture: uint8 [height, width, 3] → [height, width], 1 for ink, 0 for paper, ½ at the edge of a stroke. None where
    there is no ink."""
    from scipy import ndimage

    light: Array = picture.astype(np.float32) / np.float32(255)
    if max(light.shape[:2]) > OVERVIEW_SIDE:
        light = ndimage.gaussian_filter(light, (0.7, 0.7, 0))
    light = np.where(_ink_is_dark(_overview(light)), light, np.float32(1) - light)
    darkness = _darkness(light)
    strongest = np.sort(darkness, axis=None)[-max(3, int(INK_LEVEL * darkness.size)) :]
    paper, ink = float(np.median(darkness)), float(np.median(strongest))
    grain = 1.48 * float(np.median(np.abs(darkness - paper)))
    if ink - paper < max(FAINTEST, CLEAR_OF_NOISE * grain):
        return None
    share: Array = np.clip((darkness - paper) / (ink - paper), 0, 1)
    return _without_specks(share)


def _ink_is_dark(light: Array) -> npt.NDArray[np.bool_]:
    """[3], for each colour: ink is what there is less of, so the spots that differ most from their surroundings are of
    its shade. Red ink on green is bright in one colour and dark in another."""
    from scipy import ndimage

    spread = max(light.shape[:2]) / 4
    differing = light - ndimage.gaussian_filter(light, (spread, spread, 0), mode="nearest")
    dark: npt.NDArray[np.bool_] = ((differing - differing.mean(axis=(0, 1))) ** 3).mean(axis=(0, 1)) <= 0
    return dark


def _darkness(light: Array) -> Array:
    """[height, width]: how much darker each spot is than the paper around it, as a share of the paper's brightness, in
    the colour channel where it shows best. A closing paints over all that is narrower than the broadest stroke."""
    from scipy import ndimage

    small = _overview(light)
    slope = _slope(small)
    small = small / slope
    window = max(3, round(BROADEST_STROKE * max(small.shape[:2])) | 1)
    paper = ndimage.grey_closing(small, size=(window, window, 1), mode="nearest")
    paper = ndimage.gaussian_filter(paper, (window / 8, window / 8, 0), mode="nearest")
    paper = _resized(paper * slope, light.shape[:2])
    darkness: Array = ((paper - light) / np.maximum(paper, 0.05)).max(axis=2)
    return darkness


def _slope(light: Array) -> Array:
    """The paper's brightness as a gently curved surface, [height, width, 3], fitted to all that is not darker than it.
    Without it the closing would take the dim rim of a page for ink."""
    height, width, _ = light.shape
    y, x = (
        axis.ravel() for axis in np.meshgrid(*(np.linspace(-1, 1, side) for side in (height, width)), indexing="ij")
    )
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1)
    surfaces = []
    for channel in light.reshape(-1, 3).T:
        paper = np.ones(len(channel), dtype=bool)
        for _round in range(SLOPE_ROUNDS):
            surface = terms @ np.linalg.lstsq(terms[paper], channel[paper], rcond=None)[0]
            missed = channel - surface
            paper &= missed >= -missed[paper].std() - 1e-6
        surfaces.append(surface)
    slope: Array = np.clip(np.stack(surfaces, axis=1).reshape(light.shape), 0.05, 1).astype(np.float32)
    return slope


def _overview(light: Array) -> Array:
    """The same, small enough that wide filters take no time."""
    height, width, _ = light.shape
    factor = min(1.0, OVERVIEW_SIDE / max(height, width))
    return _resized(light, (max(1, round(height * factor)), max(1, round(width * factor))))


def _resized(light: Array, size: tuple[int, int]) -> Array:
    """size: (height, width)."""
    from PIL import Image

    channels = [
        np.asarray(Image.fromarray(channel).resize(size[::-1], Image.Resampling.BILINEAR))
        for channel in np.ascontiguousarray(light.transpose(2, 0, 1))
    ]
    resized: Array = np.stack(channels, axis=2)
    return resized


def _without_specks(ink: Array) -> Array:
    from scipy import ndimage

    pieces, _ = ndimage.label(ink > 0.5, structure=np.ones((3, 3)))
    extents = np.array([max(y.stop - y.start, x.stop - x.start) for y, x in ndimage.find_objects(pieces)])
    specks = np.flatnonzero(extents < SPECK * extents.max()) + 1
    dust = ndimage.binary_dilation(np.isin(pieces, specks), iterations=2) & ~np.isin(
        pieces, np.setdiff1d(pieces, [0, *specks])
    )
    cleaned: Array = np.where(dust, 0, ink)
    return cleaned
