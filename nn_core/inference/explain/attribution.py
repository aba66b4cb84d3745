"""Which parts of a drawing or of a picture spoke for an answer, and which against it.

Each part's influence is its Shapley value (Shapley, 1953), estimated by Captum as Castro et al. describe in "Polynomial
calculation of the Shapley value based on sampling" (2009): the parts are put onto an empty canvas one after the other, in
many random orders, and each is credited with what the answer's probability gains at its coming, on the average.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from nn_core.data.transforms.resize import resize_to_spec
from nn_core.drawings import Drawing, Stroke
from nn_core.drawings.pieces import split_strokes
from nn_core.drawings.preprocess import Prepared
from nn_core.drawings.rasterize import rasterize_pieces
from nn_core.errors import BadInput
from nn_core.i18n import _
from nn_core.inference.network import TrainedNetwork

__all__ = ["Influence", "Patch", "attribute_patches", "attribute_strokes"]

_TRIALS = 320  # pictures that the network is asked about, or four orders of the parts where these are more
_FEWEST_ORDERS = 4
_PATCHES = 7  # along a side
_EMPTIEST = 0.02  # of the light in the brightest patch: what has less is paper

Assemble = Callable[[npt.NDArray[np.bool_]], Prepared]
"""Which parts are there, bool [pictures, parts] → uint8 [pictures, channels, height, width]."""

Patch = tuple[int, int, int, int]
"""top, left, bottom, right, in pixels."""


@dataclass(frozen=True)
class Influence:
    """shares: of each part, by how much it makes the answer more probable (below 0: less), from -1 to 1; together they are
    what the whole adds to the answer's probability on an empty canvas. strongest: the parts that spoke most for the
    answer, as few as it takes for another answer without them, else half of all at most. without: uint8 [channels, height,
    width], the picture without these."""

    shares: list[float]
    strongest: list[int]
    without: Prepared


def attribute_strokes(network: TrainedNetwork, drawing: Drawing, label: str) -> tuple[list[Stroke], Influence]:
    """The drawing cut into pieces, and the influence of each on `label`. What is left out leaves the rest where it is.

    Raises BadInput for an empty drawing, a network that reads no drawings, and a label that it does not know.
    """
    _must_know(network, label)
    if not network.spec.is_line_drawing or drawing.is_empty:
        raise BadInput(
            _("There are no strokes that this network could read: draw something, for a network that learned drawings.")
        )
    pieces = split_strokes(drawing)
    inks = rasterize_pieces(drawing, pieces)

    def assemble(present: npt.NDArray[np.bool_]) -> Prepared:
        # Where strokes meet the pen leaves no more ink than one of them.
        drawn = [np.where(some[:, None, None], inks, 0).max(axis=0, keepdims=True) for some in present]
        return np.stack([resize_to_spec(picture, network.spec) for picture in drawn])

    return pieces, _influence(network, assemble, len(pieces), label)


def attribute_patches(network: TrainedNetwork, picture: Prepared, label: str) -> tuple[list[Patch], Influence]:
    """The same for the patches of a picture, uint8 [channels, height, width] as the network gets it. A patch that is left
    out is paper where pictures are ink, else the picture's mean colour. Raises BadInput as above."""
    _must_know(network, label)
    paper = np.zeros((len(picture), 1, 1), np.uint8) if network.spec.is_line_drawing else _mean_colour(picture)
    patches = _patches(np.abs(picture.astype(int) - paper).sum(axis=0))

    def assemble(present: npt.NDArray[np.bool_]) -> Prepared:
        pictures = np.repeat(picture[np.newaxis], len(present), axis=0)
        for number, (top, left, bottom, right) in enumerate(patches):
            pictures[~present[:, number], :, top:bottom, left:right] = paper
        return pictures

    return patches, _influence(network, assemble, len(patches), label)


def _must_know(network: TrainedNetwork, label: str) -> None:
    if network.goal != "classify" or network.spec.kind != "pictures":
        raise BadInput(
            _("This run learned {data}, and only a network that tells pictures apart can be asked this.").format(
                data=network.spec.name
            )
        )
    if label not in network.spec.classes:
        raise BadInput(
            _("'{label}' is no answer of this network. Choose one of: {classes}.").format(
                label=label, classes=", ".join(network.spec.classes)
            )
        )


def _mean_colour(picture: Prepared) -> Prepared:
    colour: Prepared = picture.mean(axis=(1, 2), keepdims=True).round().astype(np.uint8)
    return colour


def _patches(contrast: npt.NDArray[np.int_]) -> list[Patch]:
    """Those of a grid that hold more than paper. contrast: [height, width], how far each pixel is from paper."""
    rows, columns = (np.linspace(0, side, _PATCHES + 1).round().astype(int).tolist() for side in contrast.shape)
    grid = [(top, left, bottom, right) for top, bottom in pairwise(rows) for left, right in pairwise(columns)]
    held = [int(contrast[top:bottom, left:right].sum()) for top, left, bottom, right in grid]
    return [patch for patch, amount in zip(grid, held, strict=True) if amount >= _EMPTIEST * max(held)]


def _influence(network: TrainedNetwork, assemble: Assemble, parts: int, label: str) -> Influence:
    # Captum imports matplotlib, which takes most of a second.
    from captum.attr import ShapleyValueSampling

    answer = network.spec.classes.index(label)

    def probability(present: Tensor) -> Tensor:
        logits = network.outputs(torch.from_numpy(assemble(present.numpy() > 0)))
        return network.calibration.probabilities(logits)[:, answer]

    with torch.random.fork_rng(devices=[]):  # the orders are random, and the same each time
        torch.manual_seed(0)
        orders = max(_FEWEST_ORDERS, _TRIALS // parts)
        values = ShapleyValueSampling(probability).attribute(
            torch.ones(1, parts), n_samples=orders, perturbations_per_eval=parts
        )
    shares: list[float] = values[0].tolist()
    strongest, without = _without_the_strongest(network, assemble, shares, answer)
    return Influence(shares, strongest, without)


def _without_the_strongest(
    network: TrainedNetwork, assemble: Assemble, shares: list[float], answer: int
) -> tuple[list[int], Prepared]:
    order = np.argsort(shares)[::-1]
    most = max(1, min(len(shares) // 2, sum(share > 0 for share in shares)))
    present = np.ones((most, len(shares)), dtype=np.bool_)
    for count in range(most):
        present[count:, order[count]] = False
    pictures = assemble(present)
    logits = network.answers(torch.from_numpy(pictures))
    another = logits.argmax(dim=1) != answer
    least = network.calibration.probabilities(logits)[:, answer].argmin()
    chosen = int(another.int().argmax() if another.any() else least)
    return order[: chosen + 1].tolist(), pictures[chosen]
