"""The pixel scalings that networks expect: which numbers black and white become before the first layer.

All are affine, so a scaling replaces the mean and the standard deviation of a `DatasetSpec`. An inverted one has a negative standard
deviation: ((1 − x) − m) / s = (x − (1 − m)) / −s. Importing this does not import torch.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal, get_args

from nn_core.data.dataset import DatasetSpec
from nn_core.errors import BadInput, describe_unknown
from nn_core.i18n import N_, _

__all__ = ["SCALINGS", "Scaling", "apply_scaling", "describe_scaling", "list_scalings", "parse_scaling"]

Scaling = Literal[
    "mean-std",
    "mnist",
    "imagenet",
    "0-1",
    "-1-1",
    "0-255",
    "0-16",
    "mean-std-inverted",
    "mean-std-negated",
    "mnist-inverted",
    "imagenet-inverted",
    "0-1-inverted",
    "-1-1-inverted",
    "0-255-inverted",
]
SCALINGS: tuple[Scaling, ...] = get_args(Scaling)

_INVERTED = "-inverted"
_FIXED: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "mnist": ((0.1307,), (0.3081,)),
    "imagenet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "0-1": ((0.0,), (1.0,)),
    "-1-1": ((0.5,), (0.5,)),
    "0-255": ((0.0,), (1 / 255,)),
    "0-16": ((0.0,), (1 / 16,)),
}
_TITLES: Mapping[Scaling, str] = {
    "mean-std": N_("mean 0 and standard deviation 1 over the training data"),
    "mnist": N_("minus 0.1307, divided by 0.3081, as usual for MNIST"),
    "imagenet": N_("the mean and standard deviation of ImageNet"),
    "0-1": N_("black 0, white 1"),
    "-1-1": N_("black −1, white 1"),
    "0-255": N_("black 0, white 255"),
    "0-16": N_("black 0, white 16, as in scikit-learn's digits"),
    "mean-std-inverted": N_("inverted, then with the training data's mean and standard deviation"),
    "mean-std-negated": N_("inverted, with the mean and standard deviation of the inverted pictures"),
    "mnist-inverted": N_("inverted, then minus 0.1307, divided by 0.3081"),
    "imagenet-inverted": N_("inverted, then with the mean and standard deviation of ImageNet"),
    "0-1-inverted": N_("white 0, black 1"),
    "-1-1-inverted": N_("white −1, black 1"),
    "0-255-inverted": N_("white 0, black 255"),
}
_ALIASES = {
    "dataset": "mean-std",
    "standard": "mean-std",
    "standardized": "mean-std",
    "normalized": "mean-std",
    "mnist-mean-std": "mnist",
    "imagenet-mean-std": "imagenet",
    "unit": "0-1",
    "symmetric": "-1-1",
    "raw": "0-255",
    "bytes": "0-255",
}


def describe_scaling(scaling: Scaling) -> str:
    """Return what the scaling makes of black and white, for people."""
    return _(_TITLES[scaling])


def parse_scaling(text: str) -> Scaling:
    """Read a scaling as people write it, such as '0–1', 'mean/std', '[-1, 1]' or 'inverted 0-255'. Raises BadInput."""
    plain = text.lower().replace("\N{MINUS SIGN}", "-").strip(" []()")
    plain = re.sub(r"\s*(?:\N{EN DASH}|\.\.|,|\bto\b|(?<=\d)\s+(?=-?\d))\s*(?=-?\d)", "-", plain)
    plain = re.sub(r"[\s/_]+", "-", plain)
    if plain.startswith("inverted-"):
        plain = plain.removeprefix("inverted-") + _INVERTED
    base = plain.removesuffix(_INVERTED)
    plain = plain.replace(base, _ALIASES.get(base, base), 1)
    found = next((scaling for scaling in SCALINGS if scaling == plain), None)
    if found is None:
        raise BadInput(describe_unknown("scaling", text, SCALINGS))
    return found


def apply_scaling(spec: DatasetSpec, scaling: Scaling) -> DatasetSpec:
    """Return the data set's description with the mean and the standard deviation of the scaling. Only pictures have one."""
    if spec.kind != "pictures" or scaling == "mean-std":
        return spec
    mean, std = _compute_mean_std(spec, scaling)
    return replace(spec, mean=mean, std=std)


def list_scalings(spec: DatasetSpec) -> list[Scaling]:
    """Return the scalings that are usual for the data set, of those with the same effect only the first; none unless it has pictures."""
    if spec.kind != "pictures":
        return []
    usual: dict[tuple[tuple[float, ...], tuple[float, ...]], Scaling] = {}
    for scaling in SCALINGS:
        is_usual = {"mnist": spec.shape[0] == 1, "imagenet": spec.shape[0] == 3, "0-16": spec.name == "digits_8x8"}
        if is_usual.get(scaling.removesuffix(_INVERTED), True):
            usual.setdefault(_compute_mean_std(spec, scaling), scaling)
    return list(usual.values())


def _compute_mean_std(spec: DatasetSpec, scaling: Scaling) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the mean and the standard deviation of each channel, or one for all."""
    base = scaling.removesuffix(_INVERTED)
    if scaling == "mean-std-negated":
        return spec.mean, tuple(-value for value in spec.std)
    mean, std = _FIXED.get(base, (spec.mean, spec.std))
    if len(mean) not in (1, spec.shape[0]):  # grey pictures with the numbers of colours
        mean, std = (sum(mean) / len(mean),), (sum(std) / len(std),)
    if scaling.endswith(_INVERTED):
        return tuple(1 - value for value in mean), tuple(-value for value in std)
    return mean, std
