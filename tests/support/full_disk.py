"""A full disk, simulated by a size limit for files: a process that writes beyond it gets an error."""

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["files_that_stay_below", "full_after"]


@contextmanager
def files_that_stay_below(size: int) -> Iterator[None]:
    """For this process. size: in bytes."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)


def full_after(kibibytes: int) -> str:
    """Shell commands that say so for the process that is started next."""
    return f"trap '' XFSZ; ulimit -f {kibibytes}"
