"""Translates errors during training, such as a full disk or too little memory, into a message with a remedy."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

from nn_core.errors import OutOfMemory, RunFailed
from nn_core.i18n import _
from nn_core.runs import RunFolder
from nn_core.runs.disk_quota import translate_storage_errors

__all__ = ["translate_compute_errors", "translate_errors"]


@contextmanager
def translate_errors(run: RunFolder) -> Iterator[None]:
    """Translate errors of computing and of writing into the run folder inside into NNLabError."""
    with translate_compute_errors(lambda: run.config().training.batch_size), translate_storage_errors(run.results):
        yield


@contextmanager
def translate_compute_errors(batch_size: Callable[[], int]) -> Iterator[None]:
    """Translate errors of computing inside into NNLabError. batch_size: called only when the device is out of memory."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise _build_out_of_memory_error(batch_size()) from error
    except RuntimeError as error:
        if "can't allocate memory" in str(error) or "out of memory" in str(error):
            raise _build_out_of_memory_error(batch_size()) from error
        raise RunFailed(_("Training failed: {error}").format(error=error)) from error


def _build_out_of_memory_error(batch_size: int) -> OutOfMemory:
    return OutOfMemory(
        _("The device ran out of memory. Try a smaller batch size than {size}, or a smaller network.").format(
            size=batch_size
        )
    )
