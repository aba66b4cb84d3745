"""Where data sets and runs live. The environment is read here and nowhere else; all other code is passed a path."""

import os
from pathlib import Path

__all__ = [
    "PROJECT",
    "SHARED_STORE",
    "SHIPPED_RUN",
    "get_data_folder",
    "get_patience_seconds",
    "get_runs_at_once",
    "get_runs_folder",
    "get_shipped_results_folder",
    "has_warm_worker",
    "is_shipped",
]

PROJECT = Path(__file__).resolve().parent.parent
SHIPPED_RUN = PROJECT / "checkpoints" / "pretrained-digits"
SHARED_STORE = "NN_LAB_SHARED_STORE"
"""The variable with the file in which the processes of a run find each other, where the run itself started them."""


def get_data_folder() -> Path:
    """`NN_LAB_DATA`, or `data/` in the project."""
    return Path(os.environ.get("NN_LAB_DATA") or PROJECT / "data").absolute()


def get_runs_folder() -> Path:
    """`NN_LAB_RUNS`, or `checkpoints/` in the project."""
    return Path(os.environ.get("NN_LAB_RUNS") or PROJECT / "checkpoints").absolute()


def is_shipped(run: Path) -> bool:
    """Whether the folder is that of the trained network that comes with NN Lab, by whatever path. It is read-only."""
    try:
        return run == SHIPPED_RUN or run.samefile(SHIPPED_RUN)
    except OSError:
        return False


def get_shipped_results_folder() -> Path:
    """The folder for results of the shipped run: hidden beside the user's runs, so that it is not mistaken for one."""
    return get_runs_folder() / ".shipped" / SHIPPED_RUN.name


def get_runs_at_once() -> str:
    """`NN_LAB_RUNS_AT_ONCE`, the runs that may train at once on one device, as it stands there; or "1"."""
    return os.environ.get("NN_LAB_RUNS_AT_ONCE") or "1"


def get_patience_seconds() -> float:
    """`NN_LAB_PATIENCE_SECONDS`, or ten minutes: after so long a process that shares a run and does not answer is given up."""
    text = os.environ.get("NN_LAB_PATIENCE_SECONDS", "")
    return float(text) if text.isdecimal() and int(text) else 600.0


def has_warm_worker() -> bool:
    """Whether the app keeps a process that has imported PyTorch already, for the next run: unless `NN_LAB_SPARE_WORKER` is "no"."""
    return os.environ.get("NN_LAB_SPARE_WORKER") != "no"
