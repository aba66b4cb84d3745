"""Counterfactuals: the smallest change of a picture, found by search, that makes a network give another answer.

The change consists of dabs as wide as a pen, of ink or of paper, so that it looks like drawing and not like noise. Dabs are added one
by one, each where it brings the other answer closest for the ink that it takes. This is the greedy search along the gradient of
Papernot et al., "The limitations of deep learning in adversarial settings" (2016), with dabs instead of pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import pad, unfold

from nn_core.data.transforms import normalize
from nn_core.drawings.preprocess import Prepared
from nn_core.errors import BadInput
from nn_core.i18n import _
from nn_core.inference.network import TrainedNetwork, make_tta_views
from nn_core.inference.predict import check_input_kind

__all__ = ["Counterfactual", "find_counterfactual"]

MOST_INK = 1.0  # of the ink in the picture; a larger change makes another picture
_MOST_DABS = 60
_TRIED = 12  # dabs with the best score by the gradient, which are then evaluated at each step
_MIN_LIGHT = 60.0  # of 255: keeps the search from choosing dabs that hardly change a pixel
_LEVELS = 32  # strengths at which the whole change is tried
_MOST_TARGETS = 9  # classes that are tried, the most likely first
_SIDE, _PEN, _EDGE = 28, 2.1, 1.5  # pixels: the pen of `drawings.rasterize`


@dataclass(frozen=True)
class Counterfactual:
    """A changed picture with another answer.

    Attributes:
        picture: uint8 [channels, height, width], the changed picture.
        label: the network's answer for it.
        added: uint8 [channels, height, width], how much brighter each pixel became.
        removed: the same, how much darker.
        share: the sum of both changes, divided by the sum of the original pixels.
    """

    picture: Prepared
    label: str
    added: Prepared
    removed: Prepared
    share: float


def find_counterfactual(
    network: TrainedNetwork, picture: Prepared, target: str | None = None, *, most_ink: float = MOST_INK
) -> Counterfactual | None:
    """Search for the smallest change that makes the network answer `target`, or any other class than now.

    Args:
        network: must classify pictures.
        picture: uint8 [channels, height, width], as the network gets it.
        target: a class; None for any other.
        most_ink: the largest change, as a fraction of the sum of all pixels.

    Returns:
        A result that was verified on the final pixels, or None where nothing was found.

    Raises:
        BadInput: the network does not classify pictures, or `target` is not a class or is already the answer.
    """
    check_input_kind(network, "pictures")
    start = torch.from_numpy(picture).unsqueeze(0)
    logits = network.compute_tta_outputs(start)[0]
    best: Counterfactual | None = None
    for index in _choose_targets(network, logits, target):
        found = _search(network, start, index, most_ink if best is None else best.share)
        if found is not None and (best is None or found.share < best.share):
            best = found
    return best


def _choose_targets(network: TrainedNetwork, logits: Tensor, target: str | None) -> list[int]:
    """The classes to try, the most likely first."""
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


def _search(network: TrainedNetwork, start: Tensor, target: int, most_ink: float) -> Counterfactual | None:
    """start: uint8 [1, channels, height, width]."""
    original = start.float()
    most = most_ink * float(original.sum())
    dabbed = _add_dabs(network, original, target, most)
    if dabbed is None:
        return None
    strengths = torch.arange(1, _LEVELS + 1).view(-1, 1, 1, 1) / _LEVELS
    weaker = (original + strengths * (dabbed - original)).round().byte()
    has_target = network.compute_tta_outputs(weaker).argmax(dim=1) == target
    if not has_target.any():
        return None  # the answer was lost by rounding to whole grey values
    changed = weaker[int(has_target.int().argmax())]
    difference = changed.int() - start[0].int()
    return Counterfactual(
        changed.numpy(),
        network.spec.classes[target],
        difference.clamp(min=0).byte().numpy(),
        (-difference).clamp(min=0).byte().numpy(),
        float(difference.abs().sum()) / max(float(original.sum()), 1.0),
    )


def _add_dabs(network: TrainedNetwork, original: Tensor, target: int, most: float) -> Tensor | None:
    """The picture, float [1, channels, height, width], with just enough dabs for the answer `target`; None where they would change
    the sum of the pixels by more than `most`."""
    pen = _make_pen(original.shape[-1])
    picture = original
    for _dab in range(_MOST_DABS):
        margin, gradient = _margin_and_gradient(network, picture, target)
        if margin > 0:
            return picture
        candidates, light = _try_best_dabs(picture, gradient, pen)
        gained = _margin(network.compute_outputs(candidates), target) - _margin(
            network.compute_outputs(picture), target
        )
        picture = candidates[int((gained / (light + _MIN_LIGHT)).argmax())].unsqueeze(0)
        if float((picture - original).abs().sum()) > most:
            return None
    return None


def _try_best_dabs(picture: Tensor, gradient: Tensor, pen: Tensor) -> tuple[Tensor, Tensor]:
    """The picture with each of the dabs with the best score, [tried, channels, height, width], and by how much each one changes the
    sum of the pixels, [tried]. pen: [side, side], the opacity of a dab."""
    side, (channels, height, width) = len(pen), picture.shape[1:]
    margin, step = side // 2, max(1, round(width / _SIDE))
    dab = 255 * pen.flatten().repeat(channels).unsqueeze(1)
    # For each possible place of a dab, the pixels that it covers: [channels · side · side, places].
    around = unfold(pad(picture, [margin] * 4), side, stride=step)[0]
    rise = unfold(pad(gradient, [margin] * 4), side, stride=step)[0]
    lighter, darker = (dab - around).clamp(min=0), -(around + dab - 255).clamp(min=0)
    change = torch.cat([lighter, darker], dim=1)
    inside = unfold(pad(torch.ones_like(picture), [margin] * 4), side, stride=step)[0]
    change = change * inside.repeat(1, 2)
    light = change.abs().sum(dim=0)
    score = (change * rise.repeat(1, 2)).sum(dim=0) / (light + _MIN_LIGHT)
    best = score.topk(min(_TRIED, len(score))).indices
    columns = (width - 1) // step + 1
    candidates = pad(picture, [margin] * 4).repeat(len(best), 1, 1, 1)
    for candidate, which in zip(candidates, best.tolist(), strict=True):
        top, left = (step * number for number in divmod(which % around.shape[1], columns))
        candidate[:, top : top + side, left : left + side] += change[:, which].view(channels, side, side)
    return candidates[..., margin : margin + height, margin : margin + width], light[best]


def _make_pen(width: int) -> Tensor:
    """[side, side], from 0 to 1: the mark of the pen in a picture of this width."""
    scale = width / _SIDE
    margin = int(scale * (_PEN + _EDGE) / 2)
    offset = torch.arange(-margin, margin + 1) / scale
    distance = torch.hypot(offset.unsqueeze(0), offset.unsqueeze(1))
    return ((_PEN / 2 - distance) / _EDGE + 0.5).clamp(0, 1)


def _margin_and_gradient(network: TrainedNetwork, picture: Tensor, target: int) -> tuple[float, Tensor]:
    """By how much the logit of `target` exceeds the highest other logit, and the gradient of that with respect to the pixels."""
    # cuDNN computes no gradient for recurrent networks in evaluation mode.
    with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
        pixels = picture.to(network.device, copy=True).requires_grad_()
        views = make_tta_views(pixels).flatten(0, 1) if network.has_tta else pixels
        logits = network.model(normalize(views, network.spec)).mean(dim=0, keepdim=True)
        margin = _margin(logits, target)
        (gradient,) = torch.autograd.grad(margin.sum(), pixels)
    return float(margin.detach()), gradient.float().cpu()


def _margin(logits: Tensor, target: int) -> Tensor:
    """[count, classes] → [count], by how much the logit of `target` exceeds the highest other logit."""
    others = torch.cat([logits[:, :target], logits[:, target + 1 :]], dim=1)
    return logits[:, target] - others.amax(dim=1)
