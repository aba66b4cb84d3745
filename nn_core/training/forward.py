"""Passes a batch through a network: in float32, in bf16, or compiled. Checks what that needs, and translates its errors."""

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from nn_core.config import RunConfig
from nn_core.config.run import TrainingSettings
from nn_core.errors import ConfigError, OutOfMemory, RunFailed
from nn_core.i18n import _
from nn_core.models import build_model
from nn_core.models.summary import make_blank_batch
from nn_core.runs import RunFolder
from nn_core.runs.disk_quota import translate_storage_errors
from nn_core.task import TaskSpec

__all__ = [
    "Forward",
    "build_forward",
    "check_batch_norm_sizes",
    "check_device_support",
    "describe_compiler_error",
    "translate_compute_errors",
    "translate_errors",
]

Forward = Callable[[Tensor], Tensor]


def check_device_support(training: TrainingSettings, device: torch.device) -> None:
    """Check that the device supports the precision and that a compiler is available. Raises ConfigError."""
    if training.precision == "bf16" and not _has_bf16(device):
        raise ConfigError(
            _("training.precision = 'bf16' is not available on this machine's {device}. Choose float32.").format(
                device=device.type
            )
        )
    if training.compile and (missing := _find_missing_compiler(device)):
        raise ConfigError(
            _(
                "training.compile needs {tool}, which is not on this machine. Install it, or switch training.compile off."
            ).format(tool=missing)
        )


def check_batch_norm_sizes(config: RunConfig, problem: TaskSpec, samples: int | None = None) -> None:
    """Check that no batch has a single sample where the network needs two.

    Args:
        samples: Number of training samples, if known.

    Raises:
        ConfigError: A batch would have a single sample.
    """
    size = config.training.batch_size
    has_single = size == 1 or (samples is not None and samples % size == 1)
    if has_single and not _can_train_on_one(config, problem):
        raise ConfigError(
            _(
                "training.batch_size = {size} leaves a batch with a single sample, but the network's batch norm needs at least "
                "two. Choose another batch size, for example {other}."
            ).format(size=size, other=size + 1 if samples is None or samples % (size + 1) != 1 else size + 2)
        )


def build_forward(model: nn.Module, training: TrainingSettings, device: torch.device) -> Forward:
    """Return a function that computes the model's outputs in float32; the model and the names of its weights do not change."""
    compute: Forward = torch.compile(model) if training.compile else model
    if training.precision == "float32":
        return compute

    def in_bf16(inputs: Tensor) -> Tensor:
        with torch.autocast(device.type, torch.bfloat16):
            return compute(inputs).float()

    return in_bf16


@contextmanager
def describe_compiler_error(training: TrainingSettings) -> Iterator[None]:
    """Translate compiler errors inside into RunFailed. torch compiles during the first forward and the first backward pass."""
    if not training.compile:
        yield
        return
    from torch._dynamo.exc import TorchDynamoException

    try:
        yield
    except TorchDynamoException as error:
        reason = " ".join(str(error).split("\n\n")[0].split())[:300].removesuffix(".")
        raise RunFailed(
            _("The network could not be compiled: {reason}. Switch training.compile off.").format(reason=reason)
        ) from error


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
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, MemoryError | torch.OutOfMemoryError) or any(
            text in str(error) for text in ("can't allocate memory", "out of memory")
        ):
            raise OutOfMemory(
                _("The device ran out of memory. Try a smaller batch size than {size}, or a smaller network.").format(
                    size=batch_size()
                )
            ) from error
        raise RunFailed(_("Training failed: {error}").format(error=error)) from error


def _can_train_on_one(config: RunConfig, problem: TaskSpec) -> bool:
    with torch.device("meta"):
        model = build_model(config.model, problem).train()
        try:
            model(make_blank_batch(problem))
        except ValueError:
            return False
    return True


def _has_bf16(device: torch.device) -> bool:
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    try:
        torch.zeros(1, dtype=torch.bfloat16, device=device)
    except (RuntimeError, TypeError):
        return False
    return True


def _find_missing_compiler(device: torch.device) -> str:
    """Return the name of the tool that torch needs to compile a network and that is missing; "" if none is."""
    if device.type == "cpu":
        compiler = os.environ.get("CXX", "clang++" if sys.platform == "darwin" else "g++")
        return "" if shutil.which(compiler) else _("the C++ compiler '{name}'").format(name=compiler)
    if device.type == "cuda":
        return "" if importlib.util.find_spec("triton") else "Triton"
    return ""
