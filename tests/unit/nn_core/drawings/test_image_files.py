"""Image files of every mode, as the samples of a data set."""

import itertools
import struct
import zlib
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pytest
from custom_files import encoded
from PIL import Image

from nn_core.drawings.image_files import decode_image, open_picture, open_sample
from nn_core.errors import BadPicture


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


# The same picture in other modes. A digit-like bar on paper must come out the same, and prediction must see what import stored.

_BAR = np.full((40, 40), 255, np.uint8)
_BAR[8:32, 17:23] = 20


def _transparent(ink: int) -> Image.Image:
    """The bar in one shade of grey, on transparency."""
    shades = np.full((40, 40, 4), ink, np.uint8)
    shades[..., 3] = np.where(_BAR < 128, 255, 0)
    return Image.fromarray(shades)


def _palette() -> Image.Image:
    """The bar in white, on the transparent entry of a palette."""
    image = Image.fromarray(np.where(_BAR < 128, 1, 0).astype(np.uint8), "L").convert("P")
    image.putpalette([255, 255, 255] * 2)
    image.info["transparency"] = 0
    return image


def _turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(Image.fromarray(np.rot90(_BAR).copy()), "TIFF", exif=exif)


_DARK_INK = {
    "8 bits": encoded(Image.fromarray(_BAR)),
    "16 bits, 0 to 255": encoded(Image.fromarray(_BAR.astype(np.uint16))),
    "16 bits, 12 of them used": encoded(Image.fromarray(_BAR.astype(np.uint16) * 16)),
    "16 bits, 10 of them used": encoded(Image.fromarray(_BAR.astype(np.uint16) * 4)),
    "16 bits": encoded(Image.fromarray(_BAR.astype(np.uint16) * 257)),
    "16 bits, TIFF": encoded(Image.fromarray(_BAR.astype(np.uint16) * 257), "TIFF"),
    "32 bits, integers": encoded(Image.fromarray(_BAR.astype(np.int32) * 257), "TIFF"),
    "32 bits, large integers": encoded(Image.fromarray(_BAR.astype(np.int32) * 8_000_000), "TIFF"),
    "floats to 1": encoded(Image.fromarray(_BAR.astype(np.float32) / 255), "TIFF"),
    "floats to 255": encoded(Image.fromarray(_BAR.astype(np.float32)), "TIFF"),
    "floats from -1 to 1": encoded(Image.fromarray(_BAR.astype(np.float32) / 127.5 - 1), "TIFF"),
    "RGB": encoded(Image.fromarray(_BAR).convert("RGB")),
    "RGBA": encoded(Image.fromarray(_BAR).convert("RGBA")),
    "LA": encoded(Image.fromarray(_BAR).convert("LA")),
    "palette": encoded(Image.fromarray(_BAR).convert("P")),
    "CMYK": encoded(Image.fromarray(_BAR).convert("RGB").convert("CMYK"), "TIFF"),
    "dark ink on transparency": encoded(_transparent(20)),
    "dark ink on transparency, LA": encoded(_transparent(20).convert("LA")),
    "1 bit": encoded(Image.fromarray(_BAR).convert("1", dither=Image.Dither.NONE)),
    "turned": _turned(),
}
_LIGHT_INK = {
    "white on transparency": encoded(_transparent(255)),
    "white on transparency, LA": encoded(_transparent(255).convert("LA")),
    "white on transparency, palette": encoded(_palette(), "PNG", transparency=0),
    "white on transparency, WebP": encoded(_transparent(255), "WEBP", lossless=True),
}


@pytest.mark.parametrize("content", _DARK_INK.values(), ids=_DARK_INK)
def test_dark_ink_is_the_same_in_every_mode(content: bytes) -> None:
    plain = decode_image(_DARK_INK["8 bits"], 28, colour=False, max_pixels=10**6)
    found = decode_image(content, 28, colour=False, max_pixels=10**6)
    assert np.abs(found.astype(int) - plain).max() <= 25


