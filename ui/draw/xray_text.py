"""What the X-ray tells of each step of the preparation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nn_core.i18n import _

if TYPE_CHECKING:
    from nn_core.data import DatasetSpec

__all__ = ["Words", "describe_stage"]


@dataclass(frozen=True)
class Words:
    """title: what is done; why: a sentence; lesson: what it teaches that the answer is another without it."""

    title: str
    why: str
    lesson: str = ""


def describe_stage(spec: DatasetSpec, *, drawn: bool) -> dict[str | None, Words]:
    """By the name of the step, and None for what comes before the first. drawn: on the canvas, and no picture file."""
    _channels, height, width = spec.shape
    return {
        None: Words(
            _("Your drawing, just shrunk") if drawn else _("Your picture, just shrunk"),
            _("The whole of it in {width} × {height} pixels. Many a program does no more.").format(
                width=width, height=height
            ),
        ),
        "strokes": _strokes() if drawn else _ink(),
        "crop": Words(
            _("Cropped to the ink"),
            _("Only what you drew is kept, stretched over the picture: place and size no longer matter."),
            _(
                "Without the crop, digits that are small or in a corner are misread: the network learned from digits "
                "that fill the picture. This is the commonest failure of such programs."
            ),
        ),
        "fit": Words(
            _("Fitted, with a margin"),
            _("It gets its own shape back: the longer side takes 20 of 28 pixels, as in the training data."),
            _(
                "Without the fit, all that is drawn is stretched over the whole picture, so that a slim 1 becomes as wide "
                "as an 8 and touches the rim: the network has never seen such shapes."
            ),
        ),
        "centre": Words(
            _("Centred by its weight"),
            _("As much ink left as right of the middle, as much above as below."),
            _(
                "Without centring, the weight of the drawing stands beside the middle, where the network always found it: "
                "a few pixels can make another digit of it."
            ),
        ),
        "normalise": Words(
            _("Normalised"),
            _("Black becomes {low}, white {high}: the numbers it learned from. Blue is above 0, orange below.").format(
                low=_number(-spec.mean[0] / spec.std[0]), high=_number((1 - spec.mean[0]) / spec.std[0])
            ),
            _(
                "Without normalising, the picture looks the same to you, but its numbers are on another scale: whatever was "
                "done to the training data must be done to your drawing."
            ),
        ),
        "again": Words(
            _("Looked at again"),
            _(
                "Seven looks: as it is, turned, slanted, larger and smaller by a little. What they say on average counts."
            ),
            _("With a single look, a few pixels can decide. Seven that differ a little seldom make the same mistake."),
        ),
    }


def _number(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _strokes() -> Words:
    return Words(
        _("Redrawn with a fine pen"),
        _("Your pen may be thick or thin: the strokes become as fine as in the training data."),
        _(
            "With your own pen, the strokes of a small drawing are too thick once it is enlarged, and its loops close: the "
            "network learned from one thickness."
        ),
    )


def _ink() -> Words:
    return Words(
        _("Its ink found"),
        _("White ink on black, whatever the colours, the shadows and the grain of the paper."),
        _(
            "Without looking for the ink, dark writing on light paper stays dark on light: the network learned from white "
            "ink on black, and sees the paper as ink."
        ),
    )
