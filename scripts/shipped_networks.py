"""Trains the networks that come with NN Lab and puts them into checkpoints/: `python -m scripts.shipped_networks [NAME …]`.

Without names it trains all that need no download, which takes some minutes. Each is trained on one CPU thread with a fixed seed, so on
the same machine and with the same PyTorch the weights are the same, byte for byte. `pretrained-digits` is trained by the settings in its
own config.json, on data that is downloaded first, and only if it is named.
"""

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from nn_core.formatting import format_loss, format_percent
from nn_core.paths import PROJECT, SHIPPED_NAMES, SHIPPED_RUN
from nn_core.runs import RunFolder
from nn_core.runs.files import RunFiles
from nn_core.runs.reports import ReconstructionReport

__all__ = ["FILES", "RECIPES", "Recipe", "main"]

FILES = tuple(
    file.name
    for file in (
        RunFiles.config_file,
        RunFiles.status_file,
        RunFiles.metrics_file,
        RunFiles.best_weights,
        RunFiles.calibration_file,
        RunFiles.evaluation_file,
    )
)
"""The files of a shipped run. An autoencoder has no calibration."""
_MAX_POINTS = 300
_TRAINING = '"kind": "train"'
_REPRODUCIBLE = ("training.device=cpu", "training.threads=1", "training.seed=0")


@dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    Attributes:
        preset: where its settings begin.
        settings: what differs, as `--set` takes it.
    """

    preset: str
    settings: tuple[str, ...] = ()

    def get_settings(self) -> tuple[str, ...]:
        """Return all settings, with those that make the result reproducible."""
        return (*self.settings, *_REPRODUCIBLE)


RECIPES = {
    "pretrained-names": Recipe("text_rnn"),
    "pretrained-map": Recipe(
        "autoencoder", ("model.latent=2", "model.hidden=[128, 64]", "model.activation=gelu", "training.epochs=60")
    ),
    "pretrained-attention": Recipe(
        "attention", ("data.augmentation.rotate=10", "data.augmentation.scale=0.1", "training.epochs=40")
    ),
    "pretrained-memory": Recipe("rnn", ("model.hidden=64", "training.epochs=15")),
}


def main(names: list[str]) -> None:
    """Train the networks of these names, or all that need no download, and print what they can do."""
    if unknown := sorted(set(names) - set(SHIPPED_NAMES)):
        sys.exit(f"There is no shipped network {unknown[0]!r}. Choose from: {', '.join(SHIPPED_NAMES)}.")
    for name in names or RECIPES:
        print(describe(make_network(name, SHIPPED_RUN.parent / name)), flush=True)


def make_network(name: str, target: Path) -> RunFolder:
    """Train a network and replace the folder `target` by its shipped files."""
    if recipe := RECIPES.get(name):
        changes = [word for setting in recipe.get_settings() for word in ("--set", setting)]
        start = ["--preset", recipe.preset, *changes]
    else:
        start = ["--config", str(target / "config.json")]
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "nn_core", "train", *start, "--name", "new", "--runs", folder]
        subprocess.run(command, cwd=PROJECT, check=True, stdout=subprocess.DEVNULL)
        made = RunFolder(Path(folder, "new"))
        if made.status().status != "finished":
            sys.exit(f"{name} was stopped before its training ended; what was there is unchanged.")
        made.metrics_file.write_text(thin_curves(made.metrics_file.read_text("utf-8")), encoding="utf-8")
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        for file in FILES:
            if (made.path / file).exists():
                shutil.copyfile(made.path / file, target / file)
    return RunFolder(target)


def thin_curves(lines: str) -> str:
    """Keep about `_MAX_POINTS` measured steps of the training curve, and all other lines, so that the file stays small."""
    every = 1 + sum(_TRAINING in line for line in lines.splitlines()) // _MAX_POINTS
    kept, steps = [], 0
    for line in lines.splitlines(keepends=True):
        steps += _TRAINING in line
        if _TRAINING not in line or steps % every == 0:
            kept.append(line)
    return "".join(kept)


def describe(run: RunFolder) -> str:
    """One line: the network, its result on the test data and its size on the disk."""
    report, size = run.evaluation(), sum(file.stat().st_size for file in run.path.iterdir())
    if report is None:
        result = "not evaluated"
    elif isinstance(report, ReconstructionReport):
        result = f"mean squared error {format_loss(report.mean_squared_error)}"
    else:
        result = f"accuracy {format_percent(report.accuracy, 1)}"
    return f"{run.name}: {run.status().parameters:,} parameters, {result}, {size / 1000:,.0f} kB"


if __name__ == "__main__":
    main(sys.argv[1:])
