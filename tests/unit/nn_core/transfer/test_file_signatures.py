"""Files of other programs are recognised by their content, whatever their name, and the error says what to do."""

import gzip
import io
import json
import pickle
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save
from torch import nn
from transfer_files import NET, SPEC, config_of, fresh

from nn_core.errors import BadInput
from nn_core.transfer import import_weights
from nn_core.transfer.file_signatures import check_is_weight_file

CASES = Path(__file__).parents[3] / "support" / "cases" / "weights"
HDF5 = b"\x89HDF\r\n\x1a\n" + bytes(500)


def saved(content: object, **options: bool) -> bytes:
    stream = io.BytesIO()
    torch.save(content, stream, **options)
    return stream.getvalue()


def zipped(names: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in names.items():
            archive.writestr(name, content)
    return stream.getvalue()


def scripted() -> bytes:
    return (CASES / "w16-torchscript.pt").read_bytes()


def exported() -> bytes:
    stream = io.BytesIO()
    torch.export.save(torch.export.export(nn.Linear(3, 2), (torch.rand(1, 3),)), stream)
    return stream.getvalue()


def tarred() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        entry = tarfile.TarInfo("net.pt")
        entry.size = 3
        archive.addfile(entry, io.BytesIO(b"abc"))
    return stream.getvalue()


def arrays(*, many: bool) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, a=np.zeros(3), b=np.ones(2)) if many else np.save(stream, np.zeros(3))
    return stream.getvalue()


def onnx() -> bytes:
    """ModelProto: ir_version 8, producer 'pytorch', a graph of 20 bytes, opset_import."""
    return b"\x08\x08\x12\x07pytorch\x3a\x14" + bytes(20) + b"\x42\x04\x0a\x00\x10\x11"


KERAS = "from_numpy(kernel.T)"
PYTORCH = "torch.save(model.state_dict(), 'weights.pt')"
FILES: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "TorchScript": (scripted, "a TorchScript program", "torch.jit.load(file).state_dict()"),
    "torch.export": (exported, "a program of torch.export", "torch.export.load(file).state_dict"),
    "ONNX": (onnx, "an ONNX file", PYTORCH),
    "HDF5": (lambda: HDF5, "an HDF5 file, as Keras writes it", KERAS),
    "HDF5 behind a user block": (lambda: bytes(512) + HDF5, "an HDF5 file", KERAS),
    "Keras": (
        lambda: zipped({"metadata.json": b"{}", "config.json": b"{}", "model.weights.h5": HDF5}),
        "a Keras network",
        KERAS,
    ),
    "npy": (lambda: arrays(many=False), "a NumPy array (.npy)", "torch.from_numpy(array)"),
    "npz": (lambda: arrays(many=True), "an archive of NumPy arrays (.npz)", "numpy.load(file).items()"),
    "GGUF": (lambda: b"GGUF\3\0\0\0" + bytes(50), "a GGUF file", PYTORCH),
    "TFLite": (lambda: b"\x1c\0\0\0TFL3" + bytes(50), "a TensorFlow Lite file", KERAS),
    "old torch": (
        lambda: saved({"a": torch.zeros(2)}, _use_new_zipfile_serialization=False),
        "a file of PyTorch before 1.6",
        "weights_only=True",
    ),
    "pickle": (lambda: pickle.dumps({"a": np.zeros(3)}), "a plain pickle", "with torch.save"),
    "pickle 2": (lambda: pickle.dumps({"a": 3}, 2), "a plain pickle", "with torch.save"),
    "gzip": (lambda: gzip.compress(saved({})), "packed with gzip", "Unpack it"),
    "tar": (tarred, "a tar archive", "Unpack it"),
    "7z": (lambda: b"7z\xbc\xaf\x27\x1c" + bytes(50), "a 7z archive", "Unpack it"),
    "rar": (lambda: b"Rar!\x1a\x07\x01\0" + bytes(50), "a RAR archive", "Unpack it"),
    "zip of weights": (lambda: zipped({"net.pt": saved({})}), "a ZIP that contains a file of weights", "Unpack it"),
    "Git LFS": (
        lambda: b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n",
        "a pointer of Git LFS",
        "git lfs pull",
    ),
    "web page": (lambda: b"\n<!DOCTYPE html><html></html>", "a web page", "Download the weights again"),
    "JSON": (lambda: json.dumps({"w": [1, 2]}).encode(), "text (JSON)", PYTORCH),
    "empty": (lambda: b"", "empty", "download it again"),
}


@pytest.mark.parametrize("ending", ["pt", "pth", "safetensors", "bin"])
@pytest.mark.parametrize("case", FILES)
def test_a_file_of_another_program_is_named_with_the_remedy(tmp_path: Path, case: str, ending: str) -> None:
    make, kind, remedy = FILES[case]
    file = tmp_path / f"theirs.{ending}"
    file.write_bytes(make())
    with pytest.raises(BadInput) as error:
        import_weights(file, config_of(NET), SPEC, tmp_path / "runs")
    assert f"'theirs.{ending}' is {kind}" in str(error.value)
    assert remedy in str(error.value)
    assert "\n" not in str(error.value)


def test_a_pickled_network_is_named(tmp_path: Path) -> None:
    (tmp_path / "whole.pt").write_bytes(saved(nn.Linear(3, 2)))
    with pytest.raises(
        BadInput, match=r"a whole object of the class torch\.nn\.modules\.linear\.Linear.*load\('whole\.pt'"
    ):
        import_weights(tmp_path / "whole.pt", config_of(NET), SPEC, tmp_path / "runs")


@pytest.mark.parametrize("ending", ["pt", "safetensors", "ckpt", "bin"])
def test_the_content_decides_how_weights_are_read(tmp_path: Path, ending: str) -> None:
    for number, content in enumerate((saved(fresh(NET)), save(fresh(NET)))):
        file = tmp_path / f"{number}.{ending}"
        file.write_bytes(content)
        check_is_weight_file(file, file.name)
        import_weights(file, config_of(NET), SPEC, tmp_path / "runs")


def test_random_bytes_are_of_no_kind(tmp_path: Path) -> None:
    file = tmp_path / "noise"
    for seed in range(200):
        file.write_bytes(b"\x08" + np.random.default_rng(seed).bytes(seed * 7 + 1))
        check_is_weight_file(file, "noise.pt")
