"""Every preset, optimizer, schedule and goal goes through list, info, export, import and resume: on the command line and on the
pages. A new entry of a registry is tested by being there."""

import json
import os
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from apptest_pages import app
from cli_in_process import command
from custom_files import classes, made, made_of, table
from in_process_runs import assert_same_outcome, figures
from processes import end_workers, nn_core
from streamlit.testing.v1 import AppTest
from waiting import wait_until

from nn_core.config import PRESETS, RunConfig, apply_settings
from nn_core.data import DATASETS, load_dataset
from nn_core.formatting import format_percent
from nn_core.jobs.runner import run_worker
from nn_core.models import MODELS, build_model
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder, RunStatus, create_run
from nn_core.task import Goal, Kind
from nn_core.training import OPTIMIZERS, SCHEDULERS
from nn_core.training.checkpoint import load_checkpoint, save_checkpoint
from nn_core.training.loop import train
from nn_core.training.state import TrainState
from nn_core.training.state_schema import Checkpoint
from nn_core.transfer.validation import is_state_valid

GREETINGS = [
    (f"{word} {name}", label)
    for word, label in (("hello", "english"), ("guten tag", "deutsch"), ("bonjour", "francais"))
    for name in "anna bea carl dora emil fritz gina hans ida jan".split()
]
DATA: dict[Kind, tuple[str, ...]] = {
    "pictures": ("data.name=own-colours",),
    "text": ("data.name=own-greetings",),
    "points": ("data.name=moons", "data.plane.points=50"),
}
"""A few dozen samples of each kind."""

SHORT = ("training.epochs=2", "training.batch_size=16", "training.device=cpu", "training.threads=1")


def kind_of(config: RunConfig) -> Kind:
    return DATASETS[config.data.name].kind


def goal_of(config: RunConfig) -> Goal:
    return MODELS[config.model.name].goal


def short(preset: str, *settings: str) -> RunConfig:
    """The preset on the few samples of its kind."""
    return apply_settings(PRESETS[preset], [*DATA[kind_of(PRESETS[preset])], *SHORT, *settings])


SMALLEST: dict[tuple[Kind, Goal], str] = {}
"""A preset for each kind of data and each goal; of pictures one whose hidden layer Muon trains."""
for _name in ("simple_net", *PRESETS):
    SMALLEST.setdefault((kind_of(PRESETS[_name]), goal_of(PRESETS[_name])), _name)

VARIANTS = {
    "average": "training.ema=0.9",
    "bf16": "training.precision=bf16",
    "clipped": "training.clip_norm=1",
    "patient": "training.patience=5",
    "drawn": "data.augmentation.shift=2",
}
"""What else changes the state that is saved, or what is drawn from its random numbers."""

CASES: dict[str, RunConfig] = {
    **{f"preset {name}": short(name) for name in PRESETS},
    **{
        f"{optimizer} {kind} {goal}": short(preset, f"optimizer.name={optimizer}")
        for optimizer in OPTIMIZERS
        for (kind, goal), preset in SMALLEST.items()
    },
    **{f"schedule {name}": short("mlp", f"scheduler.name={name}") for name in SCHEDULERS},
    **{f"with {name}": short("quick", setting) for name, setting in VARIANTS.items()},
}


@dataclass(frozen=True)
class Case:
    """A run that was stopped halfway, and what an import made of its ZIP."""

    name: str
    run: RunFolder
    archive: Path


class _StopsAfterAnEpoch:
    def line(self, text: str) -> None:
        if text.startswith("Epoch 1 of"):
            os.kill(os.getpid(), signal.SIGTERM)

    def progress(self, status: RunStatus) -> None: ...


class _Silent:
    def line(self, text: str) -> None: ...

    def progress(self, status: RunStatus) -> None: ...


