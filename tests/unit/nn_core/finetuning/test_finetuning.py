"""Teaching: drawings that are stored, runs that start from another one's weights, and lessons made of both."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from math import cos, sin
from pathlib import Path
from typing import Any

import pytest
import torch
from processes import ROOT, assert_one_line, nn_core
from safetensors.torch import load_file
from streamlit.testing.v1 import AppTest
from untrained_runs import untrained_run
from waiting import wait_until

from nn_core.atomic_io import replace_json
from nn_core.config import apply_settings, get_preset
from nn_core.config.overrides import apply_resume_settings
from nn_core.data import OWN_DRAWINGS, Dataset, DataSettings, find_dataset, list_datasets, load_dataset
from nn_core.data.rehearsal import make_drawn_split, mix_rehearsal
from nn_core.drawings import Drawing
from nn_core.drawings.corrections import (
    Correction,
    delete_corrections,
    get_corrections_file,
    pack_corrections,
    read_corrections,
    store_correction,
)
from nn_core.errors import BadInput, BadPicture, ConfigError, DamagedRun, DatasetUnavailable, RunNotFound, StorageFailed
from nn_core.finetuning.report import FinetuneReport, Transition, read_finetune_report
from nn_core.finetuning.run import (
    create_finetune_run,
    list_finetune_runs,
)
from nn_core.inference import load_network, predict_drawing
from nn_core.paths import SHIPPED_RUN
from nn_core.runs import RunFolder, create_run, find_run, list_runs
from nn_core.training.setup import check_start_weights, load_initial_weights
from nn_core.training.state import TrainState

CPU = torch.device("cpu")
_PATIENCE_SECONDS = 120


def upside_down_seven(number: int) -> Drawing:
    """A 7 by somebody who turns the paper: no network takes it for one. Each is slanted and sized a little differently."""
    slant, size = 0.2 * sin(number), 90 + 5 * cos(2 * number)
    points = [(1.0, 1.0), (-1.0, 1.0), (0.2, -1.2)]
    bar = [(-0.9, -0.1), (0.3, 0.1)]
    strokes = [[(140 + size * (x + slant * y), 140 + size * y) for x, y in stroke] for stroke in (points, bar)]
    return Drawing.from_object({"size": 280, "pen_width": 18, "strokes": strokes})


def sevens(count: int = 10) -> list[Correction]:
    return [Correction("7", upside_down_seven(number)) for number in range(count)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own, which its processes use too."""
    monkeypatch.setenv("NN_LAB_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def file(folder: Path) -> Path:
    return get_corrections_file(folder)


# The drawings that are stored


def test_stored_drawings_come_back_in_order(file: Path) -> None:
    stored = [store_correction(str(number), upside_down_seven(number), file) for number in range(3)]
    found = read_corrections(file)
    assert found == stored
    assert [each.label for each in found] == ["0", "1", "2"]
    assert found[1].drawing == upside_down_seven(1)
    delete_corrections(file, [found[1]])
    assert read_corrections(file) == [stored[0], stored[2]]
    delete_corrections(file)
    assert read_corrections(file) == []
    assert not file.exists()


def test_damaged_lines_are_left_out_and_swallow_no_other(file: Path) -> None:
    first = store_correction("7", upside_down_seven(0), file)
    with file.open("ab") as stream:
        stream.write(b'{"label": "7", "size": 280\n\xff\xfe\n{"label": 7')
    second = store_correction("8", upside_down_seven(1), file)
    assert read_corrections(file) == [first, second]


def test_browsers_that_store_at_the_same_moment_lose_nothing(file: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        stored = list(pool.map(lambda number: store_correction("7", upside_down_seven(number), file), range(40)))
    assert set(read_corrections(file)) == set(stored)
    assert len(set(stored)) == 40


def test_what_cannot_be_learned_is_not_stored(file: Path, tmp_path: Path) -> None:
    with pytest.raises(BadPicture, match="no strokes"):
        store_correction("7", Drawing(280, 18, ()), file)
    with pytest.raises(BadPicture, match="label"):
        store_correction("", upside_down_seven(0), file)
    (tmp_path / "a-file").write_text("")
    with pytest.raises(StorageFailed, match="Cannot write"):
        store_correction("7", upside_down_seven(0), tmp_path / "a-file" / "corrections.jsonl")
    assert read_corrections(file) == []


def test_the_drawings_are_a_data_set_of_their_own(folder: Path, file: Path) -> None:
    assert OWN_DRAWINGS not in list_datasets(folder)
    with pytest.raises(DatasetUnavailable, match="no data set"):
        find_dataset(OWN_DRAWINGS, folder)
    for number in range(9):
        store_correction(str(number % 2), upside_down_seven(number), file)
    spec = list_datasets(folder)[OWN_DRAWINGS]
    assert (spec.classes, spec.shape, spec.is_line_drawing) == (tuple("0123456789"), (1, 28, 28), True)
    with pytest.raises(DatasetUnavailable, match="at least 10"):
        load_dataset(DataSettings(name=OWN_DRAWINGS), folder)
    store_correction("1", upside_down_seven(9), file)
    data = load_dataset(DataSettings(name=OWN_DRAWINGS), folder)
    assert (len(data.train), len(data.test)) == (8, 2)
    assert data.train.inputs.amax(dim=(1, 2, 3)).min() > 200
    store_correction("a cat", upside_down_seven(0), file)
    assert find_dataset(OWN_DRAWINGS, folder).classes == ("0", "1", "a cat")


# Runs that start from another


def test_a_run_begins_with_the_weights_of_another(tmp_path: Path, sample: Dataset) -> None:
    parent = untrained_run(tmp_path, "simple_net", name="parent")
    config = apply_settings(
        get_preset("simple_net"), ["training.start_from=parent", "training.ema=0.9", "training.seed=5"]
    )
    run = create_run(tmp_path, config, "child")
    weights = load_file(parent.best_weights)
    shutil.rmtree(parent.path)  # the run has a copy
    session = TrainState(config, sample, CPU)
    load_initial_weights(run, session)
    for network in (session.model, session.eval_model):
        assert all(torch.equal(tensor, weights[name]) for name, tensor in network.state_dict().items())
    run.start_weights.write_bytes(b"torn")
    with pytest.raises(DamagedRun, match=r"start\.safetensors"):
        load_initial_weights(run, session)


def test_a_run_cannot_start_from_what_does_not_fit(tmp_path: Path) -> None:
    spec = find_dataset("mnist_sample", tmp_path)
    untrained_run(tmp_path, "mlp", "model.hidden=[8]", name="parent")
    create_run(tmp_path, get_preset("mlp"), "fresh")
    fits = apply_settings(get_preset("mlp"), ["training.start_from=parent", "model.hidden=[8]"])
    check_start_weights(fits, spec, tmp_path)
    for config, error, sentence in (
        (apply_settings(fits, ["training.start_from=nobody"]), RunNotFound, "No run named 'nobody'"),
        (apply_settings(fits, ["training.start_from=../parent"]), RunNotFound, "No run named"),
        (apply_settings(fits, ["training.start_from=fresh"]), BadInput, "no trained weights"),
        (apply_settings(get_preset("quick"), ["training.start_from=parent"]), BadInput, "Set model.name to mlp"),
    ):
        with pytest.raises(error, match=sentence):
            create_run(tmp_path, config, "child")
        assert not (tmp_path / "child").exists()
    for config, data in (
        (apply_settings(fits, ["model.hidden=[9]"]), spec),
        (fits, find_dataset("digits_8x8", tmp_path)),
        (fits, find_dataset("emnist_letters", tmp_path)),
    ):
        with pytest.raises(BadInput, match="do not fit this network"):
            check_start_weights(config, data, tmp_path)
    with pytest.raises(ConfigError, match=r"training\.start_from cannot change"):
        apply_resume_settings(fits, ["training.start_from="])


def test_the_command_line_starts_from_a_run_and_resumes_it(runs_root: Path) -> None:
    untrained_run(runs_root, "simple_net", name="parent")
    settings = ("optimizer.lr=1e-6", "training.batch_size=500", "training.start_from=parent")
    arguments = [part for setting in settings for part in ("--set", setting)]
    result = nn_core("train", "--preset", "simple_net", "--name", "child", *arguments, "--set", "training.epochs=1")
    assert result.returncode == 0, result.stderr
    child = find_run(runs_root, "child")
    weights = load_file(find_run(runs_root, "parent").best_weights)
    moved = [float((tensor - weights[name]).abs().max()) for name, tensor in load_file(child.best_weights).items()]
    assert 0 < max(moved) < 0.01, "a rate of nearly nothing leaves the weights where they began"
    steps = child.status().step
    result = nn_core("resume", "child", "--set", "training.epochs=2")
    assert result.returncode == 0, result.stderr
    assert (child.status().step, child.status().epochs_done) == (2 * steps, 2)
    assert_one_line(nn_core("train", "--name", "other", "--set", "training.start_from=nobody"), "No run named 'nobody'")
    assert_one_line(nn_core("train", "--name", "other", "--set", "training.start_from=parent"), "Set model.name to")
    assert [run.name for run in list_runs(runs_root)].count("other") == 0


# Drawings among older examples


def test_drawings_are_learned_again_and_again_and_never_held_out(folder: Path, sample: Dataset) -> None:
    settings = ["data.drawings.share=0.2", "data.drawings.rehearse=900", "data.validation_share=0.3"]
    config = apply_settings(get_preset("mlp"), settings)
    drawn = make_drawn_split(sevens(5), sample.spec)
    mixed = mix_rehearsal(sample, drawn, config.data, config.training.seed, folder)
    assert len(mixed.train) - mixed.never_held_out == 900
    assert mixed.never_held_out == 225  # a fifth of all
    assert torch.equal(mixed.train.inputs[900:905], drawn.inputs)
    assert not torch.equal(mixed.train.inputs[905:910], drawn.inputs), "later ones are as drawn another time"
    session = TrainState(config, mixed, CPU)
    learned, held = session.train_rows.tolist(), session.validation_rows.tolist()
    assert set(range(900, 1125)) <= set(learned)
    assert max(held) < 900
    assert len(held) == 270
    # Of the whole data set's own validation split nothing is learned.
    whole = TrainState(apply_settings(config, ["data.drawings.share=0"]), sample, CPU)
    held_pictures = {whole.samples.inputs[row].numpy().tobytes() for row in whole.validation_rows}
    assert held_pictures.isdisjoint(picture.numpy().tobytes() for picture in mixed.train.inputs)


def test_one_drawing_does_not_drown_the_rest(folder: Path, sample: Dataset) -> None:
    config = apply_settings(get_preset("mlp"), ["data.drawings.share=0.5"])
    mixed = mix_rehearsal(sample, make_drawn_split(sevens(1), sample.spec), config.data, 0, folder)
    assert mixed.never_held_out == 100


def test_a_run_that_asks_for_drawings_needs_some(tmp_path: Path, folder: Path, runs_root: Path) -> None:
    config = apply_settings(get_preset("mlp"), ["data.drawings.share=0.2"])
    with pytest.raises(BadInput, match="there are none"):
        create_run(tmp_path, config, "child")
    assert_one_line(nn_core("train", "--set", "data.drawings.share=0.2"), "data.drawings.share = 0.2", "there are none")
    assert list_runs(runs_root) == []


# Lessons


def test_a_lesson_raises_what_was_taught_and_forgets_next_to_nothing(
    folder: Path, runs_root: Path, tmp_path: Path
) -> None:
    drawings = tmp_path / "mine.jsonl"
    drawings.write_bytes(pack_corrections(sevens()))
    result = nn_core("teach", SHIPPED_RUN.name, "--drawings", drawings, "--name", "taught")
    assert result.returncode == 0, result.stderr
    (line,) = result.stdout.splitlines()
    told = json.loads(line)
    before, after = told["before"], told["after"]
    assert (told["run"], told["parent"], told["test_samples"]) == ("taught", SHIPPED_RUN.name, 1000)
    assert (before["of"], after["of"]) == (10, 10)
    assert before["right"] <= 3
    assert after["right"] >= 9
    assert after["test_accuracy"] >= before["test_accuracy"] - 0.002
    assert {each["label"] for each in told["drawings"]} == {"7"}
    assert sum(each["after"] == "7" and not each["after_refused"] for each in told["drawings"]) == after["right"]
    for figures, time in ((before, "before"), (after, "after")):
        assert figures["right"] + figures["wrong"] + figures["refused"] == 10
        assert sum(each[f"{time}_refused"] for each in told["drawings"]) == figures["refused"]
    assert before["refused"] >= 5, "nobody turns a 7 upside down: the network has seen nothing like it"
    assert after["refused"] <= 1
    run = find_run(runs_root, "taught")
    assert read_finetune_report(run) == FinetuneReport.model_validate(told)
    evaluation = run.evaluation()
    assert evaluation
    assert evaluation.accuracy == pytest.approx(after["test_accuracy"])
    assert list_finetune_runs(runs_root, SHIPPED_RUN.name) == [run]
    # What was counted is what the Draw page says of each drawing.
    parent, taught = (load_network(each, folder) for each in (find_run(runs_root, SHIPPED_RUN.name), run))
    for each, drawn in zip(told["drawings"], sevens(), strict=True):
        for network, time in ((parent, "before"), (taught, "after")):
            prediction = predict_drawing(network, drawn.drawing)
            assert prediction is not None
            assert (prediction.label, prediction.is_out_of_distribution) == (each[time], each[f"{time}_refused"])
    was, now = before["refused"], after["refused"]
    assert f"not recognised {was} → {now} of 10. Test accuracy: " in run.log_file.read_text()
    assert run.status().elapsed_seconds < _PATIENCE_SECONDS  # some two seconds on a machine with nothing else to do


def test_a_lesson_needs_drawings_and_a_network_that_reads_them(folder: Path, runs_root: Path, tmp_path: Path) -> None:
    quick = untrained_run(runs_root, "quick")
    for run, drawings, sentence in (
        (quick, [], "there are no drawings yet"),
        (quick, [Correction("cat", upside_down_seven(0))], "there are only drawings of cat"),
        (untrained_run(runs_root, "autoencoder"), sevens(), "predicts no class"),
        (untrained_run(runs_root, "text_cnn"), sevens(), "no pictures"),
        (untrained_run(runs_root, "quick", "data.name=cifar10", name="photos"), sevens(), "are photos"),
        (untrained_run(runs_root, "quick", "data.name=fashion_mnist", name="clothes"), sevens(), "not on this machine"),
    ):
        with pytest.raises(BadInput, match=sentence):
            create_finetune_run(runs_root, run, drawings, folder)
    assert list_finetune_runs(runs_root, "quick") == []
    assert_one_line(nn_core("teach", "quick"), "there are no drawings yet")
    file = tmp_path / "mine.jsonl"
    file.write_text('{"size": 280, "pen_width": 18, "strokes": [[[140, 50], [140, 230]]]}\n')
    assert_one_line(nn_core("teach", "quick", "--drawings", file), "mine.jsonl, line 1", "label")
    assert_one_line(nn_core("teach", "quick", "--drawings", tmp_path), "Cannot read the drawings")


def test_a_lesson_rehearses_what_is_on_the_disk(folder: Path, runs_root: Path) -> None:
    run = untrained_run(runs_root, "quick", "data.name=mnist")
    lesson = create_finetune_run(runs_root, run, sevens(), folder, settings=["training.seed=3"])
    config = lesson.config()
    assert (config.data.name, config.training.start_from, config.training.seed) == ("mnist_sample", "quick", 3)
    assert read_corrections(lesson.drawings_file) == sevens()
    assert lesson.start_weights.read_bytes() == run.best_weights.read_bytes()


# On the page


def draw_page() -> AppTest:
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=_PATIENCE_SECONDS).run()
    return test.switch_page("pages/draw.py").run()


def correcting() -> None:
    import streamlit as st

    from nn_core.data import find_dataset
    from nn_core.drawings import Drawing
    from nn_core.paths import SHIPPED_RUN, get_data_folder
    from nn_core.runs import RunFolder
    from ui.draw.finetune import show_correct_button, show_corrections

    run = RunFolder(SHIPPED_RUN)
    spec = find_dataset("mnist_sample", get_data_folder())
    drawing = Drawing(280, 18, (((140.0, 60.0), (140.0, 220.0)), ((90.0, 60.0), (140.0, float(st.number_input("y"))))))
    st.fragment(show_correct_button)(drawing, spec)
    show_corrections(run, spec)


def test_saying_what_it_is_stores_the_drawing_once(file: Path, runs_root: Path) -> None:
    test = AppTest.from_function(correcting, default_timeout=_PATIENCE_SECONDS).run()
    assert not test.header, "before the first drawing there is nothing to see"
    test.button(key="this_is_7").click().run()
    assert not test.exception
    assert [each.label for each in read_corrections(file)] == ["7"]
    assert test.toast[0].value.replace("\\", "") == "Stored: 7 · your first drawing"
    assert test.button(key="learn_from_these").label == "Train on these drawings"
    test.button(key="this_is_1").click().run()
    assert [each.label for each in read_corrections(file)] == ["1"], "the same drawing is something else now"
    test.number_input[0].set_value(50).run()
    test.button(key="this_is_2").click().run()
    assert [each.label for each in read_corrections(file)] == ["1", "2"]
    assert test.toast[0].value.replace("\\", "") == "Stored: 2 · 2 drawings so far"
    delete = next(
        button for button in test.button if str(button.key).startswith("delete_drawn") and button.label == "1"
    )
    delete.click().run()
    assert [each.label for each in read_corrections(file)] == ["2"]
    test.button(key="forget_correction").click().run()
    assert not file.exists()
    assert not test.exception


def test_learning_from_the_drawings_shows_both_figures_and_offers_the_network(file: Path, runs_root: Path) -> None:
    for each in sevens():
        store_correction(each.label, each.drawing, file)
    test = draw_page()
    test.button(key="learn_from_these").click().run()
    assert not test.exception
    (lesson,) = list_finetune_runs(runs_root, SHIPPED_RUN.name)
    assert test.query_params["run"] == SHIPPED_RUN.name
    assert test.selectbox(key="run_picker").value == SHIPPED_RUN.name, "the page goes on with the old network"
    wait_until(lambda: not lesson.status().is_active, "the lesson has ended")
    again = draw_page()  # as after F5
    figures = {metric.label: metric.value for metric in again.metric}
    told = read_finetune_report(lesson)
    assert told
    assert figures["My drawings recognised"] == f"{told.before.correct} → {told.after.correct} of 10"
    assert "→" in figures["Test accuracy"]
    shown = "\n".join(element.value for element in again.markdown)
    assert f"Not recognised: {told.before.out_of_distribution} → {told.after.out_of_distribution}." in shown
    assert "- Your 7: not recognised → **read as 7**" in shown
    again.button(key="use_lesson").click().run()
    assert again.query_params["run"] == lesson.name
    assert again.selectbox(key="run_picker").value == lesson.name
    assert not again.exception


def teaching_of(before: tuple[str, bool], after: tuple[str, bool]) -> dict[str, Any]:
    """As if one 7 had been taught: the answer, and whether it was refused, before and after."""
    figures = [
        {"right": int(label == "7" and not no), "wrong": int(label != "7" and not no), "refused": int(no), "of": 1}
        for label, no in (before, after)
    ]
    drawing = {
        "label": "7",
        "before": before[0],
        "after": after[0],
        "before_refused": before[1],
        "after_refused": after[1],
    }
    return {
        "run": "lesson",
        "parent": SHIPPED_RUN.name,
        "test_samples": 1000,
        "before": {**figures[0], "test_accuracy": 0.997},
        "after": {**figures[1], "test_accuracy": 0.998},
        "drawings": [drawing],
    }


def test_the_network_can_be_used_while_the_rest_is_still_measured(file: Path, runs_root: Path) -> None:
    """A drawing that was refused although its first guess was right counts as not recognised before."""
    store_correction("7", upside_down_seven(0), file)
    lesson = create_finetune_run(runs_root, RunFolder(SHIPPED_RUN), sevens(1), file.parent)
    replace_json(lesson.teaching_file, teaching_of(("7", True), ("7", False)))
    shutil.copy(RunFolder(SHIPPED_RUN).best_weights, lesson.best_weights)
    lesson.write_status(lesson.status().model_copy(update={"status": "running", "activity": "evaluating"}))
    with lesson.lock():
        assert lesson.status().is_active
        test = draw_page()
        figures = {metric.label: metric.value for metric in test.metric}
        assert figures["My drawings recognised"] == "0 → 1 of 1"
        assert figures["Test accuracy"] == "99.70 → 99.80 %"
        shown = [element.value for element in test.markdown]
        assert "Read wrongly: 0 → 0. Not recognised: 1 → 0." in shown
        assert "- Your 7: not recognised → **read as 7**" in shown
        test.button(key="use_lesson").click().run()
        assert test.query_params["run"] == lesson.name
        assert not test.exception


def test_what_a_lesson_of_an_earlier_version_brought_is_still_shown(file: Path, runs_root: Path) -> None:
    store_correction("7", upside_down_seven(0), file)
    lesson = create_finetune_run(runs_root, RunFolder(SHIPPED_RUN), sevens(1), file.parent)
    old = teaching_of(("1", False), ("7", False))
    for figures in (old["before"], old["after"]):
        del figures["wrong"], figures["refused"]
    for key in ("before_refused", "after_refused"):
        del old["drawings"][0][key]
    replace_json(lesson.teaching_file, old)
    lesson.write_status(lesson.status().model_copy(update={"status": "finished"}))
    report = read_finetune_report(lesson)
    assert report
    assert report.to_json() == old
    test = AppTest.from_function(correcting, default_timeout=_PATIENCE_SECONDS).run()
    assert "0 → 1 of 1" in [metric.value for metric in test.metric]
    assert not any("ecognised:" in element.value for element in test.markdown)
    assert not test.exception


def test_transitions_are_counted() -> None:
    teaching = teaching_of(("1", False), ("7", False))
    teaching["drawings"] = [*teaching["drawings"], *2 * teaching_of(("7", True), ("7", False))["drawings"]]
    report = FinetuneReport.model_validate(teaching)
    assert report.count_transitions() == [Transition("7", None, "7", 2), Transition("7", "1", "7", 1)]


def test_a_damaged_report_counts_as_none(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    for damaged in ({"before": {}}, {"drawings": 3}, {"drawings": [7]}, {"drawings": [{"label": "7"}]}):
        replace_json(run.teaching_file, {**teaching_of(("1", False), ("7", False)), **damaged})
        assert read_finetune_report(run) is None


def test_a_lesson_that_failed_says_why_and_another_can_begin(file: Path, runs_root: Path) -> None:
    store_correction("7", upside_down_seven(0), file)
    lesson = create_finetune_run(runs_root, RunFolder(SHIPPED_RUN), sevens(), file.parent)
    lesson.write_status(lesson.status().model_copy(update={"status": "failed", "message": "No room on the disk."}))
    test = AppTest.from_function(correcting, default_timeout=_PATIENCE_SECONDS).run()
    assert test.error[0].value == "No room on the disk."
    assert not test.button(key="learn_from_these").disabled
