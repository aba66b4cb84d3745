"""Runs, exports and `--set` paths of commit 44692ec, the version before modules and functions were renamed, keep working.

`tests/support/old_runs/write.py` wrote the files. Its `resumed` folder has what that version made of the unfinished runs.
"""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from cli_in_process import command
from processes import SUPPORT
from safetensors.torch import load_file

from nn_core.config import RunConfig, apply_settings
from nn_core.runs import RunFolder
from nn_core.runs.reports import describe_missed_classes

OLD = SUPPORT / "old_runs"
NAMES = sorted(path.name for path in (OLD / "runs").iterdir())
EVALUATED = [name for name in NAMES if (OLD / "runs" / name / "evaluation.json").exists()]
UNFINISHED = sorted(path.name for path in (OLD / "resumed").iterdir())
PLAIN_TORCH = "e86d6d89"
"""What `compute_with_plain_torch` gives on the machine that wrote the runs."""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A runs folder with copies of the old runs."""
    folder = shutil.copytree(OLD / "runs", tmp_path / "runs")
    monkeypatch.setenv("NN_LAB_RUNS", str(folder))
    return folder


def compute_with_plain_torch() -> str:
    """A few training steps without code of ours, as a hash. It differs on processors or with versions of PyTorch that round
    otherwise; there, weights cannot be expected to have the same bits."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        torch.manual_seed(0)
        network = torch.nn.Sequential(
            torch.nn.Linear(784, 16),
            torch.nn.BatchNorm1d(16),
            torch.nn.ReLU(),
            torch.nn.Dropout(0.2),
            torch.nn.Linear(16, 10),
        )
        optimizer = torch.optim.AdamW(network.parameters(), lr=0.01)
        for _ in range(20):
            loss = torch.nn.functional.cross_entropy(network(torch.randn(200, 784)), torch.randint(0, 10, (200,)))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        digest = hashlib.sha256()
        for tensor in network.state_dict().values():
            digest.update(tensor.numpy().tobytes())
        return digest.hexdigest()[:8]
    finally:
        torch.set_num_threads(threads)


def assert_same_weights(run: Path, expected: Path) -> None:
    if compute_with_plain_torch() == PLAIN_TORCH:
        assert run.read_bytes() == expected.read_bytes(), "the weights differ from those of the old version"
        return
    ours, theirs = load_file(run), load_file(expected)
    assert ours.keys() == theirs.keys()
    for name, tensor in ours.items():
        torch.testing.assert_close(tensor, theirs[name], rtol=0.01, atol=0.01)


def read_metrics(folder: Path) -> list[dict[str, Any]]:
    """metrics.jsonl without the times."""
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_bytes().splitlines()]
    return [{key: line[key] for key in ("kind", "step", "loss", "accuracy", "lr")} for line in lines]


def test_the_files_stay_small() -> None:
    assert sum(file.stat().st_size for file in OLD.rglob("*") if file.is_file()) < 3_000_000


def test_old_runs_are_listed_and_described(root: Path) -> None:
    listed = {run["name"]: run["status"] for run in json.loads(command("list", "--json").out)}
    assert {name: listed[name] for name in NAMES} == {
        "autoencoder": "finished",
        "fine-tuned": "finished",
        "finished-classifier": "finished",
        "interrupted": "interrupted",
        "points": "finished",
        "stopped-in-an-epoch": "stopped",
        "text": "finished",
    }
    for name in NAMES:
        described = command("info", name, "--json")
        assert (described.code, described.err) == (0, ""), name
        stored = json.loads((OLD / "runs" / name / "config.json").read_text())
        config = json.loads(described.out)["config"]
        for section in ("model", "data", "optimizer", "training", "loss", "scheduler"):
            assert is_contained(stored[section], config[section]), (name, section)


def is_contained(stored: object, config: object) -> bool:
    """Whether all stored settings are in the config, which may have newer ones in every section."""
    if isinstance(stored, dict) and isinstance(config, dict):
        return all(name in config and is_contained(value, config[name]) for name, value in stored.items())
    return stored == config


