"""Runs as rows of a table: settings, results and labels, as values to sort and search by and as text.

A row kind of its own, such as a group of runs that differ only in the seed, is a `RunRow` with `members`: the page shows it as one row
that opens. `make_rows` is the place to put rows together.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from math import prod
from pathlib import Path

from pydantic import BaseModel, ValidationError

from nn_core.errors import NewerVersion, NNLabError
from nn_core.i18n import N_
from nn_core.runs.cache import FileCache
from nn_core.runs.folder import RunFolder
from nn_core.runs.label import RunLabel
from nn_core.runs.queue import get_queue_position
from nn_core.runs.setting_values import SettingValue, read_settings
from nn_core.runs.status import RunStatus
from nn_core.runs.weights import read_weight_shapes

__all__ = ["PLAYGROUND_PREFIX", "STATUSES", "RunRow", "TestResult", "list_single_rows", "make_rows", "walk_rows"]

PLAYGROUND_PREFIX = "playground-"
"""How the names of the Playground's runs begin."""
STATUSES = {
    "queued": N_("queued"),
    "running": N_("running"),
    "paused": N_("paused"),
    "finished": N_("finished"),
    "stopped": N_("stopped"),
    "failed": N_("failed"),
    "interrupted": N_("interrupted"),
    "damaged": N_("damaged"),
    "newer": N_("newer version"),
}
"""What a row says about its run, and how it is shown."""

_NOT_TRAINED = ("running_mean", "running_var", "num_batches_tracked")


class TestResult(BaseModel):
    """What a table needs of `evaluation.json`, without its matrix and examples."""

    __test__ = False  # no class of tests

    step: int | None = None
    accuracy: float | None = None
    accuracy_interval: tuple[float, float] | None = None
    r_squared: float | None = None


_results, _shapes = FileCache(), FileCache()


@dataclass(frozen=True)
class RunRow:
    """A run in the table.

    Attributes:
        run: its folder.
        title: how pages call it.
        status: a key of `STATUSES`.
        message: for the user, such as why it cannot be read.
        label: its name, note and tags.
        state: None for a run that cannot be read.
        settings: those that have an effect on the result, by path.
        parameters: the number of weights that are trained; None before it is known.
        test: the results on the test data; None before the evaluation.
        place: in the queue, from 1.
        members: the runs of a group, which is one row; empty for a single run.
        texts: what the columns of a group show instead of the figures of one run, by the keys of `columns.COLUMNS`.
    """

    run: RunFolder
    title: str
    status: str
    message: str
    label: RunLabel
    state: RunStatus | None = None
    settings: Mapping[str, SettingValue] = field(default_factory=dict)
    parameters: int | None = None
    test: TestResult | None = None
    place: int | None = None
    members: "tuple[RunRow, ...]" = ()
    texts: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """That of the run's folder."""
        return self.run.name

    @property
    def is_of_playground(self) -> bool:
        return self.name.startswith(PLAYGROUND_PREFIX)

    @property
    def network(self) -> str:
        return self._read("model.name")

    @property
    def data(self) -> str:
        return self._read("data.name")

    def _read(self, path: str) -> str:
        return self.settings[path].text if path in self.settings else ""

    @cached_property
    def created(self) -> str:
        """When it was started, in the machine's time zone, such as '2026-11-28 14:05'; empty if that is not known."""
        return f"{datetime.fromisoformat(self.state.created_at).astimezone():%Y-%m-%d %H:%M}" if self.state else ""

    @cached_property
    def words(self) -> str:
        """Everything that a search for a word looks at, in lower case."""
        texts = (self.title, self.name, self.label.note, *self.label.tags, self.message, STATUSES[self.status])
        found = " ".join((*texts, self.network, self.data, self.state.device if self.state else "", self.created))
        return " ".join([found.casefold(), *(member.words for member in self.members)])


def make_rows(runs: Iterable[RunFolder], titles: Mapping[str, str]) -> list[RunRow]:
    """Read the rows of these runs. A run that cannot be read has a row too, with the reason.

    Args:
        runs: those to be listed.
        titles: of the runs, by the names of their folders.
    """
    return [_make_row(run, titles[run.name]) for run in runs]


def _make_row(run: RunFolder, title: str) -> RunRow:
    label = run.label()
    try:
        status, config = run.status(), run.config()
    except NNLabError as error:
        return RunRow(run, title, "newer" if isinstance(error, NewerVersion) else "damaged", str(error), label)
    return RunRow(
        run,
        title,
        status.status,
        status.message,
        label,
        status,
        read_settings(config),
        parameters=status.parameters or _count_parameters(run),
        test=_read_test_result(run, status),
        place=get_queue_position(run.path) if status.status == "queued" else None,
    )


def _count_parameters(run: RunFolder) -> int | None:
    """Count the trained numbers in the weights, for a run whose status does not say: of an older version, or imported."""
    with suppress(Exception):  # a damaged file is reported where the weights are used
        if run.best_weights.exists():
            return _shapes.read(run.best_weights, _add_up_shapes)
    return None


def _add_up_shapes(file: Path) -> int:
    return sum(prod(shape) for name, shape in read_weight_shapes(file).items() if not name.endswith(_NOT_TRAINED))


def _read_test_result(run: RunFolder, status: RunStatus) -> TestResult | None:
    """Read the results of the run's best network. None without them; a damaged file counts as none, because it can be made again."""
    step = status.best.step if status.best else None
    for file in run.computed(run.evaluation_file):
        with suppress(OSError, ValidationError):
            if file.exists() and (found := _results.read(file, _parse_test_result)).step == step:
                return found
    return None


def _parse_test_result(file: Path) -> TestResult:
    return TestResult.model_validate_json(file.read_bytes())


def walk_rows(rows: Iterable[RunRow]) -> Iterator[RunRow]:
    """Yield the rows and the members of groups."""
    for row in rows:
        yield row
        yield from row.members


def list_single_rows(rows: Iterable[RunRow]) -> list[RunRow]:
    """Return the rows of single runs, with the members of groups in place of the groups."""
    return [row for row in walk_rows(rows) if not row.members]
