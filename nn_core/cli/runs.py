"""What the commands share: finding a run, and the JSON that describes one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from nn_core.errors import BadInput, NewerVersion, RunNotFound
from nn_core.formatting import format_percent
from nn_core.i18n import _
from nn_core.paths import get_runs_folder
from nn_core.runs import RunFolder, find_run
from nn_core.runs.queue import get_queue_position

__all__ = ["JsonFlag", "RunArgument", "describe_best", "describe_run", "get_run"]

RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="A run's name, or the path of its folder.")]
JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def get_run(name_or_path: str) -> RunFolder:
    """Raises RunNotFound."""
    path = Path(name_or_path)
    if path.is_dir() and (path.is_absolute() or len(path.parts) > 1 or (path / "config.json").exists()):
        return RunFolder(path.absolute())
    if len(path.parts) > 1:
        raise RunNotFound(
            _("There is no run folder '{path}'. python -m nn_core list shows the runs there are.").format(
                path=name_or_path
            )
        )
    return find_run(get_runs_folder(), name_or_path)


def describe_run(run: RunFolder) -> dict[str, Any]:
    """All that `info --json` prints; of a damaged run, what is wrong with it. A damaged evaluation can be repeated, so it only adds
    to the message."""
    try:
        status, config = run.status(), run.config()
    except BadInput as error:
        word = "newer" if isinstance(error, NewerVersion) else "damaged"
        return {"name": run.name, "path": str(run.path), "status": word, "message": str(error)}
    evaluation, message = None, status.message
    try:
        evaluation = run.evaluation_of(status)
    except BadInput as error:
        message = f"{message} {error}".strip()
    return {
        "name": run.name,
        "path": str(run.path),
        **status.model_dump(),
        "message": message,
        "place": get_queue_position(run.path) if status.status == "queued" else None,
        "config": config.model_dump(),
        "test_accuracy": evaluation.accuracy if evaluation else None,
    }


def describe_best(about: Mapping[str, Any]) -> str:
    """The best validation result of a run that `describe` described, in words; "" while there is none. A network that does not
    classify has a loss and no accuracy."""
    best = about.get("best")
    if not best:
        return ""
    if best["accuracy"] is None:
        return _("validation loss {loss:.4f}").format(loss=best["loss"])
    return _("validation accuracy {accuracy}").format(accuracy=format_percent(best["accuracy"], 2))
