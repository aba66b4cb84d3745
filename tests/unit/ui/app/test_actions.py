"""A viewer may look and draw. Nothing that their browser sends changes anything on this computer."""

import ast
from pathlib import Path

import pytest
from processes import ROOT
from visitors import come_as
from writing_functions import imported, writes, writing_functions, writing_methods

from nn_core.errors import NotAllowed
from ui.app import actions

HARMLESS = {
    "nn_core.transfer.write_archive",
    "nn_core.export.write_event_zip",
    "nn_core.jobs.export_process.run_export",
}
"""They write into a temporary file, which a browser is sent."""

WRITES_ITSELF = {"ui/app/actions.py", "ui/auth/cookies.py", "ui/runs/weights_form.py"}
"""Beside the actions: the key of the entrance, and an upload in a temporary folder."""

OF_ANY_FILE = {"write", "close", "line", "end"}
"""Methods that both runs and streams have."""


def sources() -> list[Path]:
    return [file for place in ("ui", "pages") for file in sorted((ROOT / place).rglob("*.py"))]


@pytest.mark.parametrize("file", sources(), ids=lambda file: str(file.relative_to(ROOT)))
def test_only_guarded_actions_reach_functions_that_write(file: Path) -> None:
    """Read from the sources: a function of the engine that begins to write, or a page that calls one, fails here."""
    place, tree = str(file.relative_to(ROOT)), ast.parse(file.read_text(encoding="utf-8"))
    if place in WRITES_ITSELF:
        assert writes(tree), f"{place} writes nothing any more: take it out of the list"
    else:
        assert not writes(tree), f"{place} writes itself: let ui/app/actions.py do it"
    if place == "ui/app/actions.py":
        return
    names = imported(tree)
    reached = set(names.values()) & writing_functions() - HARMLESS
    attributes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    for node in attributes:
        of = names.get(node.value.id, "") if isinstance(node.value, ast.Name) else ""
        if f"{of}.{node.attr}" in writing_functions() - HARMLESS:
            reached.add(f"{of}.{node.attr}")
        elif node.attr in writing_methods() - OF_ANY_FILE and not of.startswith("streamlit"):
            reached.add(f"….{node.attr}")
    assert not reached, f"{place} changes something without asking who it is: go through ui/app/actions.py"


def test_functions_that_write_are_found() -> None:
    assert {
        "nn_core.jobs.launcher.launch_run",
        "nn_core.runs.create_run",
        "nn_core.evaluation.evaluate_run",
    } <= writing_functions()
    assert "nn_core.finetuning.run.create_finetune_run" in writing_functions()
    assert {"send_request", "request_lr", "write_status"} <= writing_methods()
    assert "nn_core.runs.find_run" not in writing_functions()


@pytest.mark.parametrize("action", [getattr(actions, name) for name in actions.__all__])
def test_every_action_checks_permissions_first(monkeypatch: pytest.MonkeyPatch, action: object) -> None:
    """Called without arguments: with the permission, Python complains about the arguments."""
    assert callable(action)
    for role in ("viewer", None):
        come_as(monkeypatch, role)  # type: ignore[arg-type]
        with pytest.raises(NotAllowed, match="Only your teacher"):
            action()
    come_as(monkeypatch, "teacher")
    with pytest.raises(TypeError):
        action()


def test_the_actions_have_no_other_public_functions() -> None:
    tree = ast.parse(Path(str(actions.__file__)).read_text(encoding="utf-8"))
    public = {each.name for each in tree.body if isinstance(each, ast.FunctionDef) and not each.name.startswith("_")}
    assert public <= set(actions.__all__)
