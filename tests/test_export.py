"""Networks go out as programs, weights and ZIPs, and come back; files that mean harm do not."""

import io
import json
import pickle
import shutil
import subprocess
import sys
import zipfile
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from processes import assert_one_line, nn_core, started, the_only_run
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from waiting import wait_until

from nn_core.config import RunConfig, changed, parse_config
from nn_core.data import DATASETS, DatasetSpec
from nn_core.data.prepare import as_network_sees
from nn_core.errors import BadInput, NNLabError
from nn_core.export import (
    Imported,
    import_run,
    import_weights,
    source_code,
    write_archive,
    write_weights,
)
from nn_core.inference import load_network
from nn_core.models import ACTIVATIONS, MODELS, build_model, models_for
from nn_core.runs import RunFolder, list_runs
from nn_core.training.checkpoint import load_state

DATA = {"pictures": "mnist_sample", "points": "moons", "text": "surnames"}
FLAT = [{"name": "linear", "neurons": 9}, {"name": "layer_norm"}, {"name": "activation", "activation": "tanh"}]
TWO_FORMULAS = [
    {"name": "activation", "activation": "formula", "formula": "x*x"},
    {"name": "conv", "channels": 4, "kernel": 5, "stride": 2, "padded": False},
    {"name": "activation", "activation": "formula", "formula": "sin(x)+exp(x)"},
    {"name": "conv", "channels": 4},
    {"name": "residual", "rows": 1},
    {"name": "batch_norm"},
    {"name": "layer_norm"},
    {"name": "pool", "kind": "mean", "size": 3},
    {"name": "dropout"},
    {"name": "flatten"},
]
BLOCKS = [
    {"channels": 6, "pool": 2, "dropout": 0.2},
    {"channels": 8, "stride": 2, "residual": True, "norm": False},
    {"channels": 8, "residual": True},
]


def cases() -> dict[str, tuple[dict[str, Any], str]]:
    """Name of the case → (settings of the network, data set): every network with every kind of data that it reads, every
    activation, and what else changes the modules that a network is made of."""
    found: dict[str, tuple[dict[str, Any], str]] = {}
    for kind, data in DATA.items():
        for name in models_for(kind):  # type: ignore[arg-type]
            rows = {"rows": FLAT} if (name, kind) == ("layers", "points") else {}
            found[f"{name}-{kind}"] = ({"name": name, **rows}, data)
    for name in ACTIVATIONS:
        found[f"activation-{name}"] = ({"name": "mlp", "hidden": [8], "activation": name}, "moons")
    for cell in ("rnn", "lstm", "gru"):
        deep = {"cell": cell, "hidden": 6, "layers": 2, "both_directions": True, "dropout": 0.1}
        found[f"{cell}-pictures"] = ({"name": "rnn", **deep}, "mnist_sample")
        found[f"{cell}-text"] = ({"name": "text_rnn", **deep}, "surnames")
    return found | {
        "cnn-blocks": ({"name": "cnn", "blocks": BLOCKS, "head": "mean", "activation": "gelu"}, "cifar10"),
        "layers-formulas": ({"name": "layers", "rows": TWO_FORMULAS}, "cifar10"),
        "mlp-batch": ({"name": "mlp", "hidden": [12, 12], "norm": "batch", "dropout": 0.3}, "cifar10"),
        "mlp-layer": ({"name": "mlp", "hidden": [], "norm": "layer"}, "mnist_sample"),
        "autoencoder-convolutional": (
            {"name": "autoencoder", "style": "convolutional", "channels": 4, "latent": 2, "activation": "formula"},
            "mnist_sample",
        ),
        "attention-colour": ({"name": "attention", "patch": 7, "depth": 1, "dropout": 0.1}, "cifar10"),
    }


CASES = cases()


def config_of(model: dict[str, Any], data: str = "mnist_sample") -> RunConfig:
    return parse_config({"data": {"name": data}, "model": model})


