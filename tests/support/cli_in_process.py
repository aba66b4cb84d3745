"""Runs the command line in this process, which saves two seconds of importing torch each time."""

import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from unittest.mock import patch

from nn_core.cli import main

__all__ = ["Answer", "command"]


@dataclass(frozen=True)
class Answer:
    """Exit status and what was printed."""

    code: int
    out: str
    err: str


def command(*arguments: object) -> Answer:
    """`python -m nn_core …`. An exception that a process would end with is raised."""
    out, err = io.StringIO(), io.StringIO()
    with (
        patch.object(sys, "argv", ["python -m nn_core", *map(str, arguments)]),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
    return Answer(code, out.getvalue(), err.getvalue())
