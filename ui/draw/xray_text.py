"""The texts of the X-ray for each preprocessing step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nn_core.i18n import _

if TYPE_CHECKING:
    from nn_core.data import DatasetSpec

__all__ = ["StepText", "describe_steps"]


@dataclass(frozen=True)
class StepText:
    """The texts of one step.

    Attributes:
        title: what was done.
        reason: what it is good for.
        effect: why the answer changes without it.
    """

    title: str
    reason: str
    effect: str = ""


def describe_steps(spec: DatasetSpec, *, drawn: bool) -> dict[str | None, StepText]:
    """Return the texts by step; None stands for the picture before the first step.

    Args:
        drawn: whether it was drawn on the canvas, as opposed to an image file.
    """
    _channels, height, width = spec.shape
    return {
        None: StepText(
            _("Your drawing, just shrunk") if drawn else _("Your picture, just shrunk"),
            _("All of it in {width} × {height} pixels. Many programs stop here.").format(width=width, height=height),
        ),
        "strokes": _describe_strokes() if drawn else _describe_ink(),
        "crop": StepText(
            _("Cropped to the ink"),
            _("Only what you drew is kept and stretched to fill the picture. Position and size no longer matter."),
            _(
                "Without cropping, small digits or digits in a corner are misread, because the network was trained on digits "
                "that fill the picture. This is the most common failure of such programs."
            ),
        ),
        "fit": StepText(
            _("Fitted, with a margin"),
            _("The original proportions are restored: the longer side takes 20 of 28 pixels, as in the training data."),
            _(
                "Without fitting, every drawing is stretched over the whole picture. A slim 1 becomes as wide as an 8 and touches "
                "the border. The network has never seen such shapes."
            ),
        ),
        "centre": StepText(
            _("Centred by its mass"),
            _("The centre of mass of the ink is moved to the centre of the picture."),
            _(
                "Without centring, the ink is off centre. In the training data it is always centred, and a few pixels can change "
                "the answer."
            ),
        ),
        "normalise": StepText(
            _("Normalised"),
            _("Black becomes {low}, white {high}, as in training. Blue is above 0, orange below.").format(
                low=_format_number(-spec.mean[0] / spec.std[0]), high=_format_number((1 - spec.mean[0]) / spec.std[0])
            ),
            _(
                "Without normalising, the picture looks the same to you, but its numbers are on another scale. Your drawing needs "
                "the same preprocessing as the training data."
            ),
        ),
        "again": StepText(
            _("Seen in variations"),
            _(
                "Seven variations: unchanged, and slightly rotated, slanted, larger and smaller. Their answers are averaged "
                "(test-time augmentation)."
            ),
            _("With a single picture, a few pixels can decide. Seven variations rarely make the same mistake."),
        ),
    }


def _format_number(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _describe_strokes() -> StepText:
    return StepText(
        _("Redrawn with a fine pen"),
        _("Whether your pen is thick or thin, the strokes become as fine as in the training data."),
        _(
            "Without redrawing, the strokes of a small drawing are too thick after enlarging, and its loops close. The network "
            "was trained on one thickness."
        ),
    )


def _describe_ink() -> StepText:
    return StepText(
        _("Ink detected"),
        _("White ink on black, regardless of colours, shadows and the texture of the paper."),
        _(
            "Without ink detection, dark writing on light paper stays dark on light. The network was trained on white ink on "
            "black and takes the paper for ink."
        ),
    )
