"""Wrote the runs in this folder, in a checkout of commit 44692ec: `python write.py FOLDER`.

It uses that version's names, so it does not run with today's code. It is kept to show how the files were made.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path.cwd()))

from nn_core.worker import work

from nn_core.config import RunConfig, preset, with_settings
from nn_core.runs import RunFolder, RunStatus, create_run
from nn_core.settings import alternatives, rows_of

FOLDER = Path(sys.argv[1]).resolve()
RUNS = FOLDER / "runs"
DATA = FOLDER / "data"
CPU = ("training.device=cpu", "training.threads=1")
CONFIGS = {
    "finished-classifier": with_settings(
        preset("simple_net"),
        [*CPU, "model.hidden=16", "training.epochs=3", "training.batch_size=200", "optimizer.momentum=0.9"],
    ),
    "interrupted": with_settings(
        preset("mlp"),
        [
            *CPU,
            "model.hidden=[16]",
            "training.epochs=3",
            "training.batch_size=200",
            "training.ema=0.9",
            "training.checkpoint_seconds=0",
            "data.augmentation.shift=2",
        ],
    ),
    "stopped-in-an-epoch": with_settings(
        preset("simple_net"),
        [
            *CPU,
            "model.hidden=16",
            "training.epochs=3",
            "training.batch_size=200",
            "optimizer.name=muon",
            "scheduler.name=cosine",
        ],
    ),
    "autoencoder": with_settings(
        preset("autoencoder"), [*CPU, "model.hidden=[4]", "training.epochs=2", "training.batch_size=200"]
    ),
    "text": with_settings(
        preset("text_cnn"),
        [*CPU, "model.dimension=8", "model.channels=8", "training.epochs=1", "training.batch_size=500"],
    ),
    "points": with_settings(preset("plane"), [*CPU, "training.epochs=20", "data.plane.points=200"]),
}


class Notes:
    """Kills the worker, or asks it to stop, a moment after its first epoch."""

    def __init__(self, end_with: int = 0) -> None:
        self.end_with = end_with

    def line(self, text: str) -> None:
        if self.end_with and text.startswith("Epoch 1 of"):
            threading.Timer(0.05, os.kill, (os.getpid(), self.end_with)).start()

    def progress(self, status: RunStatus) -> None: ...


def carry_out(name: str, **ends: int) -> None:
    """Train or resume the run of that name."""
    run = RunFolder(RUNS / name)
    with run.lock():
        work(run, DATA, Notes(**ends))


def ours(*arguments: object) -> None:
    environment = {**os.environ, "NN_LAB_RUNS": str(RUNS), "NN_LAB_DATA": str(DATA), "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-m", "nn_core", *map(str, arguments)], env=environment, check=True)


def again(name: str, **ends: int) -> None:
    """`carry_out` in a process of its own, which may be killed."""
    command = [sys.executable, __file__, str(FOLDER), name, json.dumps(ends)]
    subprocess.run(command, env={**os.environ, "NN_LAB_DATA": str(DATA), "OMP_NUM_THREADS": "1"}, check=not ends)


def paths(section, path: str) -> dict[str, object]:
    """Every `--set` path below a section, with its default; of a list of layers only the list itself."""
    found = {}
    for key, field in section.model_fields.items():
        inner = f"{path}.{key}" if path else key
        choices = alternatives(field)
        for name, part in choices.items():
            found.update({f"{inner}|{name}|{below}": value for below, value in paths(part, "").items()})
        if not choices and not rows_of(field) and key != "name":
            found[inner] = json.loads(json.dumps(field.default, default=str))
    return found


def main() -> None:
    RUNS.mkdir(parents=True)
    for name, config in CONFIGS.items():
        create_run(RUNS, config, name)
    for name in ("finished-classifier", "autoencoder", "text", "points"):
        again(name)
        ours("evaluate", name)
    again("interrupted", end_with=signal.SIGKILL)
    again("stopped-in-an-epoch", end_with=signal.SIGTERM)
    assert RunFolder(RUNS / "stopped-in-an-epoch").status().step % 18, "it was stopped between two epochs: try again"
    drawings = FOLDER / "drawings.jsonl"
    drawings.write_text(
        "".join(
            json.dumps({"size": 280, "pen_width": 18, "strokes": [[[x, 40], [x, 240]]], "label": "1"}) + "\n"
            for x in range(100, 180, 20)
        )
    )
    ours(
        *("teach", "finished-classifier", "--drawings", drawings, "--name", "fine-tuned"),
        *("--set", "data.drawings.rehearse=300", "--set", "training.epochs=1"),
    )
    ours("evaluate", "fine-tuned")
    ours("export", "finished-classifier", "--as", "zip", "--to", FOLDER / "finished-classifier.zip")
    ours("export", "finished-classifier", "--as", "pt", "--to", FOLDER / "finished-classifier.pt")
    ours("export", "stopped-in-an-epoch", "--as", "zip", "--to", FOLDER / "stopped-in-an-epoch.zip")

    # What that version makes of the two that did not finish.
    results = FOLDER / "resumed"
    for name in ("interrupted", "stopped-in-an-epoch"):
        kept = FOLDER / f"kept-{name}"
        shutil.copytree(RUNS / name, kept)
        again(name)
        (results / name).mkdir(parents=True)
        for file in ("last.safetensors", "best.safetensors", "metrics.jsonl"):
            shutil.copy(RUNS / name / file, results / name / file)
        shutil.rmtree(RUNS / name)
        kept.rename(RUNS / name)
    settings = {
        f"{key}|{name}|{below}": value
        for key, field in RunConfig.model_fields.items()
        for name, section in alternatives(field).items()
        for below, value in paths(section, "").items()
    }
    (FOLDER / "settings.json").write_text(json.dumps(settings, indent=1, sort_keys=True) + "\n")
    drawings.unlink()
    for folder in (DATA, RUNS / ".queue"):
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        carry_out(sys.argv[2], **json.loads(sys.argv[3]))
    else:
        main()
