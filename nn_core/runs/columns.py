"""The columns of the table of runs: what each shows, how it is sorted, grouped and searched."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from nn_core.formatting import format_duration, format_percent
from nn_core.i18n import N_, _
from nn_core.runs.label import isolate_direction
from nn_core.runs.setting_values import find_differing_settings
from nn_core.runs.table import STATUSES, RunRow, walk_rows

__all__ = [
    "COLUMNS",
    "Column",
    "ColumnKind",
    "Value",
    "find_setting_columns",
    "get_columns",
    "get_text",
    "get_value",
    "group_rows",
    "sort_rows",
]

Value = float | str | tuple[str, ...] | None
ColumnKind = Literal["text", "name", "names", "number", "percent", "duration", "date"]
"""How a column is searched: text contains words, a name is compared as a whole, names are several of them."""

_SHOWN_ELSEWHERE = {"data.name", "model.name", "training.epochs"}
"""Settings that have a column of another name."""


def _format_plain(_row: RunRow, value: Value) -> str:
    return isolate_direction(" ".join(str(value).split()))


@dataclass(frozen=True)
class Column:
    """A column of the table.

    Attributes:
        title: its heading, untranslated for those of `COLUMNS`.
        kind: how it is searched and shown.
        get: the value of a row.
        format: the value as text.
        help: what it means, untranslated; empty if the title says it.
        aliases: other names by which a search may call it.
    """

    title: str
    kind: ColumnKind
    get: Callable[[RunRow], Value]
    format: Callable[[RunRow, Value], str] = _format_plain
    help: str = ""
    aliases: tuple[str, ...] = ()


def _format_status(row: RunRow, _value: Value) -> str:
    label = _(STATUSES[row.status])
    return _("{status}, place {place}").format(status=label, place=row.place) if row.place else label


def _format_test(row: RunRow, _value: Value) -> str:
    """Format the accuracy with its interval, such as '98.61 % (98.36–98.82)'."""
    assert row.test is not None
    assert row.test.accuracy is not None
    shown = format_percent(row.test.accuracy, 2)
    if row.test.accuracy_interval is None:
        return shown
    low, high = (100 * bound for bound in row.test.accuracy_interval)
    return f"{shown} ({low:.2f}–{high:.2f})"


def _format_r_squared(_row: RunRow, value: Value) -> str:
    return f"{value:.3f}".replace("-", "−")


def _get_best(name: Literal["accuracy", "r_squared", "loss"]) -> Callable[[RunRow], Value]:
    def get(row: RunRow) -> Value:
        best = row.state.best if row.state else None
        return getattr(best, name) if best else None

    return get


def _get_epochs(row: RunRow) -> Value:
    return float(row.state.epochs_done) if row.state else None


def _format_epochs(row: RunRow, _value: Value) -> str:
    return f"{row.state.epochs_done} / {row.state.epochs}" if row.state else ""


_FRACTION_HELP = N_(
    "Of the best epoch, on the validation examples: not used for training, but used to choose that epoch."
)

COLUMNS: dict[str, Column] = {
    "run": Column(N_("Run"), "text", lambda row: row.title, aliases=("name", "title")),
    "status": Column(N_("Status"), "name", lambda row: row.status, _format_status),
    "tags": Column(
        N_("Tags"),
        "names",
        lambda row: row.label.tags or None,
        lambda row, _v: ", ".join(row.label.tags),
        aliases=("tag",),
    ),
    "note": Column(N_("Note"), "text", lambda row: row.label.note or None),
    "message": Column(N_("Message"), "text", lambda row: row.message or None),
    "validation": Column(
        N_("Validation accuracy"),
        "percent",
        _get_best("accuracy"),
        lambda _row, value: format_percent(float(str(value)), 2),
        _FRACTION_HELP,
        aliases=("val accuracy", "best accuracy", "best validation accuracy"),
    ),
    "test": Column(
        N_("Test accuracy"),
        "percent",
        lambda row: row.test.accuracy if row.test else None,
        _format_test,
        N_("On the test examples, with its 95 % confidence interval: the share in a very large test would be inside."),
        aliases=("accuracy",),
    ),
    "validation_r_squared": Column(
        N_("Validation R²"),
        "number",
        _get_best("r_squared"),
        _format_r_squared,
        _FRACTION_HELP,
        aliases=("validation r2",),
    ),
    "test_r_squared": Column(
        N_("Test R²"),
        "number",
        lambda row: row.test.r_squared if row.test else None,
        _format_r_squared,
        N_("The share of the variance of the test values that is explained, at most 1."),
        aliases=("test r2", "r2", "r²"),
    ),
    "loss": Column(
        N_("Validation loss"),
        "number",
        _get_best("loss"),
        lambda _row, value: f"{value:.4f}",
        N_("Of the best epoch. Losses of different kinds cannot be compared."),
    ),
    "network": Column(N_("Network"), "name", lambda row: row.network or None, aliases=("model", "model.name")),
    "data": Column(N_("Data"), "name", lambda row: row.data or None, aliases=("data set", "dataset", "data.name")),
    "parameters": Column(
        N_("Parameters"),
        "number",
        lambda row: row.parameters,
        lambda _row, value: f"{value:,}",
        N_("How many numbers the network learns."),
        aliases=("params", "weights"),
    ),
    "epochs": Column(N_("Epochs"), "number", _get_epochs, _format_epochs, aliases=("epoch", "training.epochs")),
    "duration": Column(
        N_("Duration"),
        "duration",
        lambda row: row.state.elapsed_seconds if row.state else None,
        lambda _row, value: format_duration(float(str(value))),
        N_("Time spent training, without pauses."),
        aliases=("time",),
    ),
    "device": Column(N_("Device"), "text", lambda row: (row.state and row.state.device) or None),
    "date": Column(
        N_("Date"),
        "date",
        lambda row: row.created or None,
        lambda _row, value: str(value).replace(" ", ", "),
        aliases=("created", "started"),
    ),
    "folder": Column(N_("Folder"), "text", lambda row: row.name),
}
"""The columns that every table may have, by key. A setting's column has its path as key."""


