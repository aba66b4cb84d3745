"""A run's network for the browser, in the smallest precision that gives the same answers."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import get_args

import numpy as np
import torch
from torch import Tensor, nn

from nn_core.browser.layers import describe_network
from nn_core.browser.payload import Precision, pack_payload, round_weight
from nn_core.data.builtin.pen_digits import read_pen_drawings
from nn_core.data.transforms import resize_to_spec
from nn_core.drawings import rasterize
from nn_core.drawings.preprocess import prepare_drawing
from nn_core.errors import BadInput
from nn_core.i18n import _
from nn_core.inference.network import TrainedNetwork, load_network
from nn_core.inference.predict import check_input_kind
from nn_core.runs import RunFolder

__all__ = ["MAX_DIFFERENCE", "BrowserNetwork", "Precision", "build_browser_network", "convert_network"]

MAX_DIFFERENCE = 1e-4
"""Between the probabilities in the browser and those of the server's single view."""
_CHECKED = 100
"""Drawings that a precision is checked with."""
_MARGIN = 4
"""For `pretrained-digits`, the largest difference for 17,494 examples is four times that for these drawings."""


@dataclass(frozen=True)
class BrowserNetwork:
    """A network for reader.js.

    Attributes:
        payload: all that it needs.
        precision: of the weights.
    """

    payload: bytes
    precision: Precision


def build_browser_network(run: RunFolder, data_folder: Path) -> BrowserNetwork:
    """Prepare the run's best network for the browser.

    Raises:
        BadInput: it has no weights, does not read drawings, or has a layer that reader.js cannot compute.
    """
    network = load_network(run, data_folder)
    check_runs_in_browser(network)
    return convert_network(network, choose_precision(network))


def check_runs_in_browser(network: TrainedNetwork) -> None:
    """Check that the network classifies drawings. Raises BadInput."""
    check_input_kind(network, "pictures")
    if not network.spec.is_line_drawing or network.spec.shape[0] != 1:
        raise BadInput(
            _(
                "A network trained on {data} reads photos or colours and cannot run in a browser, which only draws: give it a "
                "picture file on the Draw page."
            ).format(data=network.spec.name)
        )


def convert_network(network: TrainedNetwork, precision: Precision) -> BrowserNetwork:
    """Pack a network that `check_runs_in_browser` accepts. Raises BadInput for a layer that reader.js cannot compute."""
    spec = network.spec
    header = {
        "classes": spec.classes,
        "temperature": network.calibration.temperature,
        "height": spec.shape[1],
        "width": spec.shape[2],
        "mean": spec.mean[0],
        "std": spec.std[0],
        "drawing": {
            "side": rasterize.SIDE,
            "box": rasterize.BOX,
            "pen": rasterize.PEN,
            "edge": rasterize.EDGE,
            "min_stroke_extent": rasterize.MIN_STROKE_EXTENT,
            "dot": rasterize.DOT,
            "point_spacing": rasterize.POINT_SPACING,
        },
    }
    layers = describe_network(network.model, spec.shape)
    return BrowserNetwork(pack_payload(header, layers, precision), precision)


def choose_precision(network: TrainedNetwork) -> Precision:
    """Return the smallest precision that gives drawn digits the same labels and nearly the same probabilities."""
    pictures = _make_check_pictures(network)
    exact = _compute_probabilities(network, network.model, pictures)
    precisions: tuple[Precision, ...] = get_args(Precision)
    for precision in precisions[:-1]:
        rounded = _compute_probabilities(network, round_weights(network.model, precision), pictures)
        is_same = bool((rounded.argmax(dim=1) == exact.argmax(dim=1)).all())
        if is_same and float((rounded - exact).abs().max()) <= MAX_DIFFERENCE / _MARGIN:
            return precision
    return "float32"


def round_weights(model: nn.Module, precision: Precision) -> nn.Module:
    """Return a copy of the model with its weights as they are after they were stored."""
    rounded = copy.deepcopy(model)
    with torch.no_grad():
        for module in rounded.modules():
            if isinstance(module, nn.Linear | nn.Conv2d | nn.RNNBase):
                for name, parameter in module.named_parameters(recurse=False):
                    if name.startswith("weight"):
                        parameter.copy_(round_weight(parameter, precision))
    return rounded


def _make_check_pictures(network: TrainedNetwork) -> Tensor:
    prepared = [prepare_drawing(drawing) for drawing, _label in islice(read_pen_drawings(), _CHECKED)]
    pictures = [resize_to_spec(picture, network.spec) for picture in prepared if picture is not None]
    return torch.from_numpy(np.stack(pictures))


def _compute_probabilities(network: TrainedNetwork, model: nn.Module, pictures: Tensor) -> Tensor:
    outputs = replace(network, model=model).compute_outputs(pictures)
    return network.calibration.compute_probabilities(outputs)
