"""Batch norm and dropout that give with several processes what they give with one.

Torch's own see only the part of the batch that their process has. `SyncBatchNorm` sees all of it, but needs graphics cards and
samples in every process.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.dropout import _DropoutNd

from nn_core.distributed.process_group import SharedGroup

__all__ = ["use_sync_layers"]

_NOISE: dict[type[nn.Module], Callable[..., Tensor]] = {
    nn.Dropout: F.dropout,
    nn.Dropout1d: F.dropout1d,
    nn.Dropout2d: F.dropout2d,
    nn.Dropout3d: F.dropout3d,
}


def use_sync_layers(model: nn.Module, group: SharedGroup) -> None:
    """Change how the model's modules compute while it trains; names, weights and what it gives otherwise stay."""
    for module in model.modules():
        if isinstance(module, _BatchNorm):
            compute: Any = _batch_norm
        elif type(module) in _NOISE:
            compute = _dropout
        elif isinstance(module, nn.RNNBase) and module.dropout:
            compute = _recurrent
        else:
            continue
        vars(module)["forward"] = partial(compute, module, group)


# Dropout: every process draws for the whole batch, so that all random states stay equal, and takes its part.


def _dropout(module: _DropoutNd, group: SharedGroup, inputs: Tensor) -> Tensor:
    if not module.training or not module.p:
        return inputs
    return inputs * _kept(inputs, 0, group, partial(_NOISE[type(module)], p=module.p, training=True), module)


def _kept(
    inputs: Tensor,
    dimension: int,
    group: SharedGroup,
    drop: Callable[[Tensor], Tensor],
    module: nn.Module | None = None,
) -> Tensor:
    """What to multiply the signals with: 0, or a little more than 1. dimension: the one of the samples."""
    part = group.part
    taken = part.rows.stop - part.rows.start
    each = inputs.shape[dimension] // taken  # a network may have put several signals of a sample below each other
    shape = list(inputs.shape)
    shape[dimension] = part.batch_size * each
    if isinstance(module, nn.Dropout1d | nn.Dropout2d | nn.Dropout3d):
        shape[2:] = [1] * len(shape[2:])
    # In the order in which the signals lie in memory, as torch draws for them.
    order = sorted(range(inputs.dim()), key=lambda axis: -inputs.stride()[axis])
    ones = torch.empty_permuted(shape, order, dtype=inputs.dtype, device=inputs.device).fill_(1)
    return drop(ones).narrow(dimension, part.rows.start * each, taken * each)


def _recurrent(reader: nn.RNNBase, group: SharedGroup, inputs: Tensor, memory: Any = None) -> Any:
    """Layer by layer, because torch draws what it drops between them where nobody can reach it."""
    if not reader.training or reader.num_layers == 1:
        return type(reader).forward(reader, inputs, memory)
    assert memory is None, "a reader begins with an empty memory"
    compute = {"LSTM": torch.lstm, "GRU": torch.gru, "RNN_TANH": torch.rnn_tanh, "RNN_RELU": torch.rnn_relu}[
        reader.mode
    ]
    outputs = inputs.transpose(0, 1) if reader.batch_first else inputs
    directions = 2 if reader.bidirectional else 1
    empty = inputs.new_zeros(directions, outputs.shape[1], reader.hidden_size)
    start = (empty, empty) if reader.mode == "LSTM" else empty
    ends = []
    for layer in range(reader.num_layers):
        if layer:
            drop = partial(F.dropout, p=reader.dropout, training=True)
            outputs = outputs * _kept(outputs, 1, group, drop)
        weights = [
            getattr(reader, name)
            for names in reader._all_weights[layer * directions : (layer + 1) * directions]
            for name in names
        ]
        outputs, *end = compute(  # type: ignore[operator]
            outputs, start, weights, reader.bias, 1, 0.0, True, reader.bidirectional, False
        )
        ends.append(end)
    last = [torch.cat(parts) for parts in zip(*ends, strict=True)]
    return outputs.transpose(0, 1) if reader.batch_first else outputs, tuple(last) if len(last) > 1 else last[0]


# Batch norm: the mean and the variance are those of the whole batch.


def _batch_norm(module: Any, group: SharedGroup, inputs: Tensor) -> Tensor:
    if not module.training:
        left: Tensor = type(module).forward(module, inputs)
        return left
    module._check_input_dim(inputs)
    outputs: Tensor
    outputs, mean, variance, count = _BatchNormOfAll.apply(  # type: ignore[no-untyped-call]
        inputs, module.weight, module.bias, module.eps, group
    )
    if module.track_running_stats:
        module.num_batches_tracked.add_(1)
        share = 1 / float(module.num_batches_tracked) if module.momentum is None else module.momentum
        module.running_mean.mul_(1 - share).add_(mean, alpha=share)
        module.running_var.mul_(1 - share).add_(variance * (count / (count - 1)), alpha=share)
    return outputs


class _BatchNormOfAll(torch.autograd.Function):
    """(inputs [count, channels, …], weight, bias, eps, group) → outputs, and the mean, the variance and the number of values in
    each channel, over the parts of all processes."""

    @staticmethod
    def forward(
        ctx: Any, inputs: Tensor, weight: Tensor | None, bias: Tensor | None, eps: float, group: SharedGroup
    ) -> tuple[Tensor, Tensor, Tensor, float]:
        counts = float(group.part.count > 0)
        values = counts * math.prod(inputs.shape) / inputs.shape[1]
        variance, mean = torch.var_mean(_precise(inputs), _others(inputs), correction=0)
        told = group.gathered(torch.cat([mean.new_tensor([values]), mean, variance]).double())
        each, means, variances = told[:, :1], *told[:, 1:].chunk(2, dim=1)
        total = float(each.sum())
        # Of the parts' means and variances (Chan, Golub and LeVeque, 1979), which loses no digits where the mean is large.
        middle = (each * means).sum(0) / total
        spread = (each * (variances + (means - middle).square())).sum(0) / total
        mean, variance = middle.to(mean.dtype), spread.to(mean.dtype)
        ctx.save_for_backward(inputs, weight, mean, (spread + eps).rsqrt().to(mean.dtype))
        ctx.group, ctx.total, ctx.counts = group, total, counts
        ctx.mark_non_differentiable(mean, variance)
        return F.batch_norm(inputs, mean, variance, weight, bias, False, 0.0, eps), mean, variance, total

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[Tensor, Tensor | None, Tensor | None, None, None]:
        inputs, weight, mean, scale = ctx.saved_tensors
        gradient = _precise(gradients[0])
        shape = (1, -1) + (1,) * (inputs.dim() - 2)
        normal = (_precise(inputs) - mean.view(shape)) * scale.view(shape)
        by_bias, by_weight = gradient.sum(_others(inputs)), (gradient * normal).sum(_others(inputs))
        through_mean, through_spread = ctx.group.add_up(torch.stack([by_bias, by_weight])) * (ctx.counts / ctx.total)
        slope = scale if weight is None else scale * weight
        moved = gradient - through_mean.view(shape) - normal * through_spread.view(shape)
        of_inputs = (moved * slope.view(shape)).to(inputs.dtype)
        return of_inputs, None if weight is None else by_weight, None if weight is None else by_bias, None, None


def _others(inputs: Tensor) -> list[int]:
    """All dimensions but that of the channels."""
    return [0, *range(2, inputs.dim())]


def _precise(values: Tensor) -> Tensor:
    """bf16 has too few digits to sum up many of them."""
    return values.to(torch.promote_types(values.dtype, torch.float32))
