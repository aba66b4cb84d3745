"""Downloads from real servers on this machine, which fail in the ways that mirrors do."""

import gzip
import hashlib
import io
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from idx_files import idx

from nn_core.data import DATASETS
from nn_core.data.builtin.mnist import is_complete_idx
from nn_core.data.download import Archive, Source, import_torchvision_datasets, unpack
from nn_core.errors import DatasetUnavailable, StorageFailed

IMAGES = idx(torch.arange(256).to(torch.uint8).repeat(49).reshape(16, 28, 28))
LABELS = idx(torch.arange(16).to(torch.uint8))


def zipped(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def tarred(members: dict[str, bytes], links: dict[str, str] | None = None) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, target in (links or {}).items():
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, target
            archive.addfile(link)
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


CONTENT = {
    "images.gz": gzip.compress(IMAGES),
    "labels.gz": gzip.compress(LABELS),
    "letters.zip": zipped(
        {
            "gzip/others.gz": gzip.compress(b"not asked for"),
            "../climber": b"out of the folder",
            "gzip/images.gz": gzip.compress(IMAGES),
            "gzip/labels.gz": gzip.compress(LABELS),
        }
    ),
    "letters.tar.gz": tarred(
        {"/climber": b"out", "../climber": b"of", "it/readme": b"the folder", "it/labels": LABELS, "it/images": IMAGES}
    ),
    "link.tar.gz": tarred({}, {"it/images": "/etc/hostname"}),
    "lacking.zip": zipped({"gzip/images.gz": gzip.compress(IMAGES)}),
}


def archive(name: str, *members: str) -> Archive:
    return Archive(name, hashlib.md5(CONTENT[name]).hexdigest(), len(CONTENT[name]), is_complete_idx, members)


ARCHIVES = (archive("images.gz"), archive("labels.gz"))
ZIP = archive("letters.zip", "gzip/images.gz", "gzip/labels.gz")
TAR = archive("letters.tar.gz", "it/images", "it/labels")


def source_with(archives: Sequence[Archive], mirrors: Sequence[str] = ()) -> Source:
    return Source("Letters", "", tuple(archives), lambda _datasets: mirrors)


def fetch(archives: Sequence[Archive], mirrors: Sequence[str], folder: Path) -> None:
    source_with(archives, mirrors).download(folder)


def is_complete(archives: Sequence[Archive], folder: Path) -> bool:
    return source_with(archives).is_present(folder)


def get_download_fraction(archives: Sequence[Archive], folder: Path) -> float:
    return source_with(archives).get_download_fraction(folder)


class Mirror(BaseHTTPRequestHandler):
    """Answers as `manner` says, and notes what it was asked for."""

    def __init__(self, manner: str, asked: list[str], *args: object) -> None:
        self.manner, self.asked = manner, asked
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        name = self.path.rpartition("/")[2]
        self.asked.append(name)
        packed = CONTENT[name]
        if self.manner == "says 404":
            self.send_error(404)
            return
        body = {
            "sends other bytes": bytes(len(packed)),
            "sends another archive": gzip.compress(idx(torch.zeros(3, dtype=torch.uint8))),
            "sends a web page": b"<html>Please sign in to this network</html>",
        }.get(self.manner, packed)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if self.manner == "cuts off" else body)

    do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None:
        pass


Serve = Callable[[str], tuple[str, list[str]]]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """serve(manner) starts a mirror and gives its address and what it is asked for."""
    monkeypatch.setenv("no_proxy", "*")
    with ExitStack() as servers:
        yield lambda manner: servers.enter_context(_served(manner))


@contextmanager
def _served(manner: str) -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Mirror, manner, asked)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/", asked
        server.shutdown()
        thread.join()


def get_silent_mirror() -> str:
    """An address where no server listens."""
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        return f"http://127.0.0.1:{server.server_port}/"


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.rglob("*")}


def test_downloads_are_unpacked_completely(serve: Serve, tmp_path: Path) -> None:
    assert get_download_fraction(ARCHIVES, tmp_path) == 0
    fetch(ARCHIVES, [serve("is well")[0]], tmp_path / "raw")
    assert names(tmp_path / "raw") == {"images", "labels"}
    assert is_complete(ARCHIVES, tmp_path / "raw")
    assert get_download_fraction(ARCHIVES, tmp_path / "raw") == 1


