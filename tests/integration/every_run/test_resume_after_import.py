"""Every preset, optimizer, schedule and goal goes through list, info, export, import and resume on the command line."""

import json
import shutil
from pathlib import Path

import pytest
from apptest_pages import app, list_rows
from cli_in_process import command
from halfway_runs import (
    CASES,
    DATA,
    SMALLEST,
    HalfwayRuns,
    goal_of,
    kind_of,
    resume_here,
)
from in_process_runs import assert_same_outcome, figures

from nn_core.config import PRESETS
from nn_core.formatting import format_percent
from nn_core.models import MODELS
from nn_core.runs import RunFolder
from nn_core.training import OPTIMIZERS, SCHEDULERS
from nn_core.training.checkpoint import load_checkpoint


def test_cases_cover_every_registered_entry_kind_and_goal() -> None:
    configs = CASES.values()
    assert {config.model.name for config in configs} == set(MODELS)
    assert {config.optimizer.name for config in configs} == set(OPTIMIZERS)
    assert {config.scheduler.name for config in configs} == set(SCHEDULERS)
    assert set(SMALLEST) == {(kind_of(config), goal_of(config)) for config in PRESETS.values()}
    assert {kind for kind, _goal in SMALLEST} == set(DATA)


@pytest.mark.parametrize("name", CASES)
def test_run_is_described_and_resumes_after_an_import_as_it_would_have_without(
    halfway: HalfwayRuns, tmp_path: Path, name: str
) -> None:
    case = halfway[name]
    listed = {line.split("\t")[0]: line.split("\t") for line in command("list").out.splitlines()}
    info = json.loads(command("info", case.run.name, "--json").out)
    shown = command("info", case.run.name)
    assert (shown.code, shown.err) == (0, "")
    assert f"name: {case.run.name}\ntitle: " in shown.out
    assert "\nstatus: stopped\n" in shown.out
    assert listed[case.run.name][1] == "stopped"
    if goal_of(CASES[name]) == "classify":
        assert f"validation accuracy {format_percent(info['best']['accuracy'], 2)}" in shown.out
        assert listed[case.run.name][2].startswith("validation accuracy ")
    else:
        assert info["best"]["accuracy"] is None
        assert f"validation loss {info['best']['loss']:.4f}" in shown.out
        assert listed[case.run.name][2].startswith("validation loss ")

    imported = command("import", case.archive, "--runs", tmp_path)
    assert (imported.code, imported.err) == (0, ""), "nothing is left out"
    copy = RunFolder(Path(imported.out.strip()))
    before, state = load_checkpoint(case.run), load_checkpoint(copy)
    assert before
    assert state
    assert state.position == before.position != (0, 0, 0)
    assert copy.status().status == "stopped"

    original = RunFolder(shutil.copytree(case.run.path, tmp_path / "original"))
    for run in (original, copy):
        resume_here(run)
    assert copy.status().epochs_done == 2
    assert figures(copy)[: len(figures(case.run))] == figures(case.run), "it continues and does not start again"
    assert_same_outcome(copy, original)
    assert copy.evaluation() == original.evaluation()
    for flags in ((), ("--json",)):
        answer = command("evaluate", copy.path, *flags)
        assert answer.code == 0
        assert all(line.startswith("Never predicted") for line in answer.err.splitlines()), answer.err
    assert "test_accuracy" in command("info", copy.path).out or copy.evaluation().accuracy is None  # type: ignore[index]


@pytest.mark.parametrize("preset", PRESETS)
def test_bare_weights_and_generated_code_of_every_preset(halfway: HalfwayRuns, tmp_path: Path, preset: str) -> None:
    run = halfway[f"preset {preset}"].run
    for form in ("safetensors", "pt"):
        file = tmp_path / f"bare.{form}"
        assert command("export", run.name, "--as", form, "--to", file).code == 0
        brought = command("import", file, "--preset", preset, "--config", run.config_file, "--runs", tmp_path)
        assert brought.code == 0
        assert "does not say" not in brought.err, "the config names the pixel scaling"
        bare = RunFolder(Path(brought.out.strip()))
        assert "status: finished" in command("info", bare.path).out
        assert command("evaluate", bare.path).code == 0
        refused = command("resume", bare.path)
        assert (refused.code, refused.out) == (2, "")
        assert "was stored without last.state" in refused.err
    program = command("code", run.name)
    assert (program.code, program.err) == (0, "")
    compile(program.out, "network.py", "exec")


def test_runs_page_shows_every_run(halfway: HalfwayRuns) -> None:
    cases = list(halfway.values())
    test = app("runs")
    assert not test.exception
    assert not test.error
    rows = {row["Run"]: row for row in list_rows(test)}
    for case in cases:
        assert rows[case.run.name]["Status"] == "stopped"
        accuracy = rows[case.run.name]["Validation accuracy"]
        assert bool(accuracy) is (goal_of(case.run.config()) == "classify")
