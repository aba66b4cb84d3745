"""The task of a network: the kind and shape of its inputs and the number of outputs. This is all that `build` needs to know."""

from dataclasses import dataclass
from typing import Literal

from nn_core.i18n import _

__all__ = ["Goal", "Kind", "TaskSpec", "get_plural"]

Kind = Literal["pictures", "text", "points"]
"""The kind of a sample. pictures: [channels, height, width]; text: [characters], indices into an alphabet; points: [2]."""

Goal = Literal["classify", "reconstruct", "regress"]
"""classify: output a logit for each class; reconstruct: output the image again, after compressing it; regress: output a number."""


@dataclass(frozen=True)
class TaskSpec:
    """What a network must be built for.

    Attributes:
        kind: the kind of the samples.
        shape: the shape of one sample, without the batch dimension.
        classes: the number of classes; 1 for a number to predict.
        symbols: for text, the number of character indices; index 0 pads short texts.
        is_regression: whether a number is predicted instead of a class.
    """

    kind: Kind
    shape: tuple[int, ...]
    classes: int
    symbols: int = 0
    is_regression: bool = False


def get_plural(kind: Kind | None) -> str:
    """Return the plural noun for samples of this kind; None means that the kind is unknown."""
    words = {"pictures": _("pictures"), "text": _("texts"), "points": _("points")}
    return words[kind] if kind else _("examples")