@pytest.mark.parametrize(
    "manner", ["cuts off", "sends other bytes", "sends another archive", "sends a web page", "says 404"]
)
def test_a_mirror_that_fails_is_followed_by_the_next(serve: Serve, tmp_path: Path, manner: str) -> None:
    bad, asked_bad = serve(manner)
    good, asked_good = serve("is well")
    fetch(ARCHIVES, [bad, good], tmp_path)
    assert set(asked_bad) == set(asked_good) == {"images.gz", "labels.gz"}
    assert (tmp_path / "images").read_bytes() == gzip.decompress(CONTENT["images.gz"])
    assert names(tmp_path) == {"images", "labels"}


def test_a_silent_mirror_is_followed_by_the_next(serve: Serve, tmp_path: Path) -> None:
    fetch(ARCHIVES, [get_silent_mirror(), serve("is well")[0]], tmp_path)
    assert is_complete(ARCHIVES, tmp_path)


@pytest.mark.parametrize("manner", ["cuts off", "sends other bytes", "sends another archive", "says 404"])
def test_if_all_mirrors_fail_the_message_offers_the_sample(serve: Serve, tmp_path: Path, manner: str) -> None:
    mirrors = [serve(manner)[0], get_silent_mirror()]
    with pytest.raises(DatasetUnavailable) as caught:
        fetch(ARCHIVES, mirrors, tmp_path)
    message = str(caught.value)
    assert "Letters could not be downloaded" in message
    assert "choose mnist_sample" in message
    assert all(mirror in message for mirror in mirrors)
    assert "\n" not in message
    assert names(tmp_path) == set()
    assert not is_complete(ARCHIVES, tmp_path)


def test_files_downloaded_before_a_failure_are_kept(serve: Serve, tmp_path: Path) -> None:
    fetch(ARCHIVES[:1], [serve("is well")[0]], tmp_path)
    with pytest.raises(DatasetUnavailable):
        fetch(ARCHIVES, [get_silent_mirror()], tmp_path)
    assert names(tmp_path) == {"images"}
    mirror, asked = serve("is well")
    fetch(ARCHIVES, [mirror], tmp_path)
    assert set(asked) == {"labels.gz"}


def test_a_truncated_file_is_downloaded_again(serve: Serve, tmp_path: Path) -> None:
    fetch(ARCHIVES, [serve("is well")[0]], tmp_path)
    images = tmp_path / "images"
    images.write_bytes(images.read_bytes()[:-1])
    assert not is_complete(ARCHIVES, tmp_path)
    fetch(ARCHIVES, [serve("is well")[0]], tmp_path)
    assert images.read_bytes() == gzip.decompress(CONTENT["images.gz"])


