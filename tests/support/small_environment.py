"""A Python environment that has only a few packages, in which exported scripts run."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

__all__ = ["make_environment", "run_scripts"]

_PACKAGES = ("torch", "numpy", "PIL")
_NEEDED_BY_TORCH = (
    "torchgen",
    "functorch",
    "filelock",
    "fsspec",
    "jinja2",
    "markupsafe",
    "mpmath",
    "networkx",
    "sympy",
    "typing_extensions",
)
_DRIVER = """
import contextlib, importlib.util, io, json, runpy, sys
sys.path.append(sys.argv[1])
for name in ("nn_core", "mlxtend", "pydantic"):
    assert importlib.util.find_spec(name) is None, f"{name} can be imported"
answers = {}
for file, *arguments in map(json.loads, sys.argv[2:]):
    said = io.StringIO()
    sys.argv = [file, *arguments]
    try:
        with contextlib.redirect_stdout(said):
            runpy.run_path(file, run_name="__main__")
        error = ""
    except Exception as raised:
        error = f"{type(raised).__name__}: {raised}"
    answers[file] = [said.getvalue(), error]
print(json.dumps(answers))
"""


def make_environment(folder: Path, packages: Sequence[str] = _PACKAGES) -> Path:
    """Fill an empty folder with links to these installed packages, and return it. It can be searched for modules."""
    for name in (*packages, *_NEEDED_BY_TORCH):
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        found = Path(spec.origin).parent if spec.submodule_search_locations else Path(spec.origin)
        (folder / found.name).symlink_to(found)
        for libraries in found.parent.glob(f"{name.replace('PIL', 'pillow')}.libs"):
            (folder / libraries.name).symlink_to(libraries)
    return folder


def run_scripts(environment: Path, calls: Sequence[Sequence[str]], folder: Path) -> dict[str, tuple[str, str]]:
    """Run scripts in one isolated process, as if each were the main program.

    Args:
        calls: the file of each script and its arguments.
        folder: the current folder.

    Returns:
        What each file printed, and its error.
    """
    arguments = [json.dumps(list(call)) for call in calls]
    result = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _DRIVER, str(environment), *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    return {file: (said, error) for file, (said, error) in json.loads(result.stdout).items()}
