"""The classes that a network needs beside torch's own, copied from where they are declared, so that they are exactly what
trained."""

from __future__ import annotations

import ast
import inspect
import sys
from types import FunctionType, ModuleType

__all__ = ["Definitions"]

_OURS = "nn_core."


class Definitions:
    """Gathers classes and functions in the order in which a program must define them, and the imports they use."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._imports: set[str] = set()
        self._copied: set[object] = set()

    def add(self, which: type | FunctionType) -> str:
        """The class or function, after those that it uses. Returns its name."""
        if which not in self._copied:
            self._copied.add(which)
            source = inspect.getsource(which)
            module = sys.modules[which.__module__]
            imported = _imports_of(module)
            for name in _names_in(source):
                used = getattr(module, name, None)
                if isinstance(used, type | FunctionType) and used.__module__.startswith(_OURS):
                    self.add(used)
                elif name in imported:
                    self._imports.add(imported[name])
            self.texts.append(source.strip())
        return which.__name__

    def add_text(self, text: str, expression: str) -> str:
        """A class that a module wrote itself, named after what it computes, and the expression that makes it. Returns what to
        call."""
        if text.strip() not in self.texts:
            self.texts.append(text.strip())
        return expression.removesuffix("()")

    def imports(self, program: str) -> str:
        """The import statements for a program that has these definitions in it."""
        used = _names_in(program)
        wanted = self._imports | {"import torch", "import torch.nn.functional as F"}
        wanted |= {"from torch import Tensor", "from torch import nn", "from unicodedata import normalize"}
        plain = {line for line in wanted if line.startswith("import ") and line.split()[-1].split(".")[0] in used}
        members: dict[str, set[str]] = {}
        for line in wanted - {line for line in wanted if line.startswith("import ")}:
            module, name = line.removeprefix("from ").split(" import ")
            if name.split()[-1] in used:
                members.setdefault(module, set()).add(name)
        return "\n".join(
            [
                *sorted(plain),
                *(f"from {module} import {', '.join(sorted(members[module]))}" for module in sorted(members)),
            ]
        )


def _names_in(source: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}


def _imports_of(module: ModuleType) -> dict[str, str]:
    """Name → the statement that a module imports it with, of those that are not NN Lab's own."""
    found = {}
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                found[alias.asname or alias.name.split(".")[0]] = f"import {ast.unparse(alias)}"
        elif isinstance(node, ast.ImportFrom) and not str(node.module).startswith(_OURS):
            for alias in node.names:
                found[alias.asname or alias.name] = f"from {node.module} import {ast.unparse(alias)}"
    return found
