"""requirements.txt lists exactly the packages that the code imports, each with its version."""

import ast
import re
import sys
from importlib.metadata import packages_distributions, version
from pathlib import Path

from processes import ROOT

OWN = {"nn_core", "ui", "pages"}
IMPORTED_BY_NAME = {"faker"}
"""Distributions whose modules are named in a string."""


def find_sources() -> list[Path]:
    return [ROOT / "app.py", *(file for package in sorted(OWN) for file in (ROOT / package).rglob("*.py"))]


def find_imported_modules(file: Path) -> set[str]:
    """The top-level names of the modules that a file imports."""
    modules: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules.add(node.module)
    return {module.partition(".")[0] for module in modules} - OWN - sys.stdlib_module_names


def normalize_name(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def read_requirements() -> dict[str, str]:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("==") for line in lines if line and not line.startswith("#"))
    return {normalize_name(name): pinned for name, pinned in pairs}


def test_requirements_list_all_imported_packages_and_no_others() -> None:
    distributions = packages_distributions()
    listed = set(read_requirements())
    used = set(IMPORTED_BY_NAME)
    for file in find_sources():
        for module in find_imported_modules(file):
            candidates = {normalize_name(name) for name in distributions.get(module, [module])}
            assert candidates & listed, (
                f"{file.relative_to(ROOT)} imports {module}, which requirements.txt does not list"
            )
            used |= candidates & listed
    assert used == listed


def test_the_pinned_versions_are_those_installed() -> None:
    for name, pinned in read_requirements().items():
        assert version(name).partition("+")[0] == pinned, name
