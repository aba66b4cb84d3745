"""Custom data sets from an archive of pictures: what is accepted, what is refused and why."""

import io
import random
import struct
import tracemalloc
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from custom_files import COLOURS, classes, drawing, encoded, made, splits, zipped
from PIL import Image

from nn_core.data import DATASETS, DataSettings, find_dataset, list_datasets, load_dataset
from nn_core.data.custom import LIMITS, Limits, read_custom_spec
from nn_core.data.custom.archives.class_sources import ArchiveOptions
from nn_core.data.custom.metadata import summarize
from nn_core.data.custom.picture_import import make_picture_dataset
from nn_core.data.split import split_train_test
from nn_core.errors import BadInput


def refusal(files: Mapping[str, bytes] | io.BytesIO, folder: Path, limits: Limits = LIMITS) -> str:
    """The sentence; nothing has been left behind."""
    content = files if isinstance(files, io.BytesIO) else zipped(files)
    with pytest.raises(BadInput) as refused:
        make_picture_dataset(content, "Colours", folder, limits=limits)
    assert not list(folder.glob("own/*")), "nothing is left of a data set that was refused"
    assert not list(folder.glob("own/.*"))
    return str(refused.value)


# What a ZIP of pictures becomes


def test_a_zip_becomes_a_data_set(tmp_path: Path) -> None:
    result = made(classes(10), tmp_path, side=32, colour=True)
    assert result.name == "own-colours"
    spec = find_dataset("own-colours", tmp_path)
    assert (spec.kind, spec.shape, spec.classes, spec.title) == (
        "pictures",
        (3, 32, 32),
        ("blue", "green", "red"),
        "Colours",
    )
    assert spec.task.classes == 3
    assert not spec.is_line_drawing
    assert spec.is_present(tmp_path)
    assert list(list_datasets(tmp_path)) == [*DATASETS, "own-colours"]
    data = load_dataset(DataSettings(name="own-colours"), tmp_path)
    assert data.train.inputs.dtype == torch.uint8
    assert data.train.labels.dtype == torch.int64
    assert data.train.class_counts(3) == [8, 8, 8]
    assert data.test.class_counts(3) == [2, 2, 2]
    scaled = data.train.inputs.double() / 255
    assert spec.mean == pytest.approx(scaled.mean(dim=(0, 2, 3)).tolist(), abs=1e-3)
    assert spec.std == pytest.approx(scaled.std(dim=(0, 2, 3)).tolist(), abs=1e-3)
    middle = data.train.inputs[:, :, 16, 16].double()
    for label, name in enumerate(spec.classes):
        strongest = middle[data.train.labels == label].mean(dim=0).argmax().item()
        assert strongest == ["red", "green", "blue"].index(name)
    assert set(summarize(result.metadata).split()) >= {"30", "24", "6"}


def test_grey_pictures_have_one_channel(tmp_path: Path) -> None:
    made(classes(), tmp_path, side=28, colour=False)
    assert read_custom_spec("own-colours", tmp_path).shape == (1, 28, 28)


def test_folders_around_the_classes_and_hidden_files_do_not_count(tmp_path: Path) -> None:
    files = classes(5, above="holiday/pictures/")
    files |= {"__MACOSX/holiday/._0.png": b"x", "holiday/.DS_Store": b"x", "holiday/pictures/red/.hidden.png": b"x"}
    files |= {"holiday/pictures/red/indoors/9.png": drawing(COLOURS["red"]), "holiday/pictures/red/Thumbs.db": b"x"}
    about = made(files, tmp_path).metadata
    assert about.counts == {"blue": 5, "green": 5, "red": 6}
    assert about.skipped == {}


def test_train_and_test_folders_are_honoured(tmp_path: Path) -> None:
    again = drawing(COLOURS["red"])
    files = classes(6, above="set/train/") | classes(3, above="set/test/")
    files |= {"set/train/red/twin.png": again, "set/test/red/twin.png": again}
    about = made(files, tmp_path).metadata
    assert about.train == (6, 6, 6)
    assert about.test == (3, 3, 4)
    assert about.skipped == {"also_in_test": 1}
    assert "the same as a test picture (such as set/train/red/twin.png)" in summarize(about)


