"""Looking again: a picture slightly turned, slanted, grown and shrunk, so that no accident of its place on the grid decides.

Source: test-time augmentation, as in Krizhevsky et al., 2012. On ways of writing that a network had never seen it made a
quarter to a half of the mistakes go away.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ["LOOKS", "make_tta_views"]

_TURN = math.radians(7)
_SLANT = 0.12  # pixels to the side for each pixel down
_GROWTH = 0.075

# [looks, 2, 3]: where each point of the picture comes from, as `affine_grid` wants it; the first changes nothing.
_WAYS = torch.tensor(
    [
        [[1, 0, 0], [0, 1, 0]],
        *([[math.cos(turn), -math.sin(turn), 0], [math.sin(turn), math.cos(turn), 0]] for turn in (_TURN, -_TURN)),
        *([[1, slant, 0], [0, 1, 0]] for slant in (_SLANT, -_SLANT)),
        *([[1 / size, 0, 0], [0, 1 / size, 0]] for size in (1 + _GROWTH, 1 - _GROWTH)),
    ]
)
LOOKS = len(_WAYS)


def make_tta_views(pictures: Tensor) -> Tensor:
    """[count, channels, height, width], 0 to 255 and black around → float32 [LOOKS, count, channels, height, width]; the first
    look is the pictures as they are."""
    plain = pictures.float()
    others = []
    for way in _WAYS[1:].to(plain.device):
        grid = F.affine_grid(way.expand(len(plain), 2, 3), list(plain.shape), align_corners=False)
        others.append(F.grid_sample(plain, grid, align_corners=False))
    return torch.stack([plain, *others])
