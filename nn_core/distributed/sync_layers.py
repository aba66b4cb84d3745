"""Batch norm and dropout that compute the same with several processes as with one.

torch's own layers see only the shard of their process. `SyncBatchNorm` sees the whole batch, but needs graphics cards and samples in
every process.
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

from nn_core.distributed.process_group import ProcessGroup
from nn_core.training.forward import build_forward
from nn_core.training.state import TrainState

__all__ = ["join_process_group", "use_sync_layers"]

_NOISE: dict[type[nn.Module], Callable[..., Tensor]] = {
    nn.Dropout: F.dropout,
    nn.Dropout1d: F.dropout1d,
    nn.Dropout2d: F.dropout2d,
    nn.Dropout3d: F.dropout3d,
}


def join_process_group(state: TrainState, group: ProcessGroup) -> None:
    """From now on, train together with the other processes, which have an equal state and call this as well."""
    training = state.config.training
    state.coordinator = group
    use_sync_layers(state.model, group)
    state.forward = build_forward(group.wrap_model(state.model, compiled=training.compile), training, state.device)
    if group.rank:
        state.clear_pending()


def use_sync_layers(model: nn.Module, group: ProcessGroup) -> None:
    """Replace how the model's layers compute in training mode. Names, weights and evaluation stay the same."""
    for module in model.modules():
        if isinstance(module, _BatchNorm):
            compute: Callable[..., object] = _batch_norm
        elif type(module) in _NOISE:
            compute = _dropout
        elif isinstance(module, nn.RNNBase) and module.dropout:
            compute = _recurrent
        else:
            continue
        vars(module)["forward"] = partial(compute, module, group)


# Dropout: every process draws for the whole batch, so that all random states stay equal, and uses its shard.


def _dropout(module: _DropoutNd, group: ProcessGroup, inputs: Tensor) -> Tensor:
    if not module.training or not module.p:
        return inputs
    return inputs * _draw_mask(inputs, 0, group, partial(_NOISE[type(module)], p=module.p, training=True), module)


def _draw_mask(
    inputs: Tensor,
    dimension: int,
    group: ProcessGroup,
    drop: Callable[[Tensor], Tensor],
    module: nn.Module | None = None,
) -> Tensor:
    """Return the factors for the inputs: 0, or 1 / (1 - p). dimension: that of the samples."""
    shard = group.shard
    count = shard.rows.stop - shard.rows.start
    rows_per_sample = inputs.shape[dimension] // count  # a network may spread a sample over several rows
    shape = list(inputs.shape)
    shape[dimension] = shard.batch_size * rows_per_sample
    if isinstance(module, nn.Dropout1d | nn.Dropout2d | nn.Dropout3d):
        shape[2:] = [1] * len(shape[2:])
    # torch draws in the order of the values in memory.
    order = sorted(range(inputs.dim()), key=lambda axis: -inputs.stride()[axis])
    ones = torch.empty_permuted(shape, order, dtype=inputs.dtype, device=inputs.device).fill_(1)
    return drop(ones).narrow(dimension, shard.rows.start * rows_per_sample, count * rows_per_sample)


def _recurrent(reader: nn.RNNBase, group: ProcessGroup, inputs: Tensor) -> object:
    """Compute layer by layer, because torch's own implementation draws the dropout between layers internally.

    The layer starts with an empty memory, as all networks here use it.
    """
    if not reader.training or reader.num_layers == 1:
        return type(reader).forward(reader, inputs)
    compute = getattr(torch, reader.mode.lower())  # lstm, gru, rnn_tanh or rnn_relu
    outputs = inputs.transpose(0, 1) if reader.batch_first else inputs
    directions = 2 if reader.bidirectional else 1
    empty = inputs.new_zeros(directions, outputs.shape[1], reader.hidden_size)
    start = (empty, empty) if reader.mode == "LSTM" else empty
    ends = []
    for layer in range(reader.num_layers):
        if layer:
            drop = partial(F.dropout, p=reader.dropout, training=True)
            outputs = outputs * _draw_mask(outputs, 1, group, drop)
        weights = [
            getattr(reader, name)
            for names in reader._all_weights[layer * directions : (layer + 1) * directions]
            for name in names
        ]
        outputs, *end = compute(outputs, start, weights, reader.bias, 1, 0.0, True, reader.bidirectional, False)
        ends.append(end)
    last = [torch.cat(parts) for parts in zip(*ends, strict=True)]
    return outputs.transpose(0, 1) if reader.batch_first else outputs, tuple(last) if len(last) > 1 else last[0]


