"""The user's drawings as files: what is exported is imported exactly, and nothing that is invalid is stored."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from nn_core.drawings.corrections import Correction, get_corrections_file, read_corrections
from nn_core.drawings.exchange import (
    MAX_ENTRIES,
    SharedDrawing,
    pack_lines,
    pack_pictures,
    read_shared,
    store_shared,
)
from nn_core.drawings.pins import MAX_PINS, Pin, read_pins
from nn_core.drawings.strokes import Drawing
from nn_core.errors import BadInput

SEVEN = Drawing(280.0, 18.0, (((60.123456789, 70.0), (200.1, 70 + 1e-9), (120.0, 230.0)), ((90.0, 150.0),)))
ONE = Drawing(560.0, 31.5, (((140.0, 40.0), (140.0, -240.0)),))
HOSTILE = "<b>$x$</b> **../א😀"
ALL: list[SharedDrawing] = [
    ONE,
    Pin("a1", "my 7 <b>", "7", SEVEN),
    Correction("7", SEVEN, "2026-11-29T12:00:00+00:00"),
    Correction(HOSTILE, ONE),
    Correction("/", SEVEN),
]
PACKERS = pytest.mark.parametrize("pack", [pack_lines, pack_pictures])


def make_zip(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, each in files.items():
            archive.writestr(name, each)
    return content.getvalue()


def make_plain_png() -> bytes:
    content = io.BytesIO()
    Image.new("L", (28, 28)).save(content, "PNG")
    return content.getvalue()


@PACKERS
def test_what_is_exported_is_imported_exactly(pack: type, tmp_path: Path) -> None:
    assert read_shared(pack(ALL), "mine") == ALL
    stored = store_shared(read_shared(pack(ALL), "mine"), tmp_path)
    assert (stored.labelled, stored.pinned, stored.duplicates, stored.unlabelled) == (3, 1, 0, ONE)
    again = [ONE, *read_pins(tmp_path), *read_corrections(get_corrections_file(tmp_path))]
    assert pack(again) == pack(ALL)


@PACKERS
def test_duplicates_are_skipped_and_counted(pack: type, tmp_path: Path) -> None:
    store_shared(ALL[1:3], tmp_path)
    stored = store_shared(read_shared(pack([*ALL, Correction("7", SEVEN)]), "mine"), tmp_path)
    assert (stored.labelled, stored.pinned, stored.duplicates) == (2, 0, 3)
    assert len(read_pins(tmp_path)) == 1
    assert len(read_corrections(get_corrections_file(tmp_path))) == 3


def test_the_lines_are_drawings_as_predict_reads_them_and_the_pictures_show_them() -> None:
    lines = pack_lines(ALL).decode().splitlines()
    assert [Drawing.from_json(line) for line in lines] == [ONE, SEVEN, SEVEN, ONE, SEVEN]
    assert [json.loads(line).get("label") for line in lines] == [None, "7", "7", HOSTILE, "/"]
    with zipfile.ZipFile(io.BytesIO(pack_pictures(ALL))) as archive:
        names = archive.namelist()
        assert names[:3] == ["unlabelled/0001.png", "7/0002.png", "7/0003.png"]
        assert all(".." not in name and name.count("/") == 1 for name in names)
        image = Image.open(io.BytesIO(archive.read("7/0002.png")))
        assert image.size == (280, 280)
        assert image.getpixel((130, 70)) == 255
        assert image.getpixel((10, 10)) == 0


def test_a_label_may_be_a_number_and_a_byte_order_mark_is_no_error() -> None:
    line = b'\xef\xbb\xbf{"label": 7, "size": 280, "pen_width": 18, "strokes": [[[1, 2]]]}\r\n\r\n'
    assert read_shared(line, "f") == [Correction("7", Drawing(280, 18, (((1, 2),),)))]


GOOD = pack_lines([Correction("7", SEVEN)])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "'f' contains no drawings"),
        (b"\n \n", "'f' contains no drawings"),
        (b"\0\0\0", "neither text nor a ZIP"),
        (GOOD + b"seven", "f, line 2: 'seven' is not JSON"),
        (GOOD + b"[1]", "f, line 2: [1] is not a drawing"),
        (GOOD + b"\n\xff\xfe", "f, line 3: This is no UTF-8 text"),
        (b'{"label": "7", "size": 280, "pen_width": 18, "strokes": []}', "line 1: The drawing has no strokes"),
        (b'{"size": 280, "pen_width": 18, "strokes": [[]]}', "line 1: The drawing has no strokes"),
        (b'{"size": -1, "pen_width": 18, "strokes": []}', "line 1: The drawing's size is -1"),
        (GOOD.replace(b'"7"', b'"a\\nb"'), "line 1: The drawing's label"),
        (GOOD.replace(b'"7"', b'"7", "name": ""'), "line 1: A pin cannot be named ''"),
        (GOOD.replace(b'"7"', b'"7", "name": "x", "id": "../x"'), "line 1: This pinned drawing has an invalid id"),
        (pack_lines([ONE, SEVEN]), "line 2: The drawing has no label, and neither has line 1"),
        (b'{"x": "' + b"a" * 1_000_000 + b'"}', "line 1: The drawing has 1.0 MB"),
        (GOOD * 1014, "line 1014: There are more than 1,013 drawings"),
        (b"PK\x03\x04 no zip", "'f' is a damaged ZIP"),
        (pack_pictures(ALL)[:-30], "'f' is a damaged ZIP"),
        (make_zip({"7/1.png": b"no picture"}), "f: '7/1.png' is no readable PNG"),
        (make_zip({"7/1.png": make_plain_png()}), "f: '7/1.png' has no strokes in it"),
        (make_zip({"7/1.txt": b"x"}), "'7/1.txt' is no PNG"),
        (make_zip({"../1.png": make_plain_png()}), "'../1.png' leaves the folder"),
        (make_zip({"7/1.png": b"\0" * 6_000_000}), "has 6.0 MB unpacked"),
        (make_zip({f"{number}.png": b"" for number in range(MAX_ENTRIES + 1)}), "'f' lists 2,027 files"),
    ],
)
def test_an_invalid_file_is_refused_in_one_sentence_that_says_where(content: bytes, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_shared(content, "f")
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_files_that_macos_adds_do_not_matter() -> None:
    picture = zipfile.ZipFile(io.BytesIO(pack_pictures(ALL[2:3]))).read("7/0001.png")
    packed = make_zip({"7/": b"", "7/1.png": picture, "__MACOSX/7/._1.png": b"x", "7/.DS_Store": b"x"})
    assert read_shared(packed, "f") == ALL[2:3]


def test_too_many_store_nothing(tmp_path: Path) -> None:
    pins: list[SharedDrawing] = [Pin(f"p{number}", f"pin {number}", "7", SEVEN) for number in range(MAX_PINS + 1)]
    with pytest.raises(BadInput, match="13 drawings would be pinned"):
        store_shared([*ALL[2:], *pins], tmp_path)
    assert not list(tmp_path.iterdir())
    many: list[SharedDrawing] = [Correction(f"{number}", SEVEN) for number in range(1000)]
    store_shared(many, tmp_path)
    with pytest.raises(BadInput, match="maximum"):
        store_shared([Correction("a", ONE), Correction("b", ONE)], tmp_path)
    assert len(read_corrections(get_corrections_file(tmp_path))) == 1000
    assert store_shared(many, tmp_path).duplicates == 1000


def test_a_pin_with_a_taken_id_gets_a_new_one(tmp_path: Path) -> None:
    store_shared([Pin("a1", "one", "1", ONE)], tmp_path)
    store_shared([Pin("a1", "seven", "7", SEVEN)], tmp_path)
    assert len({pin.id for pin in read_pins(tmp_path)}) == 2
