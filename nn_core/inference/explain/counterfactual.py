"""The smallest change of a picture that makes a network answer something else: where to add ink, and where to take it away.

The change is made of dabs as wide as a pen, of ink or of paper, so that it looks like drawing and not like noise. They are
set one by one, each where it brings the other answer nearest for the ink that it takes: the greedy search along the gradient
of Papernot et al., "The limitations of deep learning in adversarial settings" (2016), with dabs in the place of pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import pad, unfold

from nn_core.data.transforms.normalize import normalize
from nn_core.drawings.preprocess import Prepared
from nn_core.errors import BadInput
from nn_core.i18n import _
from nn_core.inference.network import TrainedNetwork
from nn_core.inference.tta import make_tta_views

__all__ = ["Change", "find_smallest_change"]

MOST_INK = 1.0  # of the ink that the picture has: a change beyond is another picture
_MOST_DABS = 60
_TRIED = 12  # dabs that look best by the gradient and are tried in earnest at each step
_TINIEST = 60.0  # of 255: keeps the search from spending itself on dabs that hardly change a pixel
_LEVELS = 32  # strengths at which the whole change is tried
_MOST_TARGETS = 9  # classes that the nearest one is looked for among, the likeliest first
_SIDE, _PEN, _EDGE = 28, 2.1, 1.5  # pixels: the pen as drawings are prepared with


@dataclass(frozen=True)
class Change:
    """picture: uint8 [channels, height, width], the changed picture, of which the network says `label`; added and removed:
    uint8 [channels, height, width], how much lighter and how much darker each pixel became; share: all of that, as a share
    of the light in the whole picture."""

    picture: Prepared
    label: str
    added: Prepared
    removed: Prepared
    share: float


def find_smallest_change(
    network: TrainedNetwork, picture: Prepared, target: str | None = None, *, most_ink: float = MOST_INK
) -> Change | None:
    """The smallest change that was found, of at most `most_ink` of the picture's light, after which the network answers
    `target`, or anything else than now. None where none was found. It is tried out on the finished pixels.

    picture: uint8 [channels, height, width] as the network gets it. Raises BadInput for a network that does not classify
    pictures, and for a target that it does not know or already answers.
    """
    start = torch.from_numpy(picture).unsqueeze(0)
    logits = _logits(network, start)[0]
    answer = int(logits.argmax())
    best: Change | None = None
    for wanted in _targets(network, logits, target):
        found = _towards(network, start, wanted, most_ink if best is None else best.share)
        if found is not None and (best is None or found.share < best.share):
            best = found
    assert best is None or best.label != network.spec.classes[answer]
    return best


def _logits(network: TrainedNetwork, pictures: Tensor) -> Tensor:
    if network.goal != "classify" or network.spec.kind != "pictures":
        raise BadInput(
            _("This run learned {data}, and only a network that tells pictures apart can be asked this.").format(
                data=network.spec.name
            )
        )
    return network.answers(pictures)


def _targets(network: TrainedNetwork, logits: Tensor, target: str | None) -> list[int]:
    """The classes to head for, the likeliest first."""
    classes, answer = network.spec.classes, int(logits.argmax())
    if target is None:
        order: list[int] = logits.argsort(descending=True)[1 : 1 + _MOST_TARGETS].tolist()
        return order
    if target not in classes or classes.index(target) == answer:
        raise BadInput(
            _("'{target}' is not another answer of this network. Choose one of: {classes}.").format(
                target=target, classes=", ".join(name for name in classes if name != classes[answer])
            )
        )
    return [classes.index(target)]


def _towards(network: TrainedNetwork, start: Tensor, wanted: int, most_ink: float) -> Change | None:
    """start: uint8 [1, channels, height, width]."""
    original = start.float()
    most = most_ink * float(original.sum())
    dabbed = _dabbed(network, original, wanted, most)
    if dabbed is None:
        return None
    strengths = torch.arange(1, _LEVELS + 1).view(-1, 1, 1, 1) / _LEVELS
    weaker = (original + strengths * (dabbed - original)).round().byte()
    says = network.answers(weaker).argmax(dim=1) == wanted
    if not says.any():
        return None  # it held only between the shades of grey that a picture can have
    changed = weaker[int(says.int().argmax())]
    difference = changed.int() - start[0].int()
    return Change(
        changed.numpy(),
        network.spec.classes[wanted],
        difference.clamp(min=0).byte().numpy(),
        (-difference).clamp(min=0).byte().numpy(),
        float(difference.abs().sum()) / max(float(original.sum()), 1.0),
    )


def _dabbed(network: TrainedNetwork, original: Tensor, wanted: int, most: float) -> Tensor | None:
    """The picture, float [1, channels, height, width], with just enough dabs for `wanted`; None where they would take more
    than `most` of light."""
    pen = _pen(original.shape[-1])
    picture = original
    for _dab in range(_MOST_DABS):
        lead, slope = _lead_and_slope(network, picture, wanted)
        if lead > 0:
            return picture
        candidates, light = _best_dabs(picture, slope, pen)
        gained = _lead(network, candidates, wanted) - _lead(network, picture, wanted)
        picture = candidates[int((gained / (light + _TINIEST)).argmax())].unsqueeze(0)
        if float((picture - original).abs().sum()) > most:
            return None
    return None


def _best_dabs(picture: Tensor, slope: Tensor, pen: Tensor) -> tuple[Tensor, Tensor]:
    """The picture with each of the dabs that promise most, [tried, channels, height, width], and how much light each one
    moves, [tried]. pen: [side, side], the light of a dab."""
    side, (channels, height, width) = len(pen), picture.shape[1:]
    margin, step = side // 2, max(1, round(width / _SIDE))
    dab = 255 * pen.flatten().repeat(channels).unsqueeze(1)
    # Of each place that a dab can have, the pixels that it covers: [channels · side · side, places].
    around = unfold(pad(picture, [margin] * 4), side, stride=step)[0]
    rise = unfold(pad(slope, [margin] * 4), side, stride=step)[0]
    lighter, darker = (dab - around).clamp(min=0), -(around + dab - 255).clamp(min=0)
    change = torch.cat([lighter, darker], dim=1)
    inside = unfold(pad(torch.ones_like(picture), [margin] * 4), side, stride=step)[0]
    change = change * inside.repeat(1, 2)
    light = change.abs().sum(dim=0)
    promise = (change * rise.repeat(1, 2)).sum(dim=0) / (light + _TINIEST)
    best = promise.topk(min(_TRIED, len(promise))).indices
    across = (width - 1) // step + 1
    candidates = pad(picture, [margin] * 4).repeat(len(best), 1, 1, 1)
    for candidate, which in zip(candidates, best.tolist(), strict=True):
        top, left = (step * number for number in divmod(which % around.shape[1], across))
        candidate[:, top : top + side, left : left + side] += change[:, which].view(channels, side, side)
    return candidates[..., margin : margin + height, margin : margin + width], light[best]


def _pen(width: int) -> Tensor:
    """[side, side], from 0 to 1: the mark of a pen as wide as drawings have it, in a picture of this width."""
    scale = width / _SIDE
    margin = int(scale * (_PEN + _EDGE) / 2)
    offset = torch.arange(-margin, margin + 1) / scale
    distance = torch.hypot(offset.unsqueeze(0), offset.unsqueeze(1))
    return ((_PEN / 2 - distance) / _EDGE + 0.5).clamp(0, 1)


def _lead_and_slope(network: TrainedNetwork, picture: Tensor, wanted: int) -> tuple[float, Tensor]:
    """By how much the logit of `wanted` exceeds all others, and how that changes with each pixel."""
    # cuDNN has no gradient for recurrent networks that are not being trained.
    with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
        pixels = picture.to(network.device, copy=True).requires_grad_()
        seen = make_tta_views(pixels).flatten(0, 1) if network.spec.is_line_drawing else pixels
        logits = network.model(normalize(seen, network.spec)).mean(dim=0, keepdim=True)
        lead = _lead_of(logits, wanted)
        (slope,) = torch.autograd.grad(lead.sum(), pixels)
    return float(lead.detach()), slope.float().cpu()


def _lead(network: TrainedNetwork, pictures: Tensor, wanted: int) -> Tensor:
    return _lead_of(network.outputs(pictures), wanted)


def _lead_of(logits: Tensor, wanted: int) -> Tensor:
    others = torch.cat([logits[:, :wanted], logits[:, wanted + 1 :]], dim=1)
    return logits[:, wanted] - others.amax(dim=1)
