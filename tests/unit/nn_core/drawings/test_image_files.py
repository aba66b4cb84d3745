"""Image files of every mode, as the samples of a data set."""

import numpy as np
import pytest
from custom_files import encoded
from PIL import Image

from nn_core.drawings.image_files import decode_image


def test_an_image_is_fitted_complete_upright_and_undistorted() -> None:
    wide = Image.new("RGB", (80, 20), (250, 250, 250))
    wide.paste((200, 0, 0), (30, 5, 50, 15))
    pixels = decode_image(encoded(wide), 40, colour=True, max_pixels=10**6)
    assert pixels.shape == (3, 40, 40)
    red = (pixels[0].astype(int) - pixels[1]) > 100
    rows, columns = np.nonzero(red)
    assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == (pytest.approx(5, abs=1), pytest.approx(10, abs=1))
    assert (pixels[:, 0, :] > 240).all(), "the rest of the square has the colour of the border"
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held on its side
    turned = decode_image(encoded(wide, "JPEG", exif=exif.tobytes(), quality=95), 40, colour=True, max_pixels=10**6)
    rows, columns = np.nonzero((turned[0].astype(int) - turned[1]) > 100)
    assert np.ptp(rows) > np.ptp(columns)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16", "F"])
def test_images_of_every_mode_are_read(mode: str) -> None:
    if mode == "I;16":
        image = Image.fromarray(np.full((20, 20), 65535, np.uint16))
    else:
        image = Image.new("L", (20, 20), 255).convert(mode)
    content = encoded(image, "TIFF")
    for colour in (False, True):
        assert (decode_image(content, 28, colour=colour, max_pixels=10**6) > 250).all()


def test_transparency_becomes_white() -> None:
    assert (
        decode_image(encoded(Image.new("RGBA", (20, 20), (0, 0, 0, 0))), 28, colour=True, max_pixels=10**6) == 255
    ).all()
