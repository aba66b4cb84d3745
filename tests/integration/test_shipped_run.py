"""The run that comes with NN Lab is read-only, wherever and however it is opened; a copy of it is an ordinary run."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from apptest_pages import app, list_rows
from cli_in_process import command
from processes import ROOT, SUPPORT

from nn_core.config import apply_settings, get_preset
from nn_core.data import DATASETS
from nn_core.errors import BadInput, ReadOnlyRun, StorageFailed
from nn_core.inference.calibration import read_calibration
from nn_core.jobs.launcher import launch_run
from nn_core.paths import SHIPPED_NAMES, SHIPPED_RUN, get_shipped_folders
from nn_core.runs import RunFolder, create_run, delete_run, find_run, list_runs, rename_run
from nn_core.runs.reports import ReconstructionReport
from nn_core.runs.weights import is_damaged
from scripts.shipped_networks import RECIPES, thin_curves
from ui.app.actions import evaluate_run

SHIPPED_FILES = {
    "config.json",
    "status.json",
    "metrics.jsonl",
    "best.safetensors",
    "calibration.safetensors",
    "evaluation.json",
}

Tree = dict[str, tuple[int, int, str]]


def contents(folder: Path) -> Tree:
    """Of every file and folder below: mode, time of the last change and a hash."""
    found = {}
    for path in sorted(folder.rglob("*")):
        about = path.lstat()
        digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        found[str(path.relative_to(folder))] = (about.st_mode, about.st_mtime_ns, digest)
    return found


def test_the_shipped_run_contains_its_evaluation() -> None:
    run = RunFolder(SHIPPED_RUN)
    assert {path.name for path in SHIPPED_RUN.iterdir()} == SHIPPED_FILES
    assert read_calibration(run).distribution is not None


@pytest.mark.parametrize("folder", get_shipped_folders(), ids=lambda folder: folder.name)
def test_every_shipped_run_is_complete_and_read_only(folder: Path) -> None:
    run = RunFolder(folder)
    best, evaluation = run.status().best, run.evaluation()
    assert best
    assert evaluation
    assert evaluation.step == best.step
    assert not is_damaged(run.best_weights)
    assert not run.is_calibration_missing(evaluation)
    classifies = not isinstance(evaluation, ReconstructionReport)
    assert {path.name for path in folder.iterdir()} == SHIPPED_FILES - (
        set() if classifies else {"calibration.safetensors"}
    )
    with pytest.raises(ReadOnlyRun):
        run.check_writable()


def test_the_networks_that_need_no_download_are_small_and_made_by_their_recipes() -> None:
    """What `scripts.shipped_networks` would train is what is there."""
    assert list(RECIPES) == list(SHIPPED_NAMES[1:])
    size = 0
    for name, recipe in RECIPES.items():
        run = RunFolder(SHIPPED_RUN.parent / name)
        assert run.config() == apply_settings(get_preset(recipe.preset), recipe.get_settings())
        assert DATASETS[run.config().data.name].is_present(Path("nowhere")), "its data come with NN Lab"
        size += sum(file.stat().st_size for file in run.path.iterdir())
    assert size < 3_000_000


def test_a_thinned_curve_keeps_all_epochs_and_its_course() -> None:
    steps = [json.dumps({"kind": "train", "step": step}) for step in range(1, 1001)]
    epochs = [json.dumps({"kind": "validation", "step": step}) for step in (500, 1000)]
    lines = [*steps[:500], epochs[0], *steps[500:], epochs[1]]
    kept = thin_curves("".join(f"{line}\n" for line in lines)).splitlines()
    assert [line for line in kept if line in epochs] == epochs
    assert [json.loads(line)["step"] for line in kept if line not in epochs] == list(range(4, 1001, 4))
    assert thin_curves("\n".join(steps[:100])) == "\n".join(steps[:100]), "a short one is unchanged"


# A checkout with a shipped run that learned mnist_sample, so that it can be measured without a download


@pytest.fixture
def checkout(finished_run: RunFolder, tmp_path: Path) -> Path:
    """The sources, and in the place of the shipped run another one; nothing in it may be written."""
    root = tmp_path / "checkout"
    for name in ("nn_core", "ui", "pages", ".streamlit"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(ROOT / "app.py", root / "app.py")
    run = root / "checkpoints" / SHIPPED_RUN.name
    run.mkdir(parents=True)
    for name in SHIPPED_FILES:
        shutil.copy2(finished_run.path / name, run / name)
    return root


def walk(checkout: Path) -> dict[str, Any]:
    """What `shipped_run_walkthrough` saw, after everything was made unwritable as far as this user can be kept from writing."""
    for path in [*checkout.rglob("*"), checkout]:
        path.chmod(path.stat().st_mode & ~0o222)
    places = {"NN_LAB_RUNS": str(checkout.parent / "runs"), "NN_LAB_DATA": str(checkout.parent / "data")}
    before = contents(checkout)
    try:
        result = subprocess.run(
            [sys.executable, SUPPORT / "shipped_run_walkthrough.py", SUPPORT],
            cwd=checkout,
            env={**os.environ, **places, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=400,
        )
        assert result.returncode == 0, result.stderr[-3000:]
        assert contents(checkout) == before, "something was written into the checkout"
    finally:
        for path in [checkout, *checkout.rglob("*")]:
            path.chmod(path.stat().st_mode | 0o200)
    said: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return said


REFUSED = ("resume", "resume further", "pause", "stop", "learning rate")


def assert_all_is_well(said: dict[str, Any]) -> None:
    for title, answer in said["commands"].items():
        if title in REFUSED:
            assert (answer["code"], answer["out"]) == (2, ""), title
            assert len(answer["err"].splitlines()) == 1, title
            assert "comes with NN Lab and is read-only" in answer["err"], title
        else:
            assert answer["code"] == 0, (title, answer)
    for page, seen in said["pages"].items():
        assert (seen["exception"], seen["error"]) == ([], []), (page, seen)
        if seen["picked"]:
            assert seen["picked"] == [SHIPPED_RUN.name] or page in ("text", "inside"), page
        steering = ("pause_training", "resume_training", "stop_training", "rename_run", "delete_run")
        assert not set(steering) & set(seen["buttons"]), page
    ticked = said["ticked"]
    assert {"download_safetensors", "download_pt", "download_zip"} <= set(ticked["downloads"])
    assert not {"rename_run", "delete_run"} & set(ticked["buttons"])
    assert any("comes with NN Lab and is read-only" in caption for caption in ticked["caption"])


def test_a_walk_through_everything_writes_nothing_into_the_checkout(checkout: Path) -> None:
    said = walk(checkout)
    assert_all_is_well(said)
    assert said["commands"]["list"]["out"] == "", "it is not among the runs of the user's folder"
    first = json.loads(said["commands"]["first evaluation"]["out"])
    shipped = json.loads((checkout / "checkpoints" / SHIPPED_RUN.name / "evaluation.json").read_bytes())
    assert first["confusion_matrix"] == shipped["confusion_matrix"]
    assert {path.name for path in (checkout.parent / "runs").iterdir()} == {".shipped", ".queue", "taught"}
    warned = {page for page, seen in said["pages"].items() if seen["warning"]}
    assert warned == {"playground"}, "which says that the run is none of its own"


def cut(name: str) -> Callable[[Path], None]:
    def damage(run: Path) -> None:
        (run / name).write_bytes((run / name).read_bytes()[:100])

    return damage


def lost(name: str) -> Callable[[Path], None]:
    return lambda run: (run / name).unlink()


DAMAGE = {
    "a cut evaluation": cut("evaluation.json"),
    "a cut calibration": cut("calibration.safetensors"),
    "neither": lambda run: [lost(name)(run) for name in ("evaluation.json", "calibration.safetensors")],
}


@pytest.mark.parametrize("case", DAMAGE)
def test_what_is_damaged_is_measured_once_and_kept_beside_the_users_runs(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    """In this process: the shipped run is the one that `nn_core.paths` names."""
    folder = checkout / "checkpoints" / SHIPPED_RUN.name
    DAMAGE[case](folder)
    monkeypatch.setattr("nn_core.paths.SHIPPED_RUN", folder)
    monkeypatch.setenv("NN_LAB_RUNS", str(tmp_path / "runs"))
    run, before = RunFolder(folder), contents(folder)
    assert run.is_shipped
    warned = bool(app("draw", run=run.name).warning)
    assert warned is (case == "a cut calibration")
    test = app("evaluate", run=run.name)
    assert not test.exception
    assert not test.error
    assert test.metric[0].label == "Test accuracy"
    (kept,) = (tmp_path / "runs" / ".shipped" / run.name).iterdir()
    assert kept == run.results
    results = contents(kept)
    assert set(results) == {"evaluation.json", "calibration.safetensors", "answers.safetensors"}
    again = app("evaluate", run=run.name)
    assert [metric.value for metric in again.metric] == [metric.value for metric in test.metric]
    assert not again.warning, "it is found again, and nothing is said to be damaged any more"
    assert contents(kept) == results, "and not measured again"
    assert not read_calibration(run).damage
    assert read_calibration(run).distribution is not None
    assert not app("draw", run=run.name).warning, "the network that pages keep in memory is read again"
    assert contents(folder) == before


def test_resuming_it_is_never_offered_even_without_a_status(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = checkout / "checkpoints" / SHIPPED_RUN.name
    for name in ("status.json", "metrics.jsonl"):
        lost(name)(folder)
    monkeypatch.setattr("nn_core.paths.SHIPPED_RUN", folder)
    monkeypatch.setenv("NN_LAB_RUNS", str(tmp_path / "runs"))
    assert RunFolder(folder).status().status == "interrupted"
    for page in ("train", "runs"):
        test = app(page, run=folder.name)
        assert not test.exception
        assert not [button.key for button in test.button if "resume" in str(button.key)]


def test_results_of_other_weights_are_not_taken(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An update of NN Lab may bring another network of the very same number of steps."""
    folder = checkout / "checkpoints" / SHIPPED_RUN.name
    monkeypatch.setattr("nn_core.paths.SHIPPED_RUN", folder)
    monkeypatch.setenv("NN_LAB_RUNS", str(tmp_path / "runs"))
    run = RunFolder(folder)
    run.results.mkdir(parents=True)
    shutil.move(run.evaluation_file, run.results)
    assert run.evaluation()
    with run.best_weights.open("ab") as stream:
        stream.write(b"\0")
    assert run.evaluation() is None


