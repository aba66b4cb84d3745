"""The pen digits as a data set, mixed with MNIST, and with added writing styles."""

import shutil
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from nn_core.data import DATASETS, DataSettings, load_dataset
from nn_core.data.builtin import pen_digits
from nn_core.data.builtin.pen_digits import get_styles_file, load_pen_split, load_styles_split, read_pen_drawings
from nn_core.data.split import split_train_val
from nn_core.drawings.preprocess import prepare_drawing
from nn_core.drawings.writing_styles import ADDED_STYLES


@pytest.fixture
def keep_first(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Reduces the data set to its first drawings, of which 20 are test data. Rasterizing all 7,494 takes four seconds."""

    def keep(count: int) -> None:
        drawings = list(islice(read_pen_drawings(), count))
        monkeypatch.setattr(pen_digits, "read_pen_drawings", lambda: iter(drawings))
        monkeypatch.setattr(pen_digits, "_TEST_COUNT", 20)

    return keep


def test_images_equal_those_of_the_draw_page_and_are_read_from_the_data_folder(
    pen_digits_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pen_digits, "read_pen_drawings", lambda: pytest.fail("stored images are drawn again"))
    data = load_dataset(DataSettings(name="pen_digits"), pen_digits_folder)
    assert (len(data.train), len(data.test)) == (6000, 1494)
    drawings = list(read_pen_drawings())
    labels = [label for _drawing, label in drawings]
    assert data.train.labels.tolist() + data.test.labels.tolist() == labels
    for index, (drawing, _label) in enumerate(drawings[:20]):
        assert np.array_equal(data.train.inputs[index].numpy(), prepare_drawing(drawing))
    for index, (drawing, _label) in enumerate(drawings[-20:], start=-20):
        assert np.array_equal(data.test.inputs[index].numpy(), prepare_drawing(drawing))
    assert min(data.train.class_counts(10)) > 500
    pixels = data.train.inputs.float() / 255
    assert abs(pixels.mean().item() - data.spec.mean[0]) < 0.001
    assert abs(pixels.std().item() - data.spec.std[0]) < 0.001


def test_damaged_images_are_drawn_again(
    pen_digits_folder: Path, keep_first: Callable[[int], None], tmp_path: Path
) -> None:
    whole = load_dataset(DataSettings(name="pen_digits"), pen_digits_folder)
    shutil.copytree(pen_digits_folder / "pen_digits", tmp_path / "pen_digits")
    [stored] = (tmp_path / "pen_digits").iterdir()
    stored.write_bytes(stored.read_bytes()[:100_000])
    keep_first(300)
    assert load_dataset(DataSettings(name="pen_digits"), tmp_path).train.inputs.equal(whole.train.inputs[:280])


def test_images_that_cannot_be_stored_are_used_all_the_same(keep_first: Callable[[int], None], tmp_path: Path) -> None:
    (tmp_path / "pen_digits").write_text("a file where the folder should be")
    keep_first(100)
    assert len(load_dataset(DataSettings(name="pen_digits"), tmp_path).train) == 80


def test_images_of_an_older_version_are_still_used(keep_first: Callable[[int], None], tmp_path: Path) -> None:
    """It wrote no group ids; a run on `mnist_and_pen` that is resumed continues with exactly these images."""
    keep_first(100)
    plain = load_pen_split(tmp_path)
    (stored,) = (tmp_path / "pen_digits").iterdir()
    marked = plain.inputs.clone()
    marked[0] = 77
    with stored.open("wb") as stream:
        np.savez(stream, pictures=marked.numpy(), labels=plain.labels.numpy())
    again = load_pen_split(tmp_path)
    assert again.inputs.equal(marked)
    assert again.group_ids is None


def test_images_with_added_styles_are_stored_and_drawn_again_if_damaged(
    keep_first: Callable[[int], None], tmp_path: Path
) -> None:
    keep_first(300)
    first = load_styles_split(tmp_path)
    assert first.group_ids is not None
    (stored,) = (tmp_path / "pen_digits").iterdir()
    assert stored == get_styles_file(tmp_path)
    written = stored.stat().st_mtime_ns
    for is_damaged in (False, True):
        if is_damaged:
            stored.write_bytes(stored.read_bytes()[:10_000])
        again = load_styles_split(tmp_path)
        assert again.inputs.equal(first.inputs)
        assert again.labels.equal(first.labels)
        assert again.group_ids is not None
        assert again.group_ids.equal(first.group_ids)
        assert (stored.stat().st_mtime_ns == written) == (not is_damaged)


def test_each_style_is_added_to_each_drawing_of_its_digit(keep_first: Callable[[int], None], tmp_path: Path) -> None:
    keep_first(1500)
    split = load_styles_split(tmp_path)
    assert split.group_ids is not None
    labels = [label for _drawing, label in islice(read_pen_drawings(), 1500)]
    for label, styles in ADDED_STYLES.items():
        numbers = split.group_ids[split.labels == label].bincount(minlength=len(labels))
        assert numbers.tolist() == [len(styles) * (each == label) for each in labels]


@pytest.mark.slow
def test_mixed_with_mnist_all_are_learned_from_and_mnist_tests(complete_mnist: Path) -> None:
    mixed = load_dataset(DataSettings(name="mnist_and_pen"), complete_mnist)
    mnist = load_dataset(DataSettings(name="mnist"), complete_mnist)
    assert len(mixed.train) == 60_000 + 4 * 7_494
    assert mixed.train.inputs[:60_000].equal(mnist.train.inputs)
    assert mixed.test.inputs.equal(mnist.test.inputs)
    assert mixed.train.labels[60_000:].view(4, -1).unique(dim=0).shape[0] == 1
    versions = mixed.train.inputs[60_000:].view(4, -1, 28 * 28).float()
    assert (versions[1:] - versions[:1]).abs().mean(dim=2).gt(1).float().mean() > 0.99, (
        "each version is another drawing"
    )
    learned, held = split_train_val(mixed, 0.1, seed=0)
    assert mixed.train.group_ids is not None
    assert set(mixed.train.group_ids[learned].tolist()).isdisjoint(mixed.train.group_ids[held].tolist())
    assert len(held) == pytest.approx(0.1 * len(mixed.train), rel=0.02)


@pytest.mark.slow
def test_the_data_set_is_the_older_one_and_more_versions_of_some_drawings(complete_mnist: Path) -> None:
    older = load_dataset(DataSettings(name="mnist_and_pen"), complete_mnist)
    assert not DATASETS["mnist_and_pen_styles"].is_present(complete_mnist)
    newer = load_dataset(DataSettings(name="mnist_and_pen_styles"), complete_mnist)
    assert DATASETS["mnist_and_pen_styles"].is_present(complete_mnist)
    count = len(older.train)
    assert newer.train.inputs[:count].equal(older.train.inputs)
    assert newer.train.labels[:count].equal(older.train.labels)
    assert newer.test.inputs.equal(older.test.inputs)
    assert newer.train.labels[count:].bincount().tolist() == [3 * 780, 779]
    assert len(newer.train) - count < 0.04 * len(newer.train)
    group_ids, older_group_ids = newer.train.group_ids, older.train.group_ids
    assert group_ids is not None
    assert older_group_ids is not None
    assert group_ids[:count].equal(older_group_ids)
    assert newer.train.labels[group_ids[count:]].equal(newer.train.labels[count:])
    learned, held = split_train_val(newer, 0.1, seed=0)
    assert set(group_ids[learned].tolist()).isdisjoint(group_ids[held].tolist())
    _learned, older_held = split_train_val(older, 0.1, seed=0)
    assert group_ids[held].unique().equal(older_group_ids[older_held].unique()), (
        "the same drawings are held out of both"
    )