def lived(model: nn.Module) -> nn.Module:
    """With weights and running means that no fresh network has."""
    for tensor in model.state_dict().values():
        if tensor.is_floating_point():
            tensor.mul_(1 + 0.2 * torch.rand_like(tensor))
            tensor.add_(0.01 * torch.rand_like(tensor))
    return model.eval()


def stored_samples(spec: DatasetSpec) -> Tensor:
    if spec.kind == "points":
        return torch.randn(5, *spec.shape)
    highest = spec.problem.symbols if spec.kind == "text" else 256
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
        model = lived(build_model(config.model, spec.problem))
        stored = stored_samples(spec)
        seen = as_network_sees(stored, spec)
        with torch.inference_mode():
            samples = {"seen": seen, "outputs": model(seen).contiguous()}
        if spec.kind != "text":
            samples["stored"] = stored
        folder = root / name
        folder.mkdir()
        (folder / "network.py").write_text(source_code(config, spec), encoding="utf-8")
        save_file(samples, folder / "samples.safetensors")
        save_file({key: value.contiguous() for key, value in model.state_dict().items()}, folder / "best.safetensors")
    result = subprocess.run([sys.executable, "-I", "-c", RUNNER], cwd=root, capture_output=True, text=True, timeout=240)
    assert result.returncode == 0, result.stderr[-3000:]
    told: dict[str, dict[str, Any]] = json.loads(result.stdout)
    return told


def test_every_network_is_among_the_programs() -> None:
    assert {model["name"] for model, _data in CASES.values()} == set(MODELS)


@pytest.mark.parametrize("name", CASES)
def test_a_program_computes_what_the_network_computes(programs: dict[str, dict[str, Any]], name: str) -> None:
    assert programs[name]["difference"] <= 1e-6
    assert programs[name]["prepared"] <= 1e-6


@pytest.mark.parametrize("name", CASES)
def test_a_program_tells_of_a_sample(programs: dict[str, dict[str, Any]], name: str) -> None:
    model, data = CASES[name]
    lines = programs[name]["said"].splitlines()
    if model["name"] == "autoencoder":
        assert lines[1].startswith("made anew: (1, 28, 28)")
        return
    classes = [line.rpartition(": ")[0] for line in lines]
    assert classes == list(DATASETS[data].classes)
    assert sum(float(line.rpartition(": ")[2].rstrip("%")) for line in lines) == pytest.approx(100, abs=0.2)


def test_a_program_reads_text_as_training_did() -> None:
    from nn_core.data.text import encode

    spec = DATASETS["surnames"]
    space: dict[str, Any] = {"__name__": "program"}
    exec(source_code(config_of({"name": "text_cnn"}, "surnames"), spec), space)
    texts = ["O’Brien", "Müller", "e\N{COMBINING ACUTE ACCENT}", "Ωmega", "", "x" * 100]
    assert torch.equal(space["prepare"](texts), encode(texts, spec.alphabet, spec.shape[0]).long())


def test_class_names_of_a_user_are_words_and_never_code() -> None:
    words = ('"""', "'''\\", "\n__import__('os')", "{x}", '"', "\N{LINE SEPARATOR}")
    spec = replace(DATASETS["mnist_sample"], classes=words, name="own-set", title='""")\nraise SystemExit')
    space: dict[str, Any] = {"__name__": "program"}
    exec(source_code(config_of({"name": "simple_net"}), spec), space)
    assert space["CLASSES"] == list(words)


def test_a_layer_stands_on_a_line_with_the_shape_that_leaves_it() -> None:
    lines = source_code(config_of({"name": "net"}), DATASETS["mnist_sample"]).splitlines()
    assert [line.split() for line in lines if "nn.Conv2d" in line] == [
        "nn.Conv2d(1, 32, 3), # → 32 × 26 × 26".split(),
        "nn.Conv2d(32, 64, 3), # → 64 × 24 × 24".split(),
    ]


# Out


@pytest.fixture
def run(finished_run: RunFolder, tmp_path: Path) -> RunFolder:
    """A copy of the finished run, to change."""
    return RunFolder(Path(shutil.copytree(finished_run.path, tmp_path / "here" / "finished")))


