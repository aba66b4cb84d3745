"""The checks of `make gpu-check`, as far as a CPU can show that they work."""

import json
import sys
from pathlib import Path

import pytest

from nn_core.config import PRESETS
from scripts.gpu_check import __main__ as command
from scripts.gpu_check import checks
from scripts.gpu_check.stage import Result, Stage

ON_THE_CPU = ("machine", "bf16", "inside", "streaming", "resume", "process_group", "seconds_to_goal", "throughput")
NEEDS_CUDA = ("out_of_memory", "memory_released")


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    made = Stage("cpu", tmp_path, small=True)
    made.data.mkdir()
    for name in ("NN_LAB_RUNS", "NN_LAB_DATA", "NN_LAB_RUNS_AT_ONCE"):
        monkeypatch.setenv(name, made.environment[name])
    return made


def test_every_check_except_the_compiler_is_tried_here() -> None:
    # Compiling takes a minute on the CPU; tests/test_training.py does it once.
    assert {*ON_THE_CPU, *NEEDS_CUDA, "compile"} == set(checks.CHECKS)


@pytest.mark.parametrize("name", ON_THE_CPU)
def test_a_check_passes_on_the_cpu(name: str, stage: Stage) -> None:
    results = list(checks.CHECKS[name](stage))
    assert results
    assert not any(result.passed is False for result in results), results
    if name == "resume":
        assert results[0].figure.count("bit-equal") == 2


@pytest.mark.parametrize("name", NEEDS_CUDA)
def test_what_needs_cuda_says_so(name: str, stage: Stage) -> None:
    [result] = checks.CHECKS[name](stage)
    assert (result.figure, result.passed) == ("needs CUDA", None)


def test_every_preset_gets_a_curve_and_one_that_fails_stops_no_other(stage: Stage) -> None:
    file = stage.folder / "curves.jsonl"
    (stage.runs / "curve-cpu-net").mkdir(parents=True)  # so its name is taken
    checks.write_curves(stage, file)
    lines = {line["preset"]: line for line in map(json.loads, file.read_text().splitlines())}
    assert list(lines) == list(PRESETS)
    for preset, line in lines.items():
        text, passed = checks.compare_curves(line, line)
        assert passed == (preset != "net"), text


def test_a_curve_that_differs_fails() -> None:
    curve: dict[str, object] = {"first": 2.3, "loss": 0.5, "accuracy": 0.9}
    assert not checks.compare_curves(curve, {**curve, "loss": 0.9})[1]
    assert not checks.compare_curves(curve, {**curve, "first": 3.0})[1]
    assert checks.compare_curves(curve, {"error": "no kernel"}) == ("no kernel", False)


def test_a_check_that_fails_ends_no_other(tmp_path: Path) -> None:
    (tmp_path / "seconds_to_goal").write_text("in the way of the check's folder")
    results = command._run_all(Stage("cpu", tmp_path, small=True), ["machine", "seconds_to_goal"])
    assert [(result.check, result.passed) for result in results] == [
        ("machine", True),
        ("seconds_to_goal", False),
        ("all checks", None),
    ]


def test_without_a_graphics_card_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["gpu_check"])
    monkeypatch.setattr(command, "_provide_packages", lambda _target: None)
    monkeypatch.setattr(command, "_has_cuda", lambda: False)
    with pytest.raises(SystemExit, match="torch finds no CUDA device here"):
        command.main()


@pytest.mark.parametrize(("passed", "status"), [(True, 0), (None, 0), (False, 1)])
def test_it_prints_a_table_writes_json_and_reports_failures(
    passed: bool | None,
    status: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("OUT", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["gpu_check", "--device", "cpu", "--skip", "machine", "--skip", "presets"])
    monkeypatch.setattr(command, "_provide_packages", lambda _target: None)
    asked: list[str] = []

    def run_all(_stage: Stage, names: list[str]) -> list[Result]:
        asked.extend(names)
        return [Result("bf16", "validation loss 0.1", passed)]

    monkeypatch.setattr(command, "_run_all", run_all)
    with pytest.raises(SystemExit) as end:
        command.main()
    assert end.value.code == status
    assert asked == list(checks.CHECKS)[1:]
    assert "bf16" in capsys.readouterr().out
    [row] = json.loads((tmp_path / "gpu_check.json").read_text())
    assert row == {"check": "bf16", "figure": "validation loss 0.1", "passed": passed, "seconds": 0.0}
