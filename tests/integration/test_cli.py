"""Every command of the contract: what goes to stdout, what to stderr, and the exit status."""

import json
import shutil
from pathlib import Path

import pytest
from cli_in_process import command as ask
from processes import assert_one_line, nn_core

from nn_core.config import PRESETS
from nn_core.runs import RunFolder

# What is listed


def test_presets_are_listed_one_a_line() -> None:
    result = nn_core("presets")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines() == list(PRESETS)
    assert {"simple_net", "net", "quick"} <= set(PRESETS)


def test_runs_are_listed_and_a_damaged_one_with_its_error(  # type: ignore[no-untyped-def]
    finished_run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NN_LAB_RUNS", str(tmp_path))
    assert json.loads(ask("list", "--json").out) == []
    for name in ("whole", "damaged"):
        shutil.copytree(finished_run.path, tmp_path / name)
    (tmp_path / "damaged" / "config.json").write_text("{")
    answer = ask("list", "--json")
    assert (answer.code, answer.err) == (0, "")
    runs = {run["name"]: run for run in json.loads(answer.out)}
    assert runs["whole"]["status"] == "finished"
    assert runs["whole"]["config"] == finished_run.config().model_dump(mode="json")
    assert runs["damaged"]["status"] == "damaged"
    assert "config.json" in runs["damaged"]["message"]
    assert len(ask("list").out.splitlines()) == 2


# One run


def test_info_shows_the_state_of_a_run(finished_run: RunFolder) -> None:
    answer = ask("info", finished_run.path, "--json")
    assert (answer.code, answer.err) == (0, "")
    about = json.loads(answer.out)
    assert (about["status"], about["parameters"], about["epochs_done"]) == ("finished", 101_770, 2)
    assert about["config"]["model"]["name"] == "simple_net"
    assert about["device"].startswith("CPU")
    assert about["samples_per_second"] > 0
    assert 0.5 < about["best"]["accuracy"] <= 1
    assert "status: finished" in ask("info", finished_run.path).out


def test_train_prints_the_run_folder_and_messages_on_stderr(runs_root: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text('{"training": {"epochs": 1, "batch_size": 400}, "optimizer": {"name": "adam"}}')
    settings = ("--set", "training.seed=7", "--set", "training.device=cpu", "--set", "loss.name=mse")
    result = nn_core("train", "--preset", "simple_net", "--config", file, *settings)
    assert result.returncode == 0, result.stderr
    run = RunFolder(Path(result.stdout.splitlines()[-1]))
    assert result.stdout == f"{run.path}\n"
    assert run.path.parent == runs_root
    config = run.config()
    assert (config.optimizer.name, config.loss.name, config.training.seed) == ("adam", "mse", 7)
    assert (config.training.epochs, config.training.batch_size) == (1, 400)
    assert "Epoch 1 of 1" in result.stderr
    assert "Epoch 1 of 1" in run.log_file.read_text()
    assert run.status().status == "finished"


def test_a_run_is_found_by_name_by_path_and_in_its_folder(  # type: ignore[no-untyped-def]
    finished_run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NN_LAB_RUNS", str(finished_run.path.parent))
    monkeypatch.chdir(finished_run.path.parent)
    for name in (
        "finished",
        "./finished",
        f"{finished_run.path}/",
        "../" + finished_run.path.parent.name + "/finished",
    ):
        answer = ask("info", name, "--json")
        assert answer.code == 0, answer.err
        assert json.loads(answer.out)["status"] == "finished"


# Evaluation


def test_evaluate_prints_figures_that_agree_with_each_other(finished_run: RunFolder) -> None:
    result = nn_core("evaluate", finished_run.path, "--json")
    assert (result.returncode, result.stderr) == (0, "")
    evaluation = json.loads(result.stdout)
    assert {"accuracy", "loss", "classes", "confusion_matrix", "per_class"} <= set(evaluation)
    matrix, classes = evaluation["confusion_matrix"], evaluation["classes"]
    assert classes == list("0123456789")
    assert [sum(row) for row in matrix] == [100] * 10, "a row for each true class"
    hits = sum(matrix[i][i] for i in range(10))
    assert evaluation["accuracy"] == hits / 1000
    low, high = evaluation["accuracy_interval"]
    assert low < evaluation["accuracy"] < high
    for i, label in enumerate(classes):
        figures = evaluation["per_class"][label]
        predicted = sum(row[i] for row in matrix)
        assert figures["recall"] == pytest.approx(matrix[i][i] / 100)
        assert figures["precision"] == pytest.approx(matrix[i][i] / predicted)
        assert figures["support"] == 100
    wrong = sum(confusion["count"] for confusion in evaluation["confusions"])
    assert wrong == 1000 - hits
    assert json.loads(finished_run.evaluation_file.read_bytes()) == evaluation


def test_evaluation_measures_the_best_network_not_the_last(  # type: ignore[no-untyped-def]
    finished_run: RunFolder, tmp_path: Path
) -> None:
    shutil.copytree(finished_run.path, tmp_path / "run")
    (tmp_path / "run" / "last.safetensors").unlink()
    (tmp_path / "run" / "last.state").unlink()
    answer = ask("evaluate", tmp_path / "run", "--json")
    assert answer.code == 0, answer.err
    assert json.loads(answer.out)["accuracy"] == json.loads(finished_run.evaluation_file.read_bytes())["accuracy"]


@pytest.mark.parametrize(
    ("device", "here"), [("cuda", "torch.cuda.is_available()"), ("mps", "torch.backends.mps.is_available()")]
)
def test_a_missing_device_is_named(runs_root: Path, device: str, here: str) -> None:
    import torch

    if eval(here, {"torch": torch}):
        pytest.skip(f"this machine has {device}")
    result = nn_core("train", "--preset", "simple_net", "--set", f"training.device={device}")
    assert_one_line(result, device, "Choose auto", "cpu")


def test_only_a_working_run_can_be_stopped_or_paused(finished_run: RunFolder) -> None:
    for command in ("stop", "pause"):
        answer = ask(command, finished_run.path)
        assert (answer.code, answer.out) == (2, "")
        assert f"'finished' is finished, so there is nothing to {command}" in answer.err


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (("training.epochs=1",), "less than the 2 epochs"),
        (("model.name=net",), "model cannot be changed"),
        (("training.batch_size=7",), "training.batch_size cannot be changed"),
        (("training.epochs=none",), "training.epochs"),
    ],
)
def test_a_finished_run_resumes_only_with_more_epochs(  # type: ignore[no-untyped-def]
    finished_run: RunFolder, settings: tuple[str, ...], words: str
) -> None:
    before = finished_run.config_file.read_bytes()
    answer = ask("resume", finished_run.path, *(part for setting in settings for part in ("--set", setting)))
    assert (answer.code, answer.out) == (2, "")
    assert words in answer.err
    assert finished_run.config_file.read_bytes() == before


DAMAGE: dict[str, tuple[str, bytes | None, tuple[str, ...]]] = {
    "config cut": ("config.json", b'{"ver', ("info", "evaluate", "resume")),
    "config of another version": ("config.json", b'{"version": 7}', ("info", "evaluate", "resume")),
    "weights cut": ("best.safetensors", b"\x10\0\0\0\0\0\0\0{", ("evaluate",)),
    "weights of nothing": ("best.safetensors", b"", ("evaluate",)),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_run_gets_one_line_from_every_command(  # type: ignore[no-untyped-def]
    finished_run: RunFolder, tmp_path: Path, kind: str
) -> None:
    name, content, commands = DAMAGE[kind]
    shutil.copytree(finished_run.path, tmp_path / "run")
    file = tmp_path / "run" / name
    file.write_bytes(content) if content is not None else file.unlink()
    for command in commands:
        answer = ask(command, tmp_path / "run")
        assert (answer.code, answer.out) == (2, ""), (command, answer.err)
        assert len(answer.err.splitlines()) == 1, answer.err
        assert name in answer.err


def test_a_run_without_weights_says_what_to_do(finished_run: RunFolder, tmp_path: Path) -> None:
    shutil.copytree(finished_run.path, tmp_path / "run")
    for file in (tmp_path / "run").glob("*.safetensors"):
        file.unlink()
    answer = ask("evaluate", tmp_path / "run")
    assert answer.code == 2
    assert "no trained weights yet" in answer.err


def test_bad_input_gets_one_line_from_a_process(runs_root: Path) -> None:
    assert_one_line(nn_core("train", "--set", "optimizer.lr=-1"), "optimizer.lr = -1", "more than 0")
    assert_one_line(nn_core("info", "no-such-run"), "No run named 'no-such-run'")
