"""The digits that people drew with a pen, as a data set, mixed with MNIST, and with more writing styles."""

import shutil
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from nn_core.data import DATASETS, Dataset, DataSettings, load_dataset
from nn_core.data.builtin.pen_digits import read_pen_drawings
from nn_core.data.split import split_train_val
from nn_core.drawings.preprocess import prepare_drawing


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Dataset]:
    """A data folder with the stored images, which take four seconds to draw, and the data set."""
    folder = tmp_path_factory.mktemp("drawn")
    return folder, load_dataset(DataSettings(name="pen_digits"), folder)


def test_its_pictures_are_what_the_draw_page_makes_of_the_strokes(
    drawn: tuple[Path, Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, data = drawn
    assert (len(data.train), len(data.test)) == (6000, 1494)
    for index, (drawing, label) in enumerate(islice(read_pen_drawings(), 20)):
        picture = prepare_drawing(drawing)
        assert picture is not None
        assert np.array_equal(data.train.inputs[index].numpy(), picture)
        assert data.train.labels[index] == label
    assert min(data.train.class_counts(10)) > 500
    pixels = data.train.inputs.float() / 255
    assert abs(pixels.mean().item() - data.spec.mean[0]) < 0.001
    assert abs(pixels.std().item() - data.spec.std[0]) < 0.001
    with monkeypatch.context() as patch:
        patch.setattr(
            "nn_core.data.builtin.pen_digits.read_pen_drawings", lambda *_: pytest.fail("stored images are drawn again")
        )
        again = load_dataset(DataSettings(name="pen_digits"), folder)
    assert again.test.inputs.equal(data.test.inputs)
    assert again.test.labels.equal(data.test.labels)


def test_pictures_that_are_damaged_are_drawn_again(drawn: tuple[Path, Dataset], tmp_path: Path) -> None:
    folder, whole = drawn
    shutil.copytree(folder / "pen_digits", tmp_path / "pen_digits")
    [kept] = (tmp_path / "pen_digits").iterdir()
    kept.write_bytes(kept.read_bytes()[:100_000])
    assert load_dataset(DataSettings(name="pen_digits"), tmp_path).train.inputs.equal(whole.train.inputs)


def test_a_data_folder_that_takes_nothing_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / "pen_digits").write_text("a file where the folder should be")
    assert len(load_dataset(DataSettings(name="pen_digits"), tmp_path).test) == 1494


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
