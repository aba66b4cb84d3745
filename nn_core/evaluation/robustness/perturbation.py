"""What disturbs the examples of a test: declared with its levels, and the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from torch import Tensor

from nn_core.data import DatasetSpec

__all__ = ["Apply", "Perturbation", "Randoms"]

Randoms = Sequence[np.random.Generator]
"""A source of random numbers for each example."""

Apply = Callable[[Tensor, float, Randoms, DatasetSpec], Tensor]
"""Takes examples as in `Split.inputs`, the level, and a source of random numbers for each; returns the disturbed ones in the same form."""


@dataclass(frozen=True)
class Perturbation:
    """A way to disturb examples. Its texts are in English; who shows them passes each through `_`.

    Attributes:
        name: in the registry, in `robustness.json` and in addresses.
        title: for pages.
        about: a sentence that says what is done.
        unit: of the level, such as "°".
        axis: the title of the level's axis, without the unit.
        levels: ascending, with 0 for the unchanged examples among them.
        can_apply: whether it makes sense for such examples.
        apply: disturbs them. A level other than 0 only.
    """

    name: str
    title: str
    about: str
    unit: str
    axis: str
    levels: tuple[float, ...]
    can_apply: Callable[[DatasetSpec], bool]
    apply: Apply

    def disturb(self, inputs: Tensor, level: float, rows: Sequence[int], spec: DatasetSpec, seed: int = 0) -> Tensor:
        """Disturb examples. What is random depends on the seed and on the row of the example only, so that an example is disturbed in
        the same direction at each level and whichever others are with it.

        Args:
            inputs: as in `Split.inputs`.
            level: one of `levels`; 0 returns the inputs themselves.
            rows: where in the test split each example is.
            spec: of the data set that the examples are from.
            seed: of everything random.
        """
        if level == 0:
            return inputs
        key = crc32(self.name.encode())
        return self.apply(inputs, level, [np.random.default_rng((seed, key, row)) for row in rows], spec)
