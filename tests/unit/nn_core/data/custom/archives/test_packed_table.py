"""A table in an archive or in a compressed file is read as the table itself; archives of pictures stay archives."""

import bz2
import gzip
import io
import lzma
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from archive_files import dots, folders, pack_zip
from custom_files import greetings, table, zipped

from nn_core.data.custom import LIMITS
from nn_core.data.custom.archives.packed_table import unpack_table
from nn_core.errors import BadInput

CONTENT = table(greetings())


def unpack(content: bytes) -> tuple[str, bytes] | None:
    found = unpack_table(io.BytesIO(content), LIMITS)
    return found and (found.path, found.stream.read())


@pytest.mark.parametrize(
    "beside",
    [
        {},
        {"readme": b"About"},
        {"LICENSE.txt": b"Free"},
        {"__MACOSX/._a.csv": b"\0"},
        {".git/a.csv": b"a,b"},
        {"notes.pdf.bak": b""},
    ],
)
@pytest.mark.parametrize("name", ["spam.csv", "data/SMSSpamCollection", "reviews.jsonl"])
def test_the_only_table_of_an_archive(name: str, beside: dict[str, bytes]) -> None:
    assert unpack(pack_zip({name: CONTENT, **beside})) == (name, CONTENT)


def test_the_only_table_of_a_tar_archive_and_of_a_folder(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        member = tarfile.TarInfo("data/spam.csv")
        member.size = len(CONTENT)
        archive.addfile(member, io.BytesIO(CONTENT))
    assert unpack(stream.getvalue()) == ("data/spam.csv", CONTENT)
    (tmp_path / "spam.csv").write_bytes(CONTENT)
    found = unpack_table(tmp_path, LIMITS)
    assert found is not None
    assert (found.path, found.stream.read()) == ("spam.csv", CONTENT)


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_a_compressed_table(compress: Callable[[bytes], bytes], tmp_path: Path) -> None:
    file = tmp_path / "spam.csv.gz"
    file.write_bytes(compress(CONTENT))
    found = unpack_table(file, LIMITS)
    assert found is not None
    assert (Path(found.path).name, found.stream.read()) == ("spam.csv", CONTENT)


@pytest.mark.parametrize(
    "files",
    [
        {"train.csv": CONTENT, "test.csv": CONTENT},
        {"labels.csv": b"file,label", "0.png": dots()},
        folders("cat", "dog"),
        {"spam.csv": CONTENT, "more.zip": b""},
        {"readme.txt": b"nothing"},
    ],
)
def test_other_archives_have_no_single_table(files: dict[str, bytes]) -> None:
    assert unpack(pack_zip(files)) is None


def test_limits_and_damage() -> None:
    small = replace(LIMITS, table_bytes=len(CONTENT) - 1)
    for packed in (pack_zip({"spam.csv": CONTENT}), gzip.compress(CONTENT)):
        with pytest.raises(BadInput, match=r"more than .* bytes"):
            unpack_table(io.BytesIO(packed), small)
    with pytest.raises(BadInput, match="damaged"):
        unpack_table(io.BytesIO(gzip.compress(CONTENT)[:-9]), LIMITS)
    broken = bytearray(zipped({"spam.csv": CONTENT}).getvalue())
    broken[60] ^= 0xFF
    with pytest.raises(BadInput, match="damaged"):
        unpack_table(io.BytesIO(bytes(broken)), LIMITS)
