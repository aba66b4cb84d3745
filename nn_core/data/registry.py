"""The registry of the built-in data sets. To add one, add a file and a line here. Importing this does not import torch."""

from nn_core.data.builtin.cifar10 import CIFAR10
from nn_core.data.builtin.mnist import EMNIST_LETTERS, FASHION_MNIST, KMNIST, MNIST
from nn_core.data.builtin.pen_digits import MNIST_AND_PEN, MNIST_AND_PEN_STYLES, PEN_DIGITS
from nn_core.data.builtin.small_digits import DIGITS_8X8, MNIST_SAMPLE
from nn_core.data.builtin.surnames import SURNAMES
from nn_core.data.builtin.toy2d import BLOBS, CIRCLES, MOONS, SPIRAL, XOR
from nn_core.data.dataset import DatasetSpec

__all__ = ["CUSTOM_PREFIX", "DATASETS", "DOWNLOADED_DATASETS", "is_custom"]

_INCLUDED = (
    MNIST_SAMPLE,
    PEN_DIGITS,
    DIGITS_8X8,
    MOONS,
    CIRCLES,
    XOR,
    SPIRAL,
    BLOBS,
    SURNAMES,
)
_DOWNLOADED = (MNIST, MNIST_AND_PEN, MNIST_AND_PEN_STYLES, FASHION_MNIST, KMNIST, EMNIST_LETTERS, CIFAR10)

DATASETS: dict[str, DatasetSpec] = {spec.name: spec for spec in _INCLUDED + _DOWNLOADED}
"""By name, in the order on pages: those that need no download first."""

DOWNLOADED_DATASETS = tuple(spec.name for spec in _DOWNLOADED)
"""The names of the large data sets, which are downloaded."""

CUSTOM_PREFIX = "own-"
"""The beginning of the names of custom data sets."""


def is_custom(name: str) -> bool:
    """Return whether this is the name of a custom data set."""
    return name.startswith(CUSTOM_PREFIX)
