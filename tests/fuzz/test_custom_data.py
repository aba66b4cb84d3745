"""Any image archive or text table is accepted, or refused with a message."""

import io
import tempfile
import zipfile
from functools import cache
from pathlib import Path

import pytest
from fuzzing import sound_or_sentence, tries
from hostile import mutated
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from nn_core.data.custom import Limits
from nn_core.data.custom.picture_import import make_picture_dataset
from nn_core.data.custom.tables.overview import inspect_rows
from nn_core.data.custom.tables.reader import Table, read_columns
from nn_core.data.custom.tables.rows import open_rows

pytestmark = pytest.mark.usefixtures("little_memory_for_files")


@cache
def archive_of_pictures() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for label in ("a", "b"):
            for number in range(2):
                picture = io.BytesIO()
                Image.new("L", (4, 4), number + 10 * (label == "a")).save(picture, "PNG")
                archive.writestr(f"{label}/{number}.png", picture.getvalue())
    return stream.getvalue()


FEW = Limits(smallest_class=2, rows=50, cell_characters=500, row_characters=2000, table_bytes=20_000)


@tries(80)
@given(mutated([archive_of_pictures()]))
def test_any_image_archive(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = sound_or_sentence(lambda: make_picture_dataset(io.BytesIO(content), "Set", Path(folder), limits=FEW))
        assert made is None or sum(made.metadata.counts.values()) <= 4
        left = [path for path in Path(folder).rglob("*") if path.is_file() and "own/set/" not in str(path)]
        assert left == []


TABLE = b"text,label\n" + b"".join(b"hello %d,x\nworld %d,y\n" % (number, number) for number in range(4))


def read_table(content: bytes) -> Table:
    with open_rows(io.BytesIO(content), FEW) as rows:
        return read_columns(rows, inspect_rows(rows, FEW), None, None, FEW)


LINES = b"\n".join(b'{"text": "hello %d", "label": %d}' % (number, number % 2) for number in range(8))


@tries(200)
@given(
    st.one_of(
        mutated(
            [
                TABLE,
                TABLE.replace(b",", b";"),
                b'"',
                b"\xef\xbb\xbf" + TABLE,
                TABLE.decode().encode("utf-16"),
                b"\r",
                b'"a\nb"',
            ]
        ),
        mutated([LINES, b"[" + LINES.replace(b"\n", b",") + b"]", b'{"text": ', b"[["]),
        st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace")),
    )
)
def test_any_table(content: bytes) -> None:
    table = sound_or_sentence(lambda: read_table(content))
    if table is not None:
        assert len(table.texts) == len(table.labels) <= FEW.rows
        assert all(label.isprintable() for label in table.labels)


@tries(200)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["so sad", 'say "hi"', '"never closed', "well, then", 'closed"', '""']),
            st.sampled_from("xy"),
        ),
        min_size=12,
        max_size=40,
    )
)
def test_no_row_is_lost_without_a_report(rows: list[tuple[str, str]]) -> None:
    """Texts with any quotes and commas, written without a thought for either."""
    for delimiter in ",\t":
        content = (
            "text"
            + delimiter
            + "label\n"
            + "".join(
                f"{f'{text} {i}' if i % 2 else f'{i} {text}'}{delimiter}{label}\n"
                for i, (text, label) in enumerate(rows)
            )
        )
        table = sound_or_sentence(lambda content=content: read_table(content.encode()))
        if table is not None:
            assert len(table.texts) + sum(table.skipped.values()) == len(rows)
            assert set(table.labels) <= {"x", "y"}
