"""Files of data sets that a user put into the data folder by hand, under the names that other downloads give them."""

import gzip
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from idx_files import idx

from nn_core.data import DATASETS, DataSettings, load_dataset
from nn_core.data.download import Source
from nn_core.data.placed_files import find_placed_file
from nn_core.data.registry import DOWNLOADED_DATASETS
from nn_core.errors import DatasetUnavailable

NAMES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


def make_contents() -> dict[str, bytes]:
    """A tiny MNIST: 20 pictures for training, 10 for the test."""
    made = {}
    for name, count in zip(NAMES, (20, 20, 10, 10), strict=True):
        shape = (count, 28, 28) if "images" in name else (count,)
        made[name] = idx(torch.randint(0, 10, shape, dtype=torch.uint8))
    return made


PLACES: dict[str, Callable[[str], str]] = {
    "as torchvision": lambda name: f"raw/{name}",
    "gzipped": lambda name: f"raw/{name}.gz",
    "with a dot": lambda name: f"raw/{name.replace('-idx', '.idx')}",
    "with a dot, gzipped": lambda name: f"raw/{name.replace('-idx', '.idx')}.gz",
    "one folder higher": lambda name: name,
    "one folder higher, with a dot and gzipped": lambda name: f"{name.replace('-idx', '.idx')}.gz",
    "each in a folder of its name": lambda name: f"raw/{name}/{name}",
    "in the folder of an archive": lambda name: f"raw/archive/{name.replace('-idx', '.idx')}",
    "mixed": lambda name: f"raw/{name}.gz" if "train" in name else name.replace("-idx", ".idx"),
}


def place(folder: Path, name_of: Callable[[str], str]) -> dict[str, bytes]:
    contents = make_contents()
    for name, content in contents.items():
        file = folder / name_of(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(gzip.compress(content) if file.suffix == ".gz" else content)
    return contents


@pytest.mark.parametrize("case", PLACES)
@pytest.mark.parametrize(
    ("name", "folder"), [("mnist", "MNIST"), ("fashion_mnist", "FashionMNIST"), ("kmnist", "KMNIST")]
)
def test_files_put_there_by_hand_are_read(tmp_path: Path, name: str, folder: str, case: str) -> None:
    contents = place(tmp_path / folder, PLACES[case])
    spec = DATASETS[name]
    assert spec.is_present(tmp_path)
    assert spec.download_fraction(tmp_path) == 1
    dataset = load_dataset(DataSettings(name=name), tmp_path, download=False)
    assert (len(dataset.train), len(dataset.test)) == (20, 10)
    assert idx(dataset.train.inputs.squeeze(1)) == contents[NAMES[0]]
    assert idx(dataset.test.labels.to(torch.uint8)) == contents[NAMES[3]]


def test_a_gzipped_file_without_the_ending_is_read(tmp_path: Path) -> None:
    for name, content in make_contents().items():
        (tmp_path / "MNIST").mkdir(exist_ok=True)
        (tmp_path / "MNIST" / name).write_bytes(gzip.compress(content))
    assert len(load_dataset(DataSettings(name="mnist"), tmp_path, download=False).train) == 20


def test_files_of_one_set_are_not_taken_for_another(tmp_path: Path) -> None:
    place(tmp_path / "MNIST", PLACES["with a dot"])
    place(tmp_path, PLACES["one folder higher"])  # whose they are is not known
    assert DATASETS["mnist"].is_present(tmp_path)
    assert not DATASETS["kmnist"].is_present(tmp_path)
    assert not DATASETS["emnist_letters"].is_present(tmp_path)


def test_pictures_that_do_not_belong_to_the_labels_are_refused(tmp_path: Path) -> None:
    place(tmp_path / "MNIST", PLACES["with a dot"])
    (tmp_path / "MNIST/raw/train-images.idx3-ubyte").write_bytes(make_contents()["t10k-images-idx3-ubyte"])
    with pytest.raises(
        DatasetUnavailable, match=r"train-images\.idx3-ubyte' has 10 × 28 × 28 numbers, .*labels beside it \(20\)"
    ):
        load_dataset(DataSettings(name="mnist"), tmp_path, download=False)


def test_an_incomplete_file_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "some-idx3-ubyte").write_bytes(b"\0\0\x08")
    (tmp_path / "some.idx3-ubyte").mkdir()
    assert find_placed_file(tmp_path, "some-idx3-ubyte", lambda file: file.stat().st_size > 5) is None
    assert find_placed_file(tmp_path / "missing", "some-idx3-ubyte", lambda _file: True) is None


LETTERS = [
    f"emnist-letters-{split}-{content}-ubyte"
    for split in ("train", "test")
    for content in ("images-idx3", "labels-idx1")
]


def make_letters() -> dict[str, bytes]:
    return {name: idx(torch.ones((4, 28, 28) if "images" in name else (4,), dtype=torch.uint8)) for name in LETTERS}


@pytest.mark.parametrize("where", ["raw/{}", "raw/{}.gz", "{}.gz", "raw/gzip/{}.gz"])
def test_letters_put_there_by_hand_are_read(tmp_path: Path, where: str) -> None:
    for name, content in make_letters().items():
        file = tmp_path / "EMNIST" / where.format(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(gzip.compress(content) if file.suffix == ".gz" else content)
    assert len(load_dataset(DataSettings(name="emnist_letters"), tmp_path, download=False).train) == 4


@pytest.mark.parametrize("where", ["EMNIST/raw", "EMNIST"])
def test_an_archive_put_there_by_hand_is_unpacked_instead_of_downloaded(tmp_path: Path, where: str) -> None:
    (tmp_path / where).mkdir(parents=True)
    with zipfile.ZipFile(tmp_path / where / "gzip.zip", "w") as archive:
        for name, content in make_letters().items():
            archive.writestr(f"gzip/{name}.gz", gzip.compress(content))
    spec = DATASETS["emnist_letters"]
    assert not spec.is_present(tmp_path)
    spec.download(tmp_path)
    assert spec.is_present(tmp_path)
    assert (tmp_path / where / "gzip.zip").exists(), "it is the user's"


def test_photographs_in_a_folder_inside_are_found(tmp_path: Path) -> None:
    inner = tmp_path / "cifar-10-batches-py" / "cifar-10-batches-py"
    inner.mkdir(parents=True)
    for name in [f"data_batch_{number}" for number in range(1, 6)] + ["test_batch"]:
        with (inner / name).open("wb") as stream:
            stream.truncate(10_000 * 3072)
            stream.seek(0, 2)
            stream.write(b".")
    assert DATASETS["cifar10"].is_present(tmp_path)


def find_source(name: str) -> Source:
    source = DATASETS[name].download.__self__  # type: ignore[attr-defined]
    assert isinstance(source, Source)
    return source


@pytest.mark.parametrize("name", [name for name in DOWNLOADED_DATASETS if "pen" not in name])
def test_a_failed_download_names_the_folder_and_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    source = find_source(name)
    nowhere = Source(source.title, source.subfolder, source.archives, lambda _datasets: ["http://127.0.0.1:9/"])
    with pytest.raises(DatasetUnavailable) as failed:
        nowhere.download(tmp_path)
    with pytest.raises(DatasetUnavailable) as missing:
        nowhere.files(tmp_path)
    for error in (failed, missing):
        said = str(error.value)
        assert f"into '{tmp_path / source.subfolder}'" in said
        assert all(archive.name in said for archive in source.archives)
        assert "choose mnist_sample" in said
        assert "\n" not in said
        assert re.search(r"put .* into", said)
