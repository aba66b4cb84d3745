"""Processes of a launch find each other in a store that also contains entries of earlier launches."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
import torch
from torch.distributed import HashStore  # type: ignore[attr-defined]

from nn_core.distributed.rendezvous import Launch, LaunchOver, agree_on_restart_id
from nn_core.errors import RunFailed

PATIENCE = 20.0


def all_come(store: HashStore, size: int, order: Callable[[range], list[int]]) -> list[str]:
    """What each process agrees to, when they come in this order."""
    with ThreadPoolExecutor(size) as threads:
        come: dict[int, Future[str]] = {
            rank: threads.submit(agree_on_restart_id, store, rank, size, PATIENCE) for rank in order(range(size))
        }
        return [come[rank].result() for rank in range(size)]


@pytest.mark.parametrize("order", [list, lambda ranks: list(reversed(ranks))], ids=["leader first", "leader last"])
def test_every_restart_has_a_new_id(order) -> None:  # type: ignore[no-untyped-def]
    store = HashStore()
    names = []
    for size in (2, 3, 2, 1, 3):  # torchrun may go on with fewer, and with more
        agreed = all_come(store, size, order)
        assert len(set(agreed)) == 1
        names.append(agreed[0])
    assert len(set(names)) == len(names)


def test_waiting_in_vain_is_reported() -> None:
    store = HashStore()
    all_come(store, 2, list)
    for rank in (0, 1):
        with pytest.raises(TimeoutError):
            agree_on_restart_id(store, rank, 2, 0.2)


def test_a_follower_ends_when_the_leader_dismisses_it() -> None:
    store = HashStore()
    leader, other = (Launch(rank, 2, rank, 2, store) for rank in (0, 1))
    leader.send_run({"run": "one", "config": {}})
    assert other.receive_run() == {"run": "one", "config": {}}
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(other.wait_for_start)
        leader.cancel()
        with pytest.raises(LaunchOver):
            waiting.result(timeout=PATIENCE)
    with pytest.raises(LaunchOver):
        other.join(torch.device("cpu"))


def test_processes_that_compute_on_different_kinds_of_devices_are_refused() -> None:
    store = HashStore()
    leader, other = (Launch(rank, 2, rank, 2, store) for rank in (0, 1))
    leader.report_ready(torch.device("cpu"))
    other.report_ready(torch.device("meta"))
    with pytest.raises(RunFailed, match=r"different kinds of devices \(.*: cpu, .*: meta\).*training\.device=cpu"):
        leader.wait_until_all_ready()


def test_a_failed_setup_is_reported_with_its_reason() -> None:
    store = HashStore()
    leader, other = (Launch(rank, 2, rank, 2, store) for rank in (0, 1))
    leader.report_ready(torch.device("cpu"))
    other.report_ready(torch.device("cpu"), "no data here")
    with pytest.raises(RunFailed, match=r"Process 1 of 2, on .*: no data here"):
        leader.wait_until_all_ready()