@pytest.mark.parametrize("content", _LIGHT_INK.values(), ids=_LIGHT_INK)
def test_light_ink_is_seen_on_black(content: bytes) -> None:
    found = decode_image(content, 28, colour=False, max_pixels=10**6)[0]
    assert found[14, 14] > 230
    assert found[14, 3] < 25


@pytest.mark.parametrize("content", (_DARK_INK | _LIGHT_INK).values(), ids=_DARK_INK | _LIGHT_INK)
def test_prediction_sees_what_import_stores(content: bytes) -> None:
    for colour in (False, True):
        stored = decode_image(content, 32, colour=colour, max_pixels=10**6)
        assert np.array_equal(open_sample(content, 32, colour=colour), stored)
    whole = open_picture(content)  # for networks that read digits
    assert np.abs(whole[20, 20].astype(int) - stored[:, 16, 16]).max() <= 25
    assert np.abs(whole[20, 5].astype(int) - stored[:, 16, 4]).max() <= 25


def test_a_small_range_of_many_bits_is_stretched() -> None:
    warm = (29_000 + _BAR.astype(np.uint16) * 4).astype(np.uint16)
    found = decode_image(encoded(Image.fromarray(warm)), 40, colour=False, max_pixels=10**6)
    assert np.abs(found[0].astype(int) - (_BAR - 20.0) * 255 / 235).max() <= 2


def pack_deep_png(pixels: npt.NDArray[np.uint16], filters: Iterable[int]) -> bytes:
    """A PNG with 16 bits per channel and these filters in turn, whose rows are filtered byte by byte."""
    height, width, channels = pixels.shape
    size = 2 * channels
    rows = pixels.astype(">u2").view(np.uint8).reshape(height, width * size).astype(int)
    above = np.zeros(width * size, int)
    data = b""
    for row, kind in zip(rows, itertools.cycle(filters), strict=False):
        left, corner = (np.concatenate([np.zeros(size, int), each[:-size]]) for each in (row, above))
        estimate = left + above - corner
        options = np.stack([left, above, corner])
        nearest = np.take_along_axis(options, np.abs(options - estimate).argmin(axis=0)[np.newaxis], 0)[0]
        predicted = [np.zeros_like(row), left, above, (left + above) // 2, nearest][kind]
        data += bytes([kind]) + ((row - predicted) & 255).astype(np.uint8).tobytes()
        above = row

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">L", len(body)) + name + body + struct.pack(">L", zlib.crc32(name + body))

    header = struct.pack(">LLBBBBB", width, height, 16, {2: 4, 3: 2, 4: 6}[channels], 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("filters", [[0], [1], [2], [3], [4], [4, 0, 2, 1, 3]])
@pytest.mark.parametrize("channels", [2, 3, 4])
def test_colours_with_16_bits_are_scaled_by_the_range_that_they_use(channels: int, filters: list[int]) -> None:
    plain = decode_image(encoded(Image.fromarray(_BAR)), 40, colour=False, max_pixels=10**6)
    noise = np.random.default_rng(0).integers(0, 3, _BAR.shape)
    for factor in (1, 16, 257):
        pixels = np.repeat(
            ((np.maximum(_BAR, 3) - noise).astype(np.uint16) * factor)[..., np.newaxis], channels, axis=2
        )
        if channels != 3:
            pixels[..., -1] = 65535
        content = pack_deep_png(pixels, filters)
        stored = decode_image(content, 40, colour=False, max_pixels=10**6)
        assert np.abs(stored.astype(int) - plain).max() <= 4
        assert np.array_equal(open_sample(content, 40, colour=False), stored)


def test_a_damaged_png_with_16_bits_is_a_sentence() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (9, 9, 3)).astype(np.uint16)
    content = pack_deep_png(noise, [4])
    for end in (40, 60, len(content) // 2):
        with pytest.raises(BadPicture):
            open_picture(content[:end], "cut")
