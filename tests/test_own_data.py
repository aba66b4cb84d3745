"""Data sets of one's own: what is taken, what is refused and why, and that what was made can be learned from."""

import io
import itertools
import json
import random
import resource
import struct
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from browsing import open_page, wait_for_app
from PIL import Image
from playwright.sync_api import Page, expect
from processes import ROOT, assert_one_line, nn_core
from serving import serve_app

from nn_core.config import RunConfig, with_settings
from nn_core.data import DATASETS, DatasetSpec, DataSettings, Split, all_datasets, find_dataset, load_dataset
from nn_core.data.own import LIMITS, Limits, delete_own, how_it_is_read, input_bytes, own_datasets, own_spec
from nn_core.data.own.about import Made
from nn_core.data.own.division import divide
from nn_core.data.own.example import example_zip
from nn_core.data.own.fitting import fitted
from nn_core.data.own.names import slug_of
from nn_core.data.own.pictures import make_picture_dataset
from nn_core.data.own.texts import make_text_dataset
from nn_core.data.own.words import told
from nn_core.errors import BadInput, DatasetUnavailable, StorageFailed
from nn_core.training.loop import Epoch, train
from nn_core.training.session import Session

CPU = torch.device("cpu")
_NUMBERS = itertools.count()
COLOURS = {"red": (220, 30, 30), "green": (30, 200, 40), "blue": (40, 60, 230)}


def drawing(colour: tuple[int, int, int], size: tuple[int, int] = (40, 30)) -> bytes:
    """A PNG in about that colour, unlike every other."""
    lot = np.random.default_rng(next(_NUMBERS))
    shades = np.clip(np.array(colour) + lot.integers(-40, 40, (*size[::-1], 3)), 0, 255)
    return encoded(Image.fromarray(shades.astype(np.uint8)))


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def classes(count: int = 8, names: Iterable[str] = COLOURS, above: str = "") -> dict[str, bytes]:
    """`count` pictures in a folder for each class."""
    return {
        f"{above}{name}/{i}.png": drawing(list(COLOURS.values())[n % 3])
        for n, name in enumerate(names)
        for i in range(count)
    }


def zipped(files: Mapping[str, bytes], folders: Iterable[str] = ()) -> io.BytesIO:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for folder in folders:
            archive.writestr(zipfile.ZipInfo(folder), b"")
        for name, content in files.items():
            archive.writestr(name, content)
    return stream


def made(files: Mapping[str, bytes], folder: Path, **options: object) -> Made:
    return make_picture_dataset(zipped(files), "Colours", folder, **options)  # type: ignore[arg-type]


def splits(name: str, folder: Path, budget: int | None = None) -> tuple[Split, Split]:
    return own_spec(name, folder, budget=budget).read(folder, DataSettings(name=name))


def refusal(files: Mapping[str, bytes] | io.BytesIO, folder: Path, limits: Limits = LIMITS) -> str:
    """The sentence; nothing has been left behind."""
    content = files if isinstance(files, io.BytesIO) else zipped(files)
    with pytest.raises(BadInput) as refused:
        make_picture_dataset(content, "Colours", folder, limits=limits)
    assert not list(folder.glob("own/*")), "nothing is left of a data set that was refused"
    assert not list(folder.glob("own/.*"))
    return str(refused.value)


# What a ZIP of pictures becomes


def test_a_zip_becomes_a_data_set_that_is_listed_found_and_read(tmp_path: Path) -> None:
    result = made(classes(10), tmp_path, side=32, colour=True)
    assert result.name == "own-colours"
    spec = find_dataset("own-colours", tmp_path)
    assert (spec.kind, spec.shape, spec.classes, spec.title) == (
        "pictures",
        (3, 32, 32),
        ("blue", "green", "red"),
        "Colours",
    )
    assert spec.problem.classes == 3
    assert not spec.ink
    assert spec.is_present(tmp_path)
    assert list(all_datasets(tmp_path)) == [*DATASETS, "own-colours"]
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
    assert set(told(result.about).split()) >= {"30", "24", "6"}


def test_grey_pictures_have_one_channel(tmp_path: Path) -> None:
    made(classes(), tmp_path, side=28, colour=False)
    assert own_spec("own-colours", tmp_path).shape == (1, 28, 28)