def get_value(row: RunRow, key: str) -> Value:
    """Return the value in a column, by its key or the path of a setting; None if the run has none."""
    if column := COLUMNS.get(key):
        return column.get(row)
    setting = row.settings.get(key)
    return setting.value if setting else None


def get_text(row: RunRow, key: str) -> str:
    """Return what the column shows; empty if the run has no value."""
    if key in row.texts:
        return row.texts[key]
    if column := COLUMNS.get(key):
        value = column.get(row)
        return "" if value is None else column.format(row, value)
    setting = row.settings.get(key)
    return setting.text if setting else ""


def find_setting_columns(rows: Iterable[RunRow]) -> list[str]:
    """Return the paths of the settings in which the rows differ, without those that have a column of another name."""
    differing = find_differing_settings([row.settings for row in walk_rows(rows) if row.settings])
    return [path for path in differing if path not in _SHOWN_ELSEWHERE]


def get_columns(rows: Iterable[RunRow]) -> dict[str, Column]:
    """Return all columns that a table of these rows may have, by key: `COLUMNS`, translated, and every setting of a run.

    Settings of the same title have their path in it.
    """
    columns = {
        key: Column(_(c.title), c.kind, c.get, c.format, _(c.help) if c.help else "", c.aliases)
        for key, c in COLUMNS.items()
    }
    distinct = {id(row.settings): row.settings for row in walk_rows(rows)}.values()
    settings = {path: setting for each in distinct for path, setting in each.items() if path not in _SHOWN_ELSEWHERE}
    titles = [setting.title.casefold() for setting in settings.values()] + [
        c.title.casefold() for c in columns.values()
    ]
    for path, setting in settings.items():
        is_single = titles.count(setting.title.casefold()) == 1
        columns[path] = Column(
            setting.title if is_single else f"{setting.title} ({path})",
            "number" if isinstance(setting.value, float) else "name",
            lambda row, path=path: get_value(row, path),  # type: ignore[misc]
            aliases=(path, path.rpartition(".")[2], setting.title),
        )
    return columns


def sort_rows(rows: Sequence[RunRow], key: str, *, descending: bool) -> list[RunRow]:
    """Sort the rows by a column. Those without a value come last in both directions; equal ones keep their order."""

    def rank(row: RunRow) -> tuple[bool, float, str]:
        value = get_value(row, key)
        number = value if isinstance(value, int | float) else 0.0
        text = " ".join(value) if isinstance(value, tuple) else value if isinstance(value, str) else ""
        return isinstance(value, str | tuple), float(number), text.casefold()

    known = [row for row in rows if get_value(row, key) is not None]
    return sorted(known, key=rank, reverse=descending) + [row for row in rows if get_value(row, key) is None]


def group_rows(rows: Sequence[RunRow], key: str) -> dict[str, list[RunRow]]:
    """Return the rows by the text in a column, in alphabetical order; those without a value last, under "". An empty key makes one group."""
    groups: dict[str, list[RunRow]] = {}
    for row in rows:
        value = get_value(row, key) if key else ""
        text = _(STATUSES[row.status]) if key == "status" else str(value or "")
        groups.setdefault(text, []).append(row)
    return dict(sorted(groups.items(), key=lambda item: (not item[0], item[0].casefold())))
