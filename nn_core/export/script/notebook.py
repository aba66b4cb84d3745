"""Turns a script of cells, `# %% Title` and comments followed by code, into a Jupyter notebook.

The format is nbformat 4.5: https://nbformat.readthedocs.io/en/latest/format_description.html.
"""

from __future__ import annotations

import json
import re

__all__ = ["make_notebook"]

_CELL = re.compile(r"^# %% ", re.MULTILINE)
_INTRODUCTION = """\
# {title}

The run was trained with NN Lab, and this notebook repeats it with PyTorch, NumPy and Matplotlib alone. Its last cell compares all losses
and weights with those of the run."""


def make_notebook(code: str, title: str) -> str:
    """Return the text of a notebook file.

    Args:
        code: the imports, then the cells.
        title: the first heading.
    """
    imports, *cells = _CELL.split(code)
    parts = [("markdown", _INTRODUCTION.format(title=title)), ("code", imports)]
    for cell in cells:
        heading, *lines = cell.splitlines()
        length = next((number for number, line in enumerate(lines) if not line.startswith("#")), len(lines))
        text = "\n".join(line.removeprefix("#").strip() for line in lines[:length])
        parts += [("markdown", f"## {heading}\n{text}"), ("code", "\n".join(lines[length:]))]
    notebook = {
        "cells": [_make_cell(kind, text.strip("\n"), number) for number, (kind, text) in enumerate(parts)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def _make_cell(kind: str, text: str, number: int) -> dict[str, object]:
    code: dict[str, object] = {"execution_count": None, "outputs": []} if kind == "code" else {}
    return {"cell_type": kind, "id": f"cell-{number}", "metadata": {}, **code, "source": text.splitlines(keepends=True)}
