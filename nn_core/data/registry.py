"""Data sets: name → DatasetSpec, of those that everybody has. Adding one is a file and a line here. Needs no torch."""

from nn_core.data.builtin.cifar10 import CIFAR10
from nn_core.data.builtin.digits_8x8 import DIGITS_8X8
from nn_core.data.builtin.emnist import EMNIST_LETTERS
from nn_core.data.builtin.mnist import FASHION_MNIST, KMNIST, MNIST, MNIST_SAMPLE
from nn_core.data.builtin.pen_digits import MNIST_AND_PEN, MNIST_AND_PEN_STYLES, PEN_DIGITS
from nn_core.data.builtin.surnames import SURNAMES
from nn_core.data.builtin.toy2d import BLOBS, CIRCLES, MOONS, SPIRAL, XOR
from nn_core.data.dataset import DatasetSpec

__all__ = ["COMPLETE_SETS", "DATASETS", "OWN", "is_own"]

_AT_HAND = (MNIST_SAMPLE, PEN_DIGITS, DIGITS_8X8, MOONS, CIRCLES, XOR, SPIRAL, BLOBS, SURNAMES)
_TO_DOWNLOAD = (MNIST, MNIST_AND_PEN, MNIST_AND_PEN_STYLES, FASHION_MNIST, KMNIST, EMNIST_LETTERS, CIFAR10)

DATASETS: dict[str, DatasetSpec] = {spec.name: spec for spec in _AT_HAND + _TO_DOWNLOAD}
"""In the order in which a newcomer sees them: those that need no network first."""

COMPLETE_SETS = tuple(spec.name for spec in _TO_DOWNLOAD)
"""The names of the large data sets, which are downloaded."""

OWN = "own-"
"""The names of data sets that the user made begin so."""


def is_own(name: str) -> bool:
    return name.startswith(OWN)
