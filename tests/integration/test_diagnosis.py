"""`diagnose` on real runs: one with a mistake and a healthy one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli_in_process import command
from in_process_runs import trained
from processes import ROOT

from nn_core.config import apply_settings, get_preset
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder, create_run

SMALL = ("data.name=digits_8x8", "training.batch_size=40", "training.device=cpu")


def train(root: Path, preset: str, *settings: str) -> RunFolder:
    run = create_run(root, apply_settings(get_preset(preset), [*SMALL, *settings]))
    trained(run)
    return run


def diagnose(run: RunFolder) -> list[dict[str, object]]:
    answer = command("diagnose", run.name, "--json")
    assert (answer.code, answer.err) == (0, "")
    found: list[dict[str, object]] = json.loads(answer.out)
    return found


@pytest.mark.slow
def test_a_healthy_run(runs_root: Path) -> None:
    run = train(runs_root, "mlp")
    assert diagnose(run) == []
    answer = command("diagnose", run.name)
    assert answer.out.startswith("Nothing suspicious found (checked: learning rate, ")
    assert not list(run.path.glob("*diagnos*")), "a diagnosis changes nothing"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("settings", "kind", "remedy"),
    [
        (("optimizer.lr=5",), "lr_too_high", {"optimizer.lr": 0.005}),
        (("optimizer.lr=0.000005",), "lr_too_low", {"optimizer.lr": 0.005}),
        (
            ("training.epochs=1", "training.batch_size=1000"),
            "too_few_updates",
            {"training.epochs": 24, "training.batch_size": 100},
        ),
        (
            (
                "model.hidden=[64,64,64,64,64,64,64,64]",
                "model.activation=sigmoid",
                "model.norm=none",
                "model.dropout=0",
            ),
            "vanishing_gradients",
            {"model.activation": "relu", "model.norm": "batch"},
        ),
    ],
    ids=["lr_too_high", "lr_too_low", "too_few_updates", "vanishing_gradients"],
)
def test_a_mistake(runs_root: Path, settings: tuple[str, ...], kind: str, remedy: dict[str, object]) -> None:
    run = train(runs_root, "mlp", *settings)
    first = diagnose(run)[0]
    assert first["kind"] == kind
    assert first["settings"] == remedy
    lines = command("diagnose", run.name).out.splitlines()
    assert lines[0] == f"1. {first['finding']}"
    assert lines[1:3] == [f"   {first['evidence']}", f"   {first['remedy']}"]
    assert lines[3].startswith("   --set ")
    options = lines[3].split()
    repeated = apply_settings(run.config(), options[1::2])
    assert repeated == apply_settings(run.config(), [f"{path}={json.dumps(value)}" for path, value in remedy.items()])


def test_a_run_whose_data_is_missing(runs_root: Path) -> None:
    run = create_run(runs_root, apply_settings(get_preset("simple_net"), ["data.name=mnist"]))
    answer = command("diagnose", run.name, "--json")
    assert (answer.code, answer.out) == (0, "[]\n")
    assert answer.err.startswith("The network was not examined")
    assert command("diagnose", "no-such-run", "--json").code == 2


@pytest.mark.slow
def test_the_evaluation_trains_once_and_counts(tmp_path: Path) -> None:
    """One fault with one seed, in a process of its own, because its networks have to be registered first."""
    arguments = ["--seeds", "1", "--healthy", "0", "--only", "softmax_twice", "--cache", str(tmp_path / "cache")]
    environment = {**os.environ, "NN_LAB_DATA": str(get_data_folder()), "OMP_NUM_THREADS": "1"}
    for measured in ([], ["--measured"]):
        result = subprocess.run(
            [sys.executable, "-m", "scripts.diagnosis", *arguments, *measured],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        presets = "`simple_net`, `mlp`, `net`, `text_cnn`"
        row = f"| `softmax_twice` | softmax at the end of the network | {presets} | 4 | 100.0 % | 100.0 % | – |"
        assert row in result.stdout.splitlines()
        assert "| **all** | | | **4** | | **100.0 %** | |" in result.stdout.splitlines()
    assert len(list((tmp_path / "cache").glob("*.pickle"))) == 4


def test_the_document_has_a_place_for_both_tables() -> None:
    text = (ROOT / "docs" / "diagnosis.md").read_text(encoding="utf-8")
    for name in ("faults", "healthy"):
        assert text.count(f"<!-- {name} -->\n") == text.count(f"<!-- /{name} -->\n") == 1
