"""Data sets as IDX files, the form in which MNIST comes."""

from torch import Tensor

__all__ = ["idx"]


def idx(array: Tensor) -> bytes:
    """A uint8 array as an IDX file."""
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.dim()]) + sizes + array.numpy().tobytes()
