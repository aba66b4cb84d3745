"""What is asked of a network: what it reads, and how many classes it tells apart. All that a network need know of a data
set to be built for it."""

from dataclasses import dataclass
from typing import Literal

from nn_core.i18n import _

__all__ = ["Goal", "Kind", "TaskSpec", "get_plural"]

Kind = Literal["pictures", "text", "points"]
"""pictures: [channels, height, width]; text: [characters], each an index into an alphabet; points: [2] in the plane."""

Goal = Literal["classify", "reconstruct"]
"""classify: give a logit for each class; reconstruct: give the picture back, from few numbers."""


@dataclass(frozen=True)
class TaskSpec:
    """shape: of one sample, without the batch; symbols: of text, how many different characters there are, of which the
    first, 0, fills short texts up."""

    kind: Kind
    shape: tuple[int, ...]
    classes: int
    symbols: int = 0


def get_plural(kind: Kind | None) -> str:
    """What samples of this kind are called. None: the kind is not known."""
    words = {"pictures": _("pictures"), "text": _("texts"), "points": _("points")}
    return words[kind] if kind else _("examples")
