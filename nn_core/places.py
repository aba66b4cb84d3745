"""Where data sets and runs live. The environment is read here and nowhere else; all other code is passed a path."""

import os
from pathlib import Path

__all__ = ["PROJECT", "SHIPPED_RUN", "data_folder", "runs_folder"]

PROJECT = Path(__file__).resolve().parent.parent
SHIPPED_RUN = PROJECT / "checkpoints" / "pretrained-digits"


def data_folder() -> Path:
    """`NN_LAB_DATA`, or `data/` in the project."""
    return Path(os.environ.get("NN_LAB_DATA") or PROJECT / "data").absolute()


def runs_folder() -> Path:
    """`NN_LAB_RUNS`, or `checkpoints/` in the project."""
    return Path(os.environ.get("NN_LAB_RUNS") or PROJECT / "checkpoints").absolute()
