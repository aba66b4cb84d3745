"""Generated programs run in a process without NN Lab and compute what the network computes."""

import json
import subprocess
import sys
from typing import Any

import pytest
import torch
from generated_program_cases import CASES
from safetensors.torch import save_file
from torch import Tensor
from transfer_files import config_of, lived

from nn_core.data import DATASETS, DatasetSpec
from nn_core.data.transforms import normalize
from nn_core.models import build_model
from nn_core.transfer import generate_code


def stored_samples(spec: DatasetSpec) -> Tensor:
    if spec.kind == "points":
        return torch.randn(5, *spec.shape)
    highest = spec.task.symbols if spec.kind == "text" else 256
    return torch.randint(0, highest, (5, *spec.shape), dtype=torch.uint8)


# Programs

RUNNER = """
import contextlib, importlib.util, io, json, runpy, sys
from pathlib import Path
import torch
from safetensors.torch import load_file

sys.argv = ["network.py"]
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
    lines = programs[name]["said"].splitlines()
    if model["name"] == "autoencoder":
        assert lines[1].startswith("reconstruction: (1, 28, 28)")
        return
    if DATASETS[data].is_regression:
        assert lines[0].startswith("value: ")
        return
    classes = [line.rpartition(": ")[0] for line in lines]
    assert classes == list(DATASETS[data].classes)
    assert sum(float(line.rpartition(": ")[2].rstrip("%")) for line in lines) == pytest.approx(100, abs=0.2)
