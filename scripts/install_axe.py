"""Installs axe-core for the accessibility tests, from npm, as tests/package-lock.json pins it.

Never fails: if npm is missing or cannot reach a registry, the tests that need axe-core are skipped with a message.
"""

import json
import shutil
import subprocess
from pathlib import Path

__all__ = ["find_axe"]

_TESTS = Path(__file__).parent.parent / "tests"
_PACKAGE = _TESTS / "node_modules" / "axe-core"
_PATIENCE_SECONDS = 120


def find_axe() -> Path | None:
    """The script that a page loads; None if it is not installed in the pinned version."""
    script, about = _PACKAGE / "axe.min.js", _PACKAGE / "package.json"
    if not (script.exists() and about.exists()):
        return None
    wanted = json.loads((_TESTS / "package.json").read_text(encoding="utf-8"))["devDependencies"]["axe-core"]
    return script if json.loads(about.read_text(encoding="utf-8"))["version"] == wanted else None


def main() -> None:
    if find_axe():
        return
    npm = shutil.which("npm")
    if npm is None:
        print("There is no npm here: the axe-core test will skip.")
        return
    print("Installing axe-core for the accessibility tests", flush=True)
    command = [npm, "ci", "--omit-lockfile-registry-resolved", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        subprocess.run(command, cwd=_TESTS, check=True, timeout=_PATIENCE_SECONDS, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.SubprocessError) as error:
        print(f"Did not work: {error}. The axe-core test will skip.", flush=True)


if __name__ == "__main__":
    main()
