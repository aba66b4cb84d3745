"""Weights as people have them, through the command line and through the Runs page."""

import json
import zipfile
from pathlib import Path

import pytest
from apptest_pages import app
from cli_in_process import command
from streamlit.testing.v1 import AppTest
from transfer_files import config_of, weights_in

from nn_core.config import parse_config
from nn_core.data import DATASETS
from nn_core.data.builtin.pen_digits import read_pen_test_drawings
from nn_core.data.scaling import apply_scaling
from nn_core.models import build_model
from nn_core.runs import RunFolder, create_run, list_runs

CASES = Path(__file__).parents[1] / "support" / "cases" / "weights"
IMPORTED = {"w-norm-inverted": ("inverted", 0.85), "w10-swa": ("mean-std", 0.9)}
REFUSED = {
    "w16-torchscript": "'w16-torchscript.pt' is a TorchScript program, not weights of torch.save or safetensors. In PyTorch: torch.save("
    "torch.jit.load(file).state_dict(), 'weights.pt').",
    "w25-11-classes": "'w25-11-classes.pt' distinguishes 11 classes, and mnist_sample has 10: choose the data set with 11 classes",
}


@pytest.mark.parametrize("case", IMPORTED)
def test_a_case_is_imported_by_the_command_line_with_its_scaling(runs_root: Path, case: str) -> None:
    scaling, accuracy = IMPORTED[case]
    answer = command("import", CASES / f"{case}.pt", "--preset", "simple_net")
    assert (answer.code, answer.out) == (0, f"{runs_root / case}\n"), answer.err
    assert "is assumed and stored with the run, because it does best on 400 pictures of mnist_sample" in answer.err
    assert scaling in RunFolder(runs_root / case).config().data.scaling
    evaluated = json.loads(command("evaluate", case, "--json").out)
    assert evaluated["accuracy"] > accuracy


@pytest.mark.parametrize("case", REFUSED)
def test_a_case_is_refused_by_the_command_line_with_the_cause(runs_root: Path, case: str) -> None:
    answer = command("import", CASES / f"{case}.pt", "--preset", "simple_net")
    assert answer.code == 2
    assert REFUSED[case] in answer.err
    assert answer.err.count("\n") == 1
    assert list_runs(runs_root) == []


def test_the_command_line_takes_a_scaling(runs_root: Path) -> None:
    file = CASES / "w10-swa.pt"
    for number, text in enumerate(("-1-1", "0–255", "mnist", "inverted 0-1")):
        answer = command("import", file, "--preset", "simple_net", "--scaling", text, "--name", f"r{number}")
        assert answer.code == 0, answer.err
    stored = [RunFolder(runs_root / f"r{number}").config().data.scaling for number in range(4)]
    assert stored == ["-1-1", "0-255", "mnist", "0-1-inverted"]
    assert "'0-1-inverted' is stored with the run as you chose, but 'mean-std' does better" in answer.err
    by_setting = command("import", file, "--preset", "simple_net", "--set", "data.scaling=-1-1", "--name", "set")
    assert by_setting.code == 0
    assert RunFolder(runs_root / "set").config().data.scaling == "-1-1"
    refused = command("import", file, "--preset", "simple_net", "--scaling", "0-100")
    assert (refused.code, "Unknown scaling '0-100'" in refused.err) == (2, True)


def upload(test: AppTest, file: Path) -> AppTest:
    key = next(uploader.key for uploader in test.get("file_uploader") if str(uploader.key).startswith("import_file_"))
    return test.file_uploader(key=key).set_value((file.name, file.read_bytes(), "application/octet-stream")).run()


def find_scalings(test: AppTest) -> list[str]:
    (box,) = [box for box in test.selectbox if str(box.key).startswith("import_scaling_")]
    return list(box.options)


@pytest.mark.parametrize("case", IMPORTED)
def test_a_case_is_imported_on_the_page_with_the_suggested_scaling(runs_root: Path, case: str) -> None:
    scaling, accuracy = IMPORTED[case]
    test = upload(app("runs"), CASES / f"{case}.pt")
    assert not test.exception
    assert not test.error
    assert test.selectbox(key="import_network").value == "preset simple_net"
    options = find_scalings(test)
    assert scaling in options[0]
    figures = [float(option.split()[0]) for option in options]
    assert max(figures) == figures[0] > 100 * accuracy
    assert any("Tried on 400 pictures of mnist" in caption.value for caption in test.caption)
    test.button(key="import_run").click().run()
    assert not test.error
    assert scaling in RunFolder(runs_root / case).config().data.scaling
    assert any("is assumed and stored with the run" in each.value for each in test.info)