def archive_of(run: RunFolder, file: Path) -> Path:
    with file.open("wb") as stream:
        write_archive(run, stream)
    return file


def predictions(run: RunFolder, pictures: Tensor, folder: Path) -> Tensor:
    return load_network(run, folder).outputs(pictures)


def test_weights_go_out_as_safetensors_and_as_a_plain_state_dict(run: RunFolder) -> None:
    ours = load_file(run.best_weights)
    packed, pickled = io.BytesIO(), io.BytesIO()
    write_weights(run, "safetensors", packed)
    assert packed.getvalue() == run.best_weights.read_bytes()
    write_weights(run, "pt", pickled)
    pickled.seek(0)
    theirs = torch.load(pickled, weights_only=True)
    assert list(theirs) == sorted(ours)
    assert all(torch.equal(theirs[name], ours[name]) for name in ours)


def test_a_run_without_weights_or_with_broken_ones_says_so(run: RunFolder) -> None:
    run.best_weights.write_bytes(b"nothing")
    with pytest.raises(BadInput, match="damaged file, best"):
        write_weights(run, "pt", io.BytesIO())
    run.best_weights.unlink()
    run.last_weights.unlink()
    with pytest.raises(BadInput, match="no trained weights yet"):
        write_weights(run, "safetensors", io.BytesIO())


def test_an_archive_holds_the_run_and_nothing_of_its_process(run: RunFolder, tmp_path: Path) -> None:
    run.control_file.write_text("{}")
    (run.path / ".last.state.1-2.tmp").write_text("half")
    file = archive_of(run, tmp_path / "out.zip")
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        assert archive.read("finished/last.state") == run.state_file.read_bytes()
    assert "finished/best.safetensors" in names
    assert not {"finished/run.lock", "finished/control.json"} & set(names)
    assert not any(".tmp" in name for name in names)
    assert archive_of(run, tmp_path / "again.zip").read_bytes() == file.read_bytes()


def test_a_run_that_trains_goes_out_whole(tmp_path: Path) -> None:
    settings = (
        "--set",
        "training.epochs=500",
        "--set",
        "training.checkpoint_seconds=0.1",
        "--set",
        "training.device=cpu",
    )
    with started("train", "--preset", "simple_net", "--name", "busy", "--runs", tmp_path / "here", *settings):
        busy = the_only_run(tmp_path / "here")
        wait_until(busy.best_weights.exists, "an epoch has ended")
        steps = []
        for number in range(4):
            imported = take(archive_of(busy, tmp_path / f"{number}.zip"), tmp_path)
            state = load_state(imported.run)
            assert imported.notes == ()
            assert state is not None
            assert imported.run.metrics_file.stat().st_size >= state["metrics_size"]
            assert imported.run.status().status == "stopped"
            steps.append(state["position"][2])
            wait_until(lambda: load_state(busy)["position"][2] > steps[-1], "it is saved again")  # type: ignore[index]
    assert steps == sorted(set(steps))


# Back in


def test_a_run_comes_back_with_the_same_predictions_and_can_go_on(run: RunFolder, sample: Any, tmp_path: Path) -> None:
    imported = import_run(archive_of(run, tmp_path / "out.zip"), tmp_path / "there", tmp_path)
    assert imported.notes == ()
    assert imported.run.name == "finished"
    assert imported.run.config() == run.config()
    theirs, ours = imported.run.status(), run.status()
    assert (theirs.status, theirs.best, theirs.steps) == (ours.status, ours.best, ours.steps)
    assert imported.run.metrics_file.read_bytes() == run.metrics_file.read_bytes()
    pictures = sample.test.inputs[::20]
    assert torch.equal(predictions(imported.run, pictures, tmp_path), predictions(run, pictures, tmp_path))
    state = load_state(imported.run)
    assert state is not None
    assert state["position"] == load_state(run)["position"]  # type: ignore[index]
    further = nn_core("resume", imported.run.path, "--set", "training.epochs=3")
    assert further.returncode == 0, further.stderr
    assert imported.run.status().epochs_done == 3


