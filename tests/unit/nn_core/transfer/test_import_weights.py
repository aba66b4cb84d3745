"""Weights from other programs become runs; harmful files are refused."""

import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transfer_files import Harm, config_of, fresh, lived, predictions, weights_in

from nn_core.data import DATASETS
from nn_core.data.transforms import normalize
from nn_core.errors import BadInput
from nn_core.inference import load_network
from nn_core.models import build_model
from nn_core.transfer import Imported, import_weights

# Weights from elsewhere


def bring(file: Path, tmp_path: Path, model: dict[str, Any] | None = None, **more: Any) -> Imported:
    config = config_of(model or {"name": "net"})
    return import_weights(file, config, DATASETS["mnist_sample"], tmp_path / "there", **more)


@pytest.mark.parametrize("prefix", ["", "module.", "_orig_mod.", "_orig_mod.module."])
@pytest.mark.parametrize("wrapper", [None, "state_dict", "model", "model_state_dict"])
def test_weights_are_imported_from_any_wrapper(tmp_path: Path, prefix: str, wrapper: str | None) -> None:
    weights = fresh()
    named: Any = OrderedDict((prefix + name, tensor) for name, tensor in weights.items())
    file = weights_in(tmp_path / "net.pt", {wrapper: named, "epoch": 3} if wrapper else named)
    imported = bring(file, tmp_path)
    assert imported.notes == ()
    kept = load_file(imported.run.best_weights)
    assert all(torch.equal(kept[name], weights[name]) for name in weights)


def test_imported_weights_become_a_run_that_is_marked_as_imported(tmp_path: Path, sample: Any) -> None:
    config = config_of({"name": "net"})
    model = lived(build_model(config.model, DATASETS["mnist_sample"].task))
    save_file(model.state_dict(), tmp_path / "Anna's net.safetensors")
    imported = bring(tmp_path / "Anna's net.safetensors", tmp_path, name="annas")
    status = imported.run.status()
    assert (imported.run.name, status.status, status.parameters) == ("annas", "finished", 1_199_882)
    assert "Anna's net.safetensors" in status.message
    pictures = sample.test.inputs[:20]
    with torch.inference_mode():
        expected = model(normalize(pictures, DATASETS["mnist_sample"]))
    assert torch.allclose(predictions(imported.run, pictures, tmp_path), expected, atol=1e-6)
    with pytest.raises(BadInput, match="cannot be resumed"):
        imported.run.check_resumable()


@pytest.mark.parametrize("ending", ["pt", "safetensors"])
def test_other_names_with_the_same_shapes_are_matched_by_order(tmp_path: Path, ending: str) -> None:
    weights = fresh()
    layers = {"0": "conv1", "2": "conv2", "7": "fc1", "10": "fc2"}
    foreign = {f"{layers[name.split('.')[0]]}.{name.split('.')[1]}": tensor for name, tensor in weights.items()}
    file = tmp_path / f"mnist_cnn.{ending}"
    torch.save(foreign, file) if ending == "pt" else save_file(foreign, file)
    imported = bring(file, tmp_path)
    assert "matched by their order" in imported.notes[0]
    kept = load_file(imported.run.best_weights)
    assert all(torch.equal(kept[name], weights[name]) for name in weights)


def test_old_batch_norm_and_other_dtypes_are_imported(tmp_path: Path) -> None:
    weights = {name: tensor.double() for name, tensor in fresh({"name": "quick"}).items() if "tracked" not in name}
    imported = bring(weights_in(tmp_path / "quick.pth", weights), tmp_path, {"name": "quick"})
    kept = load_file(imported.run.best_weights)
    assert kept["0.weight"].dtype == torch.float32
    assert kept["1.num_batches_tracked"].item() == 0
    load_network(imported.run, tmp_path)


def mismatches() -> dict[str, tuple[Any, str]]:
    weights = fresh()
    bare = {name: tensor for name, tensor in weights.items() if name != "7.bias"}
    return {
        "missing": (bare, "layer '7.bias' (128) is missing in the file"),
        "more": ({**weights, "11.weight": torch.zeros(2, 3)}, "no layer '11.weight' (2 × 3), but the file has one"),
        "shape": ({**weights, "10.weight": torch.zeros(26, 128)}, "has 26 × 128 numbers, and 10 × 128 are needed"),
        "not finite": (
            {**weights, "0.bias": torch.full((32,), torch.nan)},
            "infinite or undefined numbers in layer '0.bias'",
        ),
        "too large": (
            {**weights, "0.bias": torch.full((32,), 1e300, dtype=torch.double)},
            "infinite or undefined numbers",
        ),
        "complex": ({**weights, "0.bias": torch.zeros(32, dtype=torch.cfloat)}, "packed numbers in layer '0.bias'"),
        "nothing": ({}, "is not a state_dict"),
        "a number": (5, "is not a state_dict (tensors by name), but contains int"),
        "no tensors": ({"0.weight": 5}, "but contains '0.weight': int"),
    }


MISMATCHES = mismatches()


@pytest.mark.parametrize("case", MISMATCHES)
def test_mismatched_weights_are_refused_with_a_message(tmp_path: Path, case: str) -> None:
    weights, sentence = MISMATCHES[case]
    with pytest.raises(BadInput) as error:
        bring(weights_in(tmp_path / "theirs.pt", weights), tmp_path)
    assert sentence in str(error.value)
    assert "'theirs.pt'" in str(error.value)
    assert list((tmp_path / "there").iterdir()) == []


def test_a_pickle_with_code_is_not_run(tmp_path: Path) -> None:
    harmed = tmp_path / "harmed"
    (tmp_path / "plain.pt").write_bytes(pickle.dumps(Harm(harmed)))
    weights_in(tmp_path / "torch.pt", {**fresh(), "extra": Harm(harmed)})
    weights_in(tmp_path / "whole.pth", build_model(config_of({"name": "net"}).model, DATASETS["mnist_sample"].task))
    for name in ("plain.pt", "torch.pt", "whole.pth"):
        with pytest.raises(BadInput) as error:
            bring(tmp_path / name, tmp_path)
        assert "contains more than weights" in str(error.value) or name == "plain.pt"
        assert "\n" not in str(error.value)
    assert not harmed.exists()
    pickle.loads((tmp_path / "plain.pt").read_bytes())
    assert harmed.exists(), "the pickle was harmless, so the test says nothing"


def test_files_without_weights_are_refused_with_a_message(tmp_path: Path) -> None:
    for name in ("a.pt", "b.safetensors"):
        for content in (b"", b"hello", bytes(1000)):
            (tmp_path / name).write_bytes(content)
            with pytest.raises(BadInput, match=name):
                bring(tmp_path / name, tmp_path)


def test_a_compressed_torch_file_is_refused(tmp_path: Path) -> None:
    weights_in(tmp_path / "plain.pt", fresh())
    with zipfile.ZipFile(tmp_path / "plain.pt") as plain, zipfile.ZipFile(tmp_path / "packed.pt", "w", 8) as packed:
        for info in plain.infolist():
            packed.writestr(info.filename, plain.read(info))
    with pytest.raises(BadInput, match="compressed, which"):
        bring(tmp_path / "packed.pt", tmp_path)
