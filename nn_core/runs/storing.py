"""What to say when the disk does not take a run's files."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nn_core.errors import StorageFailed
from nn_core.i18n import _

__all__ = ["storing"]


@contextmanager
def storing(folder: Path) -> Iterator[None]:
    """Turns an OSError inside into StorageFailed."""
    try:
        yield
    except OSError as error:
        if isinstance(error, FileNotFoundError) and not folder.exists():
            raise StorageFailed(
                _(
                    "The run folder '{run}' is gone: somebody has deleted or moved it, so nothing more is kept there."
                ).format(run=folder)
            ) from error
        raise StorageFailed(
            _(
                "Cannot write into the run folder '{run}': {reason}. Make room or allow writing there, then resume; what was "
                "saved before is intact."
            ).format(run=folder, reason=error.strerror or error)
        ) from error
