"""The comparisons of a search: numbers with units, percentages, durations, dates, and names."""

import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping

from nn_core.errors import BadInput, describe_unknown, to_one_line
from nn_core.i18n import N_, _
from nn_core.runs.columns import COLUMNS, Column, ColumnKind
from nn_core.runs.table import STATUSES, RunRow

__all__ = ["EXAMPLES", "UNITS", "Condition", "compare_column", "is_number", "normalize_name", "shorten_text"]

_MAX_SHOWN = 40
_SIGNS = {"≤": "<=", "≥": ">=", "==": "=", ":": "="}
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_SECONDS = {
    "": 1,
    "s": 1,
    "sec": 1,
    "seconds": 1,
    "m": 60,
    "min": 60,
    "minutes": 60,
    "h": 3600,
    "hours": 3600,
    "d": 86400,
}
_SECONDS |= {"second": 1, "minute": 60, "hour": 3600, "days": 86400, "day": 86400}
_FACTORS = {"": 1.0, "%": 0.01, "k": 1e3, "m": 1e6, "g": 1e9}
UNITS: Mapping[ColumnKind, Iterable[str]] = {"duration": _SECONDS, "percent": ["%"], "number": ["%"]}
_NUMBER = re.compile(r"([-+−]?(?:\d[\d,]*\.?\d*|\.\d+)(?:e[-+]?\d+)?)\s*([a-z%]*)", re.IGNORECASE)
_CLOCK = re.compile(r"(\d+):([0-5]\d)(?:\s*(min|h))?")
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d([ T]\d\d(:\d\d)?)?)?)?")
EXAMPLES: Mapping[ColumnKind, str] = {
    "number": "0.01",
    "percent": "98 %",
    "duration": "5 min",
    "date": "2026-11-01",
    "name": N_("net"),
    "names": N_("good"),
    "text": N_("word"),
}


Condition = Callable[[RunRow], bool]


def shorten_text(text: str) -> str:
    """Shorten a part of the search for a sentence about it."""
    return to_one_line(text, _MAX_SHOWN)


def normalize_name(name: str) -> str:
    """Return the form in which names are compared: `Learning_rate` and `learning rate` are the same."""
    return " ".join(name.casefold().replace("_", " ").replace("-", " ").split())


def is_number(text: str) -> bool:
    """Whether the text is a number, perhaps with a unit."""
    return _NUMBER.fullmatch(text) is not None


def compare_column(title: str, column: Column, sign: str, text: str) -> Condition:
    """Make the condition that a column's value compares in this way with the text. Raises BadInput."""
    sign = _SIGNS.get(sign, sign)
    match column.kind:
        case "number" | "percent" | "duration":
            return _compare_numbers(title, column, sign, text)
        case "date":
            return _compare_dates(title, column, sign, text)
    if sign in _COMPARE:
        raise BadInput(
            _("'{title} {sign} {value}' compares numbers, and {title} is no number: write {title} = {value}.").format(
                title=title, sign=sign, value=shorten_text(text)
            )
        )
    return _compare_texts(column, sign, text)


def _compare_numbers(title: str, column: Column, sign: str, text: str) -> Condition:
    wanted, tolerance = _parse_number(title, column.kind, text)

    def compare(row: RunRow) -> bool:
        value = column.get(row)
        if not isinstance(value, int | float):
            return False
        if sign in _COMPARE:
            return _COMPARE[sign](value, wanted)
        is_equal = math.isclose(value, wanted, rel_tol=1e-6, abs_tol=tolerance)
        return is_equal == (sign == "=")

    return compare


def _parse_number(title: str, kind: ColumnKind, text: str) -> tuple[float, float]:
    """Return the number and how far a value may be from it to count as equal, which is as far as the table rounds."""
    if kind == "duration" and (clock := _CLOCK.fullmatch(text)):
        large, small = (3600, 60) if clock[3] == "h" else (60, 1)
        return float(clock[1]) * large + float(clock[2]) * small, 0.5
    found = _NUMBER.fullmatch(text.strip())
    units: Mapping[str, float] = _SECONDS if kind == "duration" else _FACTORS
    if not found or found[2].casefold() not in units:
        raise BadInput(
            _("'{value}' is no number, and {title} is compared with one: write {title} > {example}.").format(
                value=shorten_text(text), title=title, example=EXAMPLES[kind]
            )
        )
    number = float(found[1].replace(",", "").replace("−", "-")) * units[found[2].casefold()]
    if kind != "percent":
        return number, 0.5 if kind == "duration" else 0.0
    fraction = number if found[2] or number <= 1 else number / 100
    if not 0 <= fraction <= 1:
        raise BadInput(
            _("{title} is between 0 and 100 %, and the search compares it with {value}: write {title} > 98 %.").format(
                title=title, value=shorten_text(text)
            )
        )
    return fraction, 0.00005


def _compare_dates(title: str, column: Column, sign: str, text: str) -> Condition:
    """Compare as far as the date is given: `date = 2026-11` is the whole month, `date > 2026-11-01` begins on the day after."""
    if not _DATE.fullmatch(text):
        raise BadInput(
            _("'{value}' is no date: write {title} > 2026-11-01, as year, month and day.").format(
                value=shorten_text(text), title=title
            )
        )
    wanted = text.replace("T", " ")

    def compare(row: RunRow) -> bool:
        value = column.get(row)
        if not isinstance(value, str):
            return False
        start = value[: len(wanted)]
        found = {"=": start == wanted, "!=": start != wanted, "<": start < wanted, ">": start > wanted}
        return found.get(sign[0] if sign in ("<=", ">=") else sign, False) or (sign in ("<=", ">=") and start == wanted)

    return compare


def _compare_texts(column: Column, sign: str, text: str) -> Condition:
    wanted = normalize_name(text)
    if column.get is COLUMNS["status"].get and wanted and sign == "=":
        _check_status(text)
    wanted = {"true": normalize_name(_("yes")), "false": normalize_name(_("no"))}.get(wanted, wanted)

    def has_value(row: RunRow) -> bool:
        value = column.get(row)
        texts = value if isinstance(value, tuple) else () if value is None else (str(value),)
        if not wanted:
            return not any(texts)
        if column.kind == "text":
            return any(wanted in normalize_name(each) for each in texts)
        return any(wanted in (normalize_name(each), normalize_name(_(STATUSES.get(each, each)))) for each in texts)

    return has_value if sign == "=" else lambda row: not has_value(row)


def _check_status(text: str) -> None:
    names = [name for status, title in STATUSES.items() for name in (status, _(title))]
    if normalize_name(text) not in map(normalize_name, names):
        raise BadInput(describe_unknown(_("status"), shorten_text(text), dict.fromkeys(map(_, STATUSES.values()))))