def test_a_taken_name_gets_a_number_and_a_wish_for_it_a_sentence(run: RunFolder, tmp_path: Path) -> None:
    file, root = archive_of(run, tmp_path / "out.zip"), tmp_path / "there"
    names = [import_run(file, root, tmp_path).run.name for _ in range(3)]
    assert names == ["finished", "finished-2", "finished-3"]
    with pytest.raises(BadInput, match="a run named 'finished' already"):
        import_run(file, root, tmp_path, name="finished")
    with pytest.raises(BadInput, match="cannot name a run"):
        import_run(file, root, tmp_path, name="../out")
    assert import_run(file, root, tmp_path, name="mine").run.name == "mine"
    assert len(list(root.iterdir())) == 4


def changed_archive(run: RunFolder, file: Path, **contents: bytes | None) -> Path:
    """The run's ZIP with files replaced (or, None, left out): their dots are written as '__'."""
    given = {name.replace("__", "."): content for name, content in contents.items()}
    with zipfile.ZipFile(file, "w") as archive:
        for path in sorted(run.path.iterdir()):
            if path.name not in given:
                archive.write(path, f"finished/{path.name}")
        for name, content in given.items():
            if content is not None:
                archive.writestr(f"finished/{name}", content)
    return file


def take(file: Path, tmp_path: Path) -> Imported:
    return import_run(file, tmp_path / "there", tmp_path)


def test_a_run_that_was_at_work_comes_in_as_stopped(run: RunFolder, tmp_path: Path) -> None:
    busy = run.status().model_copy(update={"status": "running", "pid": 1, "created_at": "<b>", "message": "<b>"})
    file = changed_archive(run, tmp_path / "out.zip", status__json=busy.model_dump_json().encode())
    status = take(file, tmp_path).run.status()
    assert (status.status, status.pid, status.message) == ("stopped", None, "<b>")
    assert status.created_at.startswith("20")


@pytest.mark.parametrize("content", [b"", b"[]", b'{"status": "sold", "created_at": "", "updated_at": ""}'])
def test_a_broken_status_is_made_up_for(run: RunFolder, tmp_path: Path, content: bytes) -> None:
    imported = take(changed_archive(run, tmp_path / "out.zip", status__json=content), tmp_path)
    assert imported.run.status().status == "stopped"
    assert imported.run.status().parameters == 101_770


@pytest.mark.parametrize(
    "content",
    [b"{}\n", b"no\n", b'{"kind": "train", "epoch": 1, "loss": NaN, "accuracy": 1}\n'],
)
def test_broken_curves_are_left_out_with_a_note(run: RunFolder, tmp_path: Path, content: bytes) -> None:
    imported = take(changed_archive(run, tmp_path / "out.zip", metrics__jsonl=content), tmp_path)
    assert "curves" in imported.notes[0]
    assert not imported.run.metrics_file.exists()


def test_a_state_of_another_network_is_left_out_with_a_note(run: RunFolder, tmp_path: Path) -> None:
    state = torch.load(run.state_file, weights_only=True)
    state["model"]["1.weight"] = torch.zeros(3, 3)
    packed = io.BytesIO()
    torch.save(state, packed)
    for number, content in enumerate((packed.getvalue(), b"", pickle.dumps(Harm(tmp_path / "harmed")))):
        imported = take(changed_archive(run, tmp_path / f"{number}.zip", last__state=content), tmp_path)
        assert "last.state" in imported.notes[0]
        assert not imported.run.state_file.exists()
    assert not (tmp_path / "harmed").exists()


