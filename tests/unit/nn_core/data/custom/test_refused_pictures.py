"""Archives that are refused or of which files are left out: too few pictures, dangerous, damaged, or from other programs."""

import io
import random
import struct
import tracemalloc
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from custom_files import COLOURS, classes, drawing, encoded, made, refused_pictures, zipped
from PIL import Image

from nn_core.data.custom import LIMITS
from nn_core.data.custom.archives.class_sources import ArchiveOptions
from nn_core.data.custom.picture_import import make_picture_dataset
from nn_core.errors import BadInput


def test_two_folders_with_five_images_each_are_required(tmp_path: Path) -> None:
    assert "one folder, 'red'" in refused_pictures(classes(6, ["red"]), tmp_path)
    assert "Too few: 'blue' (4)" in refused_pictures(classes(6, ["red"]) | classes(4, ["blue"]), tmp_path)
    assert "6 pictures but no folders" in refused_pictures(
        {f"{i}.png": drawing(COLOURS["red"]) for i in range(6)}, tmp_path
    )
    assert "contains no pictures" in refused_pictures({"a/b.txt": b"x"}, tmp_path)
    assert "at most 2 classes" in refused_pictures(classes(5), tmp_path, replace(LIMITS, classes=2))
    assert "too long for a class" in refused_pictures(classes(5, ["red", "x" * 120]), tmp_path)


def test_duplicate_or_broken_images_do_not_count_for_a_class(tmp_path: Path) -> None:
    same = drawing(COLOURS["blue"])
    assert "Too few: 'blue' (1)" in refused_pictures(
        classes(6, ["red"]) | {f"blue/{i}.png": same for i in range(9)}, tmp_path
    )
    broken = {f"blue/{i}.png": drawing(COLOURS["blue"])[:50] if i > 3 else drawing(COLOURS["blue"]) for i in range(9)}
    sentence = refused_pictures(classes(6, ["red"]) | broken, tmp_path)
    assert "Too few: 'blue' (4)" in sentence
    assert "Left out: 5 cannot be read (such as blue/4.png)" in sentence


def test_a_folder_without_pictures_is_no_class(tmp_path: Path) -> None:
    empty = make_picture_dataset(zipped(classes(6), ["birds/"]), "empty", tmp_path).metadata
    assert empty.classes == ("blue", "green", "red")
    assert empty.warnings == ("There is no picture in the folder 'birds', so it is no class.",)
    notes = made(classes(6) | {"birds/notes.txt": b"x"}, tmp_path).metadata
    assert (notes.classes, notes.skipped, notes.warnings) == (empty.classes, {"not_picture": 1}, empty.warnings)


def test_pictures_are_divided_again_if_a_split_has_no_picture_of_a_class(tmp_path: Path) -> None:
    about = made(classes(6, above="train/") | classes(3, ["red", "green"], above="test/"), tmp_path).metadata
    assert about.counts == {"blue": 6, "green": 9, "red": 9}
    assert min(*about.train, *about.test) > 0
    assert "'blue' is missing" in about.warnings[0]


def test_pictures_are_divided_again_if_a_class_has_only_test_pictures_for_training(tmp_path: Path) -> None:
    files = classes(6, above="train/") | classes(6, above="test/")
    files |= {f"train/red/{i}.png": files[f"test/red/{i}.png"] for i in range(6)}
    about = made(files, tmp_path).metadata
    assert min(*about.train, *about.test) > 0
    assert "'red' has no picture of its own" in about.warnings[0]


@pytest.mark.parametrize(
    "name", ["../evil.png", "red/../../evil.png", "/etc/evil.png", "C:\\evil.png", "red\\..\\..\\evil.png"]
)
def test_names_outside_the_archive_are_refused(tmp_path: Path, name: str) -> None:
    assert "points outside its own folder" in refused_pictures(classes(6) | {name: b"x"}, tmp_path)
    assert not (tmp_path / "evil.png").exists()


def test_links_locks_and_rare_methods_are_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("red/link.png")
    link.external_attr = 0o120777 << 16
    stream = zipped(classes(6))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    assert "contains a link, 'red/link.png'" in refused_pictures(stream, tmp_path)
    stream = zipped(classes(6))
    content = bytearray(stream.getvalue())
    entry = content.find(b"PK\x01\x02")
    content[entry + 8] |= 1  # the flag of an encrypted file
    assert "has a password" in refused_pictures(io.BytesIO(bytes(content)), tmp_path)
    rare = io.BytesIO()
    with zipfile.ZipFile(rare, "w", zipfile.ZIP_LZMA) as archive:
        for name, picture in classes(6).items():
            archive.writestr(name, picture)
    assert "unsupported compression" in refused_pictures(rare, tmp_path)


def test_zip_bombs_are_refused_before_unpacking(tmp_path: Path) -> None:
    assert "more than 200 times its size" in refused_pictures(
        classes(6) | {"red/zeros.png": bytes(5_000_000)}, tmp_path
    )
    assert "at most 0.0 GB are allowed" in refused_pictures(
        classes(6), tmp_path, replace(LIMITS, unpacked_bytes=10_000)
    )
    assert "more than 17 files" in refused_pictures(classes(6), tmp_path, replace(LIMITS, files=17))
    assert "more than 200,000 files" in refused_pictures(classes(6), tmp_path, replace(LIMITS, directory_bytes=500))


