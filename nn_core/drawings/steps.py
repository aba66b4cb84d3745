"""The steps by which what was drawn becomes a picture as MNIST has them; each can be left out, to see what it is for."""

from dataclasses import dataclass, fields, replace

__all__ = ["ALL_STEPS", "STEPS", "Steps"]


@dataclass(frozen=True)
class Steps:
    """Which steps are done; those left out leave what a hasty program would hand to the network.

    strokes: drawn anew with a pen as thin as MNIST's, instead of the pen on the canvas; of a picture file, its ink is
    found, instead of taking its brightness. crop: the digit's box is what is shrunk, slips of the finger left out,
    instead of the whole canvas. fit: into 20 × 20 pixels with its shape kept, instead of stretched over all 28 × 28; of a
    picture file, the strokes become as thick as MNIST's too. centre: by mass, instead of the middle of the box.
    normalise: mean 0 and deviation 1, instead of pixels from 0 to 1. again: the mean answer to several looks at it, slightly
    turned, slanted, grown and shrunk, instead of a single look. These two are the network's part.
    """

    strokes: bool = True
    crop: bool = True
    fit: bool = True
    centre: bool = True
    normalise: bool = True
    again: bool = True

    def first(self, count: int) -> "Steps":
        """How far the picture has come after `count` steps: all later ones are left out. Only `normalise` stays as it is:
        many a network is blind without it, so that no other step could show what it is for."""
        return replace(self, **{step: False for step in STEPS[count:] if step != "normalise"})


STEPS = tuple(field.name for field in fields(Steps))
"""Their names, in the order in which they are done."""

ALL_STEPS = Steps()