def test_an_evaluation_is_measured_anew_and_never_believed(run: RunFolder, tmp_path: Path) -> None:
    file = changed_archive(run, tmp_path / "out.zip", evaluation__json=b'{"accuracy": 1.0}')
    assert take(file, tmp_path).run.evaluation() is None


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"config__json": b"{"}, "not valid JSON"),
        ({"config__json": b"[]"}, "holds no settings"),
        ({"config__json": b'{"model": {"name": "resnet"}}'}, "Unknown model 'resnet'"),
        ({"config__json": b'{"data": {"name": "own-cats"}}'}, "own-cats"),
        ({"config__json": None}, "holds no config.json"),
        ({"best__safetensors": b"nothing"}, "'best.safetensors' is no safetensors file"),
        ({"best__safetensors": None, "last__safetensors": None}, "has no trained weights"),
    ],
)
def test_what_cannot_be_imported_is_a_sentence_and_leaves_nothing(
    run: RunFolder, tmp_path: Path, changes: dict[str, bytes | None], sentence: str
) -> None:
    file = changed_archive(run, tmp_path / "out.zip", **changes)
    with pytest.raises(NNLabError) as error:
        take(file, tmp_path)
    assert sentence in str(error.value)
    assert str(tmp_path / "there") not in str(error.value)
    assert list((tmp_path / "there").iterdir()) == []


def test_weights_of_another_network_in_a_run_are_refused(run: RunFolder, tmp_path: Path) -> None:
    config = changed(run.config(), {"model": {"hidden": 64}}).model_dump_json().encode()
    with pytest.raises(BadInput, match="has 128 × 784 numbers, and 64 × 784 are needed"):
        take(changed_archive(run, tmp_path / "out.zip", config__json=config), tmp_path)


# Archives that mean harm


def entry(name: str, content: bytes = b"x", *, mode: int = 0o100644) -> tuple[zipfile.ZipInfo, bytes]:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    return info, content


