"""CONTRIBUTING shows how to add a hyperparameter, network, data set, page, evaluation view, chart style and live training view: its
examples are applied to a copy of the project, which is then used."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from processes import ROOT

SECTIONS = {
    "A hyperparameter": 2,
    "A network": 2,
    "A data set": 2,
    "A page": 2,
    "An evaluation view": 2,
    "A chart style": 1,
    "A live training view": 2,
}
"""How many files each may touch."""

OPEN_PAGES = """
import json, sys
from streamlit.testing.v1 import AppTest
shown = {}
for address in sys.argv[1:]:
    page, _, run = address.partition("?run=")
    test = AppTest.from_file("app.py", default_timeout=120)
    test.run()
    if run:
        test.query_params["run"] = run
    test.switch_page(f"pages/{page}.py").run()
    kinds = (test.title, test.header, test.subheader, test.markdown, test.error)
    shown[page] = [element.value for kind in kinds for element in kind] + [str(error) for error in test.exception]
print(json.dumps(shown))
"""


class Edit(NamedTuple):
    """A code block of CONTRIBUTING: the text of a new file, or changes to a file as a diff whose parts are divided by "@@"."""

    section: str
    file: str
    is_new: bool
    text: str


def edits() -> Iterator[Edit]:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for section in re.split(r"^### ", text, flags=re.MULTILINE)[1:]:
        block = r"(New file|In) `([^`]+)`:\n\n```(?:python|diff)\n(.*?)```"
        for kind, file, code in re.findall(block, section, re.DOTALL):
            yield Edit(section.splitlines()[0], file, kind == "New file", code)


def apply(edit: Edit, project: Path) -> None:
    path = project / edit.file
    if edit.is_new:
        assert not path.exists()
        path.write_text(edit.text, encoding="utf-8")
        return
    text = path.read_text(encoding="utf-8")
    for part in edit.text.split("@@\n"):
        old, new = (
            "".join(line[1:] for line in part.splitlines(keepends=True) if line[0] in kinds) for kinds in (" -", " +")
        )
        assert text.count(old) == 1, f"{edit.file} has these lines {text.count(old)} times:\n{old}"
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with all examples, and the runs folder `runs`."""
    copy = tmp_path_factory.mktemp("extended") / "project"
    for folder in ("nn_core", "ui", "pages", ".streamlit"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__", "secrets.toml"))
    for file in ("app.py", "pyproject.toml"):
        shutil.copy(ROOT / file, copy)
    for edit in edits():
        apply(edit, copy)
    return copy


def run_python(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    folders = {"NN_LAB_RUNS": str(project / "runs"), "NN_LAB_DATA": str(project / "data"), "PYTHONPATH": str(project)}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=project,
        env={**os.environ, **folders, "NN_LAB_SPARE_WORKER": "no"},
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.fixture(scope="module")
def log(project: Path) -> str:
    """What training wrote to stderr: the network, on the data set, with the hyperparameter."""
    settings = ["model.name=bottleneck", "data.name=stripes", "loss.name=multi_margin", "loss.power=2"]
    settings += ["training.epochs=3", "optimizer.lr=0.1"]
    paths = [part for setting in settings for part in ("--set", setting)]
    trained = run_python(project, "-m", "nn_core", "train", "--preset", "simple_net", "--name", "example", *paths)
    assert trained.returncode == 0, trained.stderr
    return trained.stderr


@pytest.fixture(scope="module")
def shown(project: Path, log: str) -> dict[str, list[str]]:
    """The texts on the pages, once a run has been trained."""
    opened = run_python(project, "-c", OPEN_PAGES, "averages", "evaluate?run=example", "train?run=example")
    assert opened.returncode == 0, opened.stderr
    pages: dict[str, list[str]] = json.loads(opened.stdout.splitlines()[-1])
    return pages


def test_no_example_touches_more_files_than_promised() -> None:
    touched: dict[str, set[str]] = {}
    for edit in edits():
        touched.setdefault(edit.section, set()).add(edit.file)
    assert {section: len(files) for section, files in touched.items()} == SECTIONS


def test_all_examples_follow_the_project_s_style(project: Path) -> None:
    files = sorted({edit.file for edit in edits()})
    for command in (["check"], ["format", "--check"]):
        checked = run_python(project, "-m", "ruff", *command, *files)
        assert checked.returncode == 0, checked.stdout


def test_the_network_learns_the_data_set_with_the_hyperparameter(log: str) -> None:
    accuracy = re.search(r"Test accuracy (\d+)", log)
    assert accuracy, log
    assert int(accuracy[1]) > 90


def test_options_lists_the_network_and_the_data_set(project: Path) -> None:
    options = json.loads(run_python(project, "-m", "nn_core", "options", "--json").stdout)
    assert "bottleneck" in options["models"]
    assert "stripes" in options["datasets"]


def test_a_bad_value_of_the_hyperparameter_is_refused(project: Path) -> None:
    settings = ["--set", "loss.name=multi_margin", "--set", "loss.power=3"]
    refused = run_python(project, "-m", "nn_core", "train", "--preset", "simple_net", *settings)
    assert refused.returncode == 2
    assert "loss.power" in refused.stderr


def test_the_page_opens(shown: dict[str, list[str]]) -> None:
    assert shown["averages"] == ["Averages"]


def test_the_evaluation_view_is_on_its_page(shown: dict[str, list[str]]) -> None:
    assert any("Weakest classes" in text for text in shown["evaluate"])


def test_the_live_view_is_written_and_shown(project: Path, shown: dict[str, list[str]]) -> None:
    assert "1.weight" in json.loads((project / "runs" / "example" / "weight_norms.json").read_bytes())["norms"]
    assert "**Length of the weights**" in shown["train"]


def test_the_chart_style_reaches_both_kinds_of_charts(project: Path) -> None:
    program = """
import plotly.graph_objects as go
from ui.app.charts import apply_chart_style
from ui.http.assets import get_asset
figure = apply_chart_style(go.Figure([go.Scatter(y=[0, 1]) for _ in range(8)]), height=300)
print(figure.data[7].marker.symbol, b"hexagon" in get_asset("live_chart.js").content)
"""
    assert run_python(project, "-c", program).stdout.split() == ["hexagon2", "True"]
