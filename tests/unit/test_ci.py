"""The workflow and the hooks before a commit call targets of the Makefile, so that each command is written once."""

import re

import pytest
from processes import ROOT

from scripts.prose import find_problems, read_source

TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("file", [".github/workflows/ci.yml", ".pre-commit-config.yaml", ".ci/run"])
def test_ci_calls_the_targets_of_the_makefile(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    commands = re.findall(r"^\s*(?:- run:|entry:|(?=make ))\s*(.+)$", text, re.MULTILINE)
    called = [re.fullmatch(r"make (?:--no-print-directory )?([a-z-]+)", command) for command in commands]
    assert all(called), commands
    assert {call.group(1) for call in called if call} == {"check", "test"}
    assert {"check", "test"} <= TARGETS


def test_the_actions_have_exact_versions() -> None:
    text = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    actions = re.findall(r"uses: (\S+)", text)
    assert actions
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+\.\d+\.\d+", action) for action in actions)


def test_the_style_check_reads_docstrings_comments_and_user_texts() -> None:
    source = '"""Anew.\n\nThe the end, `anew`."""\nx = "anew"  # anew\ny = _("Anew")\n'
    problems = [
        problem for line, text in read_source(source) for problem in find_problems(line, text, {"anew": "again"})
    ]
    assert problems == [
        (4, "'anew': write again"),
        (1, "'Anew': write again"),
        (3, "'The' is repeated"),
        (5, "'Anew': write again"),
    ]
