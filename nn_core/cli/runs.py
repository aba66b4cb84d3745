"""Arguments that several commands share, and how they find a run."""

from pathlib import Path
from typing import Annotated

import typer

from nn_core.errors import RunNotFound
from nn_core.i18n import _
from nn_core.paths import get_runs_folder
from nn_core.runs import RunFolder, find_run

__all__ = ["JsonFlag", "RunArgument", "get_run"]

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
