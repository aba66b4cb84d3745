"""Turns what can go wrong while a run trains into errors with a remedy."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from nn_core.errors import OutOfMemory, RunFailed, StorageFailed
from nn_core.i18n import _
from nn_core.runs import RunFolder

__all__ = ["errors_in_words"]


@contextmanager
def errors_in_words(run: RunFolder) -> Iterator[None]:
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise _out_of_memory(run) from error
    except RuntimeError as error:
        if "can't allocate memory" in str(error) or "out of memory" in str(error):
            raise _out_of_memory(run) from error
        raise RunFailed(_("Training failed: {error}").format(error=error)) from error
    except MemoryError as error:
        raise _out_of_memory(run) from error
    except OSError as error:
        raise StorageFailed(
            _(
                "Cannot write into the run folder '{run}': {reason}. Make room or allow writing there, then resume; what was "
                "saved before is intact."
            ).format(run=run.path, reason=error.strerror or error)
        ) from error


def _out_of_memory(run: RunFolder) -> OutOfMemory:
    return OutOfMemory(
        _("The device ran out of memory. Try a smaller batch size than {size}, or a smaller network.").format(
            size=run.config().training.batch_size
        )
    )
