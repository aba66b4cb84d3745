"""Reads rows from JSON Lines, from a JSON array of objects, and from an object of columns."""

import json
import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from json import JSONDecodeError

from nn_core.data.custom.tables.delimited import Row
from nn_core.data.custom.validation import Limits
from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = ["is_json", "read_json_rows"]

_Value = object
_UNUSABLE = re.compile("[\0\ud800-\udfff]")
_OPENING = re.compile(r'\[?\s*(\{\s*("[^"]*"\s*:|\})|\]|\[)')
_OBJECT_CHARACTERS = 50_000_000  # of a file that is read as a whole
_NAMED_OBJECTS = 1000  # whose keys become columns


def is_json(start: str) -> bool:
    """Return whether a text begins like JSON objects, or like a list of them."""
    start = start.lstrip()
    first, line_end, _rest = start.partition("\n")
    if start[:1] not in ("{", "["):
        return False
    if line_end:
        try:
            return isinstance(json.loads(first), dict | list)
        except (JSONDecodeError, RecursionError):
            pass
    return _OPENING.match(start) is not None


def read_json_rows(lines: Iterable[str], limits: Limits, bad_lines: list[int]) -> Iterator[Row]:
    """Yield a row of names with the line 0, then a row for each object.

    Args:
        lines: of the file.
        limits: what is allowed.
        bad_lines: is filled with the numbers of lines that are not JSON objects, if other lines are.

    Raises:
        BadInput: the file is not JSON, or not a list of objects.
    """
    bad_lines.clear()
    objects = _read_objects(lines, limits, bad_lines)
    first = list(islice(objects, _NAMED_OBJECTS))
    names = list(dict.fromkeys(name for _line, each in first for name in each))
    yield 0, names
    for line, each in chain(first, objects):
        cells = [_to_text(each.get(name)) for name in names]
        if max(map(len, cells), default=0) > limits.cell_characters:
            raise BadInput(
                _("A text in line {line} has more than {most:,} characters. Shorten it.").format(
                    line=line, most=limits.cell_characters
                )
            )
        yield line, cells


def _read_objects(
    lines: Iterable[str], limits: Limits, bad_lines: list[int]
) -> Iterator[tuple[int, dict[str, _Value]]]:
    source = enumerate(lines, start=1)
    head = list(islice(source, 20))
    filled = [line for _number, line in head if line.strip()]
    if len(filled) > 1 and any(isinstance(_parse(line), dict) for line in filled):
        for number, line in chain(head, source):
            if not line.strip():
                continue
            if isinstance(each := _parse(line), dict):
                yield number, each
            else:
                bad_lines.append(number)
        return
    text = "".join(line for _number, line in chain(head, source))
    yield from _read_whole(text, limits)


def _parse(line: str) -> _Value:
    try:
        return json.loads(line)
    except (JSONDecodeError, RecursionError):
        return None


def _read_whole(text: str, limits: Limits) -> Iterator[tuple[int, dict[str, _Value]]]:
    """Read a list of objects one by one, or an object that contains one list, or columns."""
    start = len(text) - len(text.lstrip())
    if text[start : start + 1] != "[":
        yield from _read_object(text)
        return
    decoder, position, line = json.JSONDecoder(), start + 1, text.count("\n", 0, start) + 1
    while True:
        skipped = len(text[position : position + 1000]) - len(text[position : position + 1000].lstrip(" \t\r\n,"))
        line += text.count("\n", position, position + skipped)
        position += skipped
        if skipped == 1000:
            continue
        if text[position : position + 1] == "]":
            return
        try:
            each, end = decoder.raw_decode(text, position)
        except (JSONDecodeError, RecursionError) as error:
            raise _make_json_error(line) from error
        if not isinstance(each, dict):
            raise _make_shape_error()
        yield line, each
        line += text.count("\n", position, end)
        position = end


def _read_object(text: str) -> Iterator[tuple[int, dict[str, _Value]]]:
    if len(text) > _OBJECT_CHARACTERS:
        raise BadInput(
            _(
                "The file is one JSON object of more than {most:,} characters. Write one object in each line instead."
            ).format(most=_OBJECT_CHARACTERS)
        )
    try:
        whole = json.loads(text)
    except JSONDecodeError as error:
        raise _make_json_error(error.lineno) from error
    except RecursionError as error:
        raise _make_json_error(1) from error
    columns = whole if isinstance(whole, dict) else {}
    lists = [each for each in columns.values() if isinstance(each, list) and all(isinstance(one, dict) for one in each)]
    if len(lists) == 1 and lists[0]:
        yield from ((number, each) for number, each in enumerate(lists[0], start=1))
        return
    # Columns, as pandas writes them: {"text": {"0": …}, "label": {"0": …}} or {"text": […], "label": […]}.
    as_dicts = {
        name: column if isinstance(column, dict) else dict(enumerate(column))
        for name, column in columns.items()
        if isinstance(column, dict | list)
    }
    if not as_dicts or len(as_dicts) != len(columns):
        raise _make_shape_error()
    keys = dict.fromkeys(key for column in as_dicts.values() for key in column)
    for number, key in enumerate(keys, start=1):
        yield number, {name: column.get(key) for name, column in as_dicts.items()}


def _to_text(value: _Value) -> str:
    if isinstance(value, str):
        return _UNUSABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def _make_json_error(line: int) -> BadInput:
    return BadInput(
        _("Line {line} of the file is not valid JSON. Write one object in each line, such as {example}.").format(
            line=line, example='{"text": "…", "label": "…"}'
        )
    )


def _make_shape_error() -> BadInput:
    return BadInput(
        _("The JSON file is not a list of objects. Write one object for each text, such as {example}.").format(
            example='{"text": "…", "label": "…"}'
        )
    )
