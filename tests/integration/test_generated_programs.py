"""Generated programs run in a process without NN Lab and compute what the network computes."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from example_drawings import drawing_of
from generated_program_cases import CASES
from PIL import Image
from safetensors.torch import save_file
from small_environment import make_environment, run_scripts
from torch import Tensor
from transfer_files import config_of, lived

from nn_core.data import DATASETS, DatasetSpec, find_scaled_dataset
from nn_core.data.transforms import normalize
from nn_core.drawings.rasterize import render_canvas
from nn_core.models import build_model
from nn_core.paths import get_data_folder, get_runs_folder
from nn_core.runs import find_run
from nn_core.transfer import generate_code


def stored_samples(spec: DatasetSpec) -> Tensor:
    if spec.kind == "points":
        return torch.randn(5, *spec.shape)
    highest = spec.task.symbols if spec.kind == "text" else 256
    return torch.randint(0, highest, (5, *spec.shape), dtype=torch.uint8)


def argument_for(spec: DatasetSpec, folder: Path) -> str:
    """What a person gives the program: a text, a point, or the name of a picture file."""
    if spec.kind != "pictures":
        return {"text": "O’Brien", "points": "0.5,-1"}[spec.kind]
    picture = 255 * render_canvas(drawing_of("eight"))
    Image.fromarray(picture.astype("uint8")).convert("L" if spec.shape[0] == 1 else "RGB").save(folder / "picture.png")
    return str(folder / "picture.png")


# Programs

RUNNER = """
import contextlib, importlib.util, io, json, runpy, sys
from pathlib import Path
import torch
from safetensors.torch import load_file

told = {}
for folder in sorted(Path.cwd().iterdir()):
    if not folder.is_dir():
        continue
    spec = importlib.util.spec_from_file_location(folder.name, folder / "network.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    network = module.Network()
    network.load_state_dict(load_file(folder / "best.safetensors"), strict=True)
    samples = load_file(folder / "samples.safetensors")
    with torch.inference_mode():
        outputs = samples["outputs"]
        difference = ((network.eval()(samples["seen"]) - outputs).abs().max() / outputs.abs().max()).item()
        prepared = 0.0
        if "stored" in samples:
            prepared = (module.prepare(samples["stored"]) - samples["seen"]).abs().max().item()
    said = io.StringIO()
    sys.argv = ["network.py", (folder / "argument").read_text()]
    with contextlib.redirect_stdout(said):
        runpy.run_path(str(folder / "network.py"), run_name="__main__")
    told[folder.name] = {"difference": difference, "prepared": prepared, "said": said.getvalue()}
assert not any(name.split(".")[0] == "nn_core" for name in sys.modules), "a program found NN Lab"
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What every case's program says and computes, in one interpreter that knows nothing of NN Lab."""
    root = tmp_path_factory.mktemp("programs")
    torch.manual_seed(0)
    for name, (model_settings, data) in CASES.items():
        config, spec = config_of(model_settings, data), DATASETS[data]
        model = lived(build_model(config.model, spec.task))
        stored = stored_samples(spec)
        seen = normalize(stored, spec)
        with torch.inference_mode():
            samples = {"seen": seen, "outputs": model(seen).contiguous()}
        if spec.kind != "text":
            samples["stored"] = stored
        folder = root / name
        folder.mkdir()
        (folder / "network.py").write_text(generate_code(config, spec), encoding="utf-8")
        (folder / "argument").write_text(argument_for(spec, folder))
        save_file(samples, folder / "samples.safetensors")
        save_file({key: value.contiguous() for key, value in model.state_dict().items()}, folder / "best.safetensors")
    result = subprocess.run([sys.executable, "-I", "-c", RUNNER], cwd=root, capture_output=True, text=True, timeout=240)
    assert result.returncode == 0, result.stderr[-3000:]
    told: dict[str, dict[str, Any]] = json.loads(result.stdout)
    return told


@pytest.mark.parametrize("name", CASES)
def test_a_program_computes_what_the_network_computes(programs: dict[str, dict[str, Any]], name: str) -> None:
    assert programs[name]["difference"] <= 1e-6
    assert programs[name]["prepared"] <= 1e-6


@pytest.mark.parametrize("name", CASES)
def test_a_program_predicts_a_sample(programs: dict[str, dict[str, Any]], name: str) -> None:
    model, data = CASES[name]
    (line,) = programs[name]["said"].splitlines()
    answer = json.loads(line)
    if model["name"] == "autoencoder":
        assert answer["file"] == "picture-reconstructed.png"
    elif DATASETS[data].is_regression:
        assert isinstance(answer["value"], float)
    else:
        shares = answer["probabilities"]
        assert list(shares) == list(DATASETS[data].classes)
        assert answer["label"] == max(shares, key=shares.get)
        assert sum(shares.values()) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize(
    ("run", "argument", "label", "packages"),
    [
        ("pretrained-names", "Schwarzenegger", "German", ("torch", "safetensors")),
        ("pretrained-digits", "picture.png", "8", ("torch", "safetensors", "numpy", "PIL")),
    ],
)
def test_a_program_predicts_with_few_packages(
    tmp_path: Path, run: str, argument: str, label: str, packages: tuple[str, ...]
) -> None:
    """PyTorch and safetensors, for picture files also NumPy and Pillow."""
    shipped = find_run(get_runs_folder(), run)
    spec = find_scaled_dataset(shipped.config().data, get_data_folder())
    (tmp_path / "digit.py").write_text(generate_code(shipped.config(), spec), encoding="utf-8")
    shutil.copy(shipped.best_weights, tmp_path)
    argument_for(DATASETS["mnist_sample"], tmp_path)
    environment = tmp_path / "packages"
    environment.mkdir()
    calls = [[str(tmp_path / "digit.py"), argument]]
    answers = run_scripts(make_environment(environment, packages), calls, tmp_path)
    said, error = answers[str(tmp_path / "digit.py")]
    assert not error
    assert json.loads(said)["label"] == label
