"""The Data page without a browser: every kind of data, and how one's own becomes a data set."""

import io
from pathlib import Path

import pytest
from apptest_pages import PATIENCE_SECONDS, app, texts
from streamlit.testing.v1 import AppTest


def test_data_page_counts_every_split(runs_root: Path) -> None:
    test = app("data")
    assert [metric.value for metric in test.metric] == ["10", "3,600", "400", "1,000"]


def test_data_page_offers_the_download_of_what_is_missing(
    runs_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NN_LAB_DATA", str(tmp_path))
    test = app("data", set="mnist")
    assert "not on this machine" in test.info[0].value
    assert test.button(key="download_data")


@pytest.mark.parametrize("name", ["mnist_sample", "surnames", "spiral"])
def test_data_page_shows_data_of_every_kind(runs_root: Path, name: str) -> None:
    test = app("data", set=name)
    assert not test.exception
    assert not test.error
    assert test.selectbox(key="dataset").value == name
    assert "Loaded into memory" in texts(test)
    charts = {"mnist_sample": 1, "surnames": 2, "spiral": 1}
    assert len(test.get("plotly_chart")) == charts[name]
    planes = [part for part in test.get("bidi_component") if part.proto.component_name == "nn_lab.boundary"]
    assert len(planes) == (name == "spiral")


def test_data_page_lets_the_kind_and_the_set_be_changed(runs_root: Path) -> None:
    test = app("data")
    test.button_group(key="dataset_kind").set_value("text").run()
    assert test.selectbox(key="dataset").value == "surnames"
    test.button_group(key="dataset_kind").set_value("points").run()
    test.selectbox(key="dataset").set_value("xor").run()
    assert "xor" in test.query_params["set"]
    test.number_input(key="plane.points").set_value(300).run()
    assert sum(int(metric.value) for metric in test.metric[1:]) == 300


@pytest.fixture
def own_folder(runs_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder of this test's own."""
    monkeypatch.setenv("NN_LAB_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def make_shapes(folder: Path, **options: int | bool) -> None:
    from nn_core.data.custom.example_archive import make_example_zip
    from nn_core.data.custom.picture_import import make_picture_dataset

    make_picture_dataset(io.BytesIO(make_example_zip()), "shapes", folder, **options)  # type: ignore[arg-type]


def test_pictures_of_ones_own_become_a_data_set_to_look_at(own_folder: Path) -> None:
    from nn_core.data.custom.example_archive import make_example_zip

    test = app("data")
    test.file_uploader(key="own_file_0").set_value(("my *shapes*.zip", make_example_zip(), "application/zip")).run()
    assert [field.value for field in test.text_input] == ["my *shapes*"]
    test.slider(key="own_side_0").set_value(40).run()
    test.button(key="make_data").click().run()
    assert not test.exception
    assert not test.error
    assert "90 examples of 3 classes" in test.success[0].value
    assert "\\*shapes\\*" in test.success[0].value
    assert test.selectbox(key="dataset").value == "own-my-shapes"
    assert "in colour, 40 × 40 pixels" in texts(test)
    assert [metric.value for metric in test.metric] == ["3", "65", "7", "18"]
    test.button(key="delete_data").click().run()
    assert test.button(key="confirm_delete_data")
    assert list((own_folder / "own").iterdir()), "it is asked first"


def test_texts_of_ones_own_become_a_data_set(own_folder: Path) -> None:
    rows = [f"<b>hello</b> {i};english" for i in range(20)] + [f"guten Tag {i};deutsch" for i in range(20)]
    test = app("data")
    content = "\n".join([*rows, "only one column"]).encode()
    test.file_uploader(key="own_file_0").set_value(("greetings.csv", content, "text/csv")).run()
    test.number_input(key="own_length_0").set_value(20).run()
    test.button(key="make_data").click().run()
    assert not test.exception
    assert "40 examples of 2 classes" in test.success[0].value
    assert "1 rows without a text or a label" in test.success[0].value
    assert "at most 20 characters" in texts(test)
    assert "\\<b\\>hello" in str(test.table[0].value)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("data.csv", b"a,b\n" * 9, "same label"),
        ("data.csv", "grün,b\n".encode("latin-1") * 9, "same label"),
    ],
)
def test_a_table_that_cannot_be_taken_is_a_sentence_at_once_and_another_file_can_follow(
    own_folder: Path, name: str, content: bytes, words: str
) -> None:
    test = app("data")
    test.file_uploader(key="own_file_0").set_value((name, content, "text/plain")).run()
    assert not test.exception
    assert len([warning for warning in test.warning if words in warning.value]) == 1
    assert "make_data" not in [button.key for button in test.button]
    assert not list(own_folder.glob("own/*"))
    good = "\n".join(f"{word} {i},{word}" for i in range(9) for word in ("hello", "hallo")).encode()
    test.file_uploader(key="own_file_0").set_value(("good.csv", good, "text/plain")).run()
    test.button(key="make_data").click().run()
    assert "18 examples of 2 classes" in test.success[0].value


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("data.zip", b"not a zip", "not a complete ZIP"),
        ("data.7z", b"7z\xbc\xaf\x27\x1c", "format 7z"),
        ("data.rar", b"Rar!\x1a\x07\x00", "format RAR"),
        ("photo.heic", b"\x00\x00\x00\x18ftypheic", "format HEIC"),
    ],
)
def test_an_archive_that_cannot_be_taken_is_a_sentence_at_once(
    own_folder: Path, name: str, content: bytes, words: str
) -> None:
    test = app("data")
    test.file_uploader(key="own_file_0").set_value((name, content, "application/octet-stream")).run()
    assert not test.exception
    assert len(test.error) == 1
    assert words in test.error[0].value
    assert "make_data" not in [button.key for button in test.button], "there is nothing to create"


