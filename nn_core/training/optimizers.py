"""Optimizers: name → builder. Muon (Jordan et al., 2024, https://kellerjordan.github.io/posts/muon/) trains the hidden layers; AdamW
trains the rest. The moving average of the weights follows the optimizer.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import Parameter
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from nn_core.dynamo_workaround import get_plain_step
from nn_core.errors import ConfigError
from nn_core.i18n import _
from nn_core.settings import Section

__all__ = [
    "LR_SCALE",
    "OPTIMIZERS",
    "WeightEMA",
    "build_optimizer",
    "check_optimizer",
    "list_hidden_matrices",
]

LR_SCALE = "share"
"""Key of a parameter group's factor on the learning rate. Checkpoints contain this name."""


def list_hidden_matrices(model: nn.Module) -> list[Parameter]:
    """List the parameters that Muon trains: matrices between hidden layers.

    AdamW trains embeddings, whose rows are independent, and the last layer, whose outputs have a meaning of their own.
    """
    weights = [
        parameter
        for module in model.modules()
        for parameter in module.parameters(recurse=False)
        if parameter.dim() >= 2 and not isinstance(module, nn.Embedding | nn.LayerNorm)
    ]
    return [parameter for parameter in weights[:-1] if parameter.dim() == 2]


class MuonWithAdamW(torch.optim.Optimizer):
    """Torch's Muon for `list_hidden_matrices` and torch's AdamW for the other weights as one optimizer, with a parameter group for
    each that is not empty. The group of AdamW has its factor on the learning rate under the key LR_SCALE."""

    def __init__(
        self,
        model: nn.Module,
        *,
        lr: float,
        momentum: float,
        nesterov: bool,
        adamw_share: float,
        weight_decay: float,
        fused: bool,
    ) -> None:
        matrices = list_hidden_matrices(model)
        matrix_ids = {id(matrix) for matrix in matrices}
        others = [parameter for parameter in model.parameters() if id(parameter) not in matrix_ids]
        self._optimizers: list[torch.optim.Optimizer] = []
        if matrices:
            muon = torch.optim.Muon(matrices, lr=lr, momentum=momentum, nesterov=nesterov, weight_decay=weight_decay)
            self._optimizers.append(muon)
        if others:
            adamw = torch.optim.AdamW(others, lr=lr * adamw_share, weight_decay=weight_decay, fused=fused)
            adamw.param_groups[0][LR_SCALE] = adamw_share
            self._optimizers.append(adamw)
        self._steps = [get_plain_step(optimizer) for optimizer in self._optimizers]
        super().__init__([optimizer.param_groups[0] for optimizer in self._optimizers], {})
        self._share_state()

    def __setstate__(self, state: dict[str, object]) -> None:
        super().__setstate__(state)
        self._share_state()

    def _share_state(self) -> None:
        """Let both optimizers work on this optimizer's groups and state, so that there is only one copy."""
        for optimizer, group in zip(self._optimizers, self.param_groups, strict=True):
            optimizer.param_groups = [group]
            optimizer.state = self.state

    @torch.no_grad()
    def step(
        self, closure: Callable[[], float] | None = None
    ) -> Any:  # torch: None without a closure, otherwise a number
        loss = None if closure is None else torch.enable_grad()(closure)()
        for step in self._steps:
            step()
        return loss


_Builder = Callable[..., torch.optim.Optimizer]
"""(model, fused=…, and an argument for each setting, with the name of the setting) → optimizer."""


def _build_from_torch(kind: _Builder, **fixed: bool) -> _Builder:
    """Return a builder of one of torch's optimizers, whose arguments have the names of our settings.

    Args:
        fixed: Arguments that replace `fused`.
    """

    def build(model: nn.Module, *, fused: bool, **arguments: object) -> torch.optim.Optimizer:
        if "beta1" in arguments:
            arguments["betas"] = (arguments.pop("beta1"), arguments.pop("beta2"))
        return kind(model.parameters(), **arguments, **(fixed or {"fused": fused}))

    return build


OPTIMIZERS: dict[str, _Builder] = {
    "sgd": _build_from_torch(torch.optim.SGD),
    "adam": _build_from_torch(torch.optim.Adam),
    "adamw": _build_from_torch(torch.optim.AdamW),
    "rmsprop": _build_from_torch(torch.optim.RMSprop, foreach=True),  # (Hinton, 2012.) Torch has no fused form of it.
    "adagrad": _build_from_torch(torch.optim.Adagrad),  # (Duchi, Hazan and Singer, 2011.)
    "muon": MuonWithAdamW,
}


def check_optimizer(name: str) -> None:
    """Check that this version of torch has the optimizer. Raises ConfigError."""
    if name == "muon" and not hasattr(torch.optim, "Muon"):
        others = ", ".join(other for other in OPTIMIZERS if other != name)
        raise ConfigError(
            _(
                "optimizer.name = 'muon' needs PyTorch 2.9 or newer, and this is {version}. Choose one of: {names}."
            ).format(version=torch.__version__, names=others)
        )


def build_optimizer(model: nn.Module, settings: Section, device: torch.device) -> torch.optim.Optimizer:
    """Build the optimizer for all of the model's weights, fused (one pass over all weights) where the device supports it.

    A parameter group's learning rate is multiplied by its value under LR_SCALE, if it has one.

    Raises:
        ConfigError: This version of torch lacks the optimizer.
    """
    arguments = settings.model_dump()
    name = arguments.pop("name")
    check_optimizer(name)
    return OPTIMIZERS[name](model, fused=device.type in ("cpu", "cuda"), **arguments)


class WeightEMA(AveragedModel):
    """An exponential moving average (Polyak and Juditsky, 1992) of a model's weights and batch norm statistics; counters are
    copied.

    The weights of the first steps are soon outdated, so the decay grows: after n steps it is at most (1 + n) / (10 + n).
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        super().__init__(model, multi_avg_fn=self._mix, use_buffers=True)
        self.decay = decay
        self.module.requires_grad_(False).eval()

    def _mix(self, averages: Sequence[Tensor], values: Sequence[Tensor], count: Tensor | int) -> None:
        if averages[0].is_floating_point():
            steps = int(self.n_averaged)
            get_ema_multi_avg_fn(min(self.decay, (1 + steps) / (10 + steps)))(averages, values, count)
        else:
            torch._foreach_copy_(list(averages), list(values))

    def restore(self, weights: dict[str, Tensor], steps: int) -> None:
        """Set the averaged weights, and the number of steps that they were averaged over."""
        self.module.load_state_dict(weights)
        self.n_averaged.fill_(steps)
