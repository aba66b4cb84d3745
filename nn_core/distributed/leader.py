"""What the process that leads a run sends to the processes that share it, at steps agreed in advance; see `distributed.follower`.

Only the leader checks for requests, the clock and the disk. At a sync point, about every 75 milliseconds, it sends what it did (a new
learning rate), what it needs (metrics that all processes have to sum up), and the step of the next sync point.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

import torch

from nn_core.config import RunConfig
from nn_core.devices import check_devices, choose_device
from nn_core.distributed.local_launcher import LocalLauncher
from nn_core.distributed.process_group import ProcessGroup
from nn_core.distributed.rendezvous import Launch
from nn_core.distributed.sync_layers import join_process_group
from nn_core.runs import RunFolder
from nn_core.runs.status import Rank
from nn_core.training.state import TrainState
from nn_core.training.state_schema import SavedState

__all__ = ["Command", "Leader", "start_leader"]

_REQUEST_CHECK_SECONDS = 0.05
_SYNC_SECONDS = 0.075
_THROUGHPUT_SECONDS = 1.0
_KEEP_ALIVE_SECONDS = 1.0  # between two messages while a run is paused


class Command(IntEnum):
    """What the leader sends at a sync point, with a number.

    TRAIN: train up to this step; SET_LR: use this learning rate; SET_WEIGHT: set a weight, whose parameter, place and value
    follow; SUM_METRICS: sum up the metrics since they were last read;
    MEASURE: send your throughput; WAIT: the run is paused; END: the training is over.
    """

    TRAIN = 0
    SET_LR = 1
    SUM_METRICS = 2
    MEASURE = 3
    WAIT = 4
    END = 5
    SET_WEIGHT = 6


@contextmanager
def start_leader(launch: Launch | None, config: RunConfig) -> Iterator[Leader]:
    """Lead the processes of the launch, or as many processes as the config asks for, which are started and end with the block.

    Raises:
        BadInput: This machine has too few devices.
        RunFailed: One of the processes has ended.
    """
    if launch is None and config.training.devices > 1:
        check_devices(config.training.device, config.training.devices)
        launch = LocalLauncher(config.training.devices)
    if launch is None or launch.size == 1:
        yield Leader()
        return
    leader = _MultiProcessLeader(launch)
    try:
        with launch.translate_peer_errors():
            yield leader
    finally:
        leader.abort()
        launch.close()


class Leader:
    """A run with a single process, and the base class for several.

    Attributes:
        is_synced: Whether the other processes wait for commands now.
        ranks: Speed of each process; empty for a single process.
        local_size: Number of processes on this machine.
    """

    is_synced = True
    local_size = 1

    def __init__(self) -> None:
        self.ranks: list[Rank] = []
        self._next_check = 0.0

    def send_run(self, run: RunFolder, config: RunConfig, saved: SavedState | None) -> torch.device:
        """Send everything that the other processes need to start or resume the run.

        Returns:
            The device of this process.

        Raises:
            BadInput: The device is not available.
        """
        return choose_device(config.training.device)

    def join(self, state: TrainState) -> None:
        """Wait until all processes have an equal state, and train together from then on."""

    def should_check_requests(self, state: TrainState) -> bool:
        """After each step: whether it is time to check for requests."""
        now = time.monotonic()
        is_due = now >= self._next_check
        if is_due:
            self._next_check = now + _REQUEST_CHECK_SECONDS
        return is_due

    def send_learning_rate(self, lr: float) -> None:
        """Send a new learning rate before the schedule."""

    def send_weight(self, number: int, place: int, value: float) -> None:
        """Send a weight, with the arguments of `TrainState.set_weight`."""

    def sum_metrics(self) -> None:
        """Prepare the other processes for `TrainState.capture`, which sums up metrics."""

    def keep_alive(self) -> None:
        """Call often while the run is paused, so that the other processes do not time out."""

    def finish_step(self, state: TrainState, should_end: bool, pause_in: int | None = None) -> bool:
        """Close the sync point, if there is one.

        Args:
            pause_in: the steps until the run should pause, where the next sync point is needed at the latest; None if it should not.

        Returns:
            Whether the training ends here.
        """
        return should_end

    def end(self) -> None:
        """Release the other processes."""


class _MultiProcessLeader(Leader):
    """Leads other processes. All of them wait for commands from `join` to `finish_step`, and again from each sync point on."""

    def __init__(self, launch: Launch) -> None:
        super().__init__()
        self._launch = launch
        self.local_size = launch.local_size
        self._group: ProcessGroup | None = None
        self._processes: list[dict[str, str]] = []
        self._next_sync_step = self._synced_at_step = 0
        self._synced_at = self._measured_at = self._sent_at = time.monotonic()

    def send_run(self, run: RunFolder, config: RunConfig, saved: SavedState | None) -> torch.device:
        device = self._launch.get_device(config.training)
        self._launch.send_run({"run": run.name, "config": config.model_dump()})
        group = self._group = self._launch.join(device)
        for file in (run.drawings_file, run.start_weights):
            group.broadcast_bytes(file.read_bytes() if file.exists() else b"")
        packed = io.BytesIO()
        if saved:
            torch.save(saved.as_dict(), packed)
        group.broadcast_bytes(packed.getvalue())
        return device

    def join(self, state: TrainState) -> None:
        assert self._group is not None, "send_run comes first"
        self._launch.report_ready(state.device)
        self._processes = self._launch.wait_until_all_ready()
        join_process_group(state, self._group)
        self._synced_at_step = state.step

    def should_check_requests(self, state: TrainState) -> bool:
        self.is_synced = self.is_synced or state.step >= self._next_sync_step
        return self.is_synced

    def send_learning_rate(self, lr: float) -> None:
        self._send(Command.SET_LR, lr)

    def send_weight(self, number: int, place: int, value: float) -> None:
        self._send(Command.SET_WEIGHT)
        if self._group:
            self._group.broadcast(number, place, value)

    def sum_metrics(self) -> None:
        self._send(Command.SUM_METRICS)

    def keep_alive(self) -> None:
        if time.monotonic() - self._sent_at > _KEEP_ALIVE_SECONDS:
            self._send(Command.WAIT)

    def finish_step(self, state: TrainState, should_end: bool, pause_in: int | None = None) -> bool:
        if not self.is_synced or should_end:
            return self.is_synced and should_end
        now = time.monotonic()
        if now - self._measured_at > _THROUGHPUT_SECONDS:
            self._measured_at = now
            self._measure()
        steps, seconds = state.step - self._synced_at_step, max(now - self._synced_at, 1e-9)
        # At most three times as many steps as since the last sync point, because a step may suddenly take longer.
        steps_ahead = min(max(1, round(steps / seconds * _SYNC_SECONDS)), 3 * steps + 1)
        if pause_in is not None:
            steps_ahead = min(steps_ahead, pause_in)
        self._next_sync_step = state.step + steps_ahead
        self._send(Command.TRAIN, self._next_sync_step)
        self._synced_at, self._synced_at_step, self.is_synced = time.monotonic(), state.step, False
        return False

    def end(self) -> None:
        if self._group:
            if not self.ranks:
                self._measure()  # the run was over before the first measurement
            self._send(Command.END)
            self._group.close()
            self._group = None
            self._launch.close()

    def abort(self) -> None:
        """Leave the group after a failure; the other processes then fail too. Does nothing after `end`."""
        if self._group:
            self._group.abort()
            self._group = None

    def _measure(self) -> None:
        self._send(Command.MEASURE)
        assert self._group is not None
        measured = self._group.gather(*self._group.measure_throughput())
        has_several_hosts = len({process["host"] for process in self._processes}) > 1
        self.ranks = [
            Rank(
                device=f"{process['host']} {process['device']}" if has_several_hosts else process["device"],
                name=process["name"],
                samples_per_second=round(samples_per_second, 1),
                waiting=round(waiting, 3),
            )
            for process, (samples_per_second, waiting) in zip(self._processes, measured, strict=True)
        ]

    def _send(self, command: Command, number: float = 0.0) -> None:
        if self._group:
            self._group.broadcast(command, number)
            self._sent_at = time.monotonic()