def test_the_table_of_a_downloaded_archive_is_taken(own_folder: Path) -> None:
    from archive_files import pack_zip
    from custom_files import greetings, table

    test = app("data")
    packed = pack_zip({"greetings.csv": table(greetings()), "readme.txt": b"About"})
    test.file_uploader(key="own_file_0").set_value(("archive.zip", packed, "application/zip")).run()
    assert [each.value for each in test.info] == ["The table 'greetings.csv' was unpacked."]
    test.button(key="make_data").click().run()
    assert "**greetings** is ready" in test.success[0].value
    assert "20 examples of 2 classes" in test.success[0].value


def test_an_archive_is_shown_before_it_is_imported(own_folder: Path) -> None:
    from archive_files import folder, pack_zip, splits

    files = splits("train", "test", classes=("c*t", "dog")) | folder("pred", 2)
    test = app("data")
    test.file_uploader(key="own_file_0").set_value(("pets.zip", pack_zip(files), "application/zip")).run()
    assert not test.exception
    assert test.table[0].value.to_dict("list") == {
        "Class": ["c\\*t", "dog"],
        "Training": ["6", "6"],
        "Test": ["3", "3"],
    }
    assert "2 in a split without classes" in texts(test)
    images = {image.alt: image.caption for each in test.get("image") for image in each.proto.imgs}
    assert images["3 pictures of the class c*t"] == "c\\*t"
    assert images["3 pictures of the class dog"] == "dog"
    assert not (own_folder / "own").exists()


def test_what_is_unclear_in_an_archive_is_chosen_on_the_page(own_folder: Path) -> None:
    from archive_files import YEARS, pack_zip

    test = app("data")
    test.file_uploader(key="own_file_0").set_value(("years.zip", pack_zip(YEARS), "application/zip")).run()
    (question,) = [box for box in test.selectbox if box.label == "What are the classes?"]
    assert question.value is None
    assert question.options == ["the outer folders: '2023', '2024'", "the inner folders: 'cat', 'dog'"]
    assert "make_data" not in [button.key for button in test.button]
    question.select("inner").run()
    assert test.table[0].value["Class"].tolist() == ["cat", "dog"]
    test.button(key="make_data").click().run()
    assert not test.exception
    assert "20 examples of 2 classes" in test.success[0].value


def test_the_encoding_of_file_names_is_chosen_by_how_they_read(own_folder: Path) -> None:
    from archive_files import CHINESE, pack_undeclared

    packed = pack_undeclared(CHINESE, "gbk")
    test = app("data")
    test.file_uploader(key="own_file_0").set_value(("chinese.zip", packed, "application/zip")).run()
    (question,) = [box for box in test.selectbox if box.label == "How do the names read correctly?"]
    assert "'圆', '叉' – Simplified Chinese" in question.options
    question.select("gbk").run()
    test.button(key="make_data").click().run()
    assert not test.exception
    assert test.success[0].value.count("圆") == 1


def test_a_data_set_that_does_not_fit_into_memory_is_said_to_stream(own_folder: Path) -> None:
    make_shapes(own_folder)

    def page(folder: str) -> None:
        from pathlib import Path

        from nn_core.data import Dataset, DataSettings
        from nn_core.data.custom import read_custom_spec
        from ui.data.samples import show_network_input, show_samples
        from ui.data.views import show_class_counts, show_split_figures, show_storage

        spec = read_custom_spec("own-shapes", Path(folder), budget=0)
        data = Dataset(spec, *spec.read(Path(folder), DataSettings(name="own-shapes")))
        show_class_counts(data, show_split_figures(data))
        show_storage(data)
        show_samples(data)
        show_network_input(data)

    test = AppTest.from_function(page, default_timeout=PATIENCE_SECONDS, args=(str(own_folder),)).run()
    assert not test.exception
    assert "Streamed from the disk" in texts(test)
    assert [metric.value for metric in test.metric] == ["3", "65", "7", "18"]


def test_a_damaged_data_set_of_ones_own_can_still_be_deleted(own_folder: Path) -> None:
    make_shapes(own_folder)
    (own_folder / "own" / "shapes" / "train-inputs.npy").unlink()
    test = app("data", set="own-shapes")
    assert not test.exception
    assert "own-shapes" in test.error[0].value.replace("\\", "")
    assert test.button(key="delete_data")


def test_train_begins_with_the_data_of_ones_own_that_the_address_names(own_folder: Path) -> None:
    make_shapes(own_folder, colour=True, side=32)
    test = app("train", data="own-shapes")
    assert not test.exception
    assert not test.error
    assert "own-shapes" in [box.value for box in test.selectbox]
