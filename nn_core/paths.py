"""The folders of data sets and runs, and other settings from the environment. All other code gets its paths as arguments."""

import os
from pathlib import Path

__all__ = [
    "APP_FOLDER",
    "PROJECT",
    "SHARED_STORE",
    "SHIPPED_NAMES",
    "SHIPPED_RUN",
    "get_data_folder",
    "get_patience_seconds",
    "get_runs_at_once",
    "get_runs_folder",
    "get_shipped_folders",
    "get_shipped_results_folder",
    "has_warm_worker",
    "is_shipped",
]

PROJECT = Path(__file__).resolve().parent.parent
"""The folder that contains the package: the checkout, or site-packages."""
_INSTALLED_APP = PROJECT / "nn_lab"  # only a wheel has it; see setup.py
APP_FOLDER = _INSTALLED_APP if _INSTALLED_APP.is_dir() else PROJECT
"""The folder of app.py, `pages/`, `.streamlit/` and the shipped runs."""
SHIPPED_NAMES = (
    "pretrained-digits",
    "pretrained-names",
    "pretrained-map",
    "pretrained-attention",
    "pretrained-memory",
)
"""The trained networks that come with NN Lab, in the order of lists; `scripts.shipped_networks` makes them."""
SHIPPED_RUN = APP_FOLDER / "checkpoints" / SHIPPED_NAMES[0]
"""The one that reads drawings. The others are beside it."""
SHARED_STORE = "NN_LAB_SHARED_STORE"
"""The environment variable with the file through which the processes of a run connect, if the run itself started them."""


def get_data_folder() -> Path:
    """`NN_LAB_DATA`, or `data/` in the checkout, or in the user's folder where NN Lab was installed from a wheel."""
    return Path(os.environ.get("NN_LAB_DATA") or _get_user_folder() / "data").absolute()


def get_runs_folder() -> Path:
    """`NN_LAB_RUNS`, or `checkpoints/` beside the data folder's default."""
    return Path(os.environ.get("NN_LAB_RUNS") or _get_user_folder() / "checkpoints").absolute()


def is_shipped(run: Path) -> bool:
    """Return whether the folder, by any path, is that of a trained network that comes with NN Lab. These are read-only."""
    if run.name not in (*SHIPPED_NAMES, "", "..") and not run.is_symlink():
        return False  # most runs; the answer for a thousand of them may not take long
    return any(run == folder or _is_same(run, folder) for folder in get_shipped_folders())


def get_shipped_folders() -> list[Path]:
    """Return the folders of the trained networks that come with NN Lab, whether they are there or not."""
    return [SHIPPED_RUN.parent / name for name in SHIPPED_NAMES]


def get_shipped_results_folder(name: str) -> Path:
    """Return the folder for results of a shipped run; it is hidden, so that it is not listed among the user's runs."""
    return get_runs_folder() / ".shipped" / name


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


def _is_same(run: Path, folder: Path) -> bool:
    try:
        return run.samefile(folder)
    except OSError:
        return False


def _get_user_folder() -> Path:
    """The checkout, or `nn-lab` in the XDG data folder, because an upgrade of an installed package would delete runs kept in it."""
    if APP_FOLDER == PROJECT:
        return PROJECT
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "nn-lab"