def test_equal_images_are_in_the_same_split_in_any_order(tmp_path: Path) -> None:
    files = classes(12)
    for i in range(6):
        files[f"red/again{i}.png"] = files[f"red/{i}.png"]
    made(files, tmp_path / "a")
    made(dict(reversed(files.items())), tmp_path / "b")

    def pictures(folder: Path) -> list[set[bytes]]:
        return [{picture.numpy().tobytes() for picture in split.inputs} for split in splits("own-colours", folder)]

    train, test = pictures(tmp_path / "a")
    assert not train & test
    assert (train, test) == tuple(pictures(tmp_path / "b"))


def test_the_test_split_has_a_fifth_of_every_class_despite_duplicates() -> None:
    lot = random.Random(1)
    for _round in range(200):
        kinds = [lot.randint(2, 9) for _class in range(3)]
        samples = [(label, lot.randrange(kinds[label])) for label in range(3) for _i in range(lot.randint(5, 60))]
        digests = [bytes([label, kind]) for label, kind in samples]
        labels = [label for label, _kind in samples]
        for_test = split_train_test(digests, labels)
        assert not {d for d, t in zip(digests, for_test, strict=True) if t} & {
            d for d, t in zip(digests, for_test, strict=True) if not t
        }
        for label in range(3):
            if len({kind for owner, kind in samples if owner == label}) > 1:
                mine = [t for t, owner in zip(for_test, labels, strict=True) if owner == label]
                assert 0 < sum(mine) < len(mine)
    many = split_train_test([bytes([i // 256, i % 256]) for i in range(1000)], [i % 2 for i in range(1000)])
    assert sum(many) == 200


def test_broken_and_huge_images_are_skipped_and_counted(tmp_path: Path) -> None:
    whole = drawing(COLOURS["red"])
    files = classes(6) | {
        "red/cut.png": whole[: len(whole) // 2],
        "red/text.jpg": b"not a picture",
        "red/empty.gif": b"",
        "red/readme.txt": b"hello",
        "red/huge.png": encoded(Image.new("1", (3000, 3000))),
        "loose.png": whole,
    }
    about = made(files, tmp_path, limits=replace(LIMITS, pixels=1_000_000)).metadata
    assert about.skipped == {"broken": 3, "too_large": 1, "not_picture": 1, "no_class": 1}
    assert about.counts == {"blue": 6, "green": 6, "red": 6}
    sentence = summarize(about)
    assert "3 cannot be read (such as red/cut.png)" in sentence
    assert "1 too many pixels (such as red/huge.png)" in sentence


# What a ZIP of pictures may not be


def test_two_folders_with_five_images_each_are_required(tmp_path: Path) -> None:
    assert "one folder, 'red'" in refusal(classes(6, ["red"]), tmp_path)
    assert "Too few: 'blue' (4)" in refusal(classes(6, ["red"]) | classes(4, ["blue"]), tmp_path)
    assert "6 pictures but no folders" in refusal({f"{i}.png": drawing(COLOURS["red"]) for i in range(6)}, tmp_path)
    assert "contains no pictures" in refusal({"a/b.txt": b"x"}, tmp_path)
    assert "at most 2 classes" in refusal(classes(5), tmp_path, replace(LIMITS, classes=2))
    assert "too long for a class" in refusal(classes(5, ["red", "x" * 120]), tmp_path)


def test_duplicate_or_broken_images_do_not_count_for_a_class(tmp_path: Path) -> None:
    same = drawing(COLOURS["blue"])
    assert "Too few: 'blue' (1)" in refusal(classes(6, ["red"]) | {f"blue/{i}.png": same for i in range(9)}, tmp_path)
    broken = {f"blue/{i}.png": drawing(COLOURS["blue"])[:50] if i > 3 else drawing(COLOURS["blue"]) for i in range(9)}
    sentence = refusal(classes(6, ["red"]) | broken, tmp_path)
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
    assert "points outside its own folder" in refusal(classes(6) | {name: b"x"}, tmp_path)
    assert not (tmp_path / "evil.png").exists()


def test_links_locks_and_rare_methods_are_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("red/link.png")
    link.external_attr = 0o120777 << 16
    stream = zipped(classes(6))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    assert "contains a link, 'red/link.png'" in refusal(stream, tmp_path)
    stream = zipped(classes(6))
    content = bytearray(stream.getvalue())
    entry = content.find(b"PK\x01\x02")
    content[entry + 8] |= 1  # the flag of an encrypted file
    assert "has a password" in refusal(io.BytesIO(bytes(content)), tmp_path)
    rare = io.BytesIO()
    with zipfile.ZipFile(rare, "w", zipfile.ZIP_LZMA) as archive:
        for name, picture in classes(6).items():
            archive.writestr(name, picture)
    assert "unsupported compression" in refusal(rare, tmp_path)


def test_zip_bombs_are_refused_before_unpacking(tmp_path: Path) -> None:
    assert "more than 200 times its size" in refusal(classes(6) | {"red/zeros.png": bytes(5_000_000)}, tmp_path)
    assert "at most 0.0 GB are allowed" in refusal(classes(6), tmp_path, replace(LIMITS, unpacked_bytes=10_000))
    assert "more than 17 files" in refusal(classes(6), tmp_path, replace(LIMITS, files=17))
    assert "more than 200,000 files" in refusal(classes(6), tmp_path, replace(LIMITS, directory_bytes=500))


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
        assert "not a complete ZIP file" in refusal(io.BytesIO(odd), tmp_path, replace(LIMITS, directory_bytes=500))


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
    assert "not a complete ZIP" in refusal(io.BytesIO(content), tmp_path)


def test_a_zip_cut_anywhere_never_crashes(tmp_path: Path) -> None:
    content = zipped(classes(5)).getvalue()
    for end in range(0, len(content), len(content) // 25):
        refusal(io.BytesIO(content[:end]), tmp_path)


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
    assert "CSV (UTF-8)" in refusal({"[Content_Types].xml": b"x", "xl/sheet.xml": b"x"}, tmp_path)


@pytest.mark.parametrize("side", [27, 65, 0, -1])
def test_sides_out_of_bounds_are_refused(tmp_path: Path, side: int) -> None:
    with pytest.raises(BadInput, match="from 28 to 64"):
        made(classes(5), tmp_path, side=side)


# Pictures that look the same


def blank(shade: int, noise: int = 0) -> bytes:
    lot = np.random.default_rng()
    return encoded(Image.fromarray((shade + lot.integers(0, noise + 1, (20, 20))).astype(np.uint8)))


def test_blank_pictures_are_called_blank(tmp_path: Path) -> None:
    identical = {f"{label}/{i}.png": blank(0) for label in ("a", "b") for i in range(8)}
    assert "All pictures look the same (blank?): 16 of 16 are identical" in refusal(identical, tmp_path)
    noisy = {f"{label}/{i}.png": blank(240, 4) for label in ("a", "b") for i in range(8)}
    assert "look the same (blank?): 16 of 16" in refusal(noisy, tmp_path)
    nearly = {f"{label}/{i}.png": blank(255) for label in ("a", "b") for i in range(20)}
    nearly |= {"a/x.png": drawing(COLOURS["red"]), "b/x.png": drawing(COLOURS["blue"])}
    assert "look the same (blank?): 40 of 42" in refusal(nearly, tmp_path)


def test_pictures_of_one_colour_can_be_classes(tmp_path: Path) -> None:
    files = {f"dark/{i}.png": blank(10 + i) for i in range(8)} | {f"light/{i}.png": blank(200 + i) for i in range(8)}
    about = make_picture_dataset(zipped(files), "Shades", tmp_path).metadata
    assert about.counts == {"dark": 8, "light": 8}


def test_uneven_classes_are_mentioned(tmp_path: Path) -> None:
    about = made(classes(60, ["red"]) | classes(6, ["blue"]), tmp_path).metadata
    assert about.warnings == ("The classes are uneven: 'red' has 60 pictures and 'blue' 6.",)
    assert made(classes(20, ["red"]) | classes(6, ["blue"]), tmp_path / "other").metadata.warnings == ()


def test_the_report_shows_samples_of_each_class(tmp_path: Path) -> None:
    samples = made(classes(30), tmp_path).samples
    assert {(sample.file or "").split("/")[0] == sample.label for sample in samples} == {True}
    assert {sample.label for sample in samples} == set(COLOURS)
    assert len(samples) == 20
