"""The commands info, list and rename, and what other commands need to find a run."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import BaseModel

from nn_core.config import RunConfig
from nn_core.errors import BadInput, NewerVersion, RunNotFound
from nn_core.formatting import format_percent
from nn_core.i18n import _
from nn_core.paths import get_data_folder, get_runs_folder
from nn_core.runs import Best, RunFolder, RunStatus, find_run, get_chosen_name, list_runs, make_titles, rename_run
from nn_core.runs.environment import Environment, read_environments
from nn_core.runs.label import isolate_direction
from nn_core.runs.query import parse_query
from nn_core.runs.queue import get_queue_position
from nn_core.runs.reports import RegressionReport, describe_missed_classes
from nn_core.runs.run_command import make_run_command
from nn_core.runs.table import make_rows

__all__ = ["JsonFlag", "NoteOption", "RunArgument", "get_run", "register"]

_SHOWN = (
    "name",
    "title",
    "note",
    "status",
    "place",
    "message",
    "device",
    "parameters",
    "epochs_done",
    "epochs",
    "elapsed_seconds",
)

RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="A run's name, or the path of its folder.")]
NoteOption = Annotated[
    str | None, typer.Option("--note", metavar="TEXT", help="A note about the run, such as what you want to find out.")
]
JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def get_run(name_or_path: str) -> RunFolder:
    """Find a run by the name or the path of its folder, or by the name that the user gave it.

    Raises:
        RunNotFound: There is none.
        BadInput: Several runs have this name.
    """
    path = Path(name_or_path)
    if path.is_dir() and (path.is_absolute() or len(path.parts) > 1 or (path / "config.json").exists()):
        return RunFolder(path.absolute())
    root = get_runs_folder()
    try:
        if len(path.parts) > 1:
            raise RunNotFound(
                _("There is no run folder '{path}'. python -m nn_core list shows all runs.").format(path=name_or_path)
            )
        return find_run(root, name_or_path)
    except RunNotFound:
        named = [run for run in list_runs(root) if run.label().name == name_or_path]
        if len(named) > 1:
            raise BadInput(
                _("{count} runs are named '{name}'. Give the folder of one of them: {folders}.").format(
                    count=len(named), name=name_or_path, folders=", ".join(run.name for run in named)
                )
            ) from None
        if not named:
            raise
        return named[0]


def register(app: typer.Typer) -> None:
    app.command("info")(print_info)
    app.command("list")(list_all)
    app.command("rename")(rename)


class RunSummary(RunStatus):
    """Status, config and results of a run.

    Attributes:
        name: That of its folder, which every command takes.
        title: How pages call it.
        given_name: The name that someone chose for it or for its folder, or "".
        path: The run's folder.
        place: Position in the queue, from 1; None for a run that does not wait.
        test_accuracy: From 0 to 1; None before the evaluation, or for a network that does not classify.
        test_r_squared: Of a network that predicts a number, at most 1; None before the evaluation, or for another network.
    """

    name: str
    title: str
    given_name: str
    note: str
    tags: tuple[str, ...]
    path: str
    place: int | None
    test_accuracy: float | None
    test_r_squared: float | None
    config: RunConfig


class RunDetails(RunSummary):
    """What `info` adds.

    Attributes:
        command: The command line that trains with these settings; "" if the network was not trained by this run.
        environment: What each process of the run trained with, the first one first; empty if an older version trained it.
    """

    command: str
    environment: list[Environment]


class UnreadableRun(BaseModel):
    """A run that is damaged or was written by a newer NN Lab. message: what is wrong, for the user."""

    name: str
    title: str
    given_name: str
    note: str
    tags: tuple[str, ...]
    path: str
    status: Literal["damaged", "newer"]
    message: str


def print_info(run_name: RunArgument, as_json: JsonFlag = False) -> None:
    """Show the name, the status, the config and the results of a run."""
    run = get_run(run_name)
    summary = _summarize_run(run, _make_title(run))
    details = RunDetails(
        **dict(summary), command=make_run_command(run, get_data_folder()), environment=read_environments(run)
    )
    if as_json:
        print(json.dumps(_to_json(details)))
        return
    for key in _SHOWN:
        if (value := getattr(summary, key)) not in (None, ""):
            print(f"{key}: {_to_cell(value) if isinstance(value, str) else value}")
    if summary.best:
        result, epoch = _describe_best(summary.best), summary.best.epoch
        print(_("best: {result} after epoch {epoch}").format(result=result, epoch=epoch))
    if summary.test_accuracy is not None:
        print(f"test_accuracy: {format_percent(summary.test_accuracy, 2)}")
    if summary.test_r_squared is not None:
        print(f"test_r_squared: {summary.test_r_squared:.3f}")
    if missed := _describe_missed(run):
        print(missed)
    if details.command:
        print(f"command: {details.command}")


def _describe_missed(run: RunFolder) -> str:
    with suppress(BadInput):  # the status message reports a damaged evaluation
        if evaluation := run.evaluation_of(run.status()):
            return describe_missed_classes(evaluation)
    return ""


def list_all(
    as_json: JsonFlag = False,
    where: Annotated[
        str,
        typer.Option(
            "--where",
            metavar="QUERY",
            help="Only the runs that this search finds, such as 'lr > 0.01 data = mnist tag:good'.",
        ),
    ] = "",
) -> None:
    """List all runs, newest first: folder, status, best result, title (if it is not the folder's name) and note."""
    runs = list_runs(get_runs_folder())
    titles = make_titles(runs)
    if where:
        rows = make_rows(runs, titles)
        query = parse_query(where, rows)
        runs = [row.run for row in rows if query.is_match(row)]
    summaries = [_describe_run(run, titles[run.name]) for run in runs]
    if as_json:
        print(json.dumps([_to_json(summary) for summary in summaries]))
        return
    for summary in summaries:
        best = _describe_best(summary.best) if isinstance(summary, RunSummary) and summary.best else ""
        title = "" if summary.title == summary.name else _to_cell(summary.title)
        cells = [summary.name, summary.status, best, title, _to_cell(summary.note)]
        print("\t".join(cells).rstrip("\t"))


def rename(
    run_name: RunArgument,
    name: Annotated[
        str | None, typer.Option("--name", metavar="TEXT", help='The name that is shown for the run; "" for none.')
    ] = None,
    note: NoteOption = None,
) -> None:
    """Change the name or the note of a run, also while it trains. Its folder stays where it is. Prints the run's title."""
    run = get_run(run_name)
    if name is None and note is None:
        raise BadInput(_("There is nothing to change in '{run}': give --name, --note or both.").format(run=run.name))
    rename_run(run, name=name, note=note)
    print(isolate_direction(_make_title(run)))


def _make_title(run: RunFolder) -> str:
    """The title of a run among those in the same folder."""
    others = [other for other in list_runs(run.path.parent) if other.name != run.name]
    return make_titles([run, *others])[run.name]


def _to_cell(text: str) -> str:
    """Put a user's text on one line that does not change the direction of what follows."""
    return isolate_direction(" ".join(text.split()))


def _describe_run(run: RunFolder, title: str) -> RunSummary | UnreadableRun:
    try:
        return _summarize_run(run, title)
    except BadInput as error:
        status: Literal["damaged", "newer"] = "newer" if isinstance(error, NewerVersion) else "damaged"
        return UnreadableRun(
            name=run.name,
            title=title,
            given_name=get_chosen_name(run),
            note=run.label().note,
            tags=run.label().tags,
            path=str(run.path),
            status=status,
            message=str(error),
        )


def _summarize_run(run: RunFolder, title: str) -> RunSummary:
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
        title=title,
        given_name=get_chosen_name(run),
        note=run.label().note,
        tags=run.label().tags,
        path=str(run.path),
        place=get_queue_position(run.path) if status.status == "queued" else None,
        config=config,
        test_accuracy=evaluation.accuracy if evaluation else None,
        test_r_squared=evaluation.r_squared if isinstance(evaluation, RegressionReport) else None,
    )


def _to_json(summary: RunSummary | UnreadableRun) -> dict[str, object]:
    return summary.model_dump(serialize_as_any=True)


def _describe_best(best: Best) -> str:
    """Describe the best validation result. A network that does not classify has a loss and no accuracy."""
    if best.r_squared is not None:
        return _("validation R² {r_squared:.3f}").format(r_squared=best.r_squared)
    if best.accuracy is None:
        return _("validation loss {loss:.4f}").format(loss=best.loss)
    return _("validation accuracy {accuracy}").format(accuracy=format_percent(best.accuracy, 2))
