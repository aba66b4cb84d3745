"""Every page without a browser: what it shows at first, with runs, with bad input; forms, dialogs and buttons."""

import io
import json
from pathlib import Path

import pytest
from processes import ROOT
from streamlit.testing.v1 import AppTest
from waiting import wait_until

from nn_core.config import preset, with_settings
from nn_core.runs import RunFolder, create_run, list_runs

PAGES = ("home", "playground", "train", "runs", "evaluate", "draw", "text", "inside", "data")
_PATIENCE_SECONDS = 60


def app(page: str, **query: str) -> AppTest:
    """The app, opened at a page."""
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=_PATIENCE_SECONDS)
    test.run()
    for key, value in query.items():
        test.query_params[key] = value
    return test.switch_page(f"pages/{page}.py").run()


def texts(test: AppTest) -> str:
    return "\n".join(
        element.value for kind in (test.title, test.markdown, test.caption, test.error) for element in kind
    )


@pytest.fixture
def finished(runs_root: Path) -> RunFolder:
    """A run of one short epoch, trained by the worker in this process."""
    from nn_core.places import data_folder
    from nn_core.worker import work

    class Quiet:
        def line(self, text: str) -> None: ...

        def progress(self, status: object) -> None: ...

    config = with_settings(preset("simple_net"), ["training.epochs=1", "training.batch_size=200", "optimizer.lr=0.5"])
    run = create_run(runs_root, config, "tested")
    lock = run.lock()
    work(run, data_folder(), Quiet())
    lock.release()
    return run


@pytest.mark.parametrize("page", PAGES)
def test_every_page_stands_without_any_run(runs_root: Path, page: str) -> None:
    test = app(page)
    assert not test.exception
    assert not test.error
    assert len(test.title) >= 1


@pytest.mark.parametrize("page", ["train", "runs", "evaluate", "draw"])
def test_pages_about_a_run_show_it(finished: RunFolder, page: str) -> None:
    test = app(page, run=finished.name)
    assert not test.exception
    assert not test.error
    if page != "runs":
        assert test.selectbox(key="run_picker").value == finished.name


@pytest.mark.parametrize("page", ["train", "evaluate", "draw"])
def test_a_run_that_is_not_there_gets_a_sentence(finished: RunFolder, page: str) -> None:
    test = app(page, run="../<b>nobody</b>")
    assert not test.exception
    assert any("No run named" in warning.value for warning in test.warning)
    assert "<b>" not in "".join(warning.value for warning in test.warning).replace("\\<b\\>", "")


def test_runs_page_offers_the_files_of_a_run_and_its_code(finished: RunFolder) -> None:
    def script() -> None:
        from nn_core.places import runs_folder
        from nn_core.runs import find_run
        from ui.run_files import files_row

        files_row(find_run(runs_folder(), "tested"))

    test = AppTest.from_function(script, default_timeout=_PATIENCE_SECONDS).run()
    offers = {button.key: button.disabled for button in test.download_button}
    assert offers == {"download_safetensors": False, "download_pt": False, "download_zip": False}
    test.button(key="show_code").click().run()
    assert not test.exception
    assert "class Network(nn.Sequential):" in test.code[0].value
    finished.best_weights.unlink()
    finished.last_weights.unlink()
    test.run()
    assert test.download_button(key="download_pt").disabled
    assert "no weights yet" in test.download_button(key="download_pt").help


def test_runs_page_brings_in_a_run_and_weights(finished: RunFolder, runs_root: Path, tmp_path: Path) -> None:
    from nn_core.export import write_archive

    with (tmp_path / "out.zip").open("wb") as stream:
        write_archive(finished, stream)
    test = app("runs")
    archive = ("theirs.zip", (tmp_path / "out.zip").read_bytes(), "application/zip")
    test.file_uploader(key="import_file_0").set_value(archive).run()
    test.button(key="import_run").click().run()
    assert not test.error
    assert "tested-2" in test.success[0].value.replace("\\", "")
    weights = ("theirs.safetensors", finished.best_weights.read_bytes(), "application/octet-stream")
    test.file_uploader(key="import_file_1").set_value(weights).run()
    test.selectbox(key="import_network").set_value("run tested").run()
    test.text_input(key="import_name").set_value("brought").run()
    test.button(key="import_run").click().run()
    assert not test.error
    assert {run.name for run in list_runs(runs_root)} == {"tested", "tested-2", "brought"}
    assert RunFolder(runs_root / "brought").best_weights.exists()


