"""Finds the ink in a picture: pen on paper in uneven light, chalk on a board, any colour on another."""

import numpy as np
import numpy.typing as npt

__all__ = ["find_ink"]

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
