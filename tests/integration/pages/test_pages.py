"""Every page without a browser: what it shows at first, with runs, with bad input; forms, dialogs and buttons."""

import json
import re
from pathlib import Path

import pytest
from apptest_pages import PATIENCE_SECONDS, app, texts
from streamlit.testing.v1 import AppTest
from waiting import wait_until

from nn_core.config import apply_settings, get_preset
from nn_core.runs import RunFolder, create_run, list_runs
from ui.app.sitemap import SITEMAP
from ui.components.confusion_matrix import pack_cells

PAGES = tuple(SITEMAP)


@pytest.fixture
def finished(runs_root: Path) -> RunFolder:
    """A run of one short epoch, trained by the worker in this process."""
    from nn_core.jobs.runner import run_worker
    from nn_core.paths import get_data_folder

    class Quiet:
        def line(self, text: str) -> None: ...

        def progress(self, status: object) -> None: ...

    config = apply_settings(
        get_preset("simple_net"), ["training.epochs=1", "training.batch_size=200", "optimizer.lr=0.5"]
    )
    run = create_run(runs_root, config, "tested")
    lock = run.lock()
    run_worker(run, get_data_folder(), Quiet())
    lock.release()
    return run


def test_a_run_whose_process_starts_can_be_watched_already(runs_root: Path) -> None:
    run = create_run(runs_root, get_preset("simple_net"), "starting")
    lock = run.lock()
    assert run.status().status == "queued"
    assert "Watch starting, which is training" in [link.proto.label for link in app("train").get("page_link")]
    lock.release()


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
    assert any("No run named" in warning.value and "pretrained" in warning.value for warning in test.warning)
    said = "".join(warning.value for warning in test.warning)
    assert "<b>" not in said.replace("\\<b\\>", "")
    assert str(finished.path.parent) not in said.replace("\\", ""), "the server's folder is no one's business"
    assert ("Used instead" in said) == (page != "train")


def test_runs_page_offers_the_files_of_a_run_and_its_code(finished: RunFolder) -> None:
    def script() -> None:
        from nn_core.paths import get_runs_folder
        from nn_core.runs import find_run
        from ui.runs.run_files import show_run_files

        show_run_files(find_run(get_runs_folder(), "tested"))

    test = AppTest.from_function(script, default_timeout=PATIENCE_SECONDS).run()
    offers = {button.key: button.disabled for button in test.download_button}
    kinds = ("safetensors", "pt", "zip", "csv", "parquet", "tensorboard")
    assert offers == {f"download_{kind}": False for kind in kinds}
    test.button(key="show_code").click().run()
    assert not test.exception
    assert "class Network(nn.Sequential):" in test.code[0].value
    test.button(key="export_run").click().run()
    assert list(test.radio(key="export_format").options) == [
        "Report",
        "Page that reads drawings",
        "Model card",
        "ONNX Runtime",
        "Script",
        "Notebook",
    ]
    assert test.code[0].value == "python -m nn_core export tested --as report"
    finished.best_weights.unlink()
    finished.last_weights.unlink()
    test.run()
    assert test.download_button(key="download_pt").disabled
    assert "no weights yet" in test.download_button(key="download_pt").help


def test_the_export_dialog_says_why_there_is_no_file(finished: RunFolder) -> None:
    def script() -> None:
        from nn_core.paths import get_runs_folder
        from nn_core.runs import find_run
        from ui.runs.export_dialog import show_dialog

        show_dialog(find_run(get_runs_folder(), "tested"))

    test = AppTest.from_function(script, default_timeout=3 * PATIENCE_SECONDS).run()
    finished.best_weights.write_bytes(b"damaged")
    test.radio(key="export_format").set_value("report").run()
    test.button(key="make_export").click().run()
    assert "damaged" in test.error[0].value


def test_runs_page_brings_in_a_run_and_weights(finished: RunFolder, runs_root: Path, tmp_path: Path) -> None:
    from nn_core.transfer import write_archive

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
        (
            ("a.pt", b"no weights", "application/octet-stream"),
            "'a.pt' is not a file of PyTorch 1.6 or later. Save the weights again",
        ),
        (("a.h5", b"\x89HDF\r\n\x1a\n", "application/octet-stream"), "'a.h5' is an HDF5 file, as Keras writes it"),
        (("a.onnx", b"", "application/octet-stream"), "'a.onnx' is empty"),
    ):
        test.file_uploader(key="import_file_0").set_value(file).run()
        if file is weights:
            assert test.selectbox(key="import_network").value == "preset simple_net", "the one that fits"
            test.selectbox(key="import_network").set_value("preset quick").run()
        if test.button(key="import_run").disabled:
            assert len(test.error) == 1
        else:
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
    assert run.config() == get_preset("quick"), "the button trains what the preset's form would"
    assert run.status().is_active


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
    wait_until(lambda: not run.status().is_active, "the run is over")
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
    assert f"{100 * evaluation.accuracy:.2f} %" in shown
    assert "read as" in texts(test)
    sent = {each.proto.component_name: json.loads(each.proto.json) for each in test.get("bidi_component")}
    matrix, table = sent["nn_lab.confusion_matrix"], sent["nn_lab.data_table"]
    assert matrix["classes"] == evaluation.classes
    assert matrix["counts"] == list(pack_cells(evaluation.confusion_matrix).counts)
    recall = [row.recall for row in evaluation.per_class.values()]
    assert table["columns"][2]["texts"][:-2] == [f"{100 * share:.1f} %" for share in recall]
    assert table["columns"][2]["values"][:-2] == pytest.approx(recall, abs=1e-6)
    averages = evaluation.macro_average, evaluation.weighted_average
    assert all(averages), "the command line has them too"
    assert table["columns"][2]["values"][-2:] == pytest.approx([each.recall for each in averages if each], abs=1e-6)


def test_evaluate_measures_a_run_without_an_evaluation(finished: RunFolder) -> None:
    finished.evaluation_file.unlink()
    test = app("evaluate", run=finished.name)
    assert not test.error
    assert finished.evaluation() is not None


def test_damaged_files_are_sentences_on_every_page(finished: RunFolder) -> None:
    finished.status_file.write_text("{")
    assert "status.json is damaged" in app("train", run=finished.name).info[0].value.replace("\\", "")
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
    assert "Draw a digit" in [text.value for text in test.markdown]
    picture = Image.new("L", (200, 200), 255)
    ImageDraw.Draw(picture).line([(100, 30), (100, 170)], fill=0, width=18)
    file = finished.path / "one.png"
    picture.save(file)
    test.file_uploader(key="picture").set_value(("one.png", file.read_bytes(), "image/png")).run()
    assert any(re.fullmatch(r"\*\*\d\*\*", text.value) for text in test.markdown)


def test_an_upload_that_is_no_picture_is_a_sentence(finished: RunFolder) -> None:
    test = app("draw", run=finished.name)
    test.file_uploader(key="picture").set_value(("one.png", b"not a picture", "image/png")).run()
    assert not test.exception
    assert len(test.error) == 1