@pytest.mark.parametrize("case", REFUSED)
def test_a_case_is_refused_on_the_page_with_the_cause(runs_root: Path, case: str) -> None:
    test = upload(app("runs"), CASES / f"{case}.pt")
    assert not test.exception
    (error,) = test.error
    assert REFUSED[case] in error.value.replace("\\", "")
    assert test.button(key="import_run").disabled
    assert list_runs(runs_root) == []


def test_another_scaling_can_be_chosen_on_the_page(runs_root: Path) -> None:
    test = upload(app("runs"), CASES / "w10-swa.pt")
    (box,) = [box for box in test.selectbox if str(box.key).startswith("import_scaling_")]
    box.set_value("0-255").run()
    test.text_input(key="import_name").set_value("other").run()
    test.button(key="import_run").click().run()
    assert not test.error
    assert RunFolder(runs_root / "other").config().data.scaling == "0-255"


def test_the_data_set_can_be_chosen_on_the_page(runs_root: Path) -> None:
    test = upload(app("runs"), CASES / "w10-swa.pt")
    test.selectbox(key="import_data_preset simple_net").set_value("kmnist").run()
    assert not test.error
    assert "mean-std: mean 0" in find_scalings(test)[0], "without the data, no accuracy is shown"
    assert any("kmnist is not on this machine" in each.value for each in test.warning)
    test.text_input(key="import_name").set_value("letters").run()
    test.button(key="import_run").click().run()
    assert RunFolder(runs_root / "letters").config().data.name == "kmnist"


def test_weights_for_points_are_imported_on_the_page_without_a_question_about_pixels(
    runs_root: Path, tmp_path: Path
) -> None:
    network = build_model(config_of({"name": "simple_net"}, "moons").model, DATASETS["moons"].task)
    create_run(runs_root, parse_config({"data": {"name": "moons"}, "model": {"name": "simple_net"}}), "points")
    test = upload(app("runs"), weights_in(tmp_path / "points.pt", network.state_dict()))
    assert test.selectbox(key="import_network").value == "run points"
    assert not [box for box in test.selectbox if str(box.key).startswith("import_scaling_")]
    assert not test.error


def test_drawings_exports_and_the_code_use_the_stored_scaling(runs_root: Path, tmp_path: Path) -> None:
    """The network sees white as 0 and black as 1, so with any other scaling nearly every answer is wrong."""
    assert command("import", CASES / "w-norm-inverted.pt", "--preset", "simple_net").code == 0
    lines = [
        json.dumps(
            {
                "size": drawing.size,
                "pen_width": drawing.pen_width,
                "strokes": [list(map(list, stroke)) for stroke in drawing.strokes],
            }
        )
        for drawings in read_pen_test_drawings(5).values()
        for drawing in drawings
    ]
    (tmp_path / "drawings.jsonl").write_text("\n".join(lines))
    answered = command("predict", "w-norm-inverted", "--drawings", tmp_path / "drawings.jsonl")
    labels = [json.loads(line)["label"] for line in answered.out.splitlines()]
    right = sum(label == str(number // 5) for number, label in enumerate(labels))
    assert right > 25, "guessing gives 5 of 50"
    assert command("export", "w-norm-inverted", "--as", "zip", "--to", tmp_path / "out.zip").code == 0
    assert command("import", tmp_path / "out.zip", "--name", "again").code == 0
    again = command("predict", "again", "--drawings", tmp_path / "drawings.jsonl")
    assert [json.loads(line)["label"] for line in again.out.splitlines()] == labels
    stored = RunFolder(runs_root / "again").config().data.scaling
    spec = apply_scaling(DATASETS["mnist_sample"], stored)
    assert f"MEAN, STD = {spec.mean!r}, {spec.std!r}" in command("code", "again").out


def test_a_zip_of_weights_is_named(runs_root: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as archive:
        archive.write(CASES / "w10-swa.pt", "models/w10-swa.pt")
    answer = command("import", tmp_path / "packed.zip")
    assert (answer.code, "contains weights: unpack it and import 'w10-swa.pt'" in answer.err) == (2, True), answer.err
    (tmp_path / "torch.zip").write_bytes((CASES / "w10-swa.pt").read_bytes())
    answer = command("import", tmp_path / "torch.zip")
    assert (answer.code, "rename it to end in .pt" in answer.err) == (2, True), answer.err
