"""Runs of every kind, each trained once in a module that asks for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from custom_files import classes, made, made_of, table
from halfway_runs import GREETINGS, HalfwayRuns
from processes import end_workers


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folders for the data and the runs of a module, which its processes use too."""
    root = tmp_path_factory.mktemp("every")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NN_LAB_DATA", str(root / "data"))
        patch.setenv("NN_LAB_RUNS", str(root / "runs"))
        patch.setenv("NN_LAB_RUNS_AT_ONCE", "4")
        made(classes(20), root / "data")
        made_of(table(GREETINGS), root / "data")
        yield root
        end_workers(root / "runs")


@pytest.fixture(scope="module")
def halfway(folder: Path) -> HalfwayRuns:
    return HalfwayRuns(folder)
