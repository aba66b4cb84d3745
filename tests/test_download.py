"""Downloads, from real servers on this machine that misbehave in the ways that mirrors do."""

import gzip
import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from test_data import idx

from nn_core.data import mnist
from nn_core.data.download import Archive, fetch, fetched_share, is_whole
from nn_core.data.torchvision_import import torchvision_datasets
from nn_core.errors import DatasetUnavailable, StorageFailed

CONTENT = {
    "images.gz": gzip.compress(idx(torch.arange(256).to(torch.uint8).repeat(49).reshape(16, 28, 28))),
    "labels.gz": gzip.compress(idx(torch.arange(16).to(torch.uint8))),
}
ARCHIVES = tuple(Archive(name, hashlib.md5(packed).hexdigest(), len(packed)) for name, packed in CONTENT.items())


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


def nobody() -> str:
    """An address where no server listens."""
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        return f"http://127.0.0.1:{server.server_port}/"


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.rglob("*")}


def test_what_is_fetched_is_unpacked_and_whole(serve: Serve, tmp_path: Path) -> None:
    assert fetched_share(ARCHIVES, tmp_path) == 0
    fetch("Letters", ARCHIVES, [serve("is well")[0]], tmp_path / "raw")
    assert names(tmp_path / "raw") == {"images", "labels"}
    assert is_whole(ARCHIVES, tmp_path / "raw")
    assert fetched_share(ARCHIVES, tmp_path / "raw") == 1


@pytest.mark.parametrize(
    "manner", ["cuts off", "sends other bytes", "sends another archive", "sends a web page", "says 404"]
)
def test_a_mirror_that_fails_is_followed_by_the_next(serve: Serve, tmp_path: Path, manner: str) -> None:
    bad, asked_bad = serve(manner)
    good, asked_good = serve("is well")
    fetch("Letters", ARCHIVES, [bad, good], tmp_path)
    assert set(asked_bad) == set(asked_good) == {"images.gz", "labels.gz"}
    assert (tmp_path / "images").read_bytes() == gzip.decompress(CONTENT["images.gz"])
    assert names(tmp_path) == {"images", "labels"}


def test_a_mirror_that_does_not_answer_is_followed_by_the_next(serve: Serve, tmp_path: Path) -> None:
    fetch("Letters", ARCHIVES, [nobody(), serve("is well")[0]], tmp_path)
    assert is_whole(ARCHIVES, tmp_path)


@pytest.mark.parametrize("manner", ["cuts off", "sends other bytes", "sends another archive", "says 404"])
def test_when_all_mirrors_fail_one_sentence_offers_the_sample_and_nothing_is_left(
    serve: Serve, tmp_path: Path, manner: str
) -> None:
    mirrors = [serve(manner)[0], nobody()]
    with pytest.raises(DatasetUnavailable) as caught:
        fetch("Letters", ARCHIVES, mirrors, tmp_path)
    message = str(caught.value)
    assert "Letters could not be downloaded" in message
    assert "choose mnist_sample" in message
    assert all(mirror in message for mirror in mirrors)
    assert "\n" not in message
    assert names(tmp_path) == set()
    assert not is_whole(ARCHIVES, tmp_path)


def test_a_file_that_came_before_the_network_went_is_kept_and_not_fetched_again(serve: Serve, tmp_path: Path) -> None:
    fetch("Letters", ARCHIVES[:1], [serve("is well")[0]], tmp_path)
    with pytest.raises(DatasetUnavailable):
        fetch("Letters", ARCHIVES, [nobody()], tmp_path)
    assert names(tmp_path) == {"images"}
    mirror, asked = serve("is well")
    fetch("Letters", ARCHIVES, [mirror], tmp_path)
    assert set(asked) == {"labels.gz"}


def test_a_file_cut_short_on_disk_is_fetched_again(serve: Serve, tmp_path: Path) -> None:
    fetch("Letters", ARCHIVES, [serve("is well")[0]], tmp_path)
    images = tmp_path / "images"
    images.write_bytes(images.read_bytes()[:-1])
    assert not is_whole(ARCHIVES, tmp_path)
    fetch("Letters", ARCHIVES, [serve("is well")[0]], tmp_path)
    assert images.read_bytes() == gzip.decompress(CONTENT["images.gz"])


def test_a_folder_that_cannot_be_made_is_named(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(StorageFailed, match=r"Cannot store Letters.*NN_LAB_DATA"):
        fetch("Letters", ARCHIVES, [serve("is well")[0]], tmp_path / "data" / "raw")


@pytest.mark.parametrize(
    ("class_name", "archives"), [("MNIST", mnist._MNIST_ARCHIVES), ("FashionMNIST", mnist._FASHION_ARCHIVES)]
)
def test_names_and_checksums_are_torchvisions_own(class_name: str, archives: tuple[Archive, ...]) -> None:
    theirs = getattr(torchvision_datasets(), class_name)
    assert [(archive.name, archive.md5) for archive in archives] == theirs.resources
    assert len(theirs.mirrors) >= 1
