"""Tar archives and folders: the same pictures give the same data set, and nothing dangerous is read."""

import io
import os
import random
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from archive_files import CHINESE, dots, folders, pack_zip
from archive_variants import TWO

from nn_core.data.custom import LIMITS, Limits
from nn_core.data.custom.archives.class_sources import ArchiveOptions
from nn_core.data.custom.archives.opening import is_archive
from nn_core.data.custom.picture_import import make_picture_dataset
from nn_core.errors import BadInput

Edit = Callable[[tarfile.TarFile], None]


def pack_tar(files: dict[str, bytes], compression: str = "", edit: Edit | None = None, **options: object) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=f"w:{compression}", **options) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        if edit:
            edit(archive)
    return stream.getvalue()


def refusal(content: bytes, folder: Path, limits: Limits = LIMITS) -> str:
    with pytest.raises(BadInput) as refused:
        make_picture_dataset(io.BytesIO(content), "Set", folder, limits=limits)
    return str(refused.value)


@pytest.mark.parametrize("compression", ["", "gz", "bz2", "xz"])
@pytest.mark.parametrize("above", ["", "./"])
def test_a_tar_is_read_like_a_zip(compression: str, above: str, tmp_path: Path) -> None:
    files = folders("pets/cat", "pets/dog")
    packed = pack_tar({above + name: content for name, content in files.items()}, compression)
    (tmp_path / "pets.bin").write_bytes(packed)
    assert is_archive(tmp_path / "pets.bin")
    made = make_picture_dataset(tmp_path / "pets.bin", "tar", tmp_path)
    zipped = make_picture_dataset(io.BytesIO(pack_zip(files)), "zip", tmp_path)
    assert made.metadata.counts == zipped.metadata.counts == TWO
    assert made.metadata.mean == zipped.metadata.mean
    assert made.samples == zipped.samples


def test_names_in_a_tar(tmp_path: Path) -> None:
    assert make_picture_dataset(io.BytesIO(pack_tar(CHINESE)), "utf", tmp_path).metadata.classes == ("叉", "圆")
    old = pack_tar(CHINESE, format=tarfile.GNU_FORMAT, encoding="gbk")
    assert "gbk (Simplified Chinese): '圆', '叉'" in refusal(old, tmp_path)
    chosen = ArchiveOptions(names_encoding="gbk")
    made = make_picture_dataset(io.BytesIO(old), "gbk", tmp_path, options=chosen)
    assert made.metadata.classes == ("叉", "圆")


def test_a_folder_is_read_like_a_zip(tmp_path: Path) -> None:
    files = folders("train/cat", "train/dog", "test/cat", "test/dog") | {".git/x.png": dots(), "train/cat/.x.png": b""}
    for name, content in files.items():
        place = tmp_path / "pets" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    (tmp_path / "secret.png").write_bytes(dots())
    (tmp_path / "pets" / "train" / "cat" / "link.png").symlink_to(tmp_path / "secret.png")
    (tmp_path / "pets" / "train" / "bird").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pets" / "train" / "cat" / "pipe.png")
    about = make_picture_dataset(tmp_path / "pets", "folder", tmp_path).metadata
    assert (about.train, about.test) == ((6, 6), (6, 6))
    assert about.skipped == {"link": 2}
    (tmp_path / "nothing").mkdir()
    with pytest.raises(BadInput, match="contains no pictures"):
        make_picture_dataset(tmp_path / "nothing", "nothing", tmp_path)
    with pytest.raises(BadInput, match="more than 3 files"):
        make_picture_dataset(tmp_path / "pets", "many", tmp_path, limits=replace(LIMITS, files=3))


@pytest.mark.parametrize("name", ["../evil.png", "/etc/evil.png", "cat/../../evil.png", "C:\\evil.png"])
def test_paths_outside_a_tar_are_refused(name: str, tmp_path: Path) -> None:
    assert "points outside" in refusal(pack_tar(folders("cat", "dog") | {name: b"x"}), tmp_path)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
def test_links_in_a_tar_are_refused(kind: bytes, tmp_path: Path) -> None:
    def add_link(archive: tarfile.TarFile) -> None:
        link = tarfile.TarInfo("cat/link.png")
        link.type, link.linkname = kind, "/etc/passwd"
        archive.addfile(link)

    assert "contains a link, 'cat/link.png'" in refusal(pack_tar(folders("cat", "dog"), edit=add_link), tmp_path)


def test_devices_in_a_tar_are_ignored(tmp_path: Path) -> None:
    def add_device(archive: tarfile.TarFile) -> None:
        device = tarfile.TarInfo("cat/device.png")
        device.type = tarfile.CHRTYPE
        archive.addfile(device)

    packed = io.BytesIO(pack_tar(folders("cat", "dog"), edit=add_device))
    assert make_picture_dataset(packed, "Set", tmp_path).metadata.counts == TWO


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    bomb = pack_tar(folders("cat", "dog") | {"cat/zeros.png": bytes(30_000_000)}, "gz")
    assert "more than 200 times its size" in refusal(bomb, tmp_path)
    assert "too much" in refusal(pack_tar(folders("cat", "dog")), tmp_path, replace(LIMITS, unpacked_bytes=500))
    assert "more than 5 files" in refusal(pack_tar(folders("cat", "dog")), tmp_path, replace(LIMITS, files=5))


def test_a_header_of_any_size_takes_no_memory(tmp_path: Path) -> None:
    """A header for a long name states 8 GB."""
    header = tarfile.TarInfo("@LongLink")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 8_000_000_000
    packed = header.tobuf(tarfile.GNU_FORMAT) + bytes(2000)
    assert "not a complete tar archive" in refusal(packed, tmp_path)


def test_damage_anywhere_in_a_tar_is_a_sentence_or_skips_pictures(tmp_path: Path) -> None:
    lot = random.Random(0)
    for number, compression in enumerate(["", "gz", "bz2", "xz"] * 15):
        damaged = bytearray(pack_tar(folders("cat", "dog", count=5), compression))
        for _hit in range(2):
            damaged[lot.randrange(len(damaged))] ^= 1 << lot.randrange(8)
        content = damaged[: lot.randrange(100, len(damaged))] if number % 3 == 0 else damaged
        try:
            make_picture_dataset(io.BytesIO(bytes(content)), f"Set {number}", tmp_path)
        except BadInput:
            continue
    assert not list(tmp_path.glob("own/.*"))


def test_what_is_no_archive(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("text,label\nhello,a\n")
    assert not is_archive(tmp_path / "table.csv")
    with pytest.raises(BadInput, match="cannot be opened"):
        is_archive(tmp_path / "nothing.zip")
