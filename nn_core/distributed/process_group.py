"""The processes that share a run: each computes its part of every batch, and all take the same step."""

import time
from collections import deque
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any, Self

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from nn_core.data.dataset import Shard
from nn_core.dynamo_workaround import call_without_compiler

__all__ = ["Group", "SharedGroup", "is_peer_error"]

_SETTLING_SECONDS = 0.02  # for Gloo's threads, which see to the gradients


class Group:
    """A group of one, which computes everything itself and asks nobody.

    rank: the number of this process, of `size`; number 0 leads.
    """

    rank = 0
    size = 1

    def take_part(self, count: int) -> Shard:
        """What this process computes of the next batch, which has so many samples."""
        return Shard(slice(0, count), count, count)

    def rows_of(self, rows: Tensor) -> Tensor:
        """The share of this process of some rows; maybe none."""
        return rows

    def backward(self, loss: Tensor) -> None:
        """Find the gradients of the mean loss over the whole batch. loss: the mean over the part that was taken."""
        loss.backward()

    def sum(self, *values: float) -> tuple[float, ...]:
        """Each value summed over all processes; the same numbers in every one of them."""
        return values

    def averaging(self, model: nn.Module, *, compiled: bool = False) -> nn.Module:
        """The model, so that its gradients are the mean of those in all processes."""
        return model


class SharedGroup(Group):
    """Several processes, by torch.distributed: NCCL between graphics cards, Gloo for all that lies in the memory of a CPU.

    part: what this process computes of the batch that is learned from now.
    """

    def __init__(self, store: Any, rank: int, size: int, device: torch.device, patience_seconds: float) -> None:
        """Waits for the others to come. store: torch's, which all reach. patience_seconds: after so long a process that does not answer is given up, and what
        waits for it raises an error."""
        self.rank, self.size, self.device = rank, size, device
        self.part = Shard(slice(0, 0), 0, 0)
        self._samples = self._steps = 0
        self._waited_seconds = self._gradients_at = 0.0
        self._asked_at = time.perf_counter()
        self._marks: list[Any] = []
        # A thread of Gloo lets go of what it has sent a moment later, and would need Python for that if nobody here held it;
        # where this process is just then taking the group down, both wait for each other for ever.
        self._sent: deque[Any] = deque(maxlen=16)
        backend = "gloo"
        if device.type == "cuda":
            torch.cuda.set_device(device)
            self._marks = [torch.cuda.Event(enable_timing=True) for _ in range(2)]
            backend = "cpu:gloo,cuda:nccl" if dist.is_nccl_available() else "gloo"
        timeout = timedelta(seconds=patience_seconds)
        dist.init_process_group(backend, store=store, rank=rank, world_size=size, timeout=timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind:
            self.abandon()
        else:
            self.close()

    def close(self) -> None:
        """Once all have come to the same end."""
        time.sleep(_SETTLING_SECONDS)
        dist.destroy_process_group()

    def abandon(self) -> None:
        """Where this process fails, or another one did: without waiting for anybody."""
        time.sleep(_SETTLING_SECONDS)
        with suppress(Exception):
            if self._marks:
                dist.distributed_c10d._abort_process_group()
            else:
                dist.destroy_process_group()

    def take_part(self, count: int) -> Shard:
        first, end = (count * place // self.size for place in (self.rank, self.rank + 1))
        rows = slice(first, end) if end > first else slice(0, 1)
        self.part = Shard(rows, count, end - first)
        return self.part

    def rows_of(self, rows: Tensor) -> Tensor:
        return rows.tensor_split(self.size)[self.rank]

    def backward(self, loss: Tensor) -> None:
        part = self.part
        # The mean of what all processes find is that over the batch, however unequal their parts are.
        (loss * (part.count * self.size / part.batch_size)).backward()
        self._samples += part.count
        self._steps += 1
        self._waited_seconds += time.perf_counter() - self._gradients_at
        if self._marks:
            self._marks[1].record()

    def sum(self, *values: float) -> tuple[float, ...]:
        # Added up here and in order, so that no two processes round in another way.
        return tuple(map(sum, zip(*self.gather(*values), strict=True)))

    def gather(self, *values: float) -> list[list[float]]:
        """What each process gives, in order."""
        numbers: list[list[float]] = self.gathered(torch.tensor(values, dtype=torch.float64)).tolist()
        return numbers

    def gathered(self, values: Tensor) -> Tensor:
        """[size, count], what each process gives: [count], of equal type and on the device of each."""
        rows = [torch.empty_like(values) for _ in range(self.size)]
        self._sent.append((values, rows))
        dist.all_gather(rows, values)
        return torch.stack(rows)

    def add_up(self, values: Tensor) -> Tensor:
        """The sum over all processes, in the place of `values`."""
        self._sent.append(values)
        dist.all_reduce(values)
        return values

    def told(self, *values: float) -> list[float]:
        """What process 0 says; the others give as many numbers, which do not matter."""
        numbers = torch.tensor(values, dtype=torch.float64)
        self._sent.append(numbers)
        dist.broadcast(numbers, 0)
        told: list[float] = numbers.tolist()
        return told

    def told_bytes(self, content: bytes = b"") -> bytes:
        """The bytes that process 0 gives, in all of them."""
        (length,) = self.told(len(content))
        if not length:
            return b""
        packed = torch.frombuffer(bytearray(content or int(length)), dtype=torch.uint8)
        self._sent.append(packed)
        dist.broadcast(packed, 0)
        return packed.numpy().tobytes()

    def averaging(self, model: nn.Module, *, compiled: bool = False) -> nn.Module:
        # The first weights are the last whose gradient is found.
        first = next(weights for weights in model.parameters() if weights.requires_grad)
        first.register_post_accumulate_grad_hook(self._note_gradients)
        make = partial(DistributedDataParallel, model, forward_sync_buffers=False, gradient_as_bucket_view=True)
        return make() if compiled else call_without_compiler(make)

    def _note_gradients(self, _weights: Tensor) -> None:
        if self._marks:
            self._marks[0].record()
        self._gradients_at = time.perf_counter()

    def pace(self) -> tuple[float, float]:
        """(Samples per second, the share of the time from 0 to 1 in which this process only waited for the others' gradients)
        since it was asked before. On a graphics card, whose work nobody watches, the last step's wait stands for all."""
        now = time.perf_counter()
        waited = self._waited_seconds
        if self._marks and self._steps:
            self._marks[1].synchronize()
            waited = self._marks[0].elapsed_time(self._marks[1]) / 1000 * self._steps
        seconds = max(now - self._asked_at, 1e-9)
        pace = self._samples / seconds, min(1.0, waited / seconds)
        self._asked_at, self._samples, self._steps, self._waited_seconds = now, 0, 0, 0.0
        return pace


def is_peer_error(error: RuntimeError) -> bool:
    """Whether it says that another process is gone or does not answer."""
    return isinstance(error, dist.DistError) or any(word in str(error).lower() for word in ("gloo", "wait timeout"))