def go_on(run: RunFolder) -> None:
    with run.lock():
        run_worker(run, get_data_folder(), _Silent())


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folders for the data and the runs of this module, which its processes use too."""
    folder = tmp_path_factory.mktemp("every")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NN_LAB_DATA", str(folder / "data"))
        patch.setenv("NN_LAB_RUNS", str(folder / "runs"))
        patch.setenv("NN_LAB_RUNS_AT_ONCE", "4")
        made(classes(20), folder / "data")
        made_of(table(GREETINGS), folder / "data")
        yield folder
        end_workers(folder / "runs")


@pytest.fixture(scope="module")
def halfway(places: Path) -> dict[str, Case]:
    """Every case, stopped after its first epoch, and exported."""
    found = {}
    for name, config in CASES.items():
        run = create_run(places / "runs", config, name.replace(" ", "-"))
        with run.lock():
            run_worker(run, get_data_folder(), _StopsAfterAnEpoch())
        assert run.status().status == "stopped", (name, run.status().message)
        archive = places / f"{run.name}.zip"
        exported = command("export", run.name, "--as", "zip", "--to", archive)
        assert (exported.code, exported.out, exported.err) == (0, f"{archive}\n", ""), name
        found[name] = Case(name, run, archive)
    return found


def test_the_table_holds_every_entry_kind_and_goal() -> None:
    configs = CASES.values()
    assert {config.model.name for config in configs} == set(MODELS)
    assert {config.optimizer.name for config in configs} == set(OPTIMIZERS)
    assert {config.scheduler.name for config in configs} == set(SCHEDULERS)
    assert set(SMALLEST) == {(kind_of(config), goal_of(config)) for config in PRESETS.values()}
    assert {kind for kind, _goal in SMALLEST} == set(DATA)


@pytest.mark.parametrize("name", CASES)
def test_a_run_is_described_and_goes_on_after_an_import_as_it_would_have_anyway(
    halfway: dict[str, Case], tmp_path: Path, name: str
) -> None:
    case = halfway[name]
    listed = {line.split("\t")[0]: line.split("\t") for line in command("list").out.splitlines()}
    told = json.loads(command("info", case.run.name, "--json").out)
    shown = command("info", case.run.name)
    assert (shown.code, shown.err) == (0, "")
    assert f"name: {case.run.name}\nstatus: stopped\n" in shown.out
    assert listed[case.run.name][1] == "stopped"
    if goal_of(CASES[name]) == "classify":
        assert f"validation accuracy {format_percent(told['best']['accuracy'], 2)}" in shown.out
        assert listed[case.run.name][2].startswith("validation accuracy ")
    else:
        assert told["best"]["accuracy"] is None
        assert f"validation loss {told['best']['loss']:.4f}" in shown.out
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
        go_on(run)
    assert copy.status().epochs_done == 2
    assert figures(copy)[: len(figures(case.run))] == figures(case.run), "it goes on and does not begin again"
    assert_same_outcome(copy, original)
    assert copy.evaluation() == original.evaluation()
    for flags in ((), ("--json",)):
        answer = command("evaluate", copy.path, *flags)
        assert (answer.code, answer.err) == (0, "")
    assert "test_accuracy" in command("info", copy.path).out or copy.evaluation().accuracy is None  # type: ignore[index]


@pytest.mark.parametrize("preset", PRESETS)
def test_bare_weights_and_the_program_of_every_preset(halfway: dict[str, Case], tmp_path: Path, preset: str) -> None:
    run = halfway[f"preset {preset}"].run
    for form in ("safetensors", "pt"):
        file = tmp_path / f"bare.{form}"
        assert command("export", run.name, "--as", form, "--to", file).code == 0
        brought = command("import", file, "--preset", preset, "--config", run.config_file, "--runs", tmp_path)
        assert (brought.code, brought.err) == (0, "")
        bare = RunFolder(Path(brought.out.strip()))
        assert "status: finished" in command("info", bare.path).out
        assert command("evaluate", bare.path).code == 0
        refused = command("resume", bare.path)
        assert (refused.code, refused.out) == (2, "")
        assert "was stored without last.state" in refused.err
    program = command("code", run.name)
    assert (program.code, program.err) == (0, "")
    compile(program.out, "network.py", "exec")


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("preset", PRESETS)
def test_an_import_accepts_what_any_network_and_optimizer_save(
    places: Path, tmp_path: Path, preset: str, optimizer: str
) -> None:
    config = short(preset, f"optimizer.name={optimizer}", "training.epochs=1", "training.batch_size=48")
    dataset = load_dataset(config.data, get_data_folder())
    session = TrainState(config, dataset, torch.device("cpu"))
    next(train(session))
    run = create_run(tmp_path, config, "run")
    save_checkpoint(run, session, metrics_size=0, elapsed_seconds=1.0)
    with torch.device("meta"):
        network = build_model(config.model, dataset.spec.task)
    assert is_state_valid(run.state_file, network, config)


# A state that is not complete is no state


def stored(run: RunFolder, state: dict[str, object]) -> RunFolder:
    torch.save(state, run.state_file)
    return run


def fits(run: RunFolder) -> bool:
    config = run.config()
    with torch.device("meta"):
        network = build_model(config.model, load_dataset(config.data, get_data_folder()).spec.task)
    return is_state_valid(run.state_file, network, config)


OPTIONAL = {name for name, field in Checkpoint.model_fields.items() if not field.is_required()}


@pytest.mark.parametrize("key", Checkpoint.model_fields)
@pytest.mark.parametrize("name", ["muon text classify", "with average"])
def test_a_state_that_lacks_a_key_is_noticed_at_import(
    halfway: dict[str, Case], tmp_path: Path, name: str, key: str
) -> None:
    run = RunFolder(shutil.copytree(halfway[name].run.path, tmp_path / "run"))
    whole = torch.load(run.state_file, weights_only=True)
    assert whole.keys() == Checkpoint.model_fields.keys()
    assert fits(stored(run, whole))
    needed = key not in OPTIONAL or (key == "average" and name == "with average")
    assert fits(stored(run, {k: v for k, v in whole.items() if k != key})) is not needed


def test_a_state_of_another_optimizer_is_noticed_at_import(halfway: dict[str, Case], tmp_path: Path) -> None:
    runs = [halfway[f"{optimizer} pictures classify"].run for optimizer in OPTIMIZERS]
    states = [torch.load(run.state_file, weights_only=True) for run in runs]
    sgd, muon = list(OPTIMIZERS).index("sgd"), list(OPTIMIZERS).index("muon")
    copy = RunFolder(shutil.copytree(runs[muon].path, tmp_path / "run"))
    assert fits(copy)
    assert not fits(stored(copy, {**states[muon], "optimizer": states[sgd]["optimizer"]})), "other groups"
    moments = states[muon]["optimizer"]["state"]
    for change in (
        {0: {}, 99: {}},
        {0: {"momentum_buffer": torch.zeros(2, 2)}},
        {1: {"step": torch.tensor(1.0)}},
        {1: {**moments[1], "exp_avg": "text"}},
        {1: {**moments[1], "exp_avg": torch.zeros(1, 1)}},
    ):
        broken = {**states[muon]["optimizer"], "state": {**moments, **change}}
        assert not fits(stored(copy, {**states[muon], "optimizer": broken})), change


# Runs of every kind, in words


@pytest.fixture(scope="module")
def odd(halfway: dict[str, Case], tmp_path_factory: pytest.TempPathFactory) -> Path:
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
    told, shown = json.loads(command("list", "--json").out), command("list")
    assert (shown.code, shown.err) == (0, "")
    assert [line.split("\t")[0] for line in shown.out.splitlines()] == [run["name"] for run in told]
    status = {run["name"]: run["status"] for run in told}
    assert status.keys() == {path.parent.name for path in odd.glob("*/config.json")}
    assert status["failed"] == "failed"
    assert status["newer"] == "newer"
    assert status["only-weights"] == "finished"
    assert status["damaged-config"] == status["no-config-values"] == "damaged"
    assert status["damaged-evaluation"] == "stopped", "its figures can be measured again"
    assert all(status[name] == "interrupted" for name in status if name.startswith("never-"))
    message = {run["name"]: run.get("message", "") for run in told}
    assert "evaluation.json" in message["damaged-evaluation"]
    assert "status.json" in message["damaged-status"]


COMMANDS: tuple[tuple[str, ...], ...] = (
    ("info",),
    ("info", "--json"),
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
def test_every_command_answers_for_runs_of_every_kind(
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
        case "info" | "evaluate" | "code" | "export":
            assert trained <= done
        case "predict":
            assert done == {"text-classify"}
        case _:
            assert not done


# Real processes


def test_processes_take_an_autoencoder_trained_with_muon_all_the_way(
    places: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NN_LAB_RUNS", str(tmp_path / "runs"))
    settings = [f"--set={setting}" for setting in (*DATA["pictures"], *SHORT, "optimizer.name=muon")]
    trained = nn_core("train", "--preset", "autoencoder", "--name", "wide", *settings)
    assert trained.returncode == 0, trained.stderr
    for arguments in (("list",), ("info", "wide")):
        told = nn_core(*arguments)
        assert (told.returncode, told.stderr) == (0, "")
        assert "wide" in told.stdout
    archive = tmp_path / "wide.zip"
    assert nn_core("export", "wide", "--as", "zip", "--to", archive).returncode == 0
    imported = nn_core("import", archive, "--name", "again")
    assert (imported.returncode, imported.stderr) == (0, "")
    further = [nn_core("resume", name, "--set", "training.epochs=3") for name in ("wide", "again")]
    assert [each.returncode for each in further] == [0, 0], further
    assert_same_outcome(RunFolder(tmp_path / "runs" / "again"), RunFolder(tmp_path / "runs" / "wide"))


# The pages


def test_the_runs_page_shows_every_run(halfway: dict[str, Case]) -> None:
    test = app("runs")
    assert not test.exception
    assert not test.error
    rows = {row["Run"]: row for row in test.dataframe[0].value.to_dict("records")}
    for case in halfway.values():
        assert rows[case.run.name]["Status"] == "stopped"
        accuracy = rows[case.run.name]["Validation accuracy"]
        assert (accuracy == accuracy and accuracy is not None) is (goal_of(case.run.config()) == "classify")


def _files_of(name: str) -> None:
    from nn_core.paths import get_runs_folder
    from nn_core.runs import find_run
    from ui.runs.run_files import show_run_files

    show_run_files(find_run(get_runs_folder(), name))


def one_of_each() -> list[str]:
    """A case for each goal and kind of data, all of them with Muon, whose state is the richest."""
    return [f"muon {kind} {goal}" for kind, goal in SMALLEST]


@pytest.mark.parametrize("name", one_of_each())
def test_the_pages_of_one_run_show_it(halfway: dict[str, Case], name: str) -> None:
    run = halfway[name].run
    row = AppTest.from_function(_files_of, kwargs={"name": run.name}).run()
    assert not row.exception
    assert {button.key: button.disabled for button in row.download_button} == {
        "download_safetensors": False,
        "download_pt": False,
        "download_zip": False,
    }
    for page in ("train", "evaluate"):
        test = app(page, run=run.name)
        assert not test.exception, page
        assert not test.error, page
        assert test.selectbox(key="run_picker").value == run.name


def test_the_pages_export_import_and_resume_every_goal(halfway: dict[str, Case], places: Path) -> None:
    """By the functions behind the buttons; each run goes on in a process of its own, all of them at the same time."""
    from ui.app.actions import import_run
    from ui.app.actions import resume_run as resume
    from ui.runs.run_files import _make_file

    pairs = []
    for name in one_of_each():
        case = halfway[name]
        file = places / "theirs.zip"
        with _make_file(case.run, "zip") as stream:
            file.write_bytes(stream.read())
        imported = import_run(file, name=f"page-{case.run.name}", file_name=file.name)
        assert imported.notes == ()
        resume(imported.run)
        original = RunFolder(shutil.copytree(case.run.path, places / "originals" / case.run.name))
        go_on(original)
        pairs.append((imported.run, original))
    for run, original in pairs:
        wait_until(lambda run=run: not run.status().is_active, f"{run.name} has ended")
        assert_same_outcome(run, original)
