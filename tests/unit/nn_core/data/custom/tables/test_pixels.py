"""Tables of pixels become pictures."""

import io
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from custom_files import splits

from nn_core.data.custom.metadata import describe_import, summarize
from nn_core.data.custom.table_import import make_table_dataset
from nn_core.errors import BadInput

FORMS = ("named, label last", "plain", "label last", "index")


def make_pictures(side: int, top: int = 255, channels: int = 1, count: int = 30) -> npt.NDArray[np.int64]:
    """Smooth pictures that are all different: [count, side, side, channels]."""
    random = np.random.default_rng(0)
    ramp = np.linspace(0, top, side)[None, :, None, None] * np.ones((count, side, side, channels))
    level = random.integers(0, top + 1, (count, 1, 1, channels))
    pictures = ((ramp + level) / 2 + random.random((count, side, side, channels)) * top / 20).round().astype(int)
    if top == 1:
        pictures = random.integers(0, 2, pictures.shape)
    pictures[:, 0, 0], pictures[:, -1, -1] = 0, top
    return pictures.clip(0, top)


def make_table(rows: npt.NDArray[np.int64], heading: str = "", *, last: bool = False, index: bool = False) -> bytes:
    lines = [heading] if heading else []
    for number, row in enumerate(rows):
        cells = [str(number % 3), *map(str, row.ravel())]
        cells = [*cells[1:], cells[0]] if last else cells
        lines.append(",".join([str(number), *cells] if index else cells))
    return "\n".join(lines).encode()


def name_pixels(count: int) -> str:
    return ",".join(f"pixel{i}" for i in range(count))


@pytest.mark.parametrize(
    ("side", "form"),
    [(side, "named") for side in (2, 8, 28, 70)] + [(28, form) for form in FORMS] + [(8, "plain"), (64, "label last")],
)
def test_a_table_of_pixels_becomes_pictures(tmp_path: Path, side: int, form: str) -> None:
    pictures = make_pictures(side)
    names = name_pixels(side * side)
    if form == "named":
        content = make_table(pictures, f"label,{names}")
    elif form == "named, label last":
        content = make_table(pictures, f"{names},class", last=True)
    else:
        content = make_table(pictures, last=form == "label last", index=form == "index")
    made = make_table_dataset(io.BytesIO(content), "Pixels", tmp_path)
    new = min(max(side, 28), 64)
    assert made.metadata.kind == "pictures"
    assert made.metadata.shape == (1, new, new)
    assert made.metadata.counts == {"0": 10, "1": 10, "2": 10}
    assert made.metadata.columns is None
    assert made.samples[1].label == "1"
    scaled = f"have {side} × {side} pixels and were scaled to {new} × {new}"
    assert (scaled in summarize(made.metadata)) == (new != side)
    train, test = splits(made.name, tmp_path)
    if new == side:
        stored = {part.inputs[i].numpy().tobytes() for part in (train, test) for i in range(len(part.labels))}
        assert stored == {picture.astype(np.uint8).tobytes() for picture in pictures}
    assert describe_import(made).kind == "pictures"


@pytest.mark.parametrize("top", [1, 16, 255, 65535])
def test_white_becomes_255(tmp_path: Path, top: int) -> None:
    content = make_table(make_pictures(28, top), "label," + name_pixels(784))
    made = make_table_dataset(io.BytesIO(content), "Pixels", tmp_path)
    train, _test = splits(made.name, tmp_path)
    assert (int(train.inputs.min()), int(train.inputs.max())) == (0, 255)
    assert ("brightness of white" in summarize(made.metadata)) == (top != 255)


def test_fractions_from_0_to_1_are_pixels(tmp_path: Path) -> None:
    rows = make_pictures(28, 255).reshape(30, -1) / 255
    lines = [
        "label," + name_pixels(784),
        *(f"{i % 3}," + ",".join(f"{v:.4f}" for v in row) for i, row in enumerate(rows)),
    ]
    made = make_table_dataset(io.BytesIO("\n".join(lines).encode()), "Pixels", tmp_path)
    train, _test = splits(made.name, tmp_path)
    assert int(train.inputs.max()) == 255
    assert 60 < float(train.inputs.float().mean()) < 200


@pytest.mark.parametrize("planes", [False, True])
def test_colours_are_by_pixel_or_in_planes(tmp_path: Path, planes: bool) -> None:
    pictures = make_pictures(32, channels=3)
    rows = pictures.transpose(0, 3, 1, 2) if planes else pictures
    made = make_table_dataset(io.BytesIO(make_table(rows)), "Pixels", tmp_path)
    assert made.metadata.shape == (3, 32, 32)
    train, _test = splits(made.name, tmp_path)
    expected = {picture.transpose(2, 0, 1).astype(np.uint8).tobytes() for picture in pictures}
    assert {picture.numpy().tobytes() for picture in train.inputs} <= expected


def test_all_pixels_may_be_in_one_cell(tmp_path: Path) -> None:
    """As in FER2013."""
    rows = [f"{i % 3},{' '.join(map(str, p.ravel()))},Training" for i, p in enumerate(make_pictures(48))]
    made = make_table_dataset(io.BytesIO("\n".join(["emotion,pixels,Usage", *rows]).encode()), "Faces", tmp_path)
    assert made.metadata.shape == (1, 48, 48)
    assert made.metadata.counts == {"0": 10, "1": 10, "2": 10}


def test_rows_that_are_no_pictures_are_counted(tmp_path: Path) -> None:
    content = make_table(make_pictures(28), "label," + name_pixels(784)).decode()
    rest = ["1," + ",".join(["7"] * 783), "1,x" + ",7" * 783, "," + ",".join(["7"] * 784)]
    made = make_table_dataset(io.BytesIO((content + "\n" + "\n".join(rest) + "\n").encode()), "Pixels", tmp_path)
    assert made.metadata.skipped == {"width": 1, "broken": 1, "no_label": 1}
    assert "pictures without a label (such as line 34)" in summarize(made.metadata)


def test_pixels_that_do_not_fit_are_a_sentence(tmp_path: Path) -> None:
    rows = np.zeros((30, 783), int)
    with pytest.raises(BadInput, match="783 columns of pixels, which do not make a square"):
        make_table_dataset(io.BytesIO(make_table(rows, "label," + name_pixels(783))), "Pixels", tmp_path)
    lines = [name_pixels(784), *(",".join(map(str, p.ravel())) for p in make_pictures(28))]
    with pytest.raises(BadInput, match="no column of labels"):
        make_table_dataset(io.BytesIO("\n".join(lines).encode()), "Pixels", tmp_path)
    assert not list(tmp_path.glob("own/*"))