def test_a_folder_that_cannot_be_created_is_reported(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(StorageFailed, match=r"Cannot store Letters.*NN_LAB_DATA"):
        fetch(ARCHIVES, [serve("is well")[0]], tmp_path / "data" / "raw")


# Archives of several files


@pytest.mark.parametrize("packed", [ZIP, TAR], ids=["zip", "tar.gz"])
def test_only_the_wanted_files_of_an_archive_are_unpacked(serve: Serve, tmp_path: Path, packed: Archive) -> None:
    fetch([packed], [get_silent_mirror(), serve("cuts off")[0], serve("is well")[0]], tmp_path / "raw")
    assert names(tmp_path) == {"raw", "images", "labels"}
    assert (tmp_path / "raw" / "images").read_bytes() == IMAGES
    assert (tmp_path / "raw" / "labels").read_bytes() == LABELS
    assert is_complete([packed], tmp_path / "raw")
    assert get_download_fraction([packed], tmp_path / "raw") == 1


@pytest.mark.parametrize("manner", ["cuts off", "sends other bytes", "sends another archive", "says 404"])
@pytest.mark.parametrize("packed", [ZIP, TAR], ids=["zip", "tar.gz"])
def test_an_unavailable_archive_leaves_no_files(serve: Serve, tmp_path: Path, packed: Archive, manner: str) -> None:
    with pytest.raises(DatasetUnavailable, match=r"Letters could not be downloaded.*choose mnist_sample") as caught:
        fetch([packed], [serve(manner)[0], get_silent_mirror()], tmp_path)
    assert "\n" not in str(caught.value)
    assert names(tmp_path) == set()


@pytest.mark.parametrize(
    ("packed", "why"),
    [
        (archive("link.tar.gz", "it/images"), "there is no it/images in link.tar.gz"),
        (archive("lacking.zip", "gzip/images.gz", "gzip/labels.gz"), "there is no gzip/labels.gz in lacking.zip"),
    ],
    ids=["a link", "a file lacks"],
)
def test_an_unexpected_archive_is_refused(serve: Serve, tmp_path: Path, packed: Archive, why: str) -> None:
    with pytest.raises(DatasetUnavailable, match=why):
        fetch([packed], [serve("is well")[0]], tmp_path)
    assert names(tmp_path) == set()


@pytest.mark.parametrize(
    ("name", "content", "member"),
    [
        ("bomb.gz", gzip.compress(bytes(5 * 2**20)), None),
        ("bomb.zip", zipped({"images": bytes(5 * 2**20)}), "images"),
        ("bomb.zip", zipped({"images.gz": gzip.compress(bytes(5 * 2**20))}), "images.gz"),
        ("bomb.tar.gz", tarred({"images": bytes(5 * 2**20)}), "images"),
    ],
    ids=["gz", "zip", "gz in zip", "tar.gz"],
)
def test_an_archive_that_unpacks_to_too_much_is_stopped(
    tmp_path: Path, name: str, content: bytes, member: str | None
) -> None:
    packed = tmp_path / name
    packed.write_bytes(content)
    members = [member] if member else []
    with pytest.raises(ValueError, match="is larger than 3,000,000 bytes"):
        unpack(packed, members, tmp_path, max_bytes=3_000_000)
    assert all(file.stat().st_size <= 3_000_000 for file in tmp_path.iterdir())
    unpack(packed, members, tmp_path, max_bytes=5 * 2**20)
    assert sum(file.stat().st_size == 5 * 2**20 for file in tmp_path.iterdir()) == 1


def test_a_missing_file_of_an_archive_is_downloaded_again(serve: Serve, tmp_path: Path) -> None:
    fetch([ZIP], [serve("is well")[0]], tmp_path)
    (tmp_path / "labels").unlink()
    assert not is_complete([ZIP], tmp_path)
    assert get_download_fraction([ZIP], tmp_path) == 0
    mirror, asked = serve("is well")
    fetch([ZIP], [mirror], tmp_path)
    assert set(asked) == {"letters.zip"}
    assert is_complete([ZIP], tmp_path)


# What is registered


@pytest.mark.parametrize(
    ("name", "class_name"), [("mnist", "MNIST"), ("fashion_mnist", "FashionMNIST"), ("kmnist", "KMNIST")]
)
def test_names_and_checksums_equal_those_of_torchvision(name: str, class_name: str) -> None:
    theirs = getattr(import_torchvision_datasets(), class_name)
    ours = source_of(name)
    assert [(archive.name, archive.md5) for archive in ours.archives] == theirs.resources
    assert ours.mirrors(import_torchvision_datasets()) == theirs.mirrors
    assert ours.subfolder == f"{class_name}/raw"


def test_large_archives_equal_those_of_torchvision() -> None:
    datasets = import_torchvision_datasets()
    for name, url, md5 in (
        ("emnist_letters", datasets.EMNIST.url, datasets.EMNIST.md5),
        ("cifar10", datasets.CIFAR10.url, datasets.CIFAR10.tgz_md5),
    ):
        (archive,) = source_of(name).archives
        assert [mirror + archive.name for mirror in source_of(name).mirrors(datasets)] == [url]
        assert archive.md5 == md5
    letters = [source_of("emnist_letters").archives[0].files[part : part + 2] for part in (0, 2)]
    for train, files in zip((True, False), letters, strict=True):
        # Without the data it cannot be made; its file names are properties that need no more than this.
        theirs = datasets.EMNIST.__new__(datasets.EMNIST)
        theirs.root, theirs.split, theirs.train = "", "letters", train
        assert files == (Path(theirs.images_file).name, Path(theirs.labels_file).name)
    theirs = [name for name, _md5 in datasets.CIFAR10.train_list + datasets.CIFAR10.test_list]
    assert list(source_of("cifar10").archives[0].files) == theirs
    assert source_of("cifar10").subfolder == datasets.CIFAR10.base_folder


def source_of(name: str) -> Source:
    source = DATASETS[name].download.__self__  # type: ignore[attr-defined]
    assert isinstance(source, Source)
    return source
