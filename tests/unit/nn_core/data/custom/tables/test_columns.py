"""Columns that are unclear are listed, and can be chosen by name or number."""

import io
from collections import Counter
from collections.abc import Callable

import pytest
from custom_files import greetings
from table_rows import mood_rows

from nn_core.data.custom import LIMITS
from nn_core.data.custom.tables.column_names import rate_name
from nn_core.data.custom.tables.overview import inspect_rows
from nn_core.data.custom.tables.reader import Table, read_columns
from nn_core.data.custom.tables.rows import open_rows
from nn_core.errors import BadInput


def read(content: str, text: str | int | None = None, label: str | int | None = None) -> Table:
    with open_rows(io.BytesIO(content.encode()), LIMITS) as rows:
        return read_columns(rows, inspect_rows(rows, LIMITS), text, label, LIMITS)


def refusal(content: str, text: str | int | None = None, label: str | int | None = None) -> str:
    with pytest.raises(BadInput) as refused:
        read(content, text, label)
    return str(refused.value)


def lines(heading: str, make: Callable[[int, str, str], str]) -> str:
    rows = [make(i, text, label) for i, (text, label) in enumerate(mood_rows())]
    return "\n".join([heading, *rows] if heading else rows)


PAIRS = lines("sentence1,sentence2,label", lambda i, text, label: f"{text} and so on,{text} or not {i},{label}")
NEWS = 'Wall St. Bears Claw Back {} (Reuters)","Reuters - {}, short-sellers, are seeing green again'


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (PAIRS, ["texts: 'sentence1', 'sentence2'", "--text-column"]),
        (
            lines("Class Index,Title,Description", lambda i, text, label: f'{i % 4 + 1},"{NEWS.format(i, text)}"'),
            ["texts: 'Title', 'Description'"],
        ),
        (lines("", lambda i, text, label: f'"{i % 4 + 1}","{NEWS.format(i, text)}"'), ["texts: '2', '3'"]),
        (
            lines("text,sentiment,category", lambda i, text, label: f"{text},{label},{'abc'[i % 3]}"),
            ["labels: 'sentiment', 'category'", "--label-column"],
        ),
        (lines("", lambda i, text, label: f"{text},{label},{'abc'[i % 3]}"), ["labels: '2', '3'"]),
        (
            lines("id,review,comment,stars,topic", lambda i, text, label: f"{i},a {text},{text} b,{i % 5},{label}"),
            ["texts: 'review', 'comment'", "labels: 'stars', 'topic'"],
        ),
    ],
)
def test_columns_that_are_about_equally_likely_are_listed(content: str, parts: list[str]) -> None:
    sentence = refusal(content)
    for part in parts:
        assert part in sentence


@pytest.mark.parametrize(
    ("text", "label"), [("sentence2", None), ("SENTENCE2 ", "label"), ("2", "3"), (2, 3), (2, None)]
)
def test_columns_can_be_chosen_by_name_or_number(text: str | int, label: str | int | None) -> None:
    table = read(PAIRS, text, label)
    assert table.columns
    assert (table.columns.text, table.columns.label) == ("sentence2", "label")
    assert table.texts[0] == "so sad number 1000 or not 0"
    assert Counter(table.labels) == {"neg": 20, "pos": 20}


def test_a_column_whose_name_is_a_number_is_chosen_by_its_name() -> None:
    content = lines("text,3,2", lambda i, text, label: f"{text},{label},{i}")
    assert set(read(content, "text", "3").labels) == {"neg", "pos"}
    assert set(read(content, "text", 2).labels) == {"neg", "pos"}


def test_a_column_that_cannot_be_chosen_is_a_sentence() -> None:
    missing = refusal(PAIRS, "words")
    assert "no column 'words' for --text-column. The columns are 'sentence1', 'sentence2', 'label'" in missing
    assert "no column '4' for --label-column" in refusal(PAIRS, 1, "4")
    assert "cannot be both the text and the label" in refusal(PAIRS, "label", 3)


def test_tables_without_texts_or_labels_are_refused() -> None:
    flowers = "\n".join(f"{5 + i % 7 / 10},{3 + i % 5 / 10},{('setosa', 'virginica')[i % 2]}" for i in range(40))
    assert "No column looks like texts" in refusal(flowers)
    assert "No column looks like labels" in refusal(lines("id,text,user", lambda i, text, label: f"{i},{text},user{i}"))
    sentences = lines("text,label", lambda i, text, label: f"{text},I think this is {i} a long one")
    assert "'label' has 40 different values in 40 rows" in refusal(sentences)


@pytest.mark.parametrize(
    ("name", "role", "is_likely"),
    [
        ("tweet", "text", True),
        ("Review Text", "text", True),
        ("commentText", "text", True),
        ("tweet_id", "text", False),
        ("textID", "text", False),
        ("Time of Tweet", "label", False),
        ("airline_sentiment", "label", True),
        ("airline_sentiment_confidence", "label", False),
        ("Class Index", "label", True),
        ("star_rating", "label", True),
        ("label_num", "label", False),
        ("", "text", False),
    ],
)
def test_names_say_what_a_column_has(name: str, role: str, is_likely: bool) -> None:
    assert (rate_name(name, role) >= 1) == is_likely  # type: ignore[arg-type]


def test_a_first_row_with_a_label_that_occurs_again_is_no_heading() -> None:
    """Beyond the rows of the sample as well."""
    rows = [f"{text},{label}" for text, label in greetings(10)]
    assert len(read("\n".join(rows)).texts) == 20
    assert len(read("\n".join(["words,language", *rows])).texts) == 20
    many = [
        f"first text {i},{'rare' if i in (0, 9001, 9003, 9005, 9007) else 'often' if i % 2 else 'usual'}"
        for i in range(9999)
    ]
    assert Counter(read("\n".join(many)).labels)["rare"] == 5