@pytest.mark.parametrize("name", EVALUATED)
def test_an_old_run_is_evaluated_as_the_old_version_did(root: Path, name: str) -> None:
    stored = json.loads((OLD / "runs" / name / "evaluation.json").read_text())
    old = RunFolder(root / name).evaluation()
    assert old is not None, "the old evaluation is read"
    for file in ("evaluation.json", "calibration.safetensors"):
        (root / name / file).unlink(missing_ok=True)
    answer = command("evaluate", name, "--json")
    assert (answer.code, answer.err.rstrip()) == (0, describe_missed_classes(old))
    measured = json.loads(answer.out)
    assert measured.get("accuracy") == stored.get("accuracy")
    assert measured["loss"] == pytest.approx(stored["loss"], rel=1e-4)
    if "confusion_matrix" in stored:
        assert measured["confusion_matrix"] == stored["confusion_matrix"]


@pytest.mark.parametrize("name", UNFINISHED)
def test_an_old_run_that_is_resumed_ends_with_the_weights_that_the_old_version_reached(root: Path, name: str) -> None:
    before = read_metrics(root / name)
    assert not json.loads(command("info", name, "--json").out)["epochs_done"] >= 3
    answer = command("resume", name, "--set", "training.checkpoint_seconds=10")
    assert answer.code == 0, answer.err
    assert RunFolder(root / name).status().status == "finished"
    expected = OLD / "resumed" / name
    for file in ("last.safetensors", "best.safetensors"):
        assert_same_weights(root / name / file, expected / file)
    metrics = read_metrics(root / name)
    assert [line["step"] for line in metrics] == [line["step"] for line in read_metrics(expected)]
    assert len(metrics) > len(before)


def test_an_old_finished_run_trains_for_further_epochs(root: Path) -> None:
    answer = command("resume", "finished-classifier", "--set", "training.epochs=4")
    assert answer.code == 0, answer.err
    assert json.loads(command("info", "finished-classifier", "--json").out)["epochs_done"] == 4


@pytest.mark.parametrize("name", ["finished-classifier", "stopped-in-an-epoch"])
def test_an_old_exported_run_is_imported_with_all_its_files(root: Path, tmp_path: Path, name: str) -> None:
    answer = command("import", OLD / f"{name}.zip", "--runs", tmp_path / "imported")
    assert (answer.code, answer.err) == (0, ""), "nothing is left out"
    imported = Path(answer.out.strip())
    for file in ("best.safetensors", "last.safetensors", "metrics.jsonl"):
        assert (imported / file).read_bytes() == (OLD / "runs" / name / file).read_bytes(), file
    resumed = command("resume", imported, "--set", "training.epochs=4")
    assert resumed.code == 0, resumed.err


def test_old_exported_weights_are_imported(root: Path, tmp_path: Path) -> None:
    config = ("--preset", "simple_net", "--config", OLD / "runs" / "finished-classifier" / "config.json")
    answer = command("import", OLD / "finished-classifier.pt", *config, "--runs", tmp_path / "imported")
    assert answer.code == 0, answer.err
    assert "'mean-std' (mean 0 and standard deviation 1 over the training data) is assumed" in answer.err
    ours = load_file(Path(answer.out.strip()) / "best.safetensors")
    theirs = load_file(OLD / "runs" / "finished-classifier" / "best.safetensors")
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[key], theirs[key]) for key in ours)


def test_the_result_of_an_old_fine_tuning_is_read(root: Path) -> None:
    described = json.loads(command("info", "fine-tuned", "--json").out)
    assert described["config"]["data"]["drawings"]["share"] > 0
    again = command("evaluate", "fine-tuned")
    assert again.code == 0, again.err


def old_settings() -> list[tuple[list[str], str]]:
    """Every path of the old version with its default, after the settings that choose the section which has it."""
    cases = []
    for key, value in json.loads((OLD / "settings.json").read_text()).items():
        *sections, setting = key.split("|")
        path, choices = "", []
        for name, chosen in zip(sections[::2], sections[1::2], strict=True):
            path += name + "."
            if chosen:
                choices.append(f"{path}name={chosen}")
        cases.append((choices, f"{path}{setting}={json.dumps(value)}"))
    return cases


@pytest.mark.parametrize(("choices", "setting"), old_settings(), ids=lambda part: part if isinstance(part, str) else "")
def test_an_old_set_path_is_accepted(choices: list[str], setting: str) -> None:
    assert apply_settings(RunConfig(), [*choices, setting])
