"""Chooses the columns of texts and of labels: by name, then by content."""

from collections.abc import Sequence
from dataclasses import dataclass

from nn_core.data.custom.tables.column_content import ColumnContent
from nn_core.data.custom.tables.column_names import Role, rate_name
from nn_core.data.custom.validation import shorten
from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = ["ColumnChoice", "Columns", "choose_columns", "find_column", "select_columns"]

_MAX_LISTED = 20
_RIVAL_CONTENT = 0.6  # of the best one's rating
_RIVAL_NAME = 0.5
_LEAST_CONTENT = 0.15


@dataclass(frozen=True)
class Columns:
    """The names of all columns, empty where there is none, and what they contain."""

    names: tuple[str, ...]
    contents: tuple[ColumnContent, ...]

    def get_title(self, column: int) -> str:
        """Return the name by which a column can be chosen: its number, counted from 1, if it has no name of its own."""
        name = self.names[column]
        return name if name and self.names.count(name) == 1 else str(column + 1)

    def list_titles(self, columns: Sequence[int]) -> str:
        """List some columns for a message."""
        titles = [f"'{shorten(self.get_title(column))}'" for column in columns]
        return ", ".join(titles[:_MAX_LISTED]) + (" …" if len(titles) > _MAX_LISTED else "")

    def has_texts(self, column: int) -> bool:
        """Return whether a column looks like texts. One of only two columns may have numbers, such as those of telephones."""
        return len(self.names) <= 2 or self.contents[column].text_rating > 0


@dataclass(frozen=True)
class ColumnChoice:
    """The chosen columns, counted from 0, and the others that are about as likely, if there are any."""

    text: int
    label: int
    text_rivals: tuple[int, ...] = ()
    label_rivals: tuple[int, ...] = ()


@dataclass(frozen=True)
class _Rating:
    name: float
    content: float

    @property
    def total(self) -> float:
        is_possible = self.content > _LEAST_CONTENT
        return (self.name if is_possible else self.name / 4) + self.content


def choose_columns(columns: Columns, text: int | None = None, label: int | None = None) -> ColumnChoice:
    """Choose the column of texts and that of labels.

    Args:
        columns: at least two.
        text: that of the texts, if it is known.
        label: that of the labels, if it is known.
    """
    every = range(len(columns.names))
    texts, labels = _rate(columns, "text"), _rate(columns, "label")
    some_texts = [text] if text is not None else sorted(every, key=lambda column: -texts[column].total)[:6]
    some_labels = [label] if label is not None else sorted(every, key=lambda column: -labels[column].total)[:6]
    pairs = [(a, b) for a in some_texts for b in some_labels if a != b]
    best_text, best_label = max(pairs, key=lambda pair: texts[pair[0]].total + labels[pair[1]].total)
    used = (best_text, best_label)
    return ColumnChoice(
        best_text,
        best_label,
        _find_rivals(texts, best_text, used) if text is None else (),
        _find_rivals(labels, best_label, used) if label is None else (),
    )


def _rate(columns: Columns, role: Role) -> list[_Rating]:
    return [
        _Rating(rate_name(name, role), content.text_rating if role == "text" else content.label_rating)
        for name, content in zip(columns.names, columns.contents, strict=True)
    ]


def _find_rivals(ratings: list[_Rating], best: int, used: tuple[int, int]) -> tuple[int, ...]:
    """Return the other columns that are about as likely; all that are possible if the best one is hardly possible itself."""
    chosen = ratings[best]
    return tuple(
        column
        for column, rating in enumerate(ratings)
        if column not in used
        and rating.content > _LEAST_CONTENT
        and rating.name > chosen.name - _RIVAL_NAME
        and rating.content >= _RIVAL_CONTENT * chosen.content
    )


def find_column(wanted: str | int, columns: Columns, option: str) -> int:
    """Return the column of that name, or else of that number, counted from 1. An int is always a number.

    Raises:
        BadInput: there is none; it names the option and lists the columns.
    """
    is_number = isinstance(wanted, int)
    wanted = str(wanted).strip()
    for names in (columns.names, tuple(name.casefold() for name in columns.names)):
        matches = [column for column, name in enumerate(names) if name in (wanted, wanted.casefold())]
        if len(matches) == 1 and not is_number:
            return matches[0]
    if wanted.isdecimal() and len(wanted) < 7 and 1 <= int(wanted) <= len(columns.names):
        return int(wanted) - 1
    raise BadInput(
        _(
            "There is no column '{wanted}' for {option}. The columns are {columns}; their numbers can be used as well."
        ).format(wanted=shorten(wanted), option=option, columns=columns.list_titles(range(len(columns.names))))
    )


def select_columns(columns: Columns, text_column: str | int | None, label_column: str | int | None) -> tuple[int, int]:
    """Return the columns that the user has named, and choose those that are not.

    Raises:
        BadInput: a column does not exist, both are the same, or several are about as likely.
    """
    text = None if text_column is None else find_column(text_column, columns, "--text-column")
    label = None if label_column is None else find_column(label_column, columns, "--label-column")
    if text is not None and text == label:
        raise BadInput(
            _(
                "The column '{column}' cannot be both the text and the label. Name another one as --text-column or --label-column."
            ).format(column=shorten(columns.get_title(text)))
        )
    choice = choose_columns(columns, text, label)
    sentences = []
    if choice.text_rivals:
        sentences.append(
            _("Several columns may be the texts: {columns}. Choose one with --text-column.").format(
                columns=columns.list_titles(sorted((choice.text, *choice.text_rivals)))
            )
        )
    if choice.label_rivals:
        sentences.append(
            _("Several columns may be the labels: {columns}. Choose one with --label-column.").format(
                columns=columns.list_titles(sorted((choice.label, *choice.label_rivals)))
            )
        )
    if sentences:
        raise BadInput(" ".join(sentences))
    every = columns.list_titles(range(len(columns.names)))
    if text is None and not columns.has_texts(choice.text):
        raise BadInput(
            _(
                "No column looks like texts: they have numbers or dates. The columns are {columns}; name one with --text-column."
            ).format(columns=every)
        )
    if label is None and len(columns.names) > 2 and not columns.contents[choice.label].label_rating:
        raise BadInput(
            _(
                "No column looks like labels: no value occurs again. The columns are {columns}; name one with --label-column."
            ).format(columns=every)
        )
    return choice.text, choice.label
