"""Perturbations of texts, uint8 [count, length], and of points in the plane, float32 [count, 2]."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from nn_core.data import DatasetSpec
from nn_core.evaluation.robustness.perturbation import Perturbation, Randoms
from nn_core.i18n import N_

__all__ = ["POINT_PERTURBATIONS", "TEXT_PERTURBATIONS"]

_FIRST_SYMBOL = 2  # 0 pads, 1 is an unknown character; see `nn_core.data.encode_text`


def _make_typos(inputs: Tensor, level: float, randoms: Randoms, spec: DatasetSpec) -> Tensor:
    letters = [index for index, character in enumerate(spec.alphabet, start=_FIRST_SYMBOL) if character.isalpha()]
    length = inputs.shape[1]
    rows = []
    for row, random in zip(inputs.tolist(), randoms, strict=True):
        symbols = [symbol for symbol in row if symbol]
        for _typo in range(round(level)):
            _make_typo(symbols, letters or [_FIRST_SYMBOL], random)
        rows.append((symbols + [0] * length)[:length])
    return torch.tensor(rows, dtype=inputs.dtype).view_as(inputs)


def _make_typo(symbols: list[int], letters: list[int], random: np.random.Generator) -> None:
    """Change one place of a text: another letter, one more, one less, or two that changed places."""
    kind = int(random.integers(4))
    place = int(random.integers(max(1, len(symbols))))
    letter = letters[int(random.integers(len(letters)))]
    if kind == 0 or len(symbols) < 2:
        symbols.insert(place, letter)
    elif kind == 1:
        del symbols[place]
    elif kind == 2:
        symbols[place] = letter
    else:
        other = place + 1 if place + 1 < len(symbols) else place - 1
        symbols[place], symbols[other] = symbols[other], symbols[place]


def _move_points(inputs: Tensor, level: float, randoms: Randoms, spec: DatasetSpec) -> Tensor:
    noise = torch.tensor(np.stack([random.standard_normal(inputs.shape[1]) for random in randoms]), dtype=inputs.dtype)
    return inputs + level / 100 * torch.tensor(spec.std, dtype=inputs.dtype) * noise


TEXT_PERTURBATIONS = (
    Perturbation(
        "typos",
        N_("Typing errors"),
        N_("In each text so many places are changed: another letter, one more, one less, or two that changed places."),
        "",
        N_("Typing errors in each text"),
        (0, 1, 2, 3, 4, 6, 8),
        lambda spec: spec.kind == "text",
        _make_typos,
    ),
)

POINT_PERTURBATIONS = (
    Perturbation(
        "measurement",
        N_("Measurement error"),
        N_(
            "Each point is moved at random; the level is the standard deviation, as a part of that of the training points along each axis."
        ),
        "%",
        N_("Standard deviation"),
        (0, 5, 10, 20, 30, 50, 80),
        lambda spec: spec.kind == "points",
        _move_points,
    ),
)
