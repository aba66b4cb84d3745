"""The networks that run in the visitors' browsers, and the script that runs them, each at a URL that contains the hash of what it is made of.

A network is prepared when a browser first asks for it, so no page waits for it. Browsers cache it for a year.
"""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import nn_core
from nn_core.data import find_configured_dataset
from nn_core.errors import BadInput, NNLabError
from nn_core.paths import get_data_folder, get_runs_folder
from nn_core.runs import RunFolder, find_run
from ui.http.assets import PREFIX

__all__ = ["FOLDER", "BrowserFile", "find_browser_file", "make_network_path", "make_script_path"]

FOLDER = f"{PREFIX}/network"
_SCRIPT = "reader.js"
_MAX_FILES = 8  # prepared networks that are kept; others are prepared again
_LEVEL = 6


@dataclass(frozen=True)
class BrowserFile:
    """A file for browsers. content: compressed with gzip."""

    content: bytes
    media_type: str


def make_network_path(run: RunFolder) -> str:
    """Return the path of the run's network, relative to the root of the server and not percent-encoded. Raises NNLabError."""
    return f"{FOLDER}/{_hash_network(run)}/{run.name}"


def make_script_path() -> str:
    """Return the path of the module that exports `createReader`, relative to the root of the server."""
    return f"{FOLDER}/{_hash_code()}/{_SCRIPT}"


def find_browser_file(path: str) -> BrowserFile | None:
    """Return the file at this path, which may take a second; None if there is none, or by now another version of it.

    Raises:
        NNLabError: this run's network cannot run in a browser.
    """
    if path == make_script_path():
        return _read_script()
    digest, _slash, name = path.removeprefix(f"{FOLDER}/").partition("/")
    try:
        run = find_run(get_runs_folder(), name)
        is_current = digest == _hash_network(run)
    except NNLabError:
        return None
    return _files.get(path, run) if is_current else None


class _Files:
    """The networks prepared last. With several callers at once, one prepares and the others wait."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._results: OrderedDict[str, BrowserFile | str] = OrderedDict()  # a text: why there is none

    def get(self, path: str, run: RunFolder) -> BrowserFile:
        with self._lock:
            if path not in self._results:
                self._results[path] = _prepare_network(run)
                if len(self._results) > _MAX_FILES:
                    self._results.popitem(last=False)
            self._results.move_to_end(path)
            result = self._results[path]
        if isinstance(result, str):
            raise BadInput(result)
        return result


_files = _Files()


def _prepare_network(run: RunFolder) -> BrowserFile | str:
    from nn_core.browser import build_browser_network

    try:
        payload = build_browser_network(run, get_data_folder()).payload
    except BadInput as error:
        return str(error)
    return BrowserFile(gzip.compress(payload, _LEVEL, mtime=0), "application/octet-stream")


@cache
def _read_script() -> BrowserFile:
    from nn_core.browser import join_browser_scripts

    return BrowserFile(gzip.compress(join_browser_scripts().encode(), _LEVEL, mtime=0), "text/javascript")


def _hash_network(run: RunFolder) -> str:
    """Hash the weights, the calibration, what the data set says about its pictures, and the code that prepares and runs the network."""
    weights = run.best_weights if run.best_weights.exists() else run.last_weights
    files = [file for file in (weights, *run.computed(run.calibration_file)) if file.exists()]
    config = run.config()
    spec = find_configured_dataset(config.data, get_data_folder())
    parts = (config.model.model_dump_json(), spec.classes, spec.shape, spec.mean, spec.std)
    hashes = [_hash_file(file, file.stat().st_mtime_ns) for file in files]
    return hashlib.sha256(repr([parts, hashes, _hash_code()]).encode()).hexdigest()[:16]


@lru_cache(maxsize=64)
def _hash_file(file: Path, _modified_ns: int) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


@cache
def _hash_code() -> str:
    """Hash the files of `nn_core.browser`. The package is not imported, because it imports torch."""
    files = sorted((Path(nn_core.__file__).parent / "browser").glob("*.*"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files if file.suffix in (".py", ".js"))).hexdigest()[
        :16
    ]
