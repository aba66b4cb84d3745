"""The commands info and list, and what other commands need to find a run."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import BaseModel

from nn_core.config import RunConfig
from nn_core.errors import BadInput, NewerVersion, RunNotFound
from nn_core.formatting import format_percent
from nn_core.i18n import _
from nn_core.paths import get_runs_folder
from nn_core.runs import Best, RunFolder, RunStatus, find_run, list_runs
from nn_core.runs.queue import get_queue_position

__all__ = ["JsonFlag", "RunArgument", "get_run", "register"]

_SHOWN = ("name", "status", "place", "message", "device", "parameters", "epochs_done", "epochs", "elapsed_seconds")

RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="A run's name, or the path of its folder.")]
JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def get_run(name_or_path: str) -> RunFolder:
    """Find a run by its name or the path of its folder. Raises RunNotFound."""
    path = Path(name_or_path)
    if path.is_dir() and (path.is_absolute() or len(path.parts) > 1 or (path / "config.json").exists()):
        return RunFolder(path.absolute())
    if len(path.parts) > 1:
        raise RunNotFound(
            _("There is no run folder '{path}'. python -m nn_core list shows all runs.").format(path=name_or_path)
        )
    return find_run(get_runs_folder(), name_or_path)


def register(app: typer.Typer) -> None:
    app.command("info")(print_info)
    app.command("list")(list_all)


class RunSummary(RunStatus):
    """Status, config and results of a run.

    Attributes:
        path: The run's folder.
        place: Position in the queue, from 1; None for a run that does not wait.
        test_accuracy: From 0 to 1; None before the evaluation, or for a network that does not classify.
    """

    name: str
    path: str
    place: int | None
    test_accuracy: float | None
    config: RunConfig


class UnreadableRun(BaseModel):
    """A run that is damaged or was written by a newer NN Lab. message: what is wrong, for the user."""

    name: str
    path: str
    status: Literal["damaged", "newer"]
    message: str


def print_info(run_name: RunArgument, as_json: JsonFlag = False) -> None:
    """Show the status, the config and the results of a run."""
    summary = _summarize_run(get_run(run_name))
    if as_json:
        print(json.dumps(_to_json(summary)))
        return
    for key in _SHOWN:
        if (value := getattr(summary, key)) not in (None, ""):
            print(f"{key}: {value}")
    if summary.best:
        result, epoch = _describe_best(summary.best), summary.best.epoch
        print(_("best: {result} after epoch {epoch}").format(result=result, epoch=epoch))
    if summary.test_accuracy is not None:
        print(f"test_accuracy: {format_percent(summary.test_accuracy, 2)}")


def list_all(as_json: JsonFlag = False) -> None:
    """List all runs, newest first."""
    summaries = [_describe_run(run) for run in list_runs(get_runs_folder())]
    if as_json:
        print(json.dumps([_to_json(summary) for summary in summaries]))
        return
    for summary in summaries:
        best = _describe_best(summary.best) if isinstance(summary, RunSummary) and summary.best else ""
        print("\t".join([summary.name, summary.status, best]))


def _describe_run(run: RunFolder) -> RunSummary | UnreadableRun:
    try:
        return _summarize_run(run)
    except BadInput as error:
        status: Literal["damaged", "newer"] = "newer" if isinstance(error, NewerVersion) else "damaged"
        return UnreadableRun(name=run.name, path=str(run.path), status=status, message=str(error))


def _summarize_run(run: RunFolder) -> RunSummary:
    """Summarise a run. A damaged evaluation is only mentioned in the message, because it can be repeated. Raises BadInput."""
    status, config = run.status(), run.config()
    evaluation, message = None, status.message
    try:
        evaluation = run.evaluation_of(status)
    except BadInput as error:
        message = f"{message} {error}".strip()
    return RunSummary(
        **{**dict(status), "message": message},
        name=run.name,
        path=str(run.path),
        place=get_queue_position(run.path) if status.status == "queued" else None,
        config=config,
        test_accuracy=evaluation.accuracy if evaluation else None,
    )


def _to_json(summary: RunSummary | UnreadableRun) -> dict[str, object]:
    return summary.model_dump(serialize_as_any=True)


def _describe_best(best: Best) -> str:
    """Describe the best validation result. A network that does not classify has a loss and no accuracy."""
    if best.accuracy is None:
        return _("validation loss {loss:.4f}").format(loss=best.loss)
    return _("validation accuracy {accuracy}").format(accuracy=format_percent(best.accuracy, 2))
