"""The processes that share a run: each computes its shard of every batch, and all take the same step."""

import time
import zlib
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Self

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed import Store  # type: ignore[attr-defined]
from torch.nn.parallel import DistributedDataParallel

from nn_core.data.dataset import Shard
from nn_core.data.settings import AugmentationSettings
from nn_core.data.transforms import augment_batch
from nn_core.dynamo_workaround import call_without_compiler
from nn_core.errors import RunFailed
from nn_core.i18n import _
from nn_core.training.state import Coordinator

__all__ = ["ProcessGroup"]

_SETTLE_SECONDS = 0.02  # for Gloo's threads, which exchange the gradients


class ProcessGroup(Coordinator):
    """Several processes that train together through torch.distributed.

    NCCL exchanges data between graphics cards, Gloo exchanges data in CPU memory.

    Attributes:
        rank: Number of this process, from 0 to `size` - 1; number 0 is the leader.
        shard: What this process computes of the current batch.
    """

    def __init__(self, store: Store, rank: int, size: int, device: torch.device, patience_seconds: float) -> None:
        """Wait until all processes have joined.

        Args:
            store: torch's key-value store, which all processes can reach.
            patience_seconds: How long to wait for a process that does not answer before an error is raised.
        """
        self.rank, self.size, self.device = rank, size, device
        self.shard = Shard(slice(0, 0), 0, 0)
        self._samples = self._steps = 0
        self._waited_seconds = self._gradients_at = 0.0
        self._measured_at = time.perf_counter()
        self._events: list[torch.cuda.Event] = []
        # Keeps tensors alive while they are sent. Otherwise a Gloo thread releases the last reference a moment later and
        # needs the GIL for that; if this process is destroying the group at that time, both wait for each other forever.
        self._sent: deque[object] = deque(maxlen=16)
        backend = "gloo"
        if device.type == "cuda":
            torch.cuda.set_device(device)
            self._events = [torch.cuda.Event(enable_timing=True) for _ in range(2)]
            backend = "cpu:gloo,cuda:nccl" if dist.is_nccl_available() else "gloo"
        timeout = timedelta(seconds=patience_seconds)
        dist.init_process_group(backend, store=store, rank=rank, world_size=size, timeout=timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind:
            self.abort()
        else:
            self.close()

    def close(self) -> None:
        """Leave the group after all processes have reached the same point."""
        time.sleep(_SETTLE_SECONDS)
        dist.destroy_process_group()

    def abort(self) -> None:
        """Leave the group after a failure, without waiting for other processes."""
        time.sleep(_SETTLE_SECONDS)
        with suppress(Exception):
            if self._events:
                dist.distributed_c10d._abort_process_group()
            else:
                dist.destroy_process_group()

    # The training step; see `Coordinator`

    @property
    def has_samples(self) -> bool:
        return self.shard.count > 0

    def shard_batch(self, rows: Tensor) -> Tensor:
        count = len(rows)
        start, stop = (count * rank // self.size for rank in (self.rank, self.rank + 1))
        own_rows = slice(start, stop) if stop > start else slice(0, 1)
        self.shard = Shard(own_rows, count, stop - start)
        return rows[own_rows]

    def shard_rows(self, rows: Tensor) -> Tensor:
        return rows.tensor_split(self.size)[self.rank]

    def augment(self, images: Tensor, settings: AugmentationSettings, *, is_line_drawing: bool) -> Tensor:
        return augment_batch(images, settings, is_line_drawing=is_line_drawing, shard=self.shard)

    def backward(self, loss: Tensor) -> None:
        # DistributedDataParallel averages the gradients of all processes. With these weights that is the mean over the
        # batch, also for shards of unequal size.
        (loss * (self.shard.count * self.size / self.shard.batch_size)).backward()
        self._samples += self.shard.count
        self._steps += 1
        self._waited_seconds += time.perf_counter() - self._gradients_at
        if self._events:
            self._events[1].record()

    def sum(self, *values: float) -> tuple[float, ...]:
        # Added here and in order, so that all processes round in the same way.
        return tuple(map(sum, zip(*self.gather(*values), strict=True)))

    def check_rng_in_sync(self, rng_states: Mapping[str, Tensor]) -> None:
        checksum = zlib.crc32(b"".join(state.numpy().tobytes() for state in rng_states.values()))
        if self.sum(checksum)[0] != self.size * checksum:
            raise RunFailed(
                _(
                    "The processes that share this run no longer draw the same random numbers. Train it with one process: "
                    "training.devices=1."
                )
            )

    # Collective operations: every process has to call them

    def gather(self, *values: float) -> list[list[float]]:
        """Return the values of every process, in order of rank."""
        numbers: list[list[float]] = self.all_gather(torch.tensor(values, dtype=torch.float64)).tolist()
        return numbers

    def all_gather(self, values: Tensor) -> Tensor:
        """Return the values of every process, [size, count].

        Args:
            values: [count], with the same type and on the same kind of device in every process.
        """
        rows = [torch.empty_like(values) for _ in range(self.size)]
        self._sent.append((values, rows))
        dist.all_gather(rows, values)
        return torch.stack(rows)

    def all_reduce(self, values: Tensor) -> Tensor:
        """Sum the values over all processes in place."""
        self._sent.append(values)
        dist.all_reduce(values)
        return values

    def broadcast(self, *values: float) -> list[float]:
        """Return the values of process 0; the other processes pass as many numbers, which are ignored."""
        numbers = torch.tensor(values, dtype=torch.float64)
        self._sent.append(numbers)
        dist.broadcast(numbers, 0)
        received: list[float] = numbers.tolist()
        return received

    def broadcast_bytes(self, content: bytes = b"") -> bytes:
        """Return the bytes of process 0."""
        (length,) = self.broadcast(len(content))
        if not length:
            return b""
        packed = torch.frombuffer(bytearray(content or int(length)), dtype=torch.uint8)
        self._sent.append(packed)
        dist.broadcast(packed, 0)
        return packed.numpy().tobytes()

    def wrap_model(self, model: nn.Module, *, compiled: bool) -> nn.Module:
        """Return the model so that its gradients are averaged over all processes."""
        # The gradient of the first parameter is computed last.
        first = next(weights for weights in model.parameters() if weights.requires_grad)
        first.register_post_accumulate_grad_hook(self._record_gradients)
        wrap = partial(DistributedDataParallel, model, forward_sync_buffers=False, gradient_as_bucket_view=True)
        return wrap() if compiled else call_without_compiler(wrap)

    def _record_gradients(self, _weights: Tensor) -> None:
        if self._events:
            self._events[0].record()
        self._gradients_at = time.perf_counter()

    def measure_throughput(self) -> tuple[float, float]:
        """Return what this process has done since the last call: samples per second, and the fraction of the time (0 to 1) in
        which it only waited for the gradients of other processes.

        On a graphics card, which works asynchronously, the wait of the last step stands for all steps.
        """
        now = time.perf_counter()
        waited = self._waited_seconds
        if self._events and self._steps:
            self._events[1].synchronize()
            waited = self._events[0].elapsed_time(self._events[1]) / 1000 * self._steps
        seconds = max(now - self._measured_at, 1e-9)
        throughput = self._samples / seconds, min(1.0, waited / seconds)
        self._measured_at, self._samples, self._steps, self._waited_seconds = now, 0, 0, 0.0
        return throughput