def test_runs_page_says_in_a_sentence_what_it_cannot_bring_in(finished: RunFolder, runs_root: Path) -> None:
    test = app("runs")
    weights = ("theirs.safetensors", finished.best_weights.read_bytes(), "application/octet-stream")
    for file, sentence in (
        (weights, "does not fit the network 'quick'"),
        (("a.zip", b"no zip", "application/zip"), "'a.zip' cannot be imported"),
        (("a.pt", b"no weights", "application/octet-stream"), "'a.pt' cannot be read"),
    ):
        test.file_uploader(key="import_file_0").set_value(file).run()
        test.button(key="import_run").click().run()
        assert not test.exception
        assert sentence in test.error[0].value.replace("\\", "")
    assert [run.name for run in list_runs(runs_root)] == ["tested"]


def test_home_says_what_this_is_in_three_sentences_and_names_the_device(runs_root: Path) -> None:
    test = app("home")
    introduction = max((element.value for element in test.markdown), key=len)
    assert introduction.count(". ") + 1 == 3
    assert test.button(key="first_network").label == "Train your first network"
    assert "Networks train on" in texts(test)


def test_first_network_starts_a_run_of_quick(runs_root: Path) -> None:
    test = app("home")
    test.button(key="first_network").click().run()
    (run,) = list_runs(runs_root)
    assert run.config().model.name == "quick"
    assert run.status().active


def test_train_form_is_made_from_the_config(runs_root: Path) -> None:
    test = app("train")
    test.radio(key="preset").set_value("simple_net").run()
    hidden = test.number_input(key="simple_net.model.simple_net.hidden")
    assert (hidden.value, hidden.min, hidden.max) == (128, 1, 4096)
    assert "More neurons" in hidden.help
    assert "101,770" in [metric.value for metric in test.metric]
    hidden.set_value(10).run()
    assert "7,960" in [metric.value for metric in test.metric]


def test_train_form_starts_what_it_shows(runs_root: Path) -> None:
    test = app("train")
    test.radio(key="preset").set_value("simple_net").run()
    test.number_input(key="simple_net.training.epochs").set_value(1).run()
    test.selectbox(key="simple_net.optimizer.name").set_value("adam").run()
    test.button(key="start_training").click().run()
    (run,) = list_runs(runs_root)
    config = run.config()
    assert (config.training.epochs, config.optimizer.name, config.model.name) == (1, "adam", "simple_net")
    wait_until(lambda: not run.status().active, "the run is over")
    assert run.status().status == "finished"


def test_train_form_says_what_cannot_be(runs_root: Path) -> None:
    test = app("train")
    test.radio(key="preset").set_value("simple_net").run()
    test.toggle(key="simple_net.optimizer.sgd.nesterov").set_value(True).run()
    assert "Nesterov needs momentum" in test.error[0].value
    assert test.button(key="start_training").disabled


def test_settings_of_a_run_can_be_taken_again(finished: RunFolder) -> None:
    test = app("train", like=finished.name)
    assert test.number_input(key=f"like-{finished.name}.training.batch_size").value == 200


def test_evaluate_shows_figures_matrix_and_confusions(finished: RunFolder) -> None:
    evaluation = finished.evaluation()
    assert evaluation is not None
    test = app("evaluate", run=finished.name)
    shown = [metric.value for metric in test.metric]
    assert f"{100 * evaluation['accuracy']:.2f} %" in shown
    assert len(test.get("plotly_chart")) == 1
    assert "read as" in texts(test)
    test.button_group(key="matrix_unit").set_value("shares").run()
    assert not test.exception


def test_evaluate_measures_what_nobody_has(finished: RunFolder) -> None:
    finished.evaluation_file.unlink()
    test = app("evaluate", run=finished.name)
    assert not test.error
    assert finished.evaluation() is not None