HOSTILE = {
    "climbs out": ([entry("../evil.txt")], "outside of the run folder"),
    "climbs out deep": ([entry("finished/../../evil.txt")], "outside of the run folder"),
    "absolute": ([entry("/tmp/evil.txt")], "outside of the run folder"),
    "of Windows": ([entry("..\\evil.txt")], "outside of the run folder"),
    "a drive": ([entry("C:evil.txt")], "outside of the run folder"),
    "a link": ([entry("finished/worker.log", b"/etc/passwd", mode=0o120777)], "is a link"),
    "a bomb": ([entry("finished/worker.log", bytes(40 << 20))], "-fold when unpacked"),
    "a bomb aside": ([entry("finished/else.bin", bytes(40 << 20))], "-fold when unpacked"),
    "a huge config": ([entry("finished/config.json", b"[" * (2 << 20))], "would have 2 MB"),
    "many files": ([entry(f"finished/{number}") for number in range(1001)], "1,001 files"),
    "a long table": ([entry(f"finished/{number:0200d}") for number in range(5000)], "too many files"),
    "two runs": ([entry("one/config.json"), entry("two/config.json")], "holds 2 runs"),
    "two of a name": ([entry("a/config.json", b"{}"), entry("a/config.json", b"{}")], "two files of one name"),
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("case", HOSTILE)
def test_an_archive_that_means_harm_is_refused_unopened(tmp_path: Path, case: str) -> None:
    entries, sentence = HOSTILE[case]
    file = tmp_path / "harm.zip"
    with zipfile.ZipFile(file, "w") as archive:
        for info, content in entries:
            archive.writestr(info, content)
    with pytest.raises(BadInput) as error:
        take(file, tmp_path)
    assert sentence in str(error.value)
    assert {path.name for path in tmp_path.rglob("*")} == {"harm.zip", "there"}


@pytest.mark.parametrize("damage", ["nothing", "cut", "flipped", "locked", "lying"])
def test_a_damaged_archive_is_a_sentence(run: RunFolder, tmp_path: Path, damage: str) -> None:
    content = bytearray(archive_of(run, tmp_path / "out.zip").read_bytes())
    table = content.rfind(b"PK\x01\x02")
    match damage:
        case "nothing":
            content = bytearray(b"no zip")
        case "cut":
            del content[len(content) // 2 :]
        case "flipped":
            content[200:400] = bytes(200)
        case "locked":
            content[table + 8] |= 1
        case "lying":
            content[table + 24 : table + 28] = (5).to_bytes(4, "little")
    (tmp_path / "bad.zip").write_bytes(content)
    with pytest.raises(BadInput, match="cannot be imported"):
        take(tmp_path / "bad.zip", tmp_path)
    assert list_runs(tmp_path / "there") == []


def test_what_is_no_file_of_a_run_stays_in_the_archive(run: RunFolder, tmp_path: Path) -> None:
    (run.path / "run_me.sh").write_text("#!/bin/sh")
    (run.path / "deeper").mkdir()
    imported = take(archive_of(run, tmp_path / "out.zip"), tmp_path)
    assert not (imported.run.path / "run_me.sh").exists()


# Weights from elsewhere


class Harm:
    """A pickle of it makes whoever opens it write a file."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> Any:
        return (Path.write_text, (self.file, "harmed"))


def weights_in(file: Path, weights: Any) -> Path:
    torch.save(weights, file)
    return file


def fresh(model: dict[str, Any] | None = None) -> dict[str, Tensor]:
    config = config_of(model or {"name": "net"})
    return dict(build_model(config.model, DATASETS["mnist_sample"].problem).state_dict())


def bring(file: Path, tmp_path: Path, model: dict[str, Any] | None = None, **more: Any) -> Imported:
    config = config_of(model or {"name": "net"})
    return import_weights(file, config, DATASETS["mnist_sample"], tmp_path / "there", **more)


@pytest.mark.parametrize("prefix", ["", "module.", "_orig_mod.", "_orig_mod.module."])
@pytest.mark.parametrize("wrapper", [None, "state_dict", "model", "model_state_dict"])
def test_weights_come_in_whatever_wraps_them(tmp_path: Path, prefix: str, wrapper: str | None) -> None:
    weights = fresh()
    named: Any = OrderedDict((prefix + name, tensor) for name, tensor in weights.items())
    file = weights_in(tmp_path / "net.pt", {wrapper: named, "epoch": 3} if wrapper else named)
    imported = bring(file, tmp_path)
    assert imported.notes == ()
    kept = load_file(imported.run.best_weights)
    assert all(torch.equal(kept[name], weights[name]) for name in weights)


def test_imported_weights_are_a_run_that_predicts_and_is_marked(tmp_path: Path, sample: Any) -> None:
    config = config_of({"name": "net"})
    model = lived(build_model(config.model, DATASETS["mnist_sample"].problem))
    save_file(model.state_dict(), tmp_path / "Anna's net.safetensors")
    imported = bring(tmp_path / "Anna's net.safetensors", tmp_path, name="annas")
    status = imported.run.status()
    assert (imported.run.name, status.status, status.parameters) == ("annas", "finished", 1_199_882)
    assert "Anna's net.safetensors" in status.message
    pictures = sample.test.inputs[:20]
    with torch.inference_mode():
        expected = model(as_network_sees(pictures, DATASETS["mnist_sample"]))
    assert torch.allclose(predictions(imported.run, pictures, tmp_path), expected, atol=1e-6)
    with pytest.raises(BadInput, match="cannot go on"):
        imported.run.must_be_able_to_go_on()


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


def test_batch_norm_of_old_and_other_types_of_number_come_in(tmp_path: Path) -> None:
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
        "more": ({**weights, "11.weight": torch.zeros(2, 3)}, "no layer '11.weight' (2 × 3), which the file has"),
        "shape": ({**weights, "10.weight": torch.zeros(26, 128)}, "has 26 × 128 numbers, and 10 × 128 are needed"),
        "not finite": (
            {**weights, "0.bias": torch.full((32,), torch.nan)},
            "infinite or none at all in layer '0.bias'",
        ),
        "too large": ({**weights, "0.bias": torch.full((32,), 1e300, dtype=torch.double)}, "infinite or none at all"),
        "complex": ({**weights, "0.bias": torch.zeros(32, dtype=torch.cfloat)}, "packed numbers in layer '0.bias'"),
        "nothing": ({}, "is no state_dict"),
        "a number": (5, "is no state_dict, tensors by name, but holds int"),
        "no tensors": ({"0.weight": 5}, "but holds '0.weight': int"),
    }


MISMATCHES = mismatches()


@pytest.mark.parametrize("case", MISMATCHES)
def test_weights_that_do_not_fit_are_one_sentence(tmp_path: Path, case: str) -> None:
    weights, sentence = MISMATCHES[case]
    with pytest.raises(BadInput) as error:
        bring(weights_in(tmp_path / "theirs.pt", weights), tmp_path)
    assert sentence in str(error.value)
    assert "'theirs.pt'" in str(error.value)
    assert list((tmp_path / "there").iterdir()) == []


def test_a_pickle_that_would_run_code_does_not(tmp_path: Path) -> None:
    harmed = tmp_path / "harmed"
    (tmp_path / "plain.pt").write_bytes(pickle.dumps(Harm(harmed)))
    weights_in(tmp_path / "torch.pt", {**fresh(), "extra": Harm(harmed)})
    weights_in(tmp_path / "whole.pth", build_model(config_of({"name": "net"}).model, DATASETS["mnist_sample"].problem))
    for name in ("plain.pt", "torch.pt", "whole.pth"):
        with pytest.raises(BadInput) as error:
            bring(tmp_path / name, tmp_path)
        assert "holds more than weights" in str(error.value) or name == "plain.pt"
        assert "\n" not in str(error.value)
    assert not harmed.exists()
    pickle.loads((tmp_path / "plain.pt").read_bytes())
    assert harmed.exists(), "the pickle was harmless, so the test says nothing"


def test_files_that_hold_no_weights_are_sentences(tmp_path: Path) -> None:
    for name in ("a.pt", "b.safetensors"):
        for content in (b"", b"hello", bytes(1000)):
            (tmp_path / name).write_bytes(content)
            with pytest.raises(BadInput, match=name):
                bring(tmp_path / name, tmp_path)


def test_a_packed_file_of_torch_is_refused(tmp_path: Path) -> None:
    weights_in(tmp_path / "plain.pt", fresh())
    with zipfile.ZipFile(tmp_path / "plain.pt") as plain, zipfile.ZipFile(tmp_path / "packed.pt", "w", 8) as packed:
        for info in plain.infolist():
            packed.writestr(info.filename, plain.read(info))
    with pytest.raises(BadInput, match="packed, which"):
        bring(tmp_path / "packed.pt", tmp_path)


# The command line


def test_the_command_line_exports_imports_and_shows_the_code(
    finished_run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NN_LAB_RUNS", str(tmp_path / "runs"))
    for form in ("zip", "pt"):
        result = nn_core("export", finished_run.path, "--as", form, "--to", tmp_path / f"out.{form}")
        assert (result.returncode, result.stdout) == (0, f"{tmp_path / f'out.{form}'}\n"), result.stderr
    shown = nn_core("code", finished_run.path)
    assert shown.stdout == source_code(finished_run.config(), DATASETS["mnist_sample"])
    brought = nn_core("import", tmp_path / "out.zip", "--name", "again")
    assert brought.stdout == f"{tmp_path / 'runs' / 'again'}\n", brought.stderr
    brought = nn_core("import", tmp_path / "out.pt", "--preset", "simple_net")
    assert brought.stdout == f"{tmp_path / 'runs' / 'out'}\n", brought.stderr
    assert RunFolder(tmp_path / "runs" / "out").config().model.name == "simple_net"


def test_the_command_line_refuses_in_one_line(
    finished_run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NN_LAB_RUNS", str(tmp_path / "runs"))
    weights = weights_in(tmp_path / "net.pt", fresh())
    archive = archive_of(finished_run, tmp_path / "out.zip")
    assert_one_line(
        nn_core("import", weights, "--preset", "simple_net"), "'net.pt' does not fit the network 'simple_net'"
    )
    assert_one_line(nn_core("import", tmp_path / "none.zip"), "There is no file")
    assert_one_line(nn_core("import", archive, "--preset", "net"), "brings its own settings")
    assert_one_line(nn_core("export", finished_run.path, "--to", tmp_path / "no" / "x.pt"), "Cannot write")
    assert list_runs(tmp_path / "runs") == []
