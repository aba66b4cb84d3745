"""about.json: what is known of an own data set without reading it."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nn_core.files import replace_bytes
from nn_core.i18n import N_

__all__ = ["SKIPPED", "About", "Made", "read_about", "write_about"]

SKIPPED = {
    "broken": N_("cannot be read"),
    "too_large": N_("too many pixels"),
    "not_picture": N_("no pictures"),
    "no_class": N_("in no class's folder"),
    "also_in_test": N_("the same as a test picture"),
    "empty": N_("empty rows"),
    "short": N_("rows without a text or a label"),
}
"""Why something was left out → how a page says it."""


class About(BaseModel):
    """train and test: how many samples of each class, in the order of `classes`; skipped: a count for each key of
    SKIPPED, with an example's name in `skipped_example`; length: of text, in characters."""

    model_config = ConfigDict(frozen=True)

    version: Literal[1] = 1
    kind: Literal["pictures", "text"]
    title: str
    classes: tuple[str, ...] = Field(min_length=2)
    shape: tuple[int, ...]
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    alphabet: str = ""
    length: int = 0
    train: tuple[int, ...]
    test: tuple[int, ...]
    skipped: dict[str, int] = {}
    skipped_example: dict[str, str] = {}
    created_at: str

    @property
    def counts(self) -> dict[str, int]:
        """Samples of each class, in both splits together."""
        return {label: a + b for label, a, b in zip(self.classes, self.train, self.test, strict=True)}


class Made(BaseModel):
    """A data set that was made: its name, and what about.json says."""

    model_config = ConfigDict(frozen=True)

    name: str
    about: About


def read_about(folder: Path) -> About | None:
    """None where there is none, or a damaged one, or one of a later version."""
    try:
        return About.model_validate_json((folder / "about.json").read_bytes())
    except (OSError, ValidationError):
        return None


def write_about(folder: Path, about: About) -> None:
    replace_bytes(folder / "about.json", about.model_dump_json(indent=1).encode() + b"\n")