def test_a_file_list_that_evades_its_limit_is_refused(tmp_path: Path) -> None:
    """In each of these, zipfile reads the complete list although another record says that it is empty."""
    content = zipped(classes(6)).getvalue()
    end = content.rfind(b"PK\x05\x06")
    entries, length, place = struct.unpack_from("<HLL", content, end + 10)
    in_the_record = content[: end + 4] + b"PK\x05\x06" + content[end + 8 :]

    def large(count: int, length: int) -> bytes:
        return struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, length, place)

    names_another = struct.pack("<4sLQL", b"PK\x06\x07", 0, 0, 1)
    last = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0, 0, 0)
    beside_another = large(0, 0) + content[:end] + large(entries, length) + names_another + last
    for odd in (in_the_record, beside_another):
        assert "not a complete ZIP file" in refused_pictures(
            io.BytesIO(odd), tmp_path, replace(LIMITS, directory_bytes=500)
        )


def test_a_nested_zip_is_skipped(tmp_path: Path) -> None:
    inner = zipped(classes(6)).getvalue()
    about = make_picture_dataset(zipped(classes(6) | {"zzz.zip": inner}), "Colours", tmp_path).metadata
    assert about.classes == ("blue", "green", "red")


def test_unpacking_stops_at_the_size_in_the_header(tmp_path: Path) -> None:
    """The bomb states 1,000 bytes and holds 300 million; only its picture is lost."""
    stream = zipped(classes(6) | {"red/bomb.png": bytes(300_000_000)})
    content = stream.getvalue().replace(struct.pack("<I", 300_000_000), struct.pack("<I", 1000))
    tracemalloc.start()
    try:
        about = make_picture_dataset(io.BytesIO(content), "Colours", tmp_path).metadata
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert about.skipped == {"broken": 1}
    assert about.counts["red"] == 6
    assert peak < 20_000_000


def test_a_file_above_the_size_limit_is_skipped(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8)
    files = classes(6) | {"red/large.png": encoded(Image.fromarray(noise))}
    assert made(files, tmp_path, limits=replace(LIMITS, file_bytes=50_000)).metadata.skipped == {"too_large": 1}


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x03\x04 half a zip", b"\x89PNG\r\n", bytes(1000)])
def test_a_file_that_is_not_a_zip_is_refused_with_a_message(tmp_path: Path, content: bytes) -> None:
    assert "not a complete ZIP" in refused_pictures(io.BytesIO(content), tmp_path)


def test_a_zip_cut_anywhere_never_crashes(tmp_path: Path) -> None:
    content = zipped(classes(5)).getvalue()
    for end in range(0, len(content), len(content) // 25):
        refused_pictures(io.BytesIO(content[:end]), tmp_path)


def test_damage_anywhere_in_a_zip_is_reported_or_skips_an_image(tmp_path: Path) -> None:
    content = zipped(classes(6)).getvalue()
    lot = random.Random(0)
    for attempt in range(150):
        damaged = bytearray(content)
        # Most damage where it hurts: in the directory at the end.
        for _hit in range(3):
            damaged[
                lot.randrange(len(content) - 2500, len(content)) if attempt % 3 else lot.randrange(len(content))
            ] ^= 1 << lot.randrange(8)
        try:
            made_of_it = make_picture_dataset(io.BytesIO(bytes(damaged)), f"Set {attempt}", tmp_path)
        except BadInput:
            continue
        assert sum(made_of_it.metadata.counts.values()) <= 18
    assert not list(tmp_path.glob("own/.*"))


def test_names_in_any_encoding_are_read(tmp_path: Path) -> None:
    stream = zipped(classes(6, ["Äpfel", "梨"]))
    utf8 = make_picture_dataset(stream, "flagged", tmp_path).metadata
    assert utf8.classes == ("Äpfel", "梨")
    unflagged = stream.getvalue()
    for mark, flags in ((b"PK\x01\x02", 9), (b"PK\x03\x04", 7)):
        pieces = unflagged.split(mark)
        rest = [piece[: flags - 4] + bytes([piece[flags - 4] & ~0x08]) + piece[flags - 3 :] for piece in pieces[1:]]
        unflagged = mark.join([pieces[0], *rest])
    assert make_picture_dataset(io.BytesIO(unflagged), "unflagged", tmp_path).metadata.classes == ("Äpfel", "梨")
    broken = stream.getvalue().replace("梨".encode(), b"\xff\xfe\xfa")
    with pytest.raises(BadInput, match="not a complete ZIP"):
        make_picture_dataset(io.BytesIO(broken), "broken", tmp_path)
    latin = zipped(classes(6, ["birnen", "xpfel"])).getvalue().replace(b"xpfel/", b"\xc4pfel/")
    with pytest.raises(BadInput, match=r"'Äpfel'.*--names-encoding cp1252"):
        make_picture_dataset(io.BytesIO(latin), "latin", tmp_path)
    chosen = ArchiveOptions(names_encoding="cp1252")
    assert make_picture_dataset(io.BytesIO(latin), "latin", tmp_path, options=chosen).metadata.classes == (
        "birnen",
        "Äpfel",
    )


def test_windows_separators_are_understood(tmp_path: Path) -> None:
    assert made(
        {name.replace("/", "\\"): content for name, content in classes(6).items()}, tmp_path
    ).metadata.classes == (
        "blue",
        "green",
        "red",
    )


def test_an_office_file_is_recognised(tmp_path: Path) -> None:
    assert "CSV (UTF-8)" in refused_pictures({"[Content_Types].xml": b"x", "xl/sheet.xml": b"x"}, tmp_path)


@pytest.mark.parametrize("side", [27, 65, 0, -1])
def test_sides_out_of_bounds_are_refused(tmp_path: Path, side: int) -> None:
    with pytest.raises(BadInput, match="from 28 to 64"):
        made(classes(5), tmp_path, side=side)
