"""Sheets are found in a photo and cut out."""

import numpy as np
import numpy.typing as npt
import pytest

from nn_core.drawings.sheets import cut_out, find_outlines


def make_photo() -> npt.NDArray[np.float32]:
    """A light sheet, from (40, 60) to (180, 240), on a dark table of 300 × 200."""
    photo = np.full((200, 300, 3), 0.2, dtype=np.float32)
    photo[40:180, 60:240] = 0.9
    photo[80:140, 148:152] = 0.1  # a stroke
    return photo


def test_the_whole_photo_comes_before_its_sheets() -> None:
    outlines = list(find_outlines(make_photo()))
    assert outlines[0].all()
    assert 0.4 < outlines[1].mean() < 0.44
    assert len(outlines) == 2


def test_an_even_photo_is_one_sheet() -> None:
    assert len(list(find_outlines(np.full((50, 80, 3), 0.7, dtype=np.float32)))) == 1


def test_a_sheet_is_cut_out_without_its_edge() -> None:
    photo = make_photo()
    outlines = list(find_outlines(photo))
    sheet = cut_out(photo, outlines[1])
    assert sheet is not None
    height, width = sheet.mask.shape
    assert 40 < sheet.top < 50
    assert 60 < sheet.left < 70
    assert sheet.top + height < 180
    assert sheet.left + width < 240
    assert np.unique(sheet.light).tolist() == pytest.approx([0.1, 0.9]), "the paper and the stroke, but no table"


def test_the_whole_photo_is_cut_out_unchanged() -> None:
    photo = make_photo()
    whole = cut_out(photo, next(find_outlines(photo)))
    assert whole is not None
    assert whole.mask.all()
    assert np.array_equal(whole.light, photo)


def test_of_a_sliver_nothing_is_left() -> None:
    outline = np.zeros((160, 160), dtype=bool)
    outline[80, 80] = True
    assert cut_out(make_photo(), outline) is None
