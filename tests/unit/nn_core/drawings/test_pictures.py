"""Several digits in one picture are separated, and each of them is prepared as if it were alone."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from nn_core.drawings.pictures import PicturePart, read_ink, read_pixels, segment_picture
from nn_core.drawings.preprocess import prepare_picture, show_ink
from nn_core.errors import BadPicture


def encode(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def draw(*digits: str, paper: str = "white", pen: str = "black") -> bytes:
    """Ones and zeros, in a row."""
    image = Image.new("RGB", (100 + 120 * len(digits), 240), paper)
    pencil = ImageDraw.Draw(image)
    for place, digit in enumerate(digits):
        left = 70 + 120 * place
        if digit == "1":
            pencil.line((left + 30, 60, left + 30, 180), fill=pen, width=12)
        else:
            pencil.ellipse((left, 60, left + 70, 180), outline=pen, width=12)
    return encode(image)


@pytest.mark.parametrize("colours", [("white", "black"), ("black", "white"), ("navy", "gold")])
def test_digits_are_separated_in_order(colours: tuple[str, str]) -> None:
    paper, pen = colours
    candidates = segment_picture(draw("1", "0", "0", paper=paper, pen=pen))
    parts = [candidate.source for candidate in candidates]
    assert all(isinstance(part, PicturePart) for part in parts)
    zero, one = (prepare_picture(draw(digit, paper=paper, pen=pen)) for digit in "01")
    for part, alone in zip(parts, (one, zero, zero), strict=True):
        prepared = prepare_picture(part)
        assert prepared is not None
        assert alone is not None
        assert np.abs(prepared.astype(int) - alone).mean() < 4


def test_a_part_has_the_pixels_and_the_ink_around_its_digit_only() -> None:
    part = segment_picture(draw("1", "0"))[1].source
    pixels, ink = read_pixels(part), read_ink(part)
    assert ink is not None
    assert pixels.shape == (*ink.shape, 3)
    assert 70 < ink.shape[1] < 130
    assert np.array_equal(ink > 0.5, pixels[..., 0] < 128)
    shown = show_ink(part)
    assert shown is not None
    assert shown.max() == 255


def test_one_digit_stays_the_whole_picture() -> None:
    for picture in (draw("0"), draw("1"), encode(Image.new("L", (200, 200), 255)), encode(Image.new("L", (28, 28)))):
        (candidate,) = segment_picture(picture)
        assert candidate.source is picture
        assert not candidate.parts


def test_there_is_no_ink_to_show_on_blank_paper() -> None:
    assert show_ink(encode(Image.new("L", (200, 200), 255))) is None


def test_a_damaged_file_is_refused() -> None:
    with pytest.raises(BadPicture):
        segment_picture(b"no picture")