def test_damaged_files_are_sentences_on_every_page(finished: RunFolder) -> None:
    finished.status_file.write_text("{")
    for page in ("train", "evaluate"):
        assert "damaged file, status.json" in app(page, run=finished.name).error[0].value.replace("\\", "")
    assert not app("runs").exception
    finished.best_weights.write_bytes(b"nothing")
    assert "damaged file, best.safetensors" in app("draw", run=finished.name).error[0].value.replace("\\", "")


def test_config_of_another_version_is_a_sentence(finished: RunFolder) -> None:
    values = json.loads(finished.config_file.read_text())
    finished.config_file.write_text(json.dumps({**values, "version": 99}))
    error = app("evaluate", run=finished.name).error[0].value
    assert "version 99" in error


def test_draw_asks_for_a_digit_and_reads_an_upload(finished: RunFolder) -> None:
    from PIL import Image, ImageDraw

    test = app("draw", run=finished.name)
    assert "Draw a digit" in [title.value for title in test.title]
    picture = Image.new("L", (200, 200), 255)
    ImageDraw.Draw(picture).line([(100, 30), (100, 170)], fill=0, width=18)
    file = finished.path / "one.png"
    picture.save(file)
    test.file_uploader(key="picture").set_value(("one.png", file.read_bytes(), "image/png")).run()
    assert any(title.value in "0123456789" for title in test.title)


def test_an_upload_that_is_no_picture_is_a_sentence(finished: RunFolder) -> None:
    test = app("draw", run=finished.name)
    test.file_uploader(key="picture").set_value(("one.png", b"not a picture", "image/png")).run()
    assert not test.exception
    assert len(test.error) == 1


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
    assert "Read into memory as a whole" in texts(test)
    charts = {"mnist_sample": 1, "surnames": 2, "spiral": 2}
    assert len(test.get("plotly_chart")) == charts[name]


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
    from nn_core.data.own.example import example_zip
    from nn_core.data.own.pictures import make_picture_dataset

    make_picture_dataset(io.BytesIO(example_zip()), "shapes", folder, **options)  # type: ignore[arg-type]


def test_pictures_of_ones_own_become_a_data_set_to_look_at(own_folder: Path) -> None:
    from nn_core.data.own.example import example_zip

    test = app("data")
    test.file_uploader(key="own_file_0").set_value(("my *shapes*.zip", example_zip(), "application/zip")).run()
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
        ("data.zip", b"not a zip", "not a whole ZIP"),
        ("data.csv", b"a,b\n" * 9, "same label"),
        ("data.csv", "grün,b\n".encode("latin-1"), "Line 1"),
    ],
)
def test_a_file_that_cannot_be_taken_is_a_sentence_and_stays_to_be_tried_again(
    own_folder: Path, name: str, content: bytes, words: str
) -> None:
    test = app("data")
    test.file_uploader(key="own_file_0").set_value((name, content, "text/plain")).run()
    test.button(key="make_data").click().run()
    assert not test.exception
    assert len(test.error) == 1
    assert words in test.error[0].value
    assert test.button(key="make_data")


def test_a_data_set_that_does_not_fit_into_memory_is_said_to_stream(own_folder: Path) -> None:
    make_shapes(own_folder)

    def page(folder: str) -> None:
        from pathlib import Path

        from nn_core.data import Dataset, DataSettings
        from nn_core.data.own import own_spec
        from ui.data_views import class_counts, how_it_is_read, split_figures
        from ui.picture_views import samples, what_the_network_sees

        spec = own_spec("own-shapes", Path(folder), budget=0)
        data = Dataset(spec, *spec.read(Path(folder), DataSettings(name="own-shapes")))
        class_counts(data, split_figures(data))
        how_it_is_read(data)
        samples(data)
        what_the_network_sees(data)

    test = AppTest.from_function(page, default_timeout=_PATIENCE_SECONDS, args=(str(own_folder),)).run()
    assert not test.exception
    assert "Streams from the disk" in texts(test)
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
