"""The documents say what the code does."""

import re

from processes import ROOT

from nn_core.config import PRESETS
from scripts.settings_reference import FILE, reference


def test_the_settings_reference_is_that_of_the_code() -> None:
    assert FILE.read_text(encoding="utf-8") == reference(), "run python -m scripts.settings_reference"


def test_every_link_and_picture_in_the_documents_exists() -> None:
    for document in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8")):
            if not target.startswith("http"):
                assert (document.parent / target).exists(), f"{document.name} points at {target}"


def test_the_readme_names_every_preset_and_command() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in [
        *PRESETS,
        "train",
        "resume",
        "pause",
        "stop",
        "evaluate",
        "predict",
        "info",
        "list",
        "options",
        "download",
    ]:
        assert f"`{name}" in readme or f"nn_core {name}" in readme, name
