"""Runs the command line in this process, which saves two seconds of importing torch each time."""

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import NoReturn
from unittest.mock import patch

from nn_core.cli import main

__all__ = ["Answer", "command", "nn_core"]


@dataclass(frozen=True)
class Answer:
    """Exit status and what was printed."""

    code: int
    out: str
    err: str


def command(*arguments: object) -> Answer:
    """`python -m nn_core …`. An exception that a process would end with is raised.

    This process keeps the place in the queue of a run that it trains. A second run of the same folder would wait for it, and for
    that replace this process by another one: such commands need a process of their own.
    """

    def refuse(*_arguments: object) -> NoReturn:
        raise AssertionError("this command waits in the queue, for which it needs a process of its own")

    out, err = io.StringIO(), io.StringIO()
    with (
        patch.object(os, "execve", refuse),
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


def nn_core(*arguments: object) -> subprocess.CompletedProcess[str]:
    """The same with the result that `nn_core` of the module `processes` has."""
    answer = command(*arguments)
    return subprocess.CompletedProcess([str(each) for each in arguments], answer.code, answer.out, answer.err)
