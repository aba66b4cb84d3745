"""A comparison as JSON, as Markdown, and its disagreements as a table."""

from __future__ import annotations

import csv
import io
import json

from pydantic import JsonValue

from nn_core.errors import to_one_line
from nn_core.evaluation.comparability import LETTERS
from nn_core.evaluation.comparison import Comparison
from nn_core.evaluation.verdicts import REPEAT, describe_pair, format_difference, format_p_value
from nn_core.formatting import format_number, format_percent, format_percent_range, protect_cell
from nn_core.i18n import _
from nn_core.runs.label import isolate_direction

__all__ = ["describe_comparison", "format_result", "format_setting", "make_disagreement_csv", "make_report"]

_MAX_VALUE = 60  # characters of a setting's value


def make_report(comparison: Comparison) -> dict[str, JsonValue]:
    """Return what `compare --json` prints. The fields of a single pair are there only for two runs."""
    classifies = bool(comparison.answers)
    values: list[JsonValue] = [result.value for result in comparison.results]
    intervals: list[JsonValue] = [list(result.interval) for result in comparison.results]
    unknown: list[JsonValue] = [None] * len(comparison.participants)
    report: dict[str, JsonValue] = {
        "runs": [each.run.name for each in comparison.participants],
        "examples": comparison.count,
        "data": comparison.participants[0].data.spec.name if comparison.results else None,
        "remarks": [remark.sentence for remark in comparison.remarks],
        "accuracy": values if classifies else unknown,
        "accuracy_interval": intervals if classifies else unknown,
    }
    if comparison.results and not classifies:
        report |= {"error": values, "error_interval": intervals}
    pairs: list[dict[str, JsonValue]] = [
        {
            "difference": pair.difference,
            "interval": list(pair.interval),
            "only_first_right": pair.only_first if classifies else None,
            "only_second_right": pair.only_second if classifies else None,
            "p_value": pair.p_value,
            "corrected_p_value": pair.corrected_p_value,
            "verdict": str(describe_pair(comparison, pair)),
        }
        for pair in comparison.pairs
    ]
    names = [each.run.name for each in comparison.participants]
    if len(names) == 2:
        fields = ("difference", "interval", "only_first_right", "only_second_right", "p_value", "verdict")
        report |= {field: pairs[0][field] if pairs else None for field in fields}
    else:
        report["pairs"] = [
            {"first": names[pair.first], "second": names[pair.second], **row}
            for pair, row in zip(comparison.pairs, pairs, strict=True)
        ]
    return report | {
        "agreement": [list(row) for row in comparison.agreement] if classifies else None,
        "settings": {path: list(row) for path, row in comparison.settings.items()},
        "disagreements": _list_disagreements(comparison) if classifies else [],
    }


def _list_disagreements(comparison: Comparison) -> list[JsonValue]:
    classes = comparison.participants[0].data.spec.classes
    return [
        {
            "index": index,
            "label": classes[comparison.labels[index]],
            "answers": [classes[each.predicted[index]] for each in comparison.answers],
            "confidence": [round(float(each.confidence[index]), 4) for each in comparison.answers],
            "right": [bool(each.predicted[index] == comparison.labels[index]) for each in comparison.answers],
        }
        for index in comparison.find_disagreements().tolist()
    ]


def make_disagreement_csv(comparison: Comparison) -> str:
    """Return a line for each example to which the runs give different answers; for errors, a line for each example. A cell that a
    spreadsheet would compute begins with an apostrophe."""
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    letters = [each.letter for each in comparison.participants]
    if not comparison.answers:
        writer.writerow(["example", *(f"error of {letter}" for letter in letters)])
        for index in comparison.find_disagreements().tolist():
            writer.writerow([index, *(f"{error:.6g}" for error in comparison.errors[:, index])])
        return output.getvalue()
    columns = [f"{what} of {letter}" for letter in letters for what in ("answer", "confidence")]
    writer.writerow(["example", "correct", *columns])
    classes = [protect_cell(name) for name in comparison.participants[0].data.spec.classes]
    for index in comparison.find_disagreements().tolist():
        cells = [
            cell
            for each in comparison.answers
            for cell in (classes[each.predicted[index]], f"{each.confidence[index]:.4f}")
        ]
        writer.writerow([index, classes[comparison.labels[index]], *cells])
    return output.getvalue()


def describe_comparison(comparison: Comparison) -> str:
    """Return the comparison as text, which is Markdown too: verdicts, results and the settings that differ."""
    parts = ["\n".join(f"- {each.letter}: {_clean(each.title)}" for each in comparison.participants)]
    verdicts = [str(describe_pair(comparison, pair)) for pair in comparison.pairs]
    parts += [*verdicts, *([_(REPEAT)] if verdicts else [])]
    parts.append("\n".join(f"- {remark.sentence}" for remark in comparison.remarks))
    if comparison.results:
        title = _("Accuracy (95 % interval)") if comparison.answers else _("Mean error (95 % interval)")
        rows = [f"- {LETTERS[place]}: {format_result(comparison, place)}" for place in range(len(comparison.results))]
        rows += [
            _("- {second} minus {first}: {difference}, p {p}").format(
                first=LETTERS[pair.first],
                second=LETTERS[pair.second],
                difference=format_difference(comparison, pair),
                p=format_p_value(pair.p_value),
            )
            for pair in comparison.pairs
        ]
        parts.append("\n".join([f"{title}:", *rows]))
    settings = [
        f"- {path}: "
        + ", ".join(f"{letter} {format_setting(value)}" for letter, value in zip(LETTERS, row, strict=False))
        for path, row in comparison.settings.items()
    ]
    parts.append("\n".join([_("Settings that differ:"), *(settings or [_("- none")])]))
    if comparison.answers:
        parts.append(
            _("Test examples with different answers: {count:,} of {all:,}.").format(
                count=len(comparison.find_disagreements()), all=comparison.count
            )
        )
    return "\n\n".join(parts)


def format_result(comparison: Comparison, place: int) -> str:
    """Format the accuracy or the mean error of a run with its interval."""
    result = comparison.results[place]
    if comparison.answers:
        return f"{format_percent(result.value, 2)} ({format_percent_range(*result.interval, 2)})"
    low, high = (format_number(value, 4) for value in result.interval)
    return f"{format_number(result.value, 4)} ({low}–{high})"


def format_setting(value: JsonValue) -> str:
    """Format the value of a setting; a dash if the run has no such setting."""
    if value is None:
        return "–"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return _clean(text) or '""'


def _clean(text: str) -> str:
    return isolate_direction(to_one_line(text, _MAX_VALUE))
