"""`export --as onnx`: for every preset the same answers as the network's, and a program beside the file that reads what `predict` reads."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from cli_in_process import nn_core
from example_drawings import DRAWINGS, drawing_of, scribbles
from PIL import Image
from processes import ROOT, assert_one_line
from untrained_runs import untrained_run

from nn_core.config import PRESETS
from nn_core.drawings.rasterize import render_canvas
from nn_core.export.onnx_files import make_commands
from nn_core.export.onnx_model import MAX_DIFFERENCE, OPSET
from nn_core.inference import load_network
from nn_core.models.summary import make_blank_batch
from nn_core.paths import SHIPPED_RUN, get_data_folder
from nn_core.runs import RunFolder

CASES = [
    *((name, ()) for name in PRESETS),
    ("plane", ("data.name=function",)),
    ("mlp", ("model.activation=formula", "data.name=digits_8x8")),
    ("autoencoder", ("model.style=convolutional",)),
]
PROGRAMS = ROOT / "nn_core" / "transfer" / "programs"


def export(run: Path, target: Path) -> onnxruntime.InferenceSession:
    result = nn_core("export", run, "--as", "onnx", "--to", target)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-1] == str(target)
    assert "Checked with ONNX Runtime" in result.stderr
    return onnxruntime.InferenceSession(target, providers=["CPUExecutionProvider"])


@pytest.mark.parametrize(
    ("preset", "settings"), CASES, ids=lambda value: value if isinstance(value, str) else "+".join(value)
)
def test_every_preset_gives_the_same_answers(preset: str, settings: tuple[str, ...], tmp_path: Path) -> None:
    run = untrained_run(tmp_path, preset, *settings)
    session = export(run.path, tmp_path / "network.onnx")
    model = onnx.load(tmp_path / "network.onnx")
    onnx.checker.check_model(model, full_check=True)
    assert [domain.version for domain in model.opset_import if not domain.domain] == [OPSET]
    network = load_network(run, get_data_folder())
    task, random = network.spec.task, torch.Generator().manual_seed(5)
    assert session.get_inputs()[0].name == task.kind
    assert session.get_inputs()[0].shape == ["batch", *task.shape]
    for count in (1, 5):
        blank = make_blank_batch(task, count)
        stored = torch.randint(0, task.symbols or 256, blank.shape, generator=random).to(
            torch.float32 if task.kind == "points" else torch.uint8
        )
        outputs = network.compute_outputs(stored)
        if network.goal == "classify":
            outputs = network.calibration.compute_probabilities(outputs)
        found = session.run(None, {task.kind: stored.to(blank.dtype).numpy()})[0]
        assert found.shape == tuple(outputs.shape)
        assert float((torch.from_numpy(found) - outputs).abs().max()) <= MAX_DIFFERENCE * max(
            1.0, float(outputs.abs().max())
        )
        if network.goal == "classify":
            assert found.argmax(axis=1).tolist() == outputs.argmax(dim=1).tolist()


def test_the_program_reads_pictures_as_predict_does(tmp_path: Path) -> None:
    export(SHIPPED_RUN, tmp_path / "two words.onnx")
    files = []
    for number, drawing in enumerate([*map(drawing_of, DRAWINGS), scribbles(1)[0]]):
        ink = render_canvas(drawing)
        for name, pixels in (
            ("ink", 255 - 255 * ink),
            ("chalk", 40 + 200 * ink),
            ("blue", np.stack([230 - 200 * ink, 225 - 180 * ink, 210 - 60 * ink], axis=2)),
        ):
            files.append(tmp_path / f"{name}-{number}.png")
            Image.fromarray(np.rint(pixels).astype(np.uint8)).save(files[-1])
    blank = tmp_path / "blank.png"
    Image.new("L", (200, 200), 240).save(blank)
    program = tmp_path / "two words.predict.py"
    assert f"python '{program.name}' picture.png" in make_commands("pictures", "two words")
    answers = run_program(program, *files, blank)
    expected = nn_core("predict", SHIPPED_RUN, *files, blank).stdout.splitlines()
    for file, answer, line in zip([*files, blank], answers, map(json.loads, expected), strict=True):
        assert answer["label"] == line["label"], file
        assert answer.get("refused") == line.get("refused"), file
        assert answer["probabilities"] == pytest.approx(line["probabilities"], abs=1e-3), file
    missing = subprocess.run([sys.executable, program, tmp_path / "nothing.png"], capture_output=True, text=True)
    assert missing.returncode == 1
    assert "is not a readable picture" in missing.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("run", "option", "inputs"),
    [
        ("text_cnn", "--text", ["O’Brien", "  KOWALSKI ", "Ñandú", "a very long surname that is cut"]),
        ("playground", "--point", ["0.5,-1", "2,0.25"]),
        ("plane+data.name=function", "--point", ["0.5,-1"]),
    ],
)
def test_the_program_reads_texts_and_points_as_predict_does(
    run: str, option: str, inputs: list[str], tmp_path: Path
) -> None:
    preset, *settings = run.split("+")
    folder = untrained_run(tmp_path, preset, *settings, name="run").path
    export(folder, tmp_path / "my.onnx")
    (tmp_path / "inputs.txt").write_text("\n".join(inputs[1:]), encoding="utf-8")
    answers = run_program(tmp_path / "my.predict.py", inputs[0], "--file", tmp_path / "inputs.txt")
    asked = [argument for each in inputs for argument in (option, each)]
    expected = [json.loads(line) for line in nn_core("predict", folder, *asked).stdout.splitlines()]
    for answer, line in zip(answers, expected, strict=True):
        assert answer.get("label") == line.get("label")
        assert answer.get("value") == pytest.approx(line.get("value"), abs=2e-5)
        assert answer.get("probabilities") == pytest.approx(line.get("probabilities"), abs=2e-5)


def test_the_program_of_an_autoencoder_writes_what_it_sees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    export(untrained_run(tmp_path, "autoencoder", "model.latent=3").path, tmp_path / "my.onnx")
    Image.fromarray(np.rint(255 * render_canvas(drawing_of("eight"))).astype(np.uint8)).save("eight.png")
    (answer,) = run_program(tmp_path / "my.predict.py", "eight.png")
    assert len(answer["code"]) == 3
    with Image.open(tmp_path / answer["file"]) as picture:
        assert picture.size == (28, 28)


@pytest.mark.parametrize("program", sorted(PROGRAMS.glob("[!_]*.py")), ids=lambda file: file.stem)
def test_a_program_imports_three_packages_at_most(program: Path) -> None:
    tree = ast.parse(program.read_text(encoding="utf-8"))
    modules = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    modules |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    others = {module.partition(".")[0] for module in modules} - sys.stdlib_module_names
    assert others <= {"numpy", "PIL", "onnxruntime"}


def test_a_run_without_weights_or_a_folder_that_is_not_there_gets_a_sentence(
    finished_run: RunFolder, tmp_path: Path
) -> None:
    target = tmp_path / "nowhere" / "x.onnx"
    assert_one_line(nn_core("export", finished_run.path, "--as", "onnx", "--to", target), "Cannot write")
    run = untrained_run(tmp_path, "plane")
    run.best_weights.unlink()
    assert_one_line(nn_core("export", run.path, "--as", "onnx"), "has no trained weights yet")


def run_program(program: Path, *arguments: object) -> list[dict[str, object]]:
    """The answers that a program prints; NN Lab cannot be imported by it."""
    command = [sys.executable, "-I", program, *map(str, arguments)]
    result = subprocess.run(command, capture_output=True, text=True, check=True, cwd=program.parent, encoding="utf-8")
    return [json.loads(line) for line in result.stdout.splitlines()]
