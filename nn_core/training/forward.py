"""How a batch goes through a network: as it is, in fewer bits, or compiled; the outputs are float32 in any case."""

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from nn_core.config.training import TrainingSettings
from nn_core.errors import ConfigError, RunFailed
from nn_core.i18n import _

__all__ = ["Forward", "build_forward", "check_device_support", "describe_compiler_error"]

Forward = Callable[[Tensor], Tensor]


def check_device_support(training: TrainingSettings, device: torch.device) -> None:
    """Raises ConfigError for a precision that the device does not have, or a compiler that is not here."""
    if training.precision == "bf16" and not _has_bf16(device):
        raise ConfigError(
            _("training.precision = 'bf16' is not to be had on this machine's {device}. Choose float32.").format(
                device=device.type
            )
        )
    if training.compile and (lacking := _lacking_to_compile(device)):
        raise ConfigError(
            _(
                "training.compile needs {tool}, which is not on this machine. Install it, or switch training.compile off."
            ).format(tool=lacking)
        )


def build_forward(model: nn.Module, training: TrainingSettings, device: torch.device) -> Forward:
    """The model stays what it is, and so do the names of its weights."""
    compute: Forward = torch.compile(model) if training.compile else model
    if training.precision == "float32":
        return compute

    def in_bf16(inputs: Tensor) -> Tensor:
        with torch.autocast(device.type, torch.bfloat16):
            return compute(inputs).float()

    return in_bf16


@contextmanager
def describe_compiler_error(training: TrainingSettings) -> Iterator[None]:
    """Turns what the compiler says inside into RunFailed; it compiles when the first batch passes, and the first backward."""
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


def _lacking_to_compile(device: torch.device) -> str:
    """What torch calls to compile a network and is not here; "" if nothing lacks."""
    if device.type == "cpu":
        compiler = os.environ.get("CXX", "clang++" if sys.platform == "darwin" else "g++")
        return "" if shutil.which(compiler) else _("the C++ compiler '{name}'").format(name=compiler)
    if device.type == "cuda":
        return "" if importlib.util.find_spec("triton") else "Triton"
    return ""