# Batch norm: mean and variance are those of the whole batch.


def _batch_norm(module: _BatchNorm, group: ProcessGroup, inputs: Tensor) -> Tensor:
    if not module.training:
        return type(module).forward(module, inputs)
    module._check_input_dim(inputs)
    outputs: Tensor
    outputs, mean, variance, count = _SyncBatchNorm.apply(  # type: ignore[no-untyped-call]
        inputs, module.weight, module.bias, module.eps, group
    )
    if module.running_mean is not None and module.running_var is not None and module.num_batches_tracked is not None:
        module.num_batches_tracked.add_(1)
        momentum = 1 / float(module.num_batches_tracked) if module.momentum is None else module.momentum
        module.running_mean.mul_(1 - momentum).add_(mean, alpha=momentum)
        module.running_var.mul_(1 - momentum).add_(variance * (count / (count - 1)), alpha=momentum)
    return outputs


class _SyncBatchNorm(torch.autograd.Function):
    """(inputs [count, channels, …], weight, bias, eps, group) → outputs, and the mean, the variance and the number of values in
    each channel over the whole batch. ctx is Any, because torch accepts any attribute there."""

    @staticmethod
    def forward(
        ctx: Any, inputs: Tensor, weight: Tensor | None, bias: Tensor | None, eps: float, group: ProcessGroup
    ) -> tuple[Tensor, Tensor, Tensor, float]:
        weighted = float(group.has_samples)
        values = weighted * math.prod(inputs.shape) / inputs.shape[1]
        variance, mean = torch.var_mean(_to_precise(inputs), _list_other_dims(inputs), correction=0)
        gathered = group.all_gather(torch.cat([mean.new_tensor([values]), mean, variance]).double())
        counts, means, variances = gathered[:, :1], *gathered[:, 1:].chunk(2, dim=1)
        total = float(counts.sum())
        # From the shards' means and variances (Chan, Golub and LeVeque, 1979), which loses no digits where the mean is large.
        total_mean = (counts * means).sum(0) / total
        total_variance = (counts * (variances + (means - total_mean).square())).sum(0) / total
        mean, variance = total_mean.to(mean.dtype), total_variance.to(mean.dtype)
        ctx.save_for_backward(inputs, weight, mean, (total_variance + eps).rsqrt().to(mean.dtype))
        ctx.group, ctx.total, ctx.weighted = group, total, weighted
        ctx.mark_non_differentiable(mean, variance)
        return F.batch_norm(inputs, mean, variance, weight, bias, False, 0.0, eps), mean, variance, total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor | None, Tensor | None, None, None]:
        inputs, weight, mean, scale = ctx.saved_tensors
        gradient = _to_precise(gradients[0])
        shape = (1, -1) + (1,) * (inputs.dim() - 2)
        normalized = (_to_precise(inputs) - mean.view(shape)) * scale.view(shape)
        other_dims = _list_other_dims(inputs)
        of_bias, of_weight = gradient.sum(other_dims), (gradient * normalized).sum(other_dims)
        of_mean, of_variance = ctx.group.all_reduce(torch.stack([of_bias, of_weight])) * (ctx.weighted / ctx.total)
        slope = scale if weight is None else scale * weight
        centered = gradient - of_mean.view(shape) - normalized * of_variance.view(shape)
        of_inputs = (centered * slope.view(shape)).to(inputs.dtype)
        return of_inputs, None if weight is None else of_weight, None if weight is None else of_bias, None, None


def _list_other_dims(inputs: Tensor) -> list[int]:
    """All dimensions except that of the channels."""
    return [0, *range(2, inputs.dim())]


def _to_precise(values: Tensor) -> Tensor:
    """Convert to float32 at least: bf16 has too few digits for long sums."""
    return values.to(torch.promote_types(values.dtype, torch.float32))
