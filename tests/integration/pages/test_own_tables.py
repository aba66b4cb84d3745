"""An uploaded table on the Data page: the preview, the choice of columns, and what is refused."""

from pathlib import Path

import pytest
from apptest_pages import app, texts
from streamlit.testing.v1 import AppTest
from table_rows import mood_rows
from workbook_files import make_xlsx


@pytest.fixture(autouse=True)
def own_folder(runs_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NN_LAB_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def upload(content: str | bytes, name: str = "table.csv") -> AppTest:
    test = app("data")
    content = content.encode() if isinstance(content, str) else content
    test.file_uploader(key="own_file_0").set_value((name, content, "text/csv")).run()
    assert not test.exception
    return test


def choose(test: AppTest, role: str, column: int) -> None:
    box = next(box for box in test.selectbox if box.key.startswith(f"own_{role}_column_"))
    box.set_value(column).run()
    assert not test.exception


def get_chosen(test: AppTest) -> list[int | None]:
    return [box.value for box in test.selectbox if box.key and "_column_" in box.key]


PAIRS = "\n".join(
    ["id,first comment,*second* comment,label"]
    + [f"{i},{text},<b>{text}</b> too,{label}" for i, (text, label) in enumerate(mood_rows())]
)


def test_the_preview_marks_the_columns_and_shows_the_classes() -> None:
    test = upload(
        "\n".join(["id,label,tweet", *(f"{i},{label},{text}" for i, (text, label) in enumerate(mood_rows()))])
    )
    assert get_chosen(test) == [2, 1]
    heading = list(test.table[0].value.columns)
    assert heading == ["**3\\: tweet → text**", "**2\\: label → label**", "1\\: id"]
    assert "so sad number 1000" in str(test.table[0].value.iloc[0, 0])
    assert "**2 classes** in 40 rows: neg (20), pos (20)" in texts(test)
    assert not test.warning
    choose(test, "text", 0)
    assert "1\\: id → text" in test.table[0].value.columns[0]


def can_create(test: AppTest) -> bool:
    return any(button.key == "make_data" for button in test.button)


def test_unclear_columns_are_chosen_before_the_data_set_is_made(own_folder: Path) -> None:
    test = upload(PAIRS)
    assert get_chosen(test) == [None, 3]
    assert "may be the texts: '2\\: first comment', '3\\: \\*second\\* comment'" in test.warning[0].value
    assert "Choose the column of the texts" in test.warning[1].value
    assert not can_create(test)
    choose(test, "text", 3)
    assert "cannot be both" in test.warning[0].value
    assert not can_create(test)
    choose(test, "text", 2)
    assert "\\<b\\>so sad number 1000\\</b\\> too" in str(test.table[0].value.iloc[0, 0])
    assert "\\*second\\* comment" in test.table[0].value.columns[0]
    test.button(key="make_data").click().run()
    assert not test.error
    assert "40 examples of 2 classes (neg 20, pos 20)" in test.success[0].value
    assert "from the column '\\*second\\* comment', the labels from 'label'" in test.success[0].value


def test_what_is_left_out_or_assumed_is_shown_before_the_import() -> None:
    lines = ["text,label", *(f"{text},{label}" for text, label in mood_rows()), "Hello, world,greeting", "schön,pos"]
    test = upload("\n".join(lines).encode("latin-1"))
    shown = " ".join(warning.value for warning in test.warning)
    assert "1 rows with another number of columns (such as line 42)" in shown
    assert "read as cp1252" in shown


def test_unusable_labels_are_a_warning_before_the_import() -> None:
    test = upload("text,label\n" + "\n".join(f"{text},class {i}" for i, (text, _label) in enumerate(mood_rows())))
    assert "40 different values in 40 rows" in test.warning[0].value
    assert not can_create(test)


def test_a_workbook_can_be_uploaded() -> None:
    rows: list[list[str | float]] = [["message", "stars"], *([text, label] for text, label in mood_rows())]
    test = upload(make_xlsx({"Notes": [["A survey"]], "Answers": rows}), "answers.xlsx")
    assert get_chosen(test) == [0, 1]
    assert "The sheet 'Answers' was read" in test.warning[0].value
    test.button(key="make_data").click().run()
    assert "40 examples of 2 classes" in test.success[0].value


def test_a_table_of_pixels_is_said_to_be_pictures() -> None:
    lines = ["label," + ",".join(f"pixel{i}" for i in range(784))]
    lines += [f"{i % 2}," + ",".join(str((i * 7 + j) % 256) for j in range(784)) for i in range(40)]
    test = upload("\n".join(lines))
    assert "28 × 28 pixels. They become a data set of pictures" in test.info[0].value
    assert get_chosen(test) == [0]
    assert "The first of 40 pictures. Labels: 0, 1, 0, 1" in texts(test)
    test.button(key="make_data").click().run()
    assert "40 examples of 2 classes (0 20, 1 20)" in test.success[0].value


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "does not have two columns"),
        (b"a\0b,c\n", "NUL byte"),
        (b"one\ntwo\nthree\n", "does not have two columns"),
    ],
)
def test_a_file_that_is_no_table_is_a_sentence(content: bytes, words: str) -> None:
    test = upload(content)
    assert len(test.error) == 1
    assert words in test.error[0].value


def test_measurements_are_no_texts(own_folder: Path) -> None:
    rows = "".join(f"{row / 7:.4f},{row / 3:.4f},{'ab'[row % 2]}\n" for row in range(1, 41))
    test = upload(f"height,width,kind\n{rows}".encode())
    assert get_chosen(test) == [None, 2]
    assert "not from measurements" in test.warning[0].value
    assert not can_create(test)
    choose(test, "text", 0)
    assert can_create(test), "they may be meant as texts"


def test_the_preview_shows_rows_as_they_are_imported(own_folder: Path) -> None:
    rows = "".join(
        f"so {word} number {row}{', really' * (row % 2)},{word}\n" for row in range(40) for word in ("good", "bad")
    )
    test = upload(f"text,label\n{rows}".encode())
    assert "**2 classes** in 80 rows" in texts(test)
    shown = test.table[0].value
    assert ["really" in str(text) for text in shown.iloc[:, 0]] == [False, False, True, True, False]
    assert all("good" in str(label) or "bad" in str(label) for label in shown.iloc[:, 1])
