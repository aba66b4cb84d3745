"""The process that belongs to a run: it trains, writes what happens and obeys what is asked."""

from nn_core.worker.work import Reporter, work

__all__ = ["Reporter", "work"]
