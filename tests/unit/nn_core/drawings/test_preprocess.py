"""Images of any format are preprocessed as MNIST was; files that are not images are refused."""

import io
import itertools
import zlib

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from nn_core.drawings import image_files as opening
from nn_core.drawings.preprocess import prepare_drawing, prepare_picture
from nn_core.drawings.strokes import Drawing
from nn_core.errors import BadPicture

FOUR = [[(110, 50), (70, 150), (200, 150)], [(160, 90), (160, 240)]]
AS_DRAWN = prepare_drawing(Drawing(280, 18, tuple(tuple(stroke) for stroke in FOUR)))


def drawn(side=280, pen=18, ink="black", paper="white", mode="RGB", right=0, down=0):
    image = Image.new(mode, (280 * 2, 280 * 2), paper)
    pencil = ImageDraw.Draw(image)
    for stroke in FOUR:
        points = [((x + right) * 2, (y + down) * 2) for x, y in stroke]
        pencil.line(points, fill=ink, width=pen * 2, joint="curve")
        for x, y in points:
            pencil.ellipse((x - pen, y - pen, x + pen, y + pen), fill=ink)
    return image.resize((side, side), Image.Resampling.BOX)


def as_file(image, kind="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def photo(pen=10, grain=6, shadow=1.0):
    """Blue ink on yellowish paper, darker to the right, with sensor noise, blur and perhaps the edge of a shadow."""
    share = np.asarray(drawn(600, pen, "white", "black", "L"), dtype=float)[..., None] / 255
    y, x = np.mgrid[0:600, 0:600] / 600
    light = (1 - 0.5 * x) * np.where(x + 0.3 * y > 0.7, shadow, 1)
    noise = np.random.default_rng(0).normal(0, grain, (600, 600, 3))
    colours = (share * [30, 40, 110] + (1 - share) * [235, 230, 215]) * light[..., None] + noise
    return Image.fromarray(np.clip(colours, 0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(1))


def likeness(picture, other=AS_DRAWN):
    """1 for the same pixels, 0 for unrelated ones."""
    assert picture is not None
    assert picture.shape == (1, 28, 28)
    assert picture.dtype == np.uint8
    return float(np.corrcoef(picture.ravel(), other.ravel())[0, 1])


PICTURES = {
    "dark on light": lambda: as_file(drawn()),
    "light on dark": lambda: as_file(drawn(ink="white", paper="black")),
    "fine pen": lambda: as_file(drawn(pen=3)),
    "broad pen": lambda: as_file(drawn(pen=28)),
    "in a corner": lambda: as_file(drawn(right=-50, down=30)),
    "tiny": lambda: as_file(drawn(side=40)),
    "large": lambda: as_file(drawn(side=2000)),
    "red on green": lambda: as_file(drawn(ink="red", paper="green")),
    "yellow on white": lambda: as_file(drawn(ink="gold", paper="white")),
    "grey": lambda: as_file(drawn(mode="L")),
    "black and white": lambda: as_file(drawn(mode="L").convert("1")),
    "palette": lambda: as_file(drawn().convert("P"), "GIF"),
    "webp": lambda: as_file(drawn(), "WEBP"),
    "tiff": lambda: as_file(drawn(), "TIFF"),
    "print colours": lambda: as_file(drawn().convert("CMYK"), "JPEG"),
    "sixteen bits": lambda: as_file(Image.fromarray(np.asarray(drawn(mode="L")).astype(np.uint16) * 257)),
    "black ink on nothing": lambda: as_file(drawn(ink=(0, 0, 0, 255), paper=(0, 0, 0, 0), mode="RGBA")),
    "white ink on nothing": lambda: as_file(drawn(ink=(255, 255, 255, 255), paper=(0, 0, 0, 0), mode="RGBA")),
    "photo": lambda: as_file(photo(), "JPEG", quality=70),
    "photo in half shadow": lambda: as_file(photo(shadow=0.6), "JPEG"),
    "chalk on a board": lambda: as_file(photo().point(lambda value: 255 - value), "JPEG"),
}


@pytest.mark.parametrize("kind", PICTURES)
def test_every_image_format_is_read_as_the_same_digit(kind):
    assert likeness(prepare_picture(PICTURES[kind]())) > 0.85


def test_the_exif_rotation_is_applied(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright: turn by 90° to see it so
    file = tmp_path / "four.jpg"
    drawn().rotate(90, expand=True).save(file, exif=exif)
    assert likeness(prepare_picture(file)) > 0.9


@pytest.mark.parametrize("inverted", [False, True])
def test_an_image_in_the_format_of_mnist_is_used_unchanged(inverted):
    pixels = AS_DRAWN[0]
    picture = prepare_picture(as_file(Image.fromarray(255 - pixels if inverted else pixels)))
    assert np.array_equal(picture, AS_DRAWN)


def test_a_small_off_centre_image_is_fitted():
    shifted = np.roll(AS_DRAWN[0], (3, -3), axis=(0, 1))
    assert likeness(prepare_picture(as_file(Image.fromarray(shifted)))) > 0.9


def test_dust_does_not_shrink_the_digit():
    image = drawn()
    ImageDraw.Draw(image).ellipse((268, 268, 273, 273), fill="black")
    assert likeness(prepare_picture(as_file(image))) > 0.9


def test_a_blank_picture_gives_none():
    x = np.arange(300)
    grainy = np.random.default_rng(0).normal(200, 5, (400, 300)) - x * 0.3
    for blank in (
        Image.new("L", (1, 1), 0),
        Image.new("L", (28, 28), 0),
        Image.new("RGB", (300, 200), "white"),
        Image.new("RGBA", (50, 50), (0, 0, 0, 0)),
        Image.fromarray(np.clip(grainy, 0, 255).astype(np.uint8)),
    ):
        assert prepare_picture(as_file(blank)) is None


@pytest.mark.parametrize("side", [1, 2, 3, 5, 9])
def test_the_smallest_images_are_read(side):
    for seed in range(5):
        pixels = np.random.default_rng(seed).integers(0, 256, (side, 2 * side, 3), dtype=np.uint8)
        picture = prepare_picture(as_file(Image.fromarray(pixels)))
        assert picture is None or picture.shape == (1, 28, 28)


def test_a_single_spot_of_ink_stays_in_the_frame():
    spot = np.zeros((60, 60), dtype=np.uint8)
    spot[5:9, 50:54] = 255
    picture = prepare_picture(as_file(Image.fromarray(spot)))
    assert picture is None or picture[0, 0].max() == 0


def bomb():
    """A few bytes that claim 60,000 × 60,000 pixels."""
    content = bytearray(as_file(Image.new("1", (8, 8))))
    content[16:24] = (60_000).to_bytes(4, "big") * 2
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    return bytes(content)


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", as_file(drawn())[:300], b"%!PS-Adobe-3.0 EPSF-3.0\n", b"<svg/>", bomb()],
    ids=itertools.count(),
)
def test_a_file_that_is_not_an_image_is_refused_by_name(content):
    with pytest.raises(BadPicture, match="my four") as caught:
        prepare_picture(content, name="my four")
    assert str(caught.value).endswith(".")


def test_a_missing_or_too_large_file_or_a_folder_is_refused(tmp_path, monkeypatch):
    with pytest.raises(BadPicture, match=r"gone\.png"):
        prepare_picture(tmp_path / "gone.png")
    with pytest.raises(BadPicture):
        prepare_picture(tmp_path)
    monkeypatch.setattr(opening, "MAX_FILE_BYTES", 100)
    with pytest.raises(BadPicture, match="too large"):
        prepare_picture(as_file(drawn()))
