"""Data sets on the disk: what is read, and that truncated files are not accepted."""

import gzip
import hashlib
import pickle
import shutil
from pathlib import Path

import pytest
import torch
from idx_files import idx

from nn_core.data import DATASETS, Dataset, DataSettings, load_dataset
from nn_core.data.builtin.cifar10 import read_batch
from nn_core.data.builtin.mnist import is_complete_idx, read_idx
from nn_core.errors import DatasetUnavailable

# IDX files


@pytest.mark.parametrize("shape", [(7,), (3, 4), (5, 28, 28)])
def test_an_idx_file_is_read_plain_or_compressed(tmp_path: Path, shape: tuple[int, ...]) -> None:
    array = torch.randint(0, 256, shape, dtype=torch.uint8)
    plain, packed = tmp_path / "some-idx", tmp_path / "some-idx.gz"
    plain.write_bytes(idx(array))
    packed.write_bytes(gzip.compress(idx(array)))
    assert torch.equal(read_idx(plain), array)
    assert torch.equal(read_idx(packed), array)
    assert is_complete_idx(plain)
    assert not is_complete_idx(packed)


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
    assert not is_complete_idx(plain)
    for file in (plain, packed):
        with pytest.raises(DatasetUnavailable, match="damaged or incomplete"):
            read_idx(file)


@pytest.mark.parametrize("cut", [5, 100, -3])
def test_a_truncated_compressed_file_is_refused(tmp_path: Path, cut: int) -> None:
    packed = tmp_path / "some-idx.gz"
    packed.write_bytes(gzip.compress(idx(torch.randint(0, 256, (5, 28, 28), dtype=torch.uint8)))[:cut])
    with pytest.raises(DatasetUnavailable, match=r"some-idx\.gz.*damaged"):
        read_idx(packed)


# The complete sets


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_a_complete_data_set_is_read(complete_mnist: Path, name: str) -> None:
    assert DATASETS[name].is_present(complete_mnist)
    assert DATASETS[name].download_fraction(complete_mnist) == 1
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


def test_torchvision_reads_the_same_images(complete_mnist: Path) -> None:
    from nn_core.data.download import import_torchvision_datasets

    theirs = import_torchvision_datasets().MNIST(str(complete_mnist), train=False, download=False)
    ours = load_dataset(DataSettings(name="mnist"), complete_mnist, download=False).test
    assert torch.equal(theirs.data, ours.inputs.squeeze(1))
    assert torch.equal(theirs.targets, ours.labels)


def test_a_data_set_with_a_truncated_file_is_not_present(complete_mnist: Path, tmp_path: Path) -> None:
    shutil.copytree(complete_mnist / "MNIST", tmp_path / "MNIST")
    labels = tmp_path / "MNIST" / "raw" / "t10k-labels-idx1-ubyte"
    labels.write_bytes(labels.read_bytes()[:-1])
    assert not DATASETS["mnist"].is_present(tmp_path)
    assert DATASETS["mnist"].download_fraction(tmp_path) < 1
    with pytest.raises(DatasetUnavailable, match="mnist_sample"):
        load_dataset(DataSettings(name="mnist"), tmp_path, download=False)


def test_a_compressed_data_set_is_read(complete_mnist: Path, tmp_path: Path) -> None:
    for file in (complete_mnist / "MNIST" / "raw").iterdir():
        packed = tmp_path / "MNIST" / "raw" / f"{file.name}.gz"
        packed.parent.mkdir(parents=True, exist_ok=True)
        packed.write_bytes(gzip.compress(file.read_bytes(), compresslevel=1))
    assert DATASETS["mnist"].is_present(tmp_path)
    assert len(load_dataset(DataSettings(name="mnist"), tmp_path, download=False).train) == 60_000


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "kmnist", "emnist_letters", "cifar10"])
def test_a_missing_data_set_suggests_the_sample(name: str, tmp_path: Path) -> None:
    assert not DATASETS[name].is_present(tmp_path)
    assert DATASETS[name].download_fraction(tmp_path) == 0
    with pytest.raises(DatasetUnavailable, match="mnist_sample"):
        load_dataset(DataSettings(name=name), tmp_path, download=False)


# Letters


def test_letters_are_upright_and_numbered_from_a(tmp_path: Path) -> None:
    from nn_core.data.download import import_torchvision_datasets

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
        theirs = import_torchvision_datasets().EMNIST(str(tmp_path), split="letters", train=train)
        assert torch.equal(split.inputs.squeeze(1), theirs.data.transpose(1, 2))
        assert [ours.spec.classes[label] for label in split.labels] == [
            theirs.classes[label].upper() for label in theirs.targets
        ]
    (raw / "emnist-letters-test-labels-idx1-ubyte").unlink()
    assert not DATASETS["emnist_letters"].is_present(tmp_path)


# Photographs


class Python2Pickler(pickle._Pickler):  # type: ignore[name-defined]
    """Pickles as Python 2 did, which made CIFAR-10's files: both bytes and texts are its strings."""

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


def test_cifar10_is_read_as_torchvision_reads_it(photographs: Path) -> None:
    from nn_core.data.download import import_torchvision_datasets

    folder = photographs / "cifar-10-batches-py"
    write_batch(folder / "batches.meta", {"label_names": [name.lower() for name in DATASETS["cifar10"].classes]})
    checksums = {file.name: hashlib.md5(file.read_bytes()).hexdigest() for file in folder.iterdir()}

    class Theirs(import_torchvision_datasets().CIFAR10):  # type: ignore[misc]
        """With the checksums of these batches in place of the real ones."""

        train_list = tuple((f"data_batch_{number}", checksums["test_batch"]) for number in range(1, 6))
        test_list = (("test_batch", checksums["test_batch"]),)
        meta = import_torchvision_datasets().CIFAR10.meta | {"md5": checksums["batches.meta"]}

    assert DATASETS["cifar10"].is_present(photographs)
    ours = load_dataset(DataSettings(name="cifar10"), photographs, download=False)
    assert (len(ours.train), len(ours.test)) == (50_000, 10_000)
    theirs = Theirs(str(photographs), train=False)
    assert torch.equal(ours.test.inputs.permute(0, 2, 3, 1), torch.from_numpy(theirs.data))
    assert ours.test.labels.tolist() == theirs.targets
    assert [name.lower() for name in ours.spec.classes] == theirs.classes


def test_truncated_cifar10_files_are_not_present(photographs: Path, tmp_path: Path) -> None:
    shutil.copytree(photographs, tmp_path, dirs_exist_ok=True)
    batch = tmp_path / "cifar-10-batches-py" / "data_batch_3"
    batch.write_bytes(batch.read_bytes()[:-1])
    assert not DATASETS["cifar10"].is_present(tmp_path)
    with pytest.raises(DatasetUnavailable, match="mnist_sample"):
        load_dataset(DataSettings(name="cifar10"), tmp_path, download=False)


def test_a_damaged_or_executable_cifar10_batch_is_refused(tmp_path: Path) -> None:
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
