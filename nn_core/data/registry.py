"""Data sets: name → DatasetSpec, of those that everybody has. Adding one is a file and a line here. Needs no torch."""

from nn_core.data.dataset import DatasetSpec
from nn_core.data.mnist import FASHION_MNIST, MNIST
from nn_core.data.mnist_sample import MNIST_SAMPLE

__all__ = ["DATASETS", "OWN", "is_own"]

DATASETS: dict[str, DatasetSpec] = {spec.name: spec for spec in (MNIST_SAMPLE, MNIST, FASHION_MNIST)}

OWN = "own-"
"""The names of data sets that the user made begin so."""


def is_own(name: str) -> bool:
    return name.startswith(OWN)
