"""Copies functions that prepare inputs from the programs that predict with ONNX files, so that other programs prepare them in the same way."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import Path

from nn_core.task import Kind

__all__ = ["copy_functions", "read_program"]

_PROGRAMS: dict[Kind, str] = {"pictures": "picture.py", "text": "text.py", "points": "point.py"}


def read_program(kind: Kind) -> str:
    """Return the program that predicts inputs of this kind with an ONNX file."""
    return (Path(__file__).parents[1] / "programs" / _PROGRAMS[kind]).read_text(encoding="utf-8")


def copy_functions(source: str, names: Sequence[str], program: str) -> str:
    """Return the imports, constants and functions of a source that these functions need, and the functions, in its order.

    Args:
        source: of a program.
        names: of the functions.
        program: what follows them; imports that it needs are copied too.
    """
    lines, body = source.splitlines(), ast.parse(source).body
    defined = {name: node for node in body for name in _list_defined(node)}
    needed, waiting = set[ast.stmt](), [defined[name] for name in names]
    while waiting:
        if (node := waiting.pop()) not in needed:
            needed.add(node)
            waiting += [defined[name] for name in _list_used(node) if name in defined]
    used = {name for node in needed for name in _list_used(node)} | _list_used(ast.parse(program))
    imports = [statement for node in body for statement in _keep_imports(node, used)]
    text = "\n".join(imports) + "\n"
    for node in body:
        if node in needed:
            text += "\n" * (2 if isinstance(node, ast.FunctionDef) else 0)
            text += "\n".join(lines[node.lineno - 1 : node.end_lineno]) + "\n"
    return text


def _list_defined(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [name.id for target in node.targets for name in ast.walk(target) if isinstance(name, ast.Name)]
    return []


def _list_used(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def _keep_imports(node: ast.stmt, used: set[str]) -> list[str]:
    """Return the import statement with the names that are used, or nothing."""
    if not isinstance(node, ast.Import | ast.ImportFrom):
        return []
    kept = [alias for alias in node.names if (alias.asname or alias.name.split(".")[0]) in used]
    if not kept:
        return []
    node.names = kept
    return [ast.unparse(node)]
