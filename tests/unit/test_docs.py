"""The documents say what the code does."""

import importlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import ROOT

from nn_core.config import PRESETS, RunConfig, apply_settings
from nn_core.runs.files import RUN_FILES
from nn_core.settings import Section, get_alternatives, get_row_types
from scripts import glossary_reference
from scripts.settings_reference import FILE, reference

DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "SECURITY.md", "CONTRIBUTING.md")),
    *sorted(ROOT.glob("docs/*.md")),
]
TO_BE_MADE = set(re.findall(r"New file `([^`]+)`", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")))
"""The examples in CONTRIBUTING.md create them."""


def test_the_settings_reference_matches_the_code() -> None:
    assert FILE.read_text(encoding="utf-8") == reference(), "run python -m scripts.settings_reference"


def test_the_glossary_matches_the_code() -> None:
    document = glossary_reference.FILE.read_text(encoding="utf-8")
    assert document == glossary_reference.make_reference(), "run python -m scripts.glossary_reference"
    anchors = {heading.lower().replace(" ", "-") for heading in re.findall(r"^### (.+)$", document, re.MULTILINE)}
    anchors = {re.sub(r"[^\w-]", "", anchor) for anchor in anchors}
    assert set(re.findall(r"\(#([^)]+)\)", document)) == anchors


def declared(section: type[Section]) -> Iterator[tuple[str, object]]:
    """Every setting of a section and of those inside it: its name and its type."""
    for name, field in section.model_fields.items():
        for inner in {**get_alternatives(field), **get_row_types(field)}.values():
            yield from declared(inner)
        if not get_alternatives(field):
            yield name, field.annotation


def test_the_settings_reference_calls_only_switches_true_or_false() -> None:
    switches = {name for name, kind in declared(RunConfig) if kind is bool}
    others = {name for name, kind in declared(RunConfig) if kind is not bool}
    both = switches & others  # `norm` is a switch in one section and a choice in another
    assert {"compile", "nesterov"} <= switches
    assert {"hidden", "formula", "start_from"} <= others
    rows = re.findall(r"^\| `([\w.]+)` \| .* \| (.*) \| .* \|$", reference(), re.MULTILINE)
    assert len(rows) > 100
    for path, allowed in rows:
        name = path.rpartition(".")[2]
        assert allowed, path
        if name not in both:
            assert (allowed == "`true`, `false`") is (name in switches), path
    assert "| `data.name` | `mnist_sample` | `mnist_sample`, `pen_digits`, " in reference()


def test_every_default_in_the_settings_reference_is_accepted_by_set() -> None:
    section = ""
    for line in reference().splitlines():
        if heading := re.fullmatch(r"## `([\w.=]+)`", line):
            section = heading[1]
        row = re.match(r"\| `([\w.]+)` \| `(.+?)`[ |]", line)
        is_row = section.startswith(("model.blocks", "model.layers"))
        if row and ".name=" not in section.removeprefix("model.name=") and not is_row:
            path, default = row.groups()
            chosen = [section] if ".name=" in section else []
            values = apply_settings(RunConfig(), [*chosen, f"{path}={default}"]).model_dump()
            for key in path.split("."):
                values = values[key]
            try:
                value = json.loads(default)
            except ValueError:
                value = default
            plain = json.loads(json.dumps(values))
            assert plain == value or (isinstance(value, list) and len(plain) == len(value)), path


def quoted(document: Path) -> Iterator[str]:
    """The words that a document sets as code."""
    text = document.read_text(encoding="utf-8")
    text = re.sub(r"^```(?:python|diff)$.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)  # a test runs these
    for part in [*re.findall(r"`([^`\n]+)`", text), *re.findall(r"^```.*?^```", text, re.MULTILINE | re.DOTALL)]:
        yield from (word.strip(",;:()\"'") for word in part.split())


def is_there(path: str) -> bool:
    """From the project's folder, from that of the engine, or, for a bare name, anywhere in the sources."""
    if "/" not in path:
        sources = ("nn_core", "ui", "pages", "tests", "scripts", "bench")
        return (ROOT / path).is_file() or any(list((ROOT / place).rglob(path)) for place in sources)
    return any(list(place.glob(path)) for place in (ROOT, ROOT / "nn_core"))


def names_something(dotted: str) -> bool:
    """Whether a module, or something in it, is called so; from the project's folder or from that of the engine."""
    for name in (dotted, f"nn_core.{dotted}"):
        parent, _dot, last = name.rpartition(".")
        try:
            importlib.import_module(name)
        except ImportError:
            try:
                if hasattr(importlib.import_module(parent), last):
                    return True
            except ImportError:
                continue
        else:
            return True
    return False


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_every_path_and_module_named_in_a_document_exists(document: Path) -> None:
    tops = {
        f"{folder.name}/"
        for place in (ROOT, ROOT / "nn_core")
        for folder in place.iterdir()
        if folder.is_dir() and not folder.name.startswith((".", "_"))
    }
    packages = {folder.parent.name for folder in (ROOT / "nn_core").glob("*/__init__.py")}
    settings = set(re.findall(r"`([a-z_.\d]+)[`=]", reference()))
    missing = []
    for word in set(quoted(document)) - TO_BE_MADE - set(RUN_FILES) - settings:
        if "<" in word or "://" in word:
            continue
        if re.search(r"\.(py|js)$", word) or word.startswith(tuple(tops)):
            if not is_there(word.removeprefix("./")) and word.rstrip("/") != "data":
                missing.append(word)
        elif re.fullmatch(r"[a-z_]+(\.\w+)+", word):
            top = word.partition(".")[0]
            if top in packages | {"nn_core", "ui", "scripts"} and not names_something(word):
                missing.append(word)
    assert not missing, f"{document.name} names what is not there"


def test_a_missing_path_is_detected() -> None:
    assert is_there("transfer/pickle_guard.py")
    assert is_there("tests/fuzz")
    assert not is_there("export/ends.py")
    assert names_something("distributed.leader")
    assert names_something("ui.app.text.escape_markdown")
    assert not names_something("jobs.nothing")


def test_every_link_and_picture_in_the_documents_exists() -> None:
    for document in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8")):
            if not target.startswith("http"):
                assert (document.parent / target).exists(), f"{document.name} points at {target}"


def test_the_architecture_lists_the_files_of_a_run() -> None:
    rows = [
        f"| `{file.name}` | {file.purpose} | {'yes' if file.is_exported else 'no'} "
        f"| {f'{file.import_limit >> 20:,} MB' if file.import_limit else 'no'} |"
        for file in RUN_FILES.values()
    ]
    assert "\n".join(rows) in (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


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
