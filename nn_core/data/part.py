"""What one process computes of a batch that several share."""

from dataclasses import dataclass

__all__ = ["Shard"]


@dataclass(frozen=True)
class Shard:
    """The samples `rows` of a batch that has `whole` of them. count: how many of them count: all, or none where the batch has
    too few for this process, which then takes the first one along, for a network cannot be asked about nothing."""

    rows: slice
    whole: int
    count: int
