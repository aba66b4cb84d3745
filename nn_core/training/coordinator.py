"""How the work of a step is divided among processes."""

from collections.abc import Mapping

from torch import Tensor

from nn_core.data.settings import AugmentationSettings
from nn_core.data.transforms.augment import augment_batch

__all__ = ["Coordinator"]


class Coordinator:
    """What the training loop needs of the processes that share a run; this base class computes everything in this process.

    All processes make the same calls in the same order.
    """

    @property
    def has_samples(self) -> bool:
        """Whether the samples that `shard_batch` returned last have a weight.

        A batch may have too few samples for every process. One that gets none computes the first sample without weight,
        because a network needs some input.
        """
        return True

    def shard_batch(self, rows: Tensor) -> Tensor:
        """Return the rows of the next training batch that this process computes; at least one."""
        return rows

    def shard_rows(self, rows: Tensor) -> Tensor:
        """Return the rows that this process evaluates; possibly none."""
        return rows

    def augment(self, images: Tensor, settings: AugmentationSettings, *, is_line_drawing: bool) -> Tensor:
        """Augment the images of the current batch, with the same random numbers for any number of processes."""
        return augment_batch(images, settings, is_line_drawing=is_line_drawing)

    def backward(self, loss: Tensor) -> None:
        """Compute the gradients of the mean loss over the whole batch.

        Args:
            loss: Mean over the samples of this process.
        """
        loss.backward()

    def sum(self, *values: float) -> tuple[float, ...]:
        """Return each value summed over all processes; every process gets identical numbers."""
        return values

    def check_rng_in_sync(self, rng_states: Mapping[str, Tensor]) -> None:
        """Check that all processes have drawn the same random numbers. Raises RunFailed."""
