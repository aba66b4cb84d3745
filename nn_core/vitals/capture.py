"""Chooses the held-out examples of a run, and makes the pictures of its network from tensors."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nn_core.data import DatasetSpec
from nn_core.data.encode_text import decode
from nn_core.data.split import choose_stratified
from nn_core.data.transforms import normalize
from nn_core.formatting import format_decimal
from nn_core.training.state import TrainState
from nn_core.vitals.activations import LayerUnits
from nn_core.vitals.pictures import ExampleInputs, NumberBlock, UnitActivations

__all__ = ["SHOWN_EXAMPLES", "HeldOutExamples", "list_activations", "show_filters"]

SHOWN_EXAMPLES = 10
_EXAMPLES = 100  # to find dead and saturated units
_LARGEST_SIDE = 64
_MAPS, _MAP_SIDE = 12, 14
_ROWS, _COLUMNS = 32, 48
_FILTERS = 32
_MAX_LAYERS = 40


@dataclass(frozen=True)
class HeldOutExamples:
    """Validation examples that are the same for the whole run: at most 100, of every class its share, fewer for a very large network.

    Attributes:
        rows: Of the training split; the first ten are shown, one of each class where there are ten classes.
        inputs: Of the network, [examples, …].
        labels: Indices of classes.
        shown: The first ten as people see them.
    """

    rows: Tensor
    inputs: Tensor
    labels: Tensor
    shown: ExampleInputs

    @classmethod
    def choose(cls, state: TrainState) -> Self:
        held_out = state.validation_rows.cpu()
        labels = state.samples.labels.cpu().index_select(0, held_out)
        if state.goal == "regress":
            labels = labels.long() * 0  # any examples will do
        count = max(SHOWN_EXAMPLES, min(_EXAMPLES, state.eval_batch_size // 10))
        shown = choose_stratified(labels, SHOWN_EXAMPLES, seed=0)
        more = choose_stratified(labels, count, seed=0)
        more = more[~torch.isin(more, shown)][: count - len(shown)]
        rows = held_out[torch.cat([shown, more])].to(state.device)
        inputs, chosen_labels = state.get_batch(rows)
        described = _describe(inputs[:SHOWN_EXAMPLES], chosen_labels, state.spec, named=state.goal == "classify")
        return cls(rows, normalize(inputs, state.spec), chosen_labels, described)

    @property
    def padding(self) -> Tensor | None:
        """Where a text has ended, bool [examples, letters]; None for other data."""
        return None if self.inputs.is_floating_point() else self.inputs == 0


def _describe(inputs: Tensor, labels: Tensor, spec: DatasetSpec, *, named: bool) -> ExampleInputs:
    names = tuple(spec.classes[label] for label in labels[: len(inputs)].tolist()) if named else ()
    if spec.kind == "pictures":
        pixels = inputs.float() / 255
        if max(pixels.shape[2:]) > _LARGEST_SIDE:
            scale = _LARGEST_SIDE / max(pixels.shape[2:])
            height, width = (max(1, round(side * scale)) for side in pixels.shape[2:])
            pixels = F.adaptive_avg_pool2d(pixels, (height, width))
        pictures = NumberBlock.encode(pixels)
        return ExampleInputs(labels=names, pictures=pictures)
    if spec.kind == "text":
        return ExampleInputs(labels=names, texts=tuple(decode(inputs, spec.alphabet)))
    return ExampleInputs(
        labels=names, texts=tuple(f"({format_decimal(x)}, {format_decimal(y)})" for x, y in inputs.tolist())
    )


def show_filters(model: nn.Module, spec: DatasetSpec) -> tuple[str, NumberBlock | None]:
    """Return the name and the weights of the first layer that has a matrix of weights.

    Weights that belong to the pixels of a picture, or to a patch of it, are shown as pictures.
    """
    for name, module in model.named_modules():
        for weight in module.parameters(recurse=False):
            if weight.dim() < 2 or list(module.children()):
                continue
            pictures = weight[:_FILTERS]
            if spec.kind == "pictures" and weight.dim() == 2 and weight[0].numel() == prod(spec.shape):
                pictures = pictures.reshape(-1, *spec.shape)
            if pictures.dim() == 4 and pictures.shape[1] in (1, 3):
                if max(pictures.shape[2:]) > _LARGEST_SIDE:
                    pictures = F.adaptive_avg_pool2d(pictures, (_LARGEST_SIDE, _LARGEST_SIDE))
                return name, NumberBlock.encode(pictures, symmetric=True)
            table = weight.flatten(1)[:_LARGEST_SIDE, :_LARGEST_SIDE]
            return name, NumberBlock.encode(table, symmetric=True)
    return "", None


def list_activations(layers: Mapping[str, LayerUnits], spec: DatasetSpec) -> tuple[UnitActivations, ...]:
    """Encode the activations that were kept, reduced to what fits on a page. spec: as many units as pixels are shown as a picture."""
    return tuple(
        _encode_activations(name, units.activations, units.unit_dimension, spec).model_copy(
            update={"followers": units.followers}
        )
        for name, units in list(layers.items())[:_MAX_LAYERS]
        if units.activations is not None
    )


def _encode_activations(name: str, values: Tensor, unit_dimension: int, spec: DatasetSpec) -> UnitActivations:
    count = values.shape[unit_dimension]
    is_picture = spec.kind == "pictures" and values.shape[1:] == (prod(spec.shape),)
    if is_picture and max(spec.shape[1:]) <= _LARGEST_SIDE:
        pixels = NumberBlock.encode(values.unflatten(1, spec.shape))
        return UnitActivations(name=name, units=count, is_map=True, values=pixels)
    if values.dim() == 4:
        maps = values[:, :_MAPS]
        if max(maps.shape[2:]) > _MAP_SIDE:
            maps = F.adaptive_avg_pool2d(maps, (min(maps.shape[2], _MAP_SIDE), min(maps.shape[3], _MAP_SIDE)))
        return UnitActivations(name=name, units=count, is_map=True, values=NumberBlock.encode(maps))
    table = values.movedim(unit_dimension, -1)
    table = table.flatten(1, -2) if table.dim() > 2 else table.unsqueeze(1)
    return UnitActivations(name=name, units=count, is_map=False, values=NumberBlock.encode(table[:, :_ROWS, :_COLUMNS]))
