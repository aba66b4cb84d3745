"""The command teach, which fine-tunes a network on drawings."""

import json
from pathlib import Path
from typing import Annotated

import typer

from nn_core.cli.console import run_foreground
from nn_core.cli.runs import RunArgument, get_run
from nn_core.cli.train import SetOption
from nn_core.paths import get_data_folder, get_runs_folder

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    app.command()(teach)


def teach(
    run_name: RunArgument,
    drawings: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.jsonl",
            help='Drawings as for predict, each with a "label". Default: those stored on the Draw page.',
        ),
    ] = None,
    settings: SetOption = None,
    name: Annotated[str | None, typer.Option("--name", help="Name of the new run. Default: a random name.")] = None,
) -> None:
    """Fine-tune a copy of a run's network on drawings, as a new run in the same folder. Prints JSON: how many drawings are
    recognised, misread and not recognised, and the test accuracy, before and after."""
    from nn_core.drawings.corrections import get_corrections_file, read_corrections, read_labelled
    from nn_core.finetuning.report import read_finetune_report
    from nn_core.finetuning.run import create_finetune_run

    parent = get_run(run_name)
    corrections = read_labelled(drawings) if drawings else read_corrections(get_corrections_file(get_data_folder()))
    root = get_runs_folder() if parent.is_shipped else parent.path.parent
    run = create_finetune_run(root, parent, corrections, get_data_folder(), settings=settings or (), name=name)
    with run.lock() as lock:
        run_foreground(run, lock)
    report = read_finetune_report(run)
    print(json.dumps({"run": run.name, **(report.to_json() if report else {})}))
