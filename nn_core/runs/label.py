"""The name, the note and the tags that users give a run, in `label.json`. The run's folder keeps its name."""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = [
    "MAX_NAME_LENGTH",
    "MAX_NOTE_LENGTH",
    "MAX_TAGS",
    "MAX_TAG_LENGTH",
    "RunLabel",
    "isolate_direction",
    "read_label",
]

MAX_NAME_LENGTH = 80
MAX_NOTE_LENGTH = 2000
MAX_TAGS = 20
MAX_TAG_LENGTH = 30

_CONTROL_CHARACTERS = re.compile(
    "[\\x00-\\x08\\x0e-\\x1f\\x7f-\\x84\\x86-\\x9f\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff\\ufeff]"
)
"""Among them those that change the reading direction of what follows. Spaces and the joiners of emoji are kept."""
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"


class RunLabel(BaseModel):
    """The name, the note and the tags of a run; all may be empty. The name is one line, the note may have several.

    Two tags that differ only in upper and lower case are the same tag. Files of older versions have none.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: int = 1
    name: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()

    @classmethod
    def from_text(cls, name: str = "", note: str = "", tags: Iterable[str] = ()) -> Self:
        """Make a label of what a user typed, without control characters. Raises BadInput for a text that is too long."""
        name, note, tags = _clean_name(name), _clean_note(note), _clean_tags(tags)
        if len(name) > MAX_NAME_LENGTH:
            raise BadInput(
                _("The name '{name} …' has {count} characters, and at most {most} are possible: shorten it.").format(
                    name=name[:20], count=len(name), most=MAX_NAME_LENGTH
                )
            )
        if len(note) > MAX_NOTE_LENGTH:
            raise BadInput(
                _(
                    "The note '{note} …' has {count:,} characters, and at most {most:,} are possible: shorten it."
                ).format(note=note[:20], count=len(note), most=MAX_NOTE_LENGTH)
            )
        for tag in tags:
            if len(tag) > MAX_TAG_LENGTH:
                raise BadInput(
                    _("The tag '{tag} …' has {count} characters, and at most {most} are possible: shorten it.").format(
                        tag=tag[:20], count=len(tag), most=MAX_TAG_LENGTH
                    )
                )
        if len(tags) > MAX_TAGS:
            raise BadInput(
                _("{count} tags are too many for one run, which may have {most}: remove some.").format(
                    count=len(tags), most=MAX_TAGS
                )
            )
        return cls(name=name, note=note, tags=tags)

    def change(
        self,
        name: str | None = None,
        note: str | None = None,
        *,
        add_tags: Iterable[str] = (),
        remove_tags: Iterable[str] = (),
    ) -> Self:
        """Return the label with other texts and tags; None keeps the present text. Raises BadInput as `from_text`."""
        removed = {tag.casefold() for tag in _clean_tags(remove_tags)}
        tags = [tag for tag in (*self.tags, *add_tags) if tag.casefold() not in removed]
        return self.from_text(self.name if name is None else name, self.note if note is None else note, tags)


def read_label(file: Path) -> RunLabel:
    """Read a label, which may come from another machine. Empty if it is missing or damaged, because a run works without one."""
    try:
        found = RunLabel.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return RunLabel()
    tags = [tag[:MAX_TAG_LENGTH] for tag in _clean_tags(found.tags)[:MAX_TAGS]]
    return RunLabel(
        name=_clean_name(found.name)[:MAX_NAME_LENGTH],
        note=_clean_note(found.note)[:MAX_NOTE_LENGTH],
        tags=_clean_tags(tags),
    )


def isolate_direction(text: str) -> str:
    """Enclose a text with letters that are written from right to left, so that it does not rearrange the text around it."""
    if text.isascii():
        return text
    if any(unicodedata.bidirectional(letter) in ("R", "AL", "AN") for letter in text):
        return f"{_FIRST_STRONG_ISOLATE}{text}{_POP_ISOLATE}"
    return text


def _clean_name(text: str) -> str:
    """Make it one line. A name that consists only of invisible characters is none."""
    line = unicodedata.normalize("NFC", " ".join(_CONTROL_CHARACTERS.sub("", text).split()))
    return line if any(unicodedata.category(letter)[0] in "LNPS" for letter in line) else ""


def _clean_note(text: str) -> str:
    lines = (_CONTROL_CHARACTERS.sub("", line).rstrip() for line in text.splitlines())
    return unicodedata.normalize("NFC", "\n".join(lines)).strip()


def _clean_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Make each tag one line, and drop empty ones and those that differ only in upper and lower case."""
    found: dict[str, str] = {}
    for tag in tags:
        if cleaned := _clean_name(tag.strip().strip("#")):
            found.setdefault(cleaned.casefold(), cleaned)
    return tuple(found.values())
