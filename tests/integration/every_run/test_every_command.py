"""Every command handles runs of every kind: trained, failed, damaged, imported, or never begun."""

import json
import shutil
from pathlib import Path

import pytest
from cli_in_process import command
from halfway_runs import (
    DATA,
    SHORT,
    SMALLEST,
    HalfwayRuns,
    short,
)
from in_process_runs import assert_same_outcome
from processes import nn_core

from nn_core.runs import RunFolder, create_run


@pytest.fixture(scope="module")
def odd(halfway: HalfwayRuns, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs that never began, failed, were damaged, imported or are of every kind of data."""
    root = tmp_path_factory.mktemp("odd")
    for (kind, goal), preset in SMALLEST.items():
        shutil.copytree(halfway[f"preset {preset}"].run.path, root / f"{kind}-{goal}")
        create_run(root, short(preset), f"never-{kind}-{goal}")
    any_run = halfway["preset simple_net"].run.path
    for name in ("failed", "damaged-config", "damaged-status", "damaged-evaluation", "no-config-values", "newer"):
        shutil.copytree(any_run, root / name)
    failed = RunFolder(root / "failed")
    failed.write_status(failed.status().model_copy(update={"status": "failed", "message": "The disk is full."}))
    (root / "damaged-config" / "config.json").write_text('{"ver')
    (root / "no-config-values" / "config.json").write_text("[]")
    (root / "newer" / "config.json").write_text('{"version": 99}')
    (root / "damaged-status" / "status.json").write_text("{")
    (root / "damaged-evaluation" / "evaluation.json").write_text("{")
    weights = root / "weights.pt"
    command("export", any_run, "--as", "pt", "--to", weights)
    config = ("--preset", "simple_net", "--config", any_run / "config.json")
    assert command("import", weights, *config, "--runs", root, "--name", "only-weights").code == 0
    return root


def test_list_describes_runs_of_every_kind(odd: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NN_LAB_RUNS", str(odd))
    listed, shown = json.loads(command("list", "--json").out), command("list")
    assert (shown.code, shown.err) == (0, "")
    assert [line.split("\t")[0] for line in shown.out.splitlines()] == [run["name"] for run in listed]
    status = {run["name"]: run["status"] for run in listed}
    assert status.keys() == {path.parent.name for path in odd.glob("*/config.json")}
    assert status["failed"] == "failed"
    assert status["newer"] == "newer"
    assert status["only-weights"] == "finished"
    assert status["damaged-config"] == status["no-config-values"] == "damaged"
    assert status["damaged-evaluation"] == "stopped", "its figures can be measured again"
    assert all(status[name] == "interrupted" for name in status if name.startswith("never-"))
    message = {run["name"]: run.get("message", "") for run in listed}
    assert "evaluation.json" in message["damaged-evaluation"]
    assert "status.json" in message["damaged-status"]


COMMANDS: tuple[tuple[str, ...], ...] = (
    ("info",),
    ("info", "--json"),
    ("diagnose",),
    ("diagnose", "--json"),
    ("evaluate",),
    ("evaluate", "--json"),
    ("export", "--as", "zip", "--to", "out.zip"),
    ("export", "--as", "pt", "--to", "out.pt"),
    ("export", "--as", "code", "--to", "out.py"),
    ("code",),
    ("predict", "--text", "hello"),
    ("teach", "--drawings", "none.jsonl"),
    ("pause",),
    ("stop",),
    ("learning-rate", "0.1"),
)


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_every_command_handles_runs_of_every_kind(
    odd: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    """With what was asked for, or one line that says why not; an unexpected error would be raised here."""
    root = Path(shutil.copytree(odd, tmp_path / "runs"))
    monkeypatch.setenv("NN_LAB_RUNS", str(root))
    monkeypatch.chdir(tmp_path)
    done = set()
    for file in sorted(root.glob("*/config.json")):
        name = file.parent.name
        answer = command(arguments[0], name, *arguments[1:])
        if answer.code:
            assert answer.code in (1, 2), (name, answer)
            assert answer.out == "", (name, answer)
            assert len(answer.err.splitlines()) == 1, (name, answer)
        else:
            assert answer.out, (name, answer)
            done.add(name)
    trained = {f"{kind}-{goal}" for kind, goal in SMALLEST} | {"failed", "only-weights"}
    match arguments[0]:
        case "info" | "diagnose" | "evaluate" | "code" | "export":
            assert trained <= done
        case "predict":
            assert done == {"text-classify"}
        case _:
            assert not done


def test_processes_train_export_import_and_resume_an_autoencoder_with_muon(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NN_LAB_RUNS", str(tmp_path / "runs"))
    settings = [f"--set={setting}" for setting in (*DATA["pictures"], *SHORT, "optimizer.name=muon")]
    trained = nn_core("train", "--preset", "autoencoder", "--name", "wide", *settings)
    assert trained.returncode == 0, trained.stderr
    for arguments in (("list",), ("info", "wide")):
        result = nn_core(*arguments)
        assert (result.returncode, result.stderr) == (0, "")
        assert "wide" in result.stdout
    archive = tmp_path / "wide.zip"
    assert nn_core("export", "wide", "--as", "zip", "--to", archive).returncode == 0
    imported = nn_core("import", archive, "--name", "again")
    assert (imported.returncode, imported.stderr) == (0, "")
    further = [nn_core("resume", name, "--set", "training.epochs=3") for name in ("wide", "again")]
    assert [each.returncode for each in further] == [0, 0], further
    assert_same_outcome(RunFolder(tmp_path / "runs" / "again"), RunFolder(tmp_path / "runs" / "wide"))
