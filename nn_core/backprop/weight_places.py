"""What the numbers in the index of a weight count, such as unit, input, row and column."""

from __future__ import annotations

from torch import nn

from nn_core.i18n import N_

__all__ = ["name_weight_axes"]

_UNIT, _INPUT, _GATE, _MEMORY = N_("unit"), N_("input"), N_("gate row"), N_("memory unit")
_ROW, _COLUMN, _PLACE = N_("row"), N_("column"), N_("place")
_SPACES = {1: (N_("position"),), 2: (_ROW, _COLUMN)}


def name_weight_axes(model: nn.Module, name: str) -> tuple[str, ...]:
    """Name each dimension of a parameter, untranslated. name: of the parameter, such as "0.weight"."""
    path, _dot, key = name.rpartition(".")
    owner, dimensions = model.get_submodule(path), model.get_parameter(name).dim()
    if isinstance(owner, nn.modules.conv._ConvNd):
        pair = (_INPUT, _UNIT) if owner.transposed else (_UNIT, _INPUT)
        return (_UNIT,) if dimensions == 1 else (*pair, *_SPACES.get(dimensions - 2, (_PLACE,) * (dimensions - 2)))
    if isinstance(owner, nn.RNNBase):
        row = _GATE if owner.mode in ("LSTM", "GRU") else _UNIT
        return (row,) if dimensions == 1 else (row, _MEMORY if "_hh_" in key else _INPUT)
    if isinstance(owner, nn.Embedding):
        return (_ROW, _COLUMN)
    if dimensions == 1:
        return (_UNIT,)
    return (_UNIT, _INPUT) if dimensions == 2 and "weight" in key else (_PLACE,) * dimensions
