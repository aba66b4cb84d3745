"""Custom data sets from a table: what is stored, what is refused and why. `tables/` tests how tables are read."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from custom_files import greetings, made_of, splits, table

from nn_core.data import find_dataset
from nn_core.data.custom import LIMITS
from nn_core.data.custom.metadata import summarize
from nn_core.errors import BadInput

# Tables of text


def table_refusal(content: bytes, folder: Path, **options: object) -> str:
    with pytest.raises(BadInput) as refused:
        made_of(content, folder, **options)
    assert not list(folder.glob("own/*"))
    assert not list(folder.glob("own/.*"))
    return str(refused.value)


def test_a_table_becomes_a_data_set_of_text(tmp_path: Path) -> None:
    from nn_core.data.encode_text import decode

    about = made_of(table(greetings()), tmp_path).metadata
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
    about = made_of(mark + heading.format(delimiter).encode() + table(rows, delimiter), tmp_path).metadata
    assert about.counts == {"deutsch": 10, "english": 10}


def test_columns_are_found_by_name_in_any_order(tmp_path: Path) -> None:
    lines = ["id,label,note,text"] + [
        f'{i},{label},x,"{text}, ""quoted""\nand broken"' for i, (text, label) in enumerate(greetings())
    ]
    about = made_of("\r\n".join(lines).encode(), tmp_path).metadata
    assert about.counts == {"deutsch": 10, "english": 10}
    assert '"' in about.alphabet
    assert "\n" not in about.alphabet


def test_invalid_rows_are_counted(tmp_path: Path) -> None:
    content = table(greetings()) + b"\n,\n   \nonly a text\n,english\nhello there, \n"
    about = made_of(content, tmp_path).metadata
    assert about.skipped == {"empty": 3, "short": 3}
    assert "3 rows without a text or a label (such as line 24)" in summarize(about)


def test_labels_are_trimmed_and_sorted_as_numbers(tmp_path: Path) -> None:
    rows = [(f"text {i}", f" {i % 11} ") for i in range(110)]
    assert made_of(table(rows), tmp_path).metadata.classes == tuple(map(str, range(11)))


def test_long_texts_are_cut_at_the_given_or_usual_length(tmp_path: Path) -> None:
    rows = [(f"{i:02} short", label) for i, (_t, label) in enumerate(greetings(50))] + [("long " * 500, "english")]
    assert made_of(table(rows), tmp_path, "a").metadata.length == 8
    assert made_of(table(rows), tmp_path, "b", length=30).metadata.shape == (30,)
    all_long = [(f"{i} " + "long " * 500, label) for i, (_t, label) in enumerate(greetings())]
    assert made_of(table(all_long), tmp_path, "c").metadata.length == 200
    with pytest.raises(BadInput, match="from 8 to 1000"):
        made_of(table(rows), tmp_path, "d", length=5)


def test_equal_texts_are_in_the_same_split(tmp_path: Path) -> None:
    rows = greetings(20) * 3 + [("HELLO friend 1", "english")]
    made_of(table(rows), tmp_path)
    train, test = ({row.numpy().tobytes() for row in split.inputs} for split in splits("own-greetings", tmp_path))
    assert train
    assert test
    assert not train & test


def test_unusable_tables_are_refused_with_a_message(tmp_path: Path) -> None:
    assert "Line 21 of the file has a NUL byte" in table_refusal(table(greetings()) + b"a\x00b,english\n", tmp_path)
    assert "same label, 'english'" in table_refusal(table([(f"t {i}", "english") for i in range(9)]), tmp_path)
    assert "Too few: 'welsh' (2)" in table_refusal(table([*greetings(), ("a b", "welsh"), ("c d", "welsh")]), tmp_path)
    same = table([*greetings(), *([("bore da", "welsh")] * 9)])
    assert "Too few: 'welsh' (1)" in (sentence := table_refusal(same, tmp_path))
    assert "compared by their first 14 characters" in sentence
    assert "not have two columns" in table_refusal(b"one\ntwo\nthree\n", tmp_path)
    assert "not have two columns" in table_refusal(b"", tmp_path)
    assert "no row with a text and a label" in table_refusal(b"text,label\n,\n,\n", tmp_path)
    many = table([(f"text {i}", f"label {i}") for i in range(2000)])
    assert "different labels" in table_refusal(many, tmp_path)
    assert "too long for a class" in table_refusal(
        table([(f"t {i}", "y" * 150 if i % 2 else "x") for i in range(20)]), tmp_path
    )


def test_oversized_tables_are_refused_with_a_message(tmp_path: Path) -> None:
    unclosed = table(greetings()) + b'"never closed,english\n' + b"x" * 300_000
    assert "quotation mark" in table_refusal(unclosed, tmp_path)
    assert "more than 100,000 characters" in table_refusal(table([*greetings(), ("y" * 120_000, "english")]), tmp_path)
    assert "at most 100 are allowed" in table_refusal(
        table(greetings()), tmp_path, limits=replace(LIMITS, table_bytes=100)
    )
    assert "more than 7 rows" in table_refusal(table(greetings()), tmp_path, limits=replace(LIMITS, rows=7))