def test_folders_around_the_classes_and_hidden_files_do_not_count(tmp_path: Path) -> None:
    files = classes(5, above="holiday/pictures/")
    files |= {"__MACOSX/holiday/._0.png": b"x", "holiday/.DS_Store": b"x", "holiday/pictures/red/.hidden.png": b"x"}
    files |= {"holiday/pictures/red/indoors/9.png": drawing(COLOURS["red"]), "holiday/pictures/red/Thumbs.db": b"x"}
    about = made(files, tmp_path).about
    assert about.counts == {"blue": 5, "green": 5, "red": 6}
    assert about.skipped == {}


def test_train_and_test_folders_are_honoured(tmp_path: Path) -> None:
    again = drawing(COLOURS["red"])
    files = classes(6, above="set/train/") | classes(3, above="set/test/")
    files |= {"set/train/red/twin.png": again, "set/test/red/twin.png": again}
    about = made(files, tmp_path).about
    assert about.train == (6, 6, 6)
    assert about.test == (3, 3, 4)
    assert about.skipped == {"also_in_test": 1}
    assert "the same as a test picture (such as set/train/red/twin.png)" in told(about)


def test_equal_pictures_stay_on_one_side_and_the_order_does_not_matter(tmp_path: Path) -> None:
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


def test_what_is_divided_has_a_fifth_of_every_class_in_the_test_however_often_samples_repeat() -> None:
    lot = random.Random(1)
    for _round in range(200):
        kinds = [lot.randint(2, 9) for _class in range(3)]
        samples = [(label, lot.randrange(kinds[label])) for label in range(3) for _i in range(lot.randint(5, 60))]
        digests = [bytes([label, kind]) for label, kind in samples]
        labels = [label for label, _kind in samples]
        for_test = divide(digests, labels)
        assert not {d for d, t in zip(digests, for_test, strict=True) if t} & {
            d for d, t in zip(digests, for_test, strict=True) if not t
        }
        for label in range(3):
            if len({kind for owner, kind in samples if owner == label}) > 1:
                mine = [t for t, owner in zip(for_test, labels, strict=True) if owner == label]
                assert 0 < sum(mine) < len(mine)
    many = divide([bytes([i // 256, i % 256]) for i in range(1000)], [i % 2 for i in range(1000)])
    assert sum(many) == 200


def test_a_picture_is_fitted_whole_upright_and_undistorted() -> None:
    wide = Image.new("RGB", (80, 20), (250, 250, 250))
    wide.paste((200, 0, 0), (30, 5, 50, 15))
    pixels = fitted(encoded(wide), 40, colour=True, most_pixels=10**6)
    assert pixels.shape == (3, 40, 40)
    red = (pixels[0].astype(int) - pixels[1]) > 100
    rows, columns = np.nonzero(red)
    assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == (pytest.approx(5, abs=1), pytest.approx(10, abs=1))
    assert (pixels[:, 0, :] > 240).all(), "the rest of the square has the colour of the border"
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held on its side
    turned = fitted(encoded(wide, "JPEG", exif=exif.tobytes(), quality=95), 40, colour=True, most_pixels=10**6)
    rows, columns = np.nonzero((turned[0].astype(int) - turned[1]) > 100)
    assert np.ptp(rows) > np.ptp(columns)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16", "F"])
def test_pictures_of_every_mode_are_read(mode: str) -> None:
    if mode == "I;16":
        image = Image.fromarray(np.full((20, 20), 65535, np.uint16))
    else:
        image = Image.new("L", (20, 20), 255).convert(mode)
    content = encoded(image, "TIFF")
    for colour in (False, True):
        assert (fitted(content, 28, colour=colour, most_pixels=10**6) > 250).all()


def test_transparency_is_laid_on_white() -> None:
    assert (fitted(encoded(Image.new("RGBA", (20, 20), (0, 0, 0, 0))), 28, colour=True, most_pixels=10**6) == 255).all()


def test_broken_and_huge_pictures_are_skipped_and_counted(tmp_path: Path) -> None:
    whole = drawing(COLOURS["red"])
    files = classes(6) | {
        "red/cut.png": whole[: len(whole) // 2],
        "red/text.jpg": b"not a picture",
        "red/empty.gif": b"",
        "red/readme.txt": b"hello",
        "red/huge.png": encoded(Image.new("1", (3000, 3000))),
        "loose.png": whole,
    }
    about = made(files, tmp_path, limits=replace(LIMITS, pixels=1_000_000)).about
    assert about.skipped == {"broken": 3, "too_large": 1, "not_picture": 1, "no_class": 1}
    assert about.counts == {"blue": 6, "green": 6, "red": 6}
    sentence = told(about)
    assert "3 cannot be read (such as red/cut.png)" in sentence
    assert "1 too many pixels (such as red/huge.png)" in sentence


# What a ZIP of pictures may not be


def test_folders_must_be_two_or_more_and_hold_five_or_more_pictures(tmp_path: Path) -> None:
    assert "one folder, 'red'" in refusal(classes(6, ["red"]), tmp_path)
    assert "Too few: 'blue' (4)" in refusal(classes(6, ["red"]) | classes(4, ["blue"]), tmp_path)
    assert "no picture in the folder 'birds'" in refusal(zipped(classes(6), ["birds/"]), tmp_path)
    assert "no picture in the folder 'birds'" in refusal(classes(6) | {"birds/notes.txt": b"x"}, tmp_path)
    assert "6 pictures but no folders" in refusal({f"{i}.png": drawing(COLOURS["red"]) for i in range(6)}, tmp_path)
    assert "holds no pictures" in refusal({"a/b.txt": b"x"}, tmp_path)
    assert "at most 2 classes" in refusal(classes(5), tmp_path, replace(LIMITS, classes=2))
    assert "too long for a class" in refusal(classes(5, ["red", "x" * 120]), tmp_path)


def test_equal_or_broken_pictures_do_not_make_a_class(tmp_path: Path) -> None:
    same = drawing(COLOURS["blue"])
    assert "Too few: 'blue' (1)" in refusal(classes(6, ["red"]) | {f"blue/{i}.png": same for i in range(9)}, tmp_path)
    broken = {f"blue/{i}.png": drawing(COLOURS["blue"])[:50] if i > 3 else drawing(COLOURS["blue"]) for i in range(9)}
    sentence = refusal(classes(6, ["red"]) | broken, tmp_path)
    assert "Too few: 'blue' (4)" in sentence
    assert "Left out: 5 cannot be read (such as blue/4.png)" in sentence


def test_a_class_must_be_in_train_and_in_test(tmp_path: Path) -> None:
    files = classes(6, above="train/") | classes(3, ["red", "green"], above="test/")
    assert "'blue' has no picture of its own in 'test'" in refusal(files, tmp_path)


@pytest.mark.parametrize(
    "name", ["../evil.png", "red/../../evil.png", "/etc/evil.png", "C:\\evil.png", "red\\..\\..\\evil.png"]
)
def test_names_that_climb_out_are_refused(tmp_path: Path, name: str) -> None:
    assert "points outside its own folder" in refusal(classes(6) | {name: b"x"}, tmp_path)
    assert not (tmp_path / "evil.png").exists()


def test_links_locks_and_rare_methods_are_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("red/link.png")
    link.external_attr = 0o120777 << 16
    stream = zipped(classes(6))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    assert "holds a link, 'red/link.png'" in refusal(stream, tmp_path)
    stream = zipped(classes(6))
    content = bytearray(stream.getvalue())
    entry = content.find(b"PK\x01\x02")
    content[entry + 8] |= 1  # the flag of an encrypted file
    assert "locked with a password" in refusal(io.BytesIO(bytes(content)), tmp_path)
    rare = io.BytesIO()
    with zipfile.ZipFile(rare, "w", zipfile.ZIP_LZMA) as archive:
        for name, picture in classes(6).items():
            archive.writestr(name, picture)
    assert "packed in a rare way" in refusal(rare, tmp_path)


def test_bombs_are_refused_before_anything_is_unpacked(tmp_path: Path) -> None:
    assert "more than 200 times its size" in refusal(classes(6) | {"red/zeros.png": bytes(5_000_000)}, tmp_path)
    assert "at most 0.0 GB are taken" in refusal(classes(6), tmp_path, replace(LIMITS, unpacked_bytes=10_000))
    assert "more than 17 files" in refusal(classes(6), tmp_path, replace(LIMITS, files=17))
    assert "more than 200,000 files" in refusal(classes(6), tmp_path, replace(LIMITS, directory_bytes=500))


def test_a_header_that_lies_unpacks_no_more_than_it_states(tmp_path: Path) -> None:
    """The bomb states 1,000 bytes and holds 300 million; only its picture is lost."""
    stream = zipped(classes(6) | {"red/bomb.png": bytes(300_000_000)})
    content = stream.getvalue().replace(struct.pack("<I", 300_000_000), struct.pack("<I", 1000))
    tracemalloc.start()
    try:
        about = make_picture_dataset(io.BytesIO(content), "Colours", tmp_path).about
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert about.skipped == {"broken": 1}
    assert about.counts["red"] == 6
    assert peak < 20_000_000


def test_a_file_larger_than_one_may_be_is_skipped(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8)
    files = classes(6) | {"red/large.png": encoded(Image.fromarray(noise))}
    assert made(files, tmp_path, limits=replace(LIMITS, file_bytes=50_000)).about.skipped == {"too_large": 1}


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x03\x04 half a zip", b"\x89PNG\r\n", bytes(1000)])
def test_what_is_no_zip_gets_a_sentence(tmp_path: Path, content: bytes) -> None:
    assert "not a whole ZIP" in refusal(io.BytesIO(content), tmp_path)


def test_a_zip_cut_anywhere_never_crashes(tmp_path: Path) -> None:
    content = zipped(classes(5)).getvalue()
    for end in range(0, len(content), len(content) // 25):
        refusal(io.BytesIO(content[:end]), tmp_path)


def test_damage_anywhere_in_a_zip_is_a_sentence_or_a_skipped_picture(tmp_path: Path) -> None:
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
        assert sum(made_of_it.about.counts.values()) <= 18
    assert not list(tmp_path.glob("own/.*"))


def test_names_in_any_code_are_read(tmp_path: Path) -> None:
    stream = zipped(classes(6, ["Äpfel", "梨"]))
    utf8 = make_picture_dataset(stream, "flagged", tmp_path).about
    assert utf8.classes == ("Äpfel", "梨")
    unflagged = stream.getvalue()
    for mark, flags in ((b"PK\x01\x02", 9), (b"PK\x03\x04", 7)):
        pieces = unflagged.split(mark)
        rest = [piece[: flags - 4] + bytes([piece[flags - 4] & ~0x08]) + piece[flags - 3 :] for piece in pieces[1:]]
        unflagged = mark.join([pieces[0], *rest])
    assert make_picture_dataset(io.BytesIO(unflagged), "unflagged", tmp_path).about.classes == ("Äpfel", "梨")
    broken = stream.getvalue().replace("梨".encode(), b"\xff\xfe\xfa")
    with pytest.raises(BadInput, match="not a whole ZIP"):
        make_picture_dataset(io.BytesIO(broken), "broken", tmp_path)
    latin = zipped(classes(6, ["birnen", "xpfel"])).getvalue().replace(b"xpfel/", b"\xc4pfel/")
    assert len(make_picture_dataset(io.BytesIO(latin), "latin", tmp_path).about.classes) == 2


def test_windows_separators_are_understood(tmp_path: Path) -> None:
    assert made({name.replace("/", "\\"): content for name, content in classes(6).items()}, tmp_path).about.classes == (
        "blue",
        "green",
        "red",
    )


def test_an_office_file_is_told_apart(tmp_path: Path) -> None:
    assert "CSV (UTF-8)" in refusal({"[Content_Types].xml": b"x", "xl/sheet.xml": b"x"}, tmp_path)


@pytest.mark.parametrize("side", [27, 65, 0, -1])
def test_sides_out_of_bounds_are_refused(tmp_path: Path, side: int) -> None:
    with pytest.raises(BadInput, match="from 28 to 64"):
        made(classes(5), tmp_path, side=side)


# Names


def test_titles_of_any_script_have_plain_names_of_their_own() -> None:
    assert slug_of("My Cats & Dogs!") == "my-cats-dogs"
    assert slug_of("Äpfel") == "apfel"
    cats, dogs = slug_of("кот 1"), slug_of("пёс 1")
    assert cats.startswith("1-")
    assert cats != dogs
    assert slug_of("猫").isascii()
    assert slug_of("...") == ""


@pytest.mark.parametrize("title", ["", "  ", "...", "x" * 61, "a\x00b", "a\u202eb"])
def test_a_title_that_is_none_is_refused(tmp_path: Path, title: str) -> None:
    with pytest.raises(BadInput, match="cannot name a data set"):
        make_picture_dataset(zipped(classes(5)), title, tmp_path)


def test_a_name_is_taken_once(tmp_path: Path) -> None:
    made(classes(5), tmp_path)
    with pytest.raises(BadInput, match="'own-colours' already"):
        make_picture_dataset(zipped(classes(5)), "COLOURS!", tmp_path)


@pytest.mark.parametrize(
    "name", ["own-", "own-..", "own-../own/colours", "own-/etc", "own-a/b", "own-A", "own-.making-x"]
)
def test_names_cannot_leave_the_folder(tmp_path: Path, name: str) -> None:
    made(classes(5), tmp_path)
    with pytest.raises(DatasetUnavailable):
        own_spec(name, tmp_path)
    with pytest.raises(BadInput):
        delete_own(name, tmp_path)
    assert own_datasets(tmp_path)


# Tables of text


def table(rows: Iterable[tuple[str, str]], delimiter: str = ",") -> bytes:
    return "".join(f"{text}{delimiter}{label}\n" for text, label in rows).encode()


def greetings(count: int = 10) -> list[tuple[str, str]]:
    return [(f"hello friend {i}", "english") for i in range(count)] + [
        (f"guten Tag {i}", "deutsch") for i in range(count)
    ]


def made_of(content: bytes, folder: Path, name: str = "Greetings", **options: object) -> Made:
    return make_text_dataset(io.BytesIO(content), name, folder, **options)  # type: ignore[arg-type]


def table_refusal(content: bytes, folder: Path, **options: object) -> str:
    with pytest.raises(BadInput) as refused:
        made_of(content, folder, **options)
    assert not list(folder.glob("own/*"))
    assert not list(folder.glob("own/.*"))
    return str(refused.value)


def test_a_table_becomes_a_data_set_of_text(tmp_path: Path) -> None:
    from nn_core.data.text import decode

    about = made_of(table(greetings()), tmp_path).about
    spec = find_dataset("own-greetings", tmp_path)
    assert (spec.kind, spec.classes, spec.shape) == ("text", ("deutsch", "english"), (14,))
    assert set("hello friend 0123456789gutentag") <= set(spec.alphabet)
    assert about.counts == {"deutsch": 10, "english": 10}
    train, test = splits("own-greetings", tmp_path)
    assert train.inputs.dtype == torch.uint8
    written = decode(train.inputs, spec.alphabet) + decode(test.inputs, spec.alphabet)
    assert sorted(written) == sorted(text.lower() for text, _label in greetings())
    assert test.class_counts(2) == [2, 2]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("heading", ["", "text{}label\n", " Text {} LABEL \n", "words{}language\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_delimiters_headings_and_byte_order_marks(tmp_path: Path, delimiter: str, heading: str, mark: bytes) -> None:
    rows = [
        (f"hello, friend; {i}" if delimiter == "\t" else f"hello friend {i}", label)
        for i, (_t, label) in enumerate(greetings())
    ]
    about = made_of(mark + heading.format(delimiter).encode() + table(rows, delimiter), tmp_path).about
    assert about.counts == {"deutsch": 10, "english": 10}


def test_columns_are_found_by_name_in_any_order(tmp_path: Path) -> None:
    lines = ["id,label,note,text"] + [
        f'{i},{label},x,"{text}, ""quoted""\nand broken"' for i, (text, label) in enumerate(greetings())
    ]
    about = made_of("\r\n".join(lines).encode(), tmp_path).about
    assert about.counts == {"deutsch": 10, "english": 10}
    assert '"' in about.alphabet
    assert "\n" not in about.alphabet


def test_rows_that_are_no_examples_are_counted(tmp_path: Path) -> None:
    content = table(greetings()) + b"\n,\n   \nonly a text\n,english\nhello there, \n"
    about = made_of(content, tmp_path).about
    assert about.skipped == {"empty": 3, "short": 3}
    assert "3 rows without a text or a label (such as line 24)" in told(about)


def test_labels_are_trimmed_and_sorted_as_numbers(tmp_path: Path) -> None:
    rows = [(f"text {i}", f" {i % 11} ") for i in range(110)]
    assert made_of(table(rows), tmp_path).about.classes == tuple(map(str, range(11)))


def test_long_texts_are_cut_where_the_user_or_the_bulk_says(tmp_path: Path) -> None:
    rows = [(f"{i:02} short", label) for i, (_t, label) in enumerate(greetings(50))] + [("long " * 500, "english")]
    assert made_of(table(rows), tmp_path, "a").about.length == 8
    assert made_of(table(rows), tmp_path, "b", length=30).about.shape == (30,)
    all_long = [(f"{i} " + "long " * 500, label) for i, (_t, label) in enumerate(greetings())]
    assert made_of(table(all_long), tmp_path, "c").about.length == 200
    with pytest.raises(BadInput, match="from 8 to 1000"):
        made_of(table(rows), tmp_path, "d", length=5)


def test_equal_texts_stay_on_one_side(tmp_path: Path) -> None:
    rows = greetings(20) * 3 + [("HELLO friend 1", "english")]
    made_of(table(rows), tmp_path)
    train, test = ({row.numpy().tobytes() for row in split.inputs} for split in splits("own-greetings", tmp_path))
    assert train
    assert test
    assert not train & test


def test_tables_that_cannot_be_learned_from_get_a_sentence(tmp_path: Path) -> None:
    assert "Line 13 of the table is not UTF-8" in table_refusal(
        table(greetings(6)) + "grün,deutsch\n".encode("latin-1"), tmp_path
    )
    assert "Line 1 of the table is not UTF-8" in table_refusal("hello,english\n".encode("utf-16"), tmp_path)
    assert "Line 21 of the table is not UTF-8" in table_refusal(table(greetings()) + b"a\x00b,english\n", tmp_path)
    assert "same label, 'english'" in table_refusal(table([(f"t {i}", "english") for i in range(9)]), tmp_path)
    assert "Too few: 'welsh' (2)" in table_refusal(table([*greetings(), ("a b", "welsh"), ("c d", "welsh")]), tmp_path)
    same = table([*greetings(), *([("bore da", "welsh")] * 9)])
    assert "Too few: 'welsh' (1)" in (sentence := table_refusal(same, tmp_path))
    assert "compared by their first 14 characters" in sentence
    assert "no two columns" in table_refusal(b"one\ntwo\nthree\n", tmp_path)
    assert "no two columns" in table_refusal(b"", tmp_path)
    assert "no row with a text and a label" in table_refusal(b"text,label\n,\n,\n", tmp_path)
    many = table([(f"text {i}", f"label {i}") for i in range(2000)])
    assert "different labels" in table_refusal(many, tmp_path)
    assert "too long for a class" in table_refusal(
        table([(f"t {i}", "y" * 150 if i % 2 else "x") for i in range(20)]), tmp_path
    )


def test_tables_that_ask_for_too_much_get_a_sentence(tmp_path: Path) -> None:
    unclosed = table(greetings()) + b'"never closed,english\n' + b"x" * 300_000
    assert "quotation mark" in table_refusal(unclosed, tmp_path)
    assert "more than 100,000 characters" in table_refusal(table([*greetings(), ("y" * 120_000, "english")]), tmp_path)
    assert "at most 100 are taken" in table_refusal(
        table(greetings()), tmp_path, limits=replace(LIMITS, table_bytes=100)
    )
    assert "more than 7 rows" in table_refusal(table(greetings()), tmp_path, limits=replace(LIMITS, rows=7))


# Whole or not at all


def test_a_making_that_is_given_up_leaves_nothing(tmp_path: Path) -> None:
    class GivenUp(BaseException):
        pass

    def give_up(done: int, total: int) -> None:
        assert total == 24
        if done == 10:
            raise GivenUp

    with pytest.raises(GivenUp):
        made(classes(8), tmp_path, on_progress=give_up)
    assert list((tmp_path / "own").iterdir()) == []
    assert made(classes(8), tmp_path).name == "own-colours"


def test_a_data_set_is_not_there_before_it_is_whole(tmp_path: Path) -> None:
    seen = []
    made(classes(8), tmp_path, on_progress=lambda done, total: seen.append(list(own_datasets(tmp_path))))
    assert seen == [[]] * 24
    assert list(own_datasets(tmp_path)) == ["own-colours"]


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "own").write_text("in the way")
    with pytest.raises(StorageFailed, match="NN_LAB_DATA"):
        made(classes(5), tmp_path)


def test_a_disk_that_takes_no_more_is_a_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    """The process may write files of 50 kB at most, as if the disk were full."""
    (tmp_path / "set.zip").write_bytes(zipped(classes(20)).getvalue())
    script = (
        "import sys; from pathlib import Path; from nn_core.data.own.pictures import make_picture_dataset\n"
        f"make_picture_dataset(Path({str(tmp_path / 'set.zip')!r}), 'Full', Path({str(tmp_path)!r}), side=64, colour=True)"
    )
    result = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000)),
    )
    assert "StorageFailed: Cannot store the data set" in result.stderr
    assert list((tmp_path / "own").iterdir()) == []


# Deleted and damaged


def test_a_deleted_data_set_is_gone_and_a_run_says_so(tmp_path: Path) -> None:
    made(classes(5), tmp_path)
    delete_own("own-colours", tmp_path)
    assert list((tmp_path / "own").iterdir()) == []
    assert own_datasets(tmp_path) == {}
    for act in (
        lambda: find_dataset("own-colours", tmp_path),
        lambda: load_dataset(DataSettings(name="own-colours"), tmp_path),
        lambda: delete_own("own-colours", tmp_path),
    ):
        with pytest.raises(DatasetUnavailable, match="may have been deleted"):
            act()
    with pytest.raises(BadInput, match="no data set of your own"):
        delete_own("mnist", tmp_path)


def test_damaged_files_are_sentences_and_can_be_deleted(tmp_path: Path) -> None:
    made(classes(5), tmp_path)
    place = tmp_path / "own" / "colours"
    for damage in (b"", b"nothing", (place / "train-inputs.npy").read_bytes()[:1000]):
        (place / "train-inputs.npy").write_bytes(damage)
        for budget in (None, 0):
            with pytest.raises(DatasetUnavailable, match="damaged"):
                splits("own-colours", tmp_path, budget)
    (place / "train-inputs.npy").unlink()
    assert not own_spec("own-colours", tmp_path).is_present(tmp_path)
    about = json.loads((place / "about.json").read_text())
    for damage in ("{", json.dumps({**about, "version": 2}), json.dumps({**about, "classes": ["one"]})):
        (place / "about.json").write_text(damage)
        assert own_datasets(tmp_path) == {}
    delete_own("own-colours", tmp_path)
    assert not place.exists()


# Streaming


@pytest.mark.filterwarnings("error")  # torch warns once a process of memory that cannot be written to
def test_inputs_beyond_the_budget_stream_and_are_the_same(tmp_path: Path) -> None:
    made(classes(10), tmp_path, side=28, colour=True)
    spec = own_spec("own-colours", tmp_path)
    size = 30 * 3 * 28 * 28
    assert input_bytes(spec, tmp_path) == size
    assert how_it_is_read(spec, tmp_path) == "memory"
    assert how_it_is_read(spec, tmp_path, budget=size) == "memory"
    assert how_it_is_read(spec, tmp_path, budget=size - 1) == "streams"
    in_memory, streamed = splits("own-colours", tmp_path), splits("own-colours", tmp_path, budget=0)
    assert not in_memory[0].streamed
    assert streamed[0].streamed
    for a, b in zip(in_memory, streamed, strict=True):
        assert torch.equal(a.inputs, b.inputs)
        assert torch.equal(a.labels, b.labels)


def config(name: str, *settings: str) -> RunConfig:
    return with_settings(
        RunConfig(),
        [f"data.name={name}", "training.epochs=2", "training.batch_size=7", "training.device=cpu", *settings],
    )


def learned(spec: DatasetSpec, folder: Path, *settings: str) -> list[float]:
    """Losses and accuracies after each of two epochs."""
    from nn_core.data import Dataset

    chosen = config(spec.name, *settings)
    session = Session(chosen, Dataset(spec, *spec.read(folder, chosen.data)), CPU)
    ends = [record.validation for record in train(session) if isinstance(record, Epoch)]
    return [figure for end in ends for figure in (end.loss, end.accuracy or 0.0)]


@pytest.mark.filterwarnings("error")
def test_training_on_a_stream_is_training_in_memory(tmp_path: Path) -> None:
    made(classes(15), tmp_path, side=32, colour=True)
    for settings in ((), ("data.augmentation.shift=2", "data.augmentation.rotate=5")):
        in_memory = learned(own_spec("own-colours", tmp_path), tmp_path, *settings)
        assert in_memory == learned(own_spec("own-colours", tmp_path, budget=0), tmp_path, *settings)


@pytest.mark.filterwarnings("error")
def test_streamed_text_trains_too(tmp_path: Path) -> None:
    made_of(table(greetings(40)), tmp_path)
    settings = ("model.name=text_cnn", "optimizer.name=adam", "optimizer.lr=0.01")
    in_memory = learned(own_spec("own-greetings", tmp_path), tmp_path, *settings)
    assert in_memory == learned(own_spec("own-greetings", tmp_path, budget=0), tmp_path, *settings)
    assert in_memory[-1] == 1.0


@pytest.mark.filterwarnings("error")
def test_a_network_answers_a_stream_as_it_does_memory(tmp_path: Path) -> None:
    from nn_core.inference.network import TrainedNetwork
    from nn_core.models import build_model

    made(classes(10), tmp_path, side=28, colour=False)
    spec = own_spec("own-colours", tmp_path)
    network = TrainedNetwork(config(spec.name), spec, build_model(config(spec.name).model, spec.problem).eval(), CPU)
    tests = [splits("own-colours", tmp_path, budget)[1].inputs for budget in (None, 0)]
    assert torch.equal(network.outputs(tests[0]), network.outputs(tests[1]))


# The command line


def test_the_command_line_makes_lists_learns_and_deletes(
    tmp_path: Path, runs_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NN_LAB_DATA", str(tmp_path))
    (tmp_path / "shapes.zip").write_bytes(example_zip())
    (tmp_path / "greetings.csv").write_bytes(table(greetings()))
    shapes = nn_core("import-data", tmp_path / "shapes.zip", "--name", "Shapes", "--colour", "--size", 32)
    assert (shapes.returncode, shapes.stdout) == (0, "own-shapes\n"), shapes.stderr
    assert "90 examples of 3 classes (circles 30, crosses 30, squares 30)" in shapes.stderr
    texts = nn_core("import-data", tmp_path / "greetings.csv", "--name", "Greetings", "--length", 20)
    assert texts.stdout == "own-greetings\n"
    listed = {entry["name"]: entry for entry in json.loads(nn_core("datasets", "--json").stdout)}
    assert listed["own-shapes"]["shape"] == [3, 32, 32]
    assert listed["own-greetings"]["shape"] == [20]
    assert {"mnist", "mnist_sample"} <= set(listed)
    settings = ("data.name=own-shapes", "training.epochs=1", "training.device=cpu")
    run = nn_core(
        "train", "--preset", "simple_net", "--name", "shapes", *(part for s in settings for part in ("--set", s))
    )
    assert run.returncode == 0, run.stderr
    assert json.loads((runs_root / "shapes" / "evaluation.json").read_text())["classes"] == [
        "circles",
        "crosses",
        "squares",
    ]
    assert nn_core("delete-data", "own-shapes").returncode == 0
    assert_one_line(nn_core("evaluate", "shapes"), "no data set 'own-shapes' here")
    assert_one_line(nn_core("delete-data", "own-shapes"), "may have been deleted")
    assert_one_line(nn_core("delete-data", "mnist"), "no data set of your own")
    assert_one_line(nn_core("import-data", tmp_path / "nothing.zip", "--name", "x"), "cannot be opened")
    assert_one_line(nn_core("import-data", tmp_path / "greetings.csv", "--name", "greetings"), "already")


@pytest.mark.browser
def test_in_a_browser_a_zip_is_uploaded_looked_at_taken_to_training_and_deleted(page: Page, tmp_path: Path) -> None:
    (tmp_path / "shapes.zip").write_bytes(example_zip())
    data = tmp_path / "data"
    with serve_app(tmp_path, environment={"NN_LAB_DATA": str(data)}) as app:
        open_page(page, f"{app.url}/data")
        page.get_by_text("Use your own data").click()
        page.locator("[data-testid=stFileUploader] input[type=file]").set_input_files(tmp_path / "shapes.zip")
        page.locator(".st-key-make_data button").click()
        expect(page.get_by_text("90 examples of 3 classes")).to_be_visible(timeout=60_000)
        expect(page.get_by_text("Use your own data")).to_be_visible()
        expect(page.locator("[data-testid=stFileUploader]")).to_be_hidden()
        wait_for_app(page)
        page.get_by_text("Train on it").click()
        expect(page.get_by_text("Your own pictures: 90 of 3 classes")).to_be_visible(timeout=60_000)
        open_page(page, f"{app.url}/data?set=own-shapes")
        page.locator(".st-key-delete_data button").click()
        page.locator(".st-key-confirm_delete_data button").click()
        expect(page.get_by_text("5,000 handwritten digits")).to_be_visible(timeout=60_000)
        assert list((data / "own").iterdir()) == []


def test_the_example_is_always_the_same_and_is_taken(tmp_path: Path) -> None:
    assert example_zip() == example_zip()
    about = make_picture_dataset(io.BytesIO(example_zip()), "Example", tmp_path, colour=True).about
    assert about.counts == {"circles": 30, "crosses": 30, "squares": 30}
    assert about.skipped == {}


def test_importing_what_is_kept_needs_no_torch() -> None:
    script = "import sys, nn_core.data.own; sys.exit('torch' in sys.modules or 'PIL' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT).returncode == 0
