"""The steps of preprocessing; each can be switched off to see its effect."""

from dataclasses import dataclass, fields, replace

__all__ = ["ALL_STEPS", "STEPS", "Steps"]


@dataclass(frozen=True)
class Steps:
    """Which steps are applied. The network applies the last two.

    Attributes:
        strokes: draw the strokes with a pen as thin as MNIST's, not that of the canvas. For an image file: find its ink, instead
            of using its brightness.
        crop: use the digit's bounding box without accidental touches, not the whole canvas.
        fit: scale to 20 × 20 pixels with the aspect ratio, instead of stretching to 28 × 28. For an image file, also make the
            strokes as thick as MNIST's.
        centre: centre the digit by mass, not by its box.
        normalise: scale pixels to mean 0 and standard deviation 1, not 0 to 1.
        again: average the predictions for slightly rotated, slanted and scaled views (test-time augmentation).
    """

    strokes: bool = True
    crop: bool = True
    fit: bool = True
    centre: bool = True
    normalise: bool = True
    again: bool = True

    def first(self, count: int) -> "Steps":
        """Return the steps with only the first `count` of them. `normalise` is unchanged: without it, most networks fail, so the
        effect of the other steps could not be seen."""
        return replace(self, **{step: False for step in STEPS[count:] if step != "normalise"})


STEPS = tuple(field.name for field in fields(Steps))
"""The names of the steps, in their order."""

ALL_STEPS = Steps()
