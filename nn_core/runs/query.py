"""The language in which runs are searched: `net "rate 5" learning rate > 0.01 accuracy >= 98 % tag:good -status:failed`.

Words and quoted words are looked for in everything that a row says. A comparison names a column as the table shows it, as a setting is
called on the command line, or briefly (`lr`). All conditions must hold; `or` separates alternatives; `not` or `-` negates what follows.
What looks like a comparison but names no column is text if it is written without spaces, so that a name like `too</b>` can be found.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NamedTuple

from nn_core.errors import BadInput
from nn_core.i18n import _
from nn_core.runs.columns import COLUMNS, Column, Value, get_columns, get_value
from nn_core.runs.query_conditions import (
    EXAMPLES,
    UNITS,
    Condition,
    compare_column,
    is_number,
    normalize_name,
    shorten_text,
)
from nn_core.runs.table import RunRow, walk_rows

__all__ = ["MAX_QUERY_LENGTH", "Query", "explain_no_match", "parse_query"]

MAX_QUERY_LENGTH = 300
_LONGEST_NAME = 6  # words of a column's title
_TOKEN = re.compile(r'(?P<quoted>"[^"]*"|“[^”]*”)|(?P<operator>[<>!=]=|[≤≥:=<>])|(?P<word>[^\s"“<>=:≤≥!]+|[!"“])')
_TAG = re.compile(r"""\btags?\s*[:=]\s*(["“][^"”]+|[^"“\s]+)""", re.IGNORECASE)


@dataclass(frozen=True)
class Query:
    """What is searched: alternatives, each with conditions that must all hold."""

    alternatives: Sequence[Sequence[Condition]]

    def is_match(self, row: RunRow) -> bool:
        """Whether the row, or one of its members, is found."""
        if any(self.is_match(member) for member in row.members):
            return True
        return any(all(condition(row) for condition in conditions) for conditions in self.alternatives)


class _Token(NamedTuple):
    kind: str
    text: str
    is_joined: bool
    """Whether no space is before it."""


def parse_query(text: str, rows: Sequence[RunRow]) -> Query:
    """Read a query about these rows. An empty one finds all.

    Raises:
        BadInput: A column does not exist, or a value does not fit it.
    """
    if len(text) > MAX_QUERY_LENGTH:
        raise BadInput(
            _("The search has {count} characters, and at most {most} are possible: shorten it.").format(
                count=len(text), most=MAX_QUERY_LENGTH
            )
        )
    tokens = _tokenize(text)
    parser = _Parser(tokens, _get_fields(rows))
    return Query(parser.parse())


def explain_no_match(text: str, rows: Sequence[RunRow]) -> str:
    """Say what to do about a query that finds none of these rows: in one or two sentences."""
    fields = _get_fields(rows)
    found = _TAG.search(text)
    tag = found[1].lstrip('"“') if found else ""
    if tag and not any(tag.casefold() in map(str.casefold, row.label.tags) for row in walk_rows(rows)):
        return _("No run has the tag '{tag}'. Search for something else.").format(tag=shorten_text(tag))
    words = text.split()
    for at in range(1, len(words)):
        for start in range(at):
            name = " ".join(words[start:at])
            if is_number(words[at]) and normalize_name(name) in fields:
                return _("To compare with a number, write {name} = {value}.").format(
                    name=shorten_text(name), value=shorten_text(words[at])
                )
    return _("Search for something else.")


def _tokenize(text: str) -> list[_Token]:
    tokens, end = [], 0
    for match in _TOKEN.finditer(text):
        kind = str(match.lastgroup)
        found = match[0][1:-1] if kind == "quoted" else match[0]
        tokens.append(_Token(kind, found, is_joined=match.start() == end and end > 0))
        end = match.end()
    return tokens


def _get_fields(rows: Sequence[RunRow]) -> dict[str, list[tuple[str, Column]]]:
    """Return the columns, each with its title, by every name that a search may use for them."""
    fields: dict[str, list[tuple[str, Column]]] = {}
    for key, column in get_columns(rows).items():
        names = [key, column.title, *(name for name in column.aliases if name != "name" or key == "run")]
        if key.endswith(".name"):
            names.append(key.removesuffix(".name"))
        for name in dict.fromkeys(map(normalize_name, names)):
            fields.setdefault(name, []).append((column.title, column))
    accuracy = Column(_("Accuracy"), "percent", _get_accuracy)
    fields[normalize_name(accuracy.title)] = fields["accuracy"] = [(accuracy.title, accuracy)]
    return fields


def _get_accuracy(row: RunRow) -> Value:
    """On the test data, or before the evaluation on the validation data."""
    test = get_value(row, "test")
    return get_value(row, "validation") if test is None else test


class _Parser:
    """Reads tokens from left to right. `pending` are the words that may still be the name of a column."""

    def __init__(self, tokens: list[_Token], fields: Mapping[str, list[tuple[str, Column]]]) -> None:
        self._tokens, self._fields = tokens, fields
        self._at = 0
        self._pending: list[_Token] = []
        self._conditions: list[Condition] = []

    def parse(self) -> list[list[Condition]]:
        alternatives: list[list[Condition]] = [self._conditions]
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            self._at += 1
            if token.kind == "operator":
                self._read_comparison(token)
            elif token.kind == "word" and token.text.casefold() == "or" and not token.is_joined:
                self._flush()
                self._conditions = []
                alternatives.append(self._conditions)
            elif self._pending and token.is_joined and self._pending[-1].kind == token.kind == "word":
                self._pending[-1] = self._pending[-1]._replace(text=self._pending[-1].text + token.text)
            else:
                self._pending.append(token)
        self._flush()
        filled = [conditions for conditions in alternatives if conditions]
        return filled or [[]]

    def _flush(self) -> None:
        """Turn the pending words into conditions."""
        is_negated = False
        for token in self._pending:
            word = token.text.casefold()
            if token.kind == "word" and word == "and":
                continue
            if token.kind == "word" and word == "not" and not is_negated:
                is_negated = True
                continue
            if token.kind == "word" and len(word) > 1 and word.startswith("-"):
                is_negated, word = True, word[1:]
            if word:
                self._conditions.append(_negate(_find_word(word), is_negated))
            is_negated = False
        if is_negated:  # a "not" that nothing follows is a word
            self._conditions.append(_find_word("not"))
        self._pending = []

    def _read_comparison(self, sign: _Token) -> None:
        found = self._take_field()
        if not found:
            self._read_text(sign)
            return
        name, columns, is_negated = found
        self._flush()
        start = self._at
        errors: list[BadInput] = []
        conditions: list[Condition] = []
        ends = [start]
        for title, column in columns:
            self._at = start
            value = self._read_value(sign, name, column)
            try:
                conditions.append(compare_column(title, column, sign.text, value))
                ends.append(self._at)
            except BadInput as error:
                errors.append(error)
        if not conditions:
            raise errors[0]
        self._at = max(ends)
        self._conditions.append(_negate(lambda row: any(condition(row) for condition in conditions), is_negated))

    def _take_field(self) -> tuple[str, list[tuple[str, Column]], bool] | None:
        """Take the longest end of the pending words that names a column, with a `-` or `not` before it."""
        for count in range(min(_LONGEST_NAME, len(self._pending)), 0, -1):
            tokens = self._pending[-count:]
            name = " ".join(token.text for token in tokens)
            is_negated = tokens[0].kind == "word" and name.startswith("-")
            name = name.removeprefix("-") if is_negated else name
            if columns := self._fields.get(normalize_name(name)):
                del self._pending[-count:]
                if self._pending and self._pending[-1][:2] == ("word", "not"):
                    self._pending.pop()
                    is_negated = True
                return name, columns, is_negated
        return None

    def _read_value(self, sign: _Token, name: str, column: Column) -> str:
        if self._at >= len(self._tokens) or (self._tokens[self._at].kind == "operator"):
            raise BadInput(
                _("'{start}' needs a value behind it, such as {start} {example}.").format(
                    start=f"{shorten_text(name)} {sign.text}", example=_(EXAMPLES[column.kind])
                )
            )
        parts = [self._tokens[self._at]]
        self._at += 1
        while parts[-1].kind != "quoted" and self._at < len(self._tokens) and self._tokens[self._at].is_joined:
            parts.append(self._tokens[self._at])
            self._at += 1
        value = "".join(part.text for part in parts)
        following = self._tokens[self._at] if self._at < len(self._tokens) else None
        if following and following.kind == "word" and following.text.casefold() in UNITS.get(column.kind, ()):
            value += f" {following.text}"
            self._at += 1
        return value

    def _read_text(self, sign: _Token) -> None:
        """Take an operator without a column as a part of a word, or refuse it if it is meant as a comparison."""
        before = self._pending[-1] if self._pending else None
        parts: list[_Token] = []
        while self._at < len(self._tokens) and self._tokens[self._at].is_joined:
            parts.append(self._tokens[self._at])
            self._at += 1
        after = "".join(part.text for part in parts)
        is_glued = sign.is_joined and before is not None
        if (sign.text == ":" and (is_glued or after)) or (
            (is_glued or before is None) and after and not is_number(after)
        ):
            if is_glued and before:
                self._pending[-1] = before._replace(text=before.text + sign.text + after)
            else:
                self._pending.append(_Token("word", sign.text + after, is_joined=False))
            return
        if before is None:
            raise BadInput(
                _("'{sign}' needs a column before it, such as learning rate {sign} 0.01.").format(sign=sign.text)
            )
        self._pending.pop()
        raise BadInput(self._describe_unknown(before.text, sign.text))

    def _describe_unknown(self, name: str, sign: str) -> str:
        words = [*(token.text for token in self._pending[1 - _LONGEST_NAME :]), name][-_LONGEST_NAME:]
        endings = [" ".join(words[start:]) for start in range(len(words))]
        near = [found for each in endings for found in get_close_matches(normalize_name(each), self._fields, 1, 0.75)]
        some = ", ".join(_(column.title) for column in COLUMNS.values())
        remedy = (
            _("Did you mean '{name}'?").format(name=self._fields[near[0]][0][0])
            if near
            else _("Use a column ({names}) or a setting, such as learning rate.").format(names=some)
        )
        return _(
            "No column and no setting of these runs is called '{name}', which the search compares with '{sign}'. {remedy}"
        ).format(name=shorten_text(name), sign=sign, remedy=remedy)


def _negate(condition: Condition, is_negated: bool) -> Condition:
    return (lambda row: not condition(row)) if is_negated else condition


def _find_word(word: str) -> Condition:
    wanted = " ".join(word.casefold().split())
    return lambda row: wanted in " ".join(row.words.split())
