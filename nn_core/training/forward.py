"""Passes a batch through a network: in float32, in bf16, or compiled. Outputs are always float32."""

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from nn_core.config.run import TrainingSettings
from nn_core.errors import ConfigError, RunFailed
from nn_core.i18n import _

__all__ = ["Forward", "build_forward", "check_device_support", "describe_compiler_error"]

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


def build_forward(model: nn.Module, training: TrainingSettings, device: torch.device) -> Forward:
    """Return a function that computes the model's outputs; the model and the names of its weights do not change."""
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
