"""Translates errors of a training, such as a full disk or too little memory, into a sentence with a remedy."""

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
    with translate_compute_errors(lambda: run.config().training.batch_size), translate_storage_errors(run.results):
        yield


@contextmanager
def translate_compute_errors(batch_size: Callable[[], int]) -> Iterator[None]:
    """For what computes and writes nothing. batch_size: asked for where there is too little memory."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise _out_of_memory(batch_size()) from error
    except RuntimeError as error:
        if "can't allocate memory" in str(error) or "out of memory" in str(error):
            raise _out_of_memory(batch_size()) from error
        raise RunFailed(_("Training failed: {error}").format(error=error)) from error


def _out_of_memory(batch_size: int) -> OutOfMemory:
    return OutOfMemory(
        _("The device ran out of memory. Try a smaller batch size than {size}, or a smaller network.").format(
            size=batch_size
        )
    )
