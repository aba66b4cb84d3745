"""Finds the functions of the engine that change something on this computer. It reads the sources with `ast`, so new functions are found too."""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

from processes import ROOT

__all__ = ["imported", "writes", "writing_functions", "writing_methods"]

_WRITING = {
    *("replace_file", "replace_bytes", "replace_json", "write_bytes", "write_text", "mkdir", "touch", "symlink_to"),
    *("unlink", "rename", "rmtree", "copyfile", "move", "truncate", "ftruncate", "Popen", "kill", "killpg"),
}
_OPENING_TO_WRITE = set("wax+")


def imported(tree: ast.AST) -> dict[str, str]:
    """What a name in the file stands for: `create_run` for `nn_core.runs.create_run`."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.asname or alias.name: alias.name for alias in node.names}
    return found


@functools.cache
def writing_functions() -> set[str]:
    """The functions at the top of a module of nn_core that write, delete or start a process, or call one that does, by their
    name in full; those that only a package hands on are there by both names."""
    calls: dict[str, set[str]] = {}
    for file in _sources():
        module, tree = _module(file), ast.parse(file.read_text(encoding="utf-8"))
        names = imported(tree)
        calls |= {f"{module}.{name}": {target} for name, target in names.items() if file.name == "__init__.py"}
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                own = {f"{module}.{each.name}" for each in tree.body if isinstance(each, ast.FunctionDef)}
                calls[f"{module}.{node.name}"] = set(_calls(node, module, names, own))
    writing = {name for name, called in calls.items() if "writes" in called}
    while more := {name for name, called in calls.items() if called & writing} - writing:
        writing |= more
    return writing


@functools.cache
def writing_methods() -> set[str]:
    """The names of the public methods of nn_core's classes that write, delete or start a process, or call one that does."""
    found = set()
    for file in _sources():
        for each in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(each, ast.ClassDef):
                methods = [method for method in each.body if isinstance(method, ast.FunctionDef)]
                writing = {method.name for method in methods if writes(method)}
                while more := {method.name for method in methods if _of_self(method) & writing} - writing:
                    writing |= more
                found |= writing
    return {name for name in found if not name.startswith("_")}


def writes(part: ast.AST) -> bool:
    """Whether it writes, deletes or starts a process itself."""
    return any(isinstance(node, ast.Call) and _writes(node) for node in ast.walk(part))


def _of_self(method: ast.FunctionDef) -> set[str]:
    attributes = [node for node in ast.walk(method) if isinstance(node, ast.Attribute)]
    return {node.attr for node in attributes if isinstance(node.value, ast.Name) and node.value.id == "self"}


def _calls(function: ast.FunctionDef, module: str, names: dict[str, str], own: set[str]) -> Iterator[str]:
    """In full what it calls or hands on; "writes" for what writes."""
    if writes(function):
        yield "writes"
    for node in ast.walk(function):
        if isinstance(node, ast.Name):
            full = names.get(node.id, f"{module}.{node.id}")
            if full.startswith("nn_core.") and (full in own or node.id in names):
                yield full


def _writes(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name != "open":
        return name in _WRITING
    given = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg == "mode")]
    modes = [each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    return any(len(mode) <= 3 and _OPENING_TO_WRITE & set(mode) for mode in modes)


def _sources() -> list[Path]:
    return sorted((ROOT / "nn_core").rglob("*.py"))


def _module(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
