"""Turns what can go wrong while a run trains into errors with a remedy."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from nn_core.errors import OutOfMemory, RunFailed
from nn_core.i18n import _
from nn_core.runs import RunFolder
from nn_core.runs.storing import storing

__all__ = ["errors_in_words"]


@contextmanager
def errors_in_words(run: RunFolder) -> Iterator[None]:
    try:
        with storing(run.path):
            yield
    except torch.OutOfMemoryError as error:
        raise _out_of_memory(run) from error
    except RuntimeError as error:
        if "can't allocate memory" in str(error) or "out of memory" in str(error):
            raise _out_of_memory(run) from error
        raise RunFailed(_("Training failed: {error}").format(error=error)) from error
    except MemoryError as error:
        raise _out_of_memory(run) from error


def _out_of_memory(run: RunFolder) -> OutOfMemory:
    return OutOfMemory(
        _("The device ran out of memory. Try a smaller batch size than {size}, or a smaller network.").format(
            size=run.config().training.batch_size
        )
    )
