"""Finds the ink in photos: pen on paper in uneven light, chalk on a board, any colours."""

import numpy as np
import numpy.typing as npt
from PIL import Image

__all__ = ["find_ink"]

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