def test_a_read_only_runs_folder_gives_a_message(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nn_core.paths.SHIPPED_RUN", checkout / "checkpoints" / SHIPPED_RUN.name)
    (tmp_path / "runs").write_text("a file")
    monkeypatch.setenv("NN_LAB_RUNS", str(tmp_path / "runs"))
    with pytest.raises(StorageFailed, match=r"Cannot write into .*\.shipped"):
        evaluate_run(RunFolder(checkout / "checkpoints" / SHIPPED_RUN.name))


# The real one


CHANGES: dict[str, Callable[[RunFolder], object]] = {
    "rename": lambda run: rename_run(run, name="mine"),
    "delete": delete_run,
    "lock": RunFolder.lock,
    "launch": launch_run,
    "pause": lambda run: run.send_request("pause"),
    "stop": lambda run: run.send_request("stop"),
    "turn the learning rate": lambda run: run.request_lr(0.1),
    "write the status": lambda run: run.write_status(run.status()),
    "write the config": lambda run: run.write_config(run.config()),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("by", ["path", "link", "dots"])
def test_every_change_to_it_is_refused(tmp_path: Path, change: str, by: str) -> None:
    (tmp_path / "link").symlink_to(SHIPPED_RUN.parent)
    path = {
        "path": SHIPPED_RUN,
        "link": tmp_path / "link" / SHIPPED_RUN.name,
        "dots": SHIPPED_RUN / ".." / SHIPPED_RUN.name,
    }[by]
    before = contents(SHIPPED_RUN)
    with pytest.raises(ReadOnlyRun, match="'pretrained-digits' comes with NN Lab and is read-only"):
        CHANGES[change](RunFolder(path))
    assert contents(SHIPPED_RUN) == before


def test_no_run_can_take_its_name(tmp_path: Path) -> None:
    run = create_run(tmp_path, get_preset("simple_net"), "mine")
    with pytest.raises(BadInput, match="There is already a run named 'pretrained-digits'"):
        create_run(tmp_path, run.config(), SHIPPED_RUN.name)
    assert [each.name for each in list_runs(tmp_path)] == ["mine"]


# A copy


@pytest.fixture
def copy(runs_root: Path) -> RunFolder:
    return RunFolder(Path(shutil.copytree(SHIPPED_RUN, runs_root / SHIPPED_RUN.name)))


def test_a_copy_in_the_runs_folder_is_listed_once_everywhere(copy: RunFolder) -> None:
    assert [line.split("\t")[0] for line in command("list").out.splitlines()] == [SHIPPED_RUN.name]
    assert len(json.loads(command("list", "--json").out)) == 1
    assert [row["Run"] for row in list_rows(app("runs"))] == list(SHIPPED_NAMES)
    for page in ("train", "evaluate", "draw", "inside"):
        picker = app(page, run=copy.name).selectbox(key="run_picker")
        assert picker.options.count(SHIPPED_RUN.name) == 1, page
        assert set(picker.options) <= set(SHIPPED_NAMES)
        assert picker.value == SHIPPED_RUN.name


def test_the_users_copy_is_the_one_that_counts_and_can_be_changed(copy: RunFolder) -> None:
    assert not copy.is_shipped
    assert find_run(copy.path.parent, copy.name) == copy
    assert json.loads(command("info", copy.name, "--json").out)["path"] == str(copy.path)
    test = app("runs", compare=copy.name)
    assert test.button(key="confirm_rename")
    rename_run(copy, name="mine")
    assert [row["Run"] for row in list_rows(app("runs"))] == ["mine", *SHIPPED_NAMES[1:]]
    delete_run(copy)
    assert find_run(copy.path.parent, SHIPPED_RUN.name).path == SHIPPED_RUN


def test_an_empty_folder_of_its_name_hides_nothing(runs_root: Path) -> None:
    (runs_root / SHIPPED_RUN.name).mkdir(parents=True)
    assert find_run(runs_root, SHIPPED_RUN.name).path == SHIPPED_RUN
    assert [row["Run"] for row in list_rows(app("runs"))] == list(SHIPPED_NAMES)


def test_a_runs_folder_that_links_to_the_shipped_one_lists_it_once_and_read_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "link").symlink_to(SHIPPED_RUN.parent)
    monkeypatch.setenv("NN_LAB_RUNS", str(tmp_path / "link"))
    run = find_run(tmp_path / "link", SHIPPED_RUN.name)
    assert run.is_shipped
    names = [row["Run"] for row in list_rows(app("runs"))]
    assert names.count(SHIPPED_RUN.name) == 1
    assert not is_damaged(run.best_weights)
