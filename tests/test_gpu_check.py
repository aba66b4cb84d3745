"""The checks of `make gpu-check`, as far as a CPU can show that they work."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from processes import ROOT

from nn_core.config import PRESETS
from scripts.gpu_check import checks
from scripts.gpu_check.stage import Result, Stage

ON_THE_CPU = ("machine", "bf16", "streaming", "resume", "process_group", "seconds_to_goal", "throughput")
NEEDS_CUDA = ("out_of_memory", "memory_released")


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    made = Stage("cpu", tmp_path, small=True)
    made.data.mkdir()
    for name in ("NN_LAB_RUNS", "NN_LAB_DATA", "NN_LAB_RUNS_AT_ONCE"):
        monkeypatch.setenv(name, made.environment[name])
    return made


def test_every_check_but_the_compiler_s_is_tried_here() -> None:
    # Compiling takes a minute on the CPU; tests/test_training.py does it once.
    assert {*ON_THE_CPU, *NEEDS_CUDA, "compile"} == set(checks.CHECKS)


@pytest.mark.parametrize("name", ON_THE_CPU)
def test_a_check_passes_on_the_cpu(name: str, stage: Stage) -> None:
    results = list(checks.CHECKS[name](stage))
    assert results
    assert not any(result.passed is False for result in results), results


@pytest.mark.parametrize("name", NEEDS_CUDA)
def test_what_needs_cuda_says_so(name: str, stage: Stage) -> None:
    [result] = checks.CHECKS[name](stage)
    assert (result.figure, result.passed) == ("needs CUDA", None)


def test_a_resumed_run_is_bit_equal_on_the_cpu(stage: Stage) -> None:
    [result] = checks.check_resume(stage)
    assert result.figure.count("bit-equal") == 2


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


def test_a_check_that_fails_ends_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from scripts.gpu_check import __main__ as command

    stage = Stage("cpu", tmp_path, small=True)
    monkeypatch.setattr(command, "_compare_presets", lambda _stage: [Result("presets", "", True)])
    (tmp_path / "data").write_text("in the way of the data folder")
    (tmp_path / "runs").write_text("in the way of the runs folder")
    results = command._run_all(stage, ["machine", "presets", "seconds_to_goal", "memory_released"])
    found = {result.check: result.passed for result in results}
    assert found == {
        "machine": True,
        "presets": True,
        "seconds_to_goal": False,
        "memory released": None,
        "all checks": None,
    }


def test_one_command_prints_a_table_and_writes_it_as_json(tmp_path: Path) -> None:
    skipped = [part for name in ("presets", *checks.CHECKS) for part in ("--skip", name) if name != "machine"]
    command = [sys.executable, "-m", "scripts.gpu_check", "--device", "cpu", "--small", *skipped]
    result = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "OUT": str(tmp_path)}, capture_output=True, text=True, timeout=120
    )
    assert result.returncode == 0, result.stderr
    assert "machine" in result.stdout
    rows = json.loads((tmp_path / "gpu_check.json").read_text())
    assert [row["check"] for row in rows] == ["machine", "all checks"]
