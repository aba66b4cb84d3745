"""The folders of data sets and runs, and other settings from the environment. All other code gets its paths as arguments."""

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
"""The environment variable with the file through which the processes of a run connect, if the run itself started them."""


def get_data_folder() -> Path:
    """Return `NN_LAB_DATA`, or `data/` in the project."""
    return Path(os.environ.get("NN_LAB_DATA") or PROJECT / "data").absolute()


def get_runs_folder() -> Path:
    """Return `NN_LAB_RUNS`, or `checkpoints/` in the project."""
    return Path(os.environ.get("NN_LAB_RUNS") or PROJECT / "checkpoints").absolute()


def is_shipped(run: Path) -> bool:
    """Return whether the folder, by any path, is that of the trained network that comes with NN Lab. It is read-only."""
    try:
        return run == SHIPPED_RUN or run.samefile(SHIPPED_RUN)
    except OSError:
        return False


def get_shipped_results_folder() -> Path:
    """Return the folder for results of the shipped run; it is hidden, so that it is not listed among the user's runs."""
    return get_runs_folder() / ".shipped" / SHIPPED_RUN.name


def get_runs_at_once() -> str:
    """Return `NN_LAB_RUNS_AT_ONCE`, the number of runs that may train at once on a device, unparsed; or "1"."""
    return os.environ.get("NN_LAB_RUNS_AT_ONCE") or "1"


def get_patience_seconds() -> float:
    """Return `NN_LAB_PATIENCE_SECONDS`, or 600: how long to wait for an unresponsive process of a distributed run."""
    text = os.environ.get("NN_LAB_PATIENCE_SECONDS", "")
    return float(text) if text.isdecimal() and int(text) else 600.0


def has_warm_worker() -> bool:
    """Return whether the app keeps a warm worker, unless `NN_LAB_SPARE_WORKER` is "no"."""
    return os.environ.get("NN_LAB_SPARE_WORKER") != "no"
