"""Any weights file, run archive or pickle in them is accepted, or refused with a message."""

import io
import json
import pickle
import re
import tempfile
import zipfile
from functools import cache
from pathlib import Path

import pytest
import torch
from fuzzing import METRICS, PIN, STATUS, sound_or_sentence, tries
from hostile import EVIL_TEXTS, mutated, repacked
from hostile_pickles import end_of, pickles, with_pickle
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save

from nn_core.config import RunConfig, parse_config
from nn_core.data import DATASETS
from nn_core.inference import load_network
from nn_core.models import build_model
from nn_core.runs import list_runs
from nn_core.transfer import import_run, import_weights
from nn_core.transfer.validation import is_state_valid
from nn_core.transfer.weight_files import load_tensors

pytestmark = pytest.mark.usefixtures("little_memory_for_files")

POINTS = DATASETS["xor"] if "xor" in DATASETS else next(spec for spec in DATASETS.values() if spec.kind == "points")
SMALL = parse_config({"data": {"name": POINTS.name}, "model": {"name": "mlp", "hidden": [3]}})


@cache
def weights() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return dict(build_model(SMALL.model, POINTS.task).state_dict())


@cache
def weight_files() -> dict[str, bytes]:
    packed = io.BytesIO()
    torch.save(weights(), packed)
    nested = io.BytesIO()
    torch.save({"epoch": 3, "state_dict": {f"module.{name}": value for name, value in weights().items()}}, nested)
    return {"pt": packed.getvalue(), "pth": nested.getvalue(), "safetensors": save(weights())}


@tries(200)
@given(st.data())
def test_any_weights(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(weight_files())))
    original = weight_files()[kind]
    ways = [mutated([original])] if kind == "safetensors" else [mutated([original]), repacked(original)]
    content = data.draw(st.one_of(ways))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "upload"
        file.write_bytes(content)
        root = Path(folder) / "runs"
        called = data.draw(st.sampled_from([f"w.{kind}", *(f"{text[:80]}.{kind}" for text in EVIL_TEXTS)]))
        imported = sound_or_sentence(lambda: import_weights(file, SMALL, POINTS, root, called=called))
        assert [run.name for run in list_runs(root)] == ([imported.run.name] if imported else [])
        if imported:
            assert load_network(imported.run, Path(folder)).compute_outputs(torch.zeros(1, 2)).isfinite().all()


@tries(150)
@given(pickles())
def test_any_pickle_without_calls(program: bytes) -> None:
    """What is accepted can be hashed, shown and traversed."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "w.pt"
        file.write_bytes(with_pickle(program))
        sound_or_sentence(lambda: import_weights(file, SMALL, POINTS, Path(folder) / "runs"))
        content = sound_or_sentence(lambda: load_tensors(file, "w.pt"))
        assert content is None or len(repr(content)) < 10_000_000
        assert not is_state_valid(file, torch.nn.Linear(1, 1), RunConfig())


FIELDS = ((4, 2), (6, 2), (8, 2), (10, 2), (12, 4), (16, 4), (20, 2), (-16, 4), (-12, 8), (-4, 4), (-72, 8), (-60, 4), (-52, 8), (-44, 8), (-36, 8), (-28, 8))  # fmt: skip
"""Of the last records of a ZIP: how far each lies behind the start of the very last one, and its bytes."""


@st.composite
def lists_of_files(draw: st.DrawFn) -> bytes:
    """Of a file of weights, perhaps two behind each other, with the numbers that say where its list of files is made others."""
    kinds = [weight_files()["pt"], with_pickle(pickle.dumps({}, 2))]
    content = bytearray(draw(st.sampled_from(kinds)))
    if draw(st.booleans()):
        first = draw(st.sampled_from(kinds))
        content[:0] = first[: draw(st.sampled_from([len(first), end_of(first), first.rfind(b"PK\x06\x07")]))]
    end = end_of(content)
    places = [match.start() for match in re.finditer(b"PK\x01\x02|PK\x06\x06|PK\x05\x06", content)]
    for at, size in draw(st.lists(st.sampled_from(FIELDS), max_size=2)):
        old = int.from_bytes(content[end + at : end + at + size], "little")
        new = draw(
            st.one_of(st.sampled_from([*places, 0, 1, 2**32 - 1]), st.integers(-2, 2).map(lambda by, old=old: old + by))
        )
        content[end + at : end + at + size] = (new % 2 ** (8 * size)).to_bytes(size, "little")
    return bytes(content)


@tries(250)
@given(lists_of_files())
def test_any_central_directory(content: bytes) -> None:
    """Of what is let through, torch finds the files that were judged."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "w.pt"
        file.write_bytes(content)
        if sound_or_sentence(lambda: load_tensors(file, "w.pt") or True) is not None:
            with zipfile.ZipFile(file) as judged:
                sizes = {entry.filename.partition("/")[2]: entry.file_size for entry in judged.infolist()}
                program = judged.read(next(name for name in judged.namelist() if name.endswith("data.pkl")))
            reader = torch._C.PyTorchFileReader(str(file))
            assert {name: len(reader.get_record(name)) for name in reader.get_all_records()} == sizes
            assert reader.get_record("data.pkl") == program


@cache
def run_archive() -> bytes:
    state = io.BytesIO()
    torch.save({"model": weights()}, state)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in {
            "config.json": SMALL.model_dump_json().encode(),
            "status.json": STATUS.model_dump_json().encode(),
            "metrics.jsonl": METRICS,
            "pins.json": json.dumps([PIN]).encode(),
            "best.safetensors": save(weights()),
            "last.state": state.getvalue(),
        }.items():
            archive.writestr(f"run/{name}", content)
    return stream.getvalue()


@tries(120)
@given(st.one_of(mutated([run_archive()]), repacked(run_archive()), repacked(run_archive())))
def test_any_run_archive(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "upload"
        file.write_bytes(content)
        root = Path(folder) / "runs"
        imported = sound_or_sentence(lambda: import_run(file, root, Path(folder), called="x.zip"))
        assert {path.name for path in Path(folder).iterdir()} <= {"upload", "runs"}
        assert [path.name for path in root.glob("*")] == ([imported.run.name] if imported else [])
        if imported:
            assert load_network(imported.run, Path(folder)).compute_outputs(torch.zeros(1, 2)).isfinite().all()
