"""Attribution: which parts of a drawing, a picture or a text speak for an answer, and which against it.

The score of a part of a drawing or picture is its Shapley value (Shapley, 1953), estimated by Captum as in Castro et al., "Polynomial calculation of the
Shapley value based on sampling" (2009): the parts are added to an empty canvas one after the other, in many random orders. A part's
score is the mean change of the answer's probability when the part is added. Letters of a text are left out one by one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from nn_core.data.encode_text import encode
from nn_core.data.transforms import resize_to_spec
from nn_core.drawings import Drawing, Stroke
from nn_core.drawings.preprocess import Prepared
from nn_core.drawings.rasterize import rasterize_pieces
from nn_core.drawings.segment import split_strokes
from nn_core.errors import BadInput
from nn_core.i18n import _
from nn_core.inference.network import TrainedNetwork
from nn_core.inference.predict import check_input_kind

__all__ = [
    "Attribution",
    "Patch",
    "attribute_patches",
    "attribute_strokes",
    "compute_letter_influence",
    "get_read_letters",
]

_TRIALS = 320  # pictures to predict, or `_MIN_ORDERS` for each part where that is more
_MIN_ORDERS = 4
_PATCHES = 7  # along a side
_MIN_LIGHT = 0.02  # of the light in the brightest patch; a patch with less counts as background

Assemble = Callable[[npt.NDArray[np.bool_]], Prepared]
"""The present parts, bool [pictures, parts] → uint8 [pictures, channels, height, width]."""

Patch = tuple[int, int, int, int]
"""top, left, bottom, right, in pixels."""


@dataclass(frozen=True)
class Attribution:
    """How much each part contributes to the probability of an answer.

    Attributes:
        scores: for each part, from -1 to 1; negative where it makes the answer less probable. Their sum is the difference between the
            answer's probability for the whole picture and for an empty canvas.
        strongest: the indices of the parts with the highest scores: as few as are needed so that the network gives another answer
            without them, and at most half of all parts.
        picture_without: uint8 [channels, height, width], the picture without the strongest parts.
    """

    scores: list[float]
    strongest: list[int]
    picture_without: Prepared


def attribute_strokes(network: TrainedNetwork, drawing: Drawing, label: str) -> tuple[list[Stroke], Attribution]:
    """Split a drawing into pieces of strokes and compute the contribution of each to `label`. Leaving a piece out does not move the
    other pieces.

    Raises:
        BadInput: the drawing is empty, the network does not read drawings, or it does not know the label.
    """
    _check_label(network, label)
    if not network.spec.is_line_drawing or drawing.is_empty:
        raise BadInput(
            _("There are no strokes that this network can read: draw something, with a network trained on drawings.")
        )
    pieces = split_strokes(drawing)
    inks = rasterize_pieces(drawing, pieces)

    def assemble(present: npt.NDArray[np.bool_]) -> Prepared:
        # Where strokes cross, the ink is not added up.
        drawn = [np.where(selected[:, None, None], inks, 0).max(axis=0, keepdims=True) for selected in present]
        return np.stack([resize_to_spec(picture, network.spec) for picture in drawn])

    return pieces, _attribute(network, assemble, len(pieces), label)


def attribute_patches(network: TrainedNetwork, picture: Prepared, label: str) -> tuple[list[Patch], Attribution]:
    """Split a picture, uint8 [channels, height, width] as the network gets it, into patches and compute the contribution of each to
    `label`. A patch that is left out is black in a line drawing, otherwise it has the picture's mean colour.

    Raises:
        BadInput: the network does not classify pictures, or does not know the label.
    """
    _check_label(network, label)
    background: Prepared = picture.mean(axis=(1, 2), keepdims=True).round().astype(np.uint8)
    if network.spec.is_line_drawing:
        background = np.zeros_like(background)
    patches = _patches(np.abs(picture.astype(int) - background).sum(axis=0))

    def assemble(present: npt.NDArray[np.bool_]) -> Prepared:
        pictures = np.repeat(picture[np.newaxis], len(present), axis=0)
        for number, (top, left, bottom, right) in enumerate(patches):
            pictures[~present[:, number], :, top:bottom, left:right] = background
        return pictures

    return patches, _attribute(network, assemble, len(patches), label)


def get_read_letters(network: TrainedNetwork, text: str) -> str:
    """Return the text that the network reads, in the user's capitalization: stripped and cut to the network's length."""
    original, lower = (unicodedata.normalize("NFC", form) for form in (text.strip(), text.strip().lower()))
    # A few capitals become two letters in lower case. Then the lower-case text is shown, because each letter has its own value.
    return (original if len(original) == len(lower) else lower)[: network.spec.shape[0]]


def compute_letter_influence(network: TrainedNetwork, text: str) -> list[float]:
    """Return by how much the probability of the answer drops when each letter is left out, from -1 to 1; negative for a letter that
    speaks against the answer. Works for any network, with one prediction per letter (occlusion: Zeiler and Fergus, 2014)."""
    letters = get_read_letters(network, text)
    shorter = [letters[:i] + letters[i + 1 :] for i in range(len(letters))]
    inputs = encode([letters, *shorter], network.spec.alphabet, network.spec.shape[0])
    probabilities = network.calibration.compute_probabilities(network.compute_outputs(inputs))
    of_answer = probabilities[:, int(probabilities[0].argmax())]
    influence: list[float] = (of_answer[:1] - of_answer[1:]).tolist()
    return influence


def _check_label(network: TrainedNetwork, label: str) -> None:
    check_input_kind(network, "pictures")
    if label not in network.spec.classes:
        raise BadInput(
            _("'{label}' is not a class of this network. Choose one of: {classes}.").format(
                label=label, classes=", ".join(network.spec.classes)
            )
        )


def _patches(contrast: npt.NDArray[np.int_]) -> list[Patch]:
    """The patches of a grid that contain more than background. contrast: [height, width], each pixel's distance from the background."""
    rows, columns = (np.linspace(0, side, _PATCHES + 1).round().astype(int).tolist() for side in contrast.shape)
    grid = [(top, left, bottom, right) for top, bottom in pairwise(rows) for left, right in pairwise(columns)]
    light = [int(contrast[top:bottom, left:right].sum()) for top, left, bottom, right in grid]
    return [patch for patch, amount in zip(grid, light, strict=True) if amount >= _MIN_LIGHT * max(light)]


