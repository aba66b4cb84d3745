"""The summary of a run: what `info --json` and `list --json` print."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from nn_core.config import RunConfig
from nn_core.errors import BadInput, NewerVersion
from nn_core.formatting import format_percent
from nn_core.i18n import _
from nn_core.runs.folder import RunFolder
from nn_core.runs.queue import get_queue_position
from nn_core.runs.status import Best, RunStatus

__all__ = ["RunSummary", "UnreadableRun", "describe_best", "summarize_run"]


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
    config: RunConfig
    test_accuracy: float | None

    def to_json(self) -> dict[str, Any]:
        """Return plain values for `json.dumps`."""
        return {**self.model_dump(exclude={"config"}), "config": self.config.model_dump()}


class UnreadableRun(BaseModel):
    """A run that is damaged or was written by a newer NN Lab. message: what is wrong, for the user."""

    model_config = ConfigDict(frozen=True)

    name: str
    path: str
    status: Literal["damaged", "newer"]
    message: str

    def to_json(self) -> dict[str, Any]:
        """Return plain values for `json.dumps`."""
        return self.model_dump()


def summarize_run(run: RunFolder) -> RunSummary | UnreadableRun:
    """Summarise a run. A damaged evaluation is only mentioned in the message, because it can be repeated."""
    try:
        status, config = run.status(), run.config()
    except BadInput as error:
        state: Literal["damaged", "newer"] = "newer" if isinstance(error, NewerVersion) else "damaged"
        return UnreadableRun(name=run.name, path=str(run.path), status=state, message=str(error))
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


def describe_best(best: Best | None) -> str:
    """Describe the best validation result; "" while there is none. A network that does not classify has a loss and no accuracy."""
    if best is None:
        return ""
    if best.accuracy is None:
        return _("validation loss {loss:.4f}").format(loss=best.loss)
    return _("validation accuracy {accuracy}").format(accuracy=format_percent(best.accuracy, 2))
