"""The direction of imports and the layout of the tests. Files are read with `ast` and not imported."""

import ast
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from processes import ROOT

# An import inside nn_core may go to a lower layer, or stay within its own package.
LAYERS = [
    {"i18n", "atomic_io", "paths", "zip_safety", "glossary", "dynamo_workaround"},
    {"errors", "formatting"},
    {"settings", "task", "devices", "drawings", "limits", "models.formula", "statistics", "presentation"},
    {"models", "data"},
    {"config", "diagram"},
    {"runs"},
    {"training", "inference"},
    {"backprop", "browser", "diagnosis", "evaluation", "transfer", "vitals"},
    {"export", "finetuning"},
    {"distributed"},
    {"jobs"},
    {"cli"},
]
HEIGHT = {package: height for height, packages in enumerate(LAYERS) for package in packages}
HOUSE = ["nn_core", "ui", "pages", "app"]
"""Each may import from those before it."""


def sources(*places: str) -> list[Path]:
    files = [file for place in places for file in sorted((ROOT / place).rglob("*.py"))]
    assert files
    return files


def module_of(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def imports(file: Path, *, at_import_only: bool = False) -> list[str]:
    """The modules that a file imports, in full; `from a import b` counts as a.b."""
    names: list[str] = []
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in _run_at_import(tree) if at_import_only else ast.walk(tree):
        if isinstance(node, ast.Import):
            names += (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are written in full"
            names += (f"{node.module}.{alias.name}" for alias in node.names)
    return names


def _run_at_import(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those inside functions and under `if TYPE_CHECKING`."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        yield child
        yield from _run_at_import(child)


@pytest.mark.parametrize("file", sources("nn_core"), ids=module_of)
def test_nn_core_imports_only_lower_layers(file: Path) -> None:
    _engine, _dot, own = module_of(file).partition(".")
    if own in ("", "__main__"):
        return
    for name in imports(file):
        top, _dot, rest = name.partition(".")
        assert top not in ("streamlit", "ui", "pages", "app", "plotly"), f"{file} imports {name}"
        if top == "nn_core" and layer_of(rest) != layer_of(own):
            assert HEIGHT[layer_of(rest)] < HEIGHT[layer_of(own)], f"{own} may not import {name}"


def layer_of(module: str) -> str:
    """The entry of LAYERS that a module of nn_core belongs to: its own, or that of its package."""
    parts = module.split(".")
    return next(
        (entry for entry in (".".join(parts[:2]), parts[0]) if entry in HEIGHT), f"missing in LAYERS: {parts[0]}"
    )


def test_no_files_import_each_other() -> None:
    """When they are imported; imports inside functions do not count."""
    graph = {file: {place[-1] for place in places(file)} - {file} for file in sources("nn_core", "ui", "pages")}
    while leaves := [file for file, targets in graph.items() if not targets & graph.keys()]:
        for file in leaves:
            del graph[file]
    assert not graph, f"among these are files that import each other: {', '.join(map(module_of, graph))}"


@pytest.mark.parametrize("file", [ROOT / "app.py", *sources("ui", "pages")], ids=module_of)
def test_ui_imports_only_lower_layers_and_pages_no_other_page(file: Path) -> None:
    own = module_of(file).split(".")[0]
    for name in imports(file):
        top = name.split(".")[0]
        if top in HOUSE:
            assert HOUSE.index(top) <= HOUSE.index(own), f"{own} may not import {name}"
        if own == "pages":
            assert top != "pages", f"{file} imports {name}"


def test_the_first_paint_does_not_wait_for_torch() -> None:
    """It takes two seconds and 190 MB; what app.py, the home page or every page imports has it only where it is used."""
    of_every_page = set.intersection(*(reached(page) for page in sources("pages")))
    for file in of_every_page | reached(ROOT / "app.py") | reached(ROOT / "pages" / "home.py"):
        for name in imports(file, at_import_only=True):
            assert name.split(".")[0] not in ("torch", "torchvision", "sklearn", "scipy"), f"{file} imports {name}"


def reached(file: Path) -> set[Path]:
    """Our files that importing this one imports as well."""
    waiting, seen = [file], set[Path]()
    while waiting:
        if (file := waiting.pop()) not in seen:
            seen.add(file)
            waiting += [found for place in places(file) for found in place]
    return seen


@cache
def places(file: Path) -> list[list[Path]]:
    """For each import of ours in a file: the packages on the way, and then what is imported."""
    return [found for name in imports(file, at_import_only=True) if (found := find_sources(name))]


@cache
def find_sources(name: str) -> list[Path]:
    """The files of ours that `import name` runs, from the outermost package inwards; none for a name from elsewhere."""
    parts = name.split(".")
    if parts[0] not in HOUSE:
        return []
    stems = [ROOT.joinpath(*parts[:length]) for length in range(1, len(parts) + 1)]
    return [source for stem in stems for source in (stem.with_suffix(".py"), stem / "__init__.py") if source.is_file()]


# The layout of the tests

UNIT = ROOT / "tests" / "unit"
NOT_IN_UNIT = {
    "subprocess",
    "multiprocessing",
    "playwright",
    "streamlit.testing",
    "apptest_pages",
    "axe",
    "browsing",
    "chart_app",
    "journey",
    "serving",
    "soak_checks",
    "websocket_client",
    "processes.nn_core",
    "processes.running",
    "processes.started",
    "processes.the_only_run",
}
FIXTURES_NOT_IN_UNIT = {"app_server", "browser", "start_journey"}


def unit_tests() -> list[Path]:
    return sorted(UNIT.rglob("test_*.py"))


def test_the_folders_of_unit_tests_are_packages() -> None:
    """tests/unit/nn_core/data/custom has the tests of nn_core.data.custom."""
    for folder in {file.parent for file in unit_tests()} - {UNIT}:
        assert (ROOT / folder.relative_to(UNIT) / "__init__.py").is_file(), f"there is no package for {folder}"


def test_every_package_of_the_engine_has_unit_tests() -> None:
    for package in sorted((ROOT / "nn_core").glob("*/__init__.py")):
        assert list((UNIT / "nn_core" / package.parent.name).rglob("test_*.py")), f"no tests of {package.parent}"


@pytest.mark.parametrize("file", unit_tests(), ids=lambda file: str(file.relative_to(UNIT)))
def test_a_unit_test_imports_its_package_and_starts_no_process_or_page(file: Path) -> None:
    imported = imports(file)
    package = ".".join(file.relative_to(UNIT).parent.parts[:2])
    assert "." not in package or any(name.startswith(f"{package}.") for name in imported), (
        f"{file} tests another package"
    )
    for name in imported:
        steps = name.split(".")
        assert not NOT_IN_UNIT & {".".join(steps[:length]) for length in range(1, len(steps) + 1)}, f"{name} in {file}"
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            assert not FIXTURES_NOT_IN_UNIT & {argument.arg for argument in node.args.args}, f"{node.name} in {file}"


def test_streamlit_does_not_show_the_docstrings_of_a_page() -> None:
    with (ROOT / ".streamlit" / "config.toml").open("rb") as file:
        assert tomllib.load(file)["runner"]["magicEnabled"] is False


def test_tests_that_need_a_browser_are_in_its_folder() -> None:
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        if "node_modules" not in file.parts:
            in_browser = "playwright" in {name.split(".")[0] for name in imports(file)}
            assert not in_browser or (ROOT / "tests" / "browser") in file.parents, f"{file} imports playwright"
