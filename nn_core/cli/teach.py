"""teach: a network learns drawings that it has read wrongly."""

import json
from pathlib import Path
from typing import Annotated

import typer

from nn_core.cli.console import work_here
from nn_core.cli.runs import RunArgument, the_run
from nn_core.cli.train import SetOption
from nn_core.places import data_folder, runs_folder

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    app.command()(teach)


def teach(
    run_name: RunArgument,
    drawings: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.jsonl",
            help='Drawings as of predict, each with a "label"; those stored on the Draw page otherwise.',
        ),
    ] = None,
    settings: SetOption = None,
    name: Annotated[str | None, typer.Option("--name", help="The new run's name; one is made up otherwise.")] = None,
) -> None:
    """Teach a copy of a run's network drawings, as a new run beside it. Prints JSON: how many of the drawings are recognised, read
    wrongly and not recognised, and the test accuracy, before and after."""
    from nn_core.drawings.corrections import corrections_file, read_corrections, read_labelled
    from nn_core.runs.lessons import create_lesson, read_teaching

    parent = the_run(run_name)
    corrections = read_labelled(drawings) if drawings else read_corrections(corrections_file(data_folder()))
    root = runs_folder() if parent.is_shipped else parent.path.parent
    run = create_lesson(root, parent, corrections, data_folder(), settings=settings or (), name=name)
    with run.lock() as lock:
        work_here(run, lock)
    teaching = read_teaching(run)
    print(json.dumps({"run": run.name, **(teaching or {})}))
