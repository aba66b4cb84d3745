"""The digits that people drew with a pen, as a data set and mixed with MNIST."""

import time
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from nn_core.data import DataSettings, load_dataset
from nn_core.data.pen_digits import pen_drawings
from nn_core.data.split import divided
from nn_core.drawings.prepare import prepare_drawing


def test_its_pictures_are_what_the_draw_page_makes_of_the_strokes(tmp_path: Path) -> None:
    started_at = time.perf_counter()
    data = load_dataset(DataSettings(name="pen_digits"), tmp_path)
    drawing_took = time.perf_counter() - started_at
    assert (len(data.train), len(data.test)) == (6000, 1494)
    for index, (drawing, label) in enumerate(islice(pen_drawings(), 20)):
        picture = prepare_drawing(drawing)
        assert picture is not None
        assert np.array_equal(data.train.inputs[index].numpy(), picture)
        assert data.train.labels[index] == label
    assert min(data.train.class_counts(10)) > 500
    pixels = data.train.inputs.float() / 255
    assert abs(pixels.mean().item() - data.spec.mean[0]) < 0.001
    assert abs(pixels.std().item() - data.spec.std[0]) < 0.001
    started_at = time.perf_counter()
    again = load_dataset(DataSettings(name="pen_digits"), tmp_path)
    assert time.perf_counter() - started_at < drawing_took / 5, "kept pictures are not drawn anew"
    assert again.test.inputs.equal(data.test.inputs)
    assert again.test.labels.equal(data.test.labels)


def test_pictures_that_are_damaged_are_drawn_anew(tmp_path: Path) -> None:
    whole = load_dataset(DataSettings(name="pen_digits"), tmp_path)
    [kept] = (tmp_path / "pen_digits").iterdir()
    kept.write_bytes(kept.read_bytes()[:100_000])
    assert load_dataset(DataSettings(name="pen_digits"), tmp_path).train.inputs.equal(whole.train.inputs)


def test_a_data_folder_that_takes_nothing_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / "pen_digits").write_text("a file where the folder should be")
    assert len(load_dataset(DataSettings(name="pen_digits"), tmp_path).test) == 1494


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
    learned, held = divided(mixed, 0.1, seed=0)
    assert mixed.train.origins is not None
    assert set(mixed.train.origins[learned].tolist()).isdisjoint(mixed.train.origins[held].tolist())
    assert len(held) == pytest.approx(0.1 * len(mixed.train), rel=0.02)