def _attribute(network: TrainedNetwork, assemble: Assemble, parts: int, label: str) -> Attribution:
    # Imported here because Captum imports matplotlib, which takes most of a second.
    from captum.attr import ShapleyValueSampling

    answer = network.spec.classes.index(label)

    def probability(present: Tensor) -> Tensor:
        logits = network.compute_outputs(torch.from_numpy(assemble(present.numpy() > 0)))
        return network.calibration.compute_probabilities(logits)[:, answer]

    with torch.random.fork_rng(devices=[]):  # the same random orders each time
        torch.manual_seed(0)
        orders = max(_MIN_ORDERS, _TRIALS // parts)
        values = ShapleyValueSampling(probability).attribute(
            torch.ones(1, parts), n_samples=orders, perturbations_per_eval=parts
        )
    scores: list[float] = values[0].tolist()
    strongest, picture = _remove_strongest(network, assemble, scores, answer)
    return Attribution(scores, strongest, picture)


def _remove_strongest(
    network: TrainedNetwork, assemble: Assemble, scores: list[float], answer: int
) -> tuple[list[int], Prepared]:
    """`Attribution.strongest` and `Attribution.picture_without`; where the answer never changes, the set that lowers its probability
    most."""
    order = np.argsort(scores)[::-1]
    most = max(1, min(len(scores) // 2, sum(score > 0 for score in scores)))
    present = np.ones((most, len(scores)), dtype=np.bool_)
    for count in range(most):
        present[count:, order[count]] = False
    pictures = assemble(present)
    logits = network.compute_tta_outputs(torch.from_numpy(pictures))
    has_changed = logits.argmax(dim=1) != answer
    lowest = network.calibration.compute_probabilities(logits)[:, answer].argmin()
    chosen = int(has_changed.int().argmax() if has_changed.any() else lowest)
    return order[: chosen + 1].tolist(), pictures[chosen]
