"""Optimizers: name → builder. Muon (Jordan et al., 2024, https://kellerjordan.github.io/posts/muon/) trains the hidden layers; AdamW
trains the rest.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn import Parameter

from nn_core.config.optimizers import OPTIMIZER_SETTINGS, MuonSettings
from nn_core.dynamo_workaround import get_plain_step
from nn_core.errors import ConfigError
from nn_core.i18n import _

__all__ = ["OPTIMIZERS", "MuonWithAdamW", "build_optimizer", "check_optimizer", "has_muon", "list_hidden_matrices"]


def has_muon() -> bool:
    """Whether this version of torch has it."""
    return hasattr(torch.optim, "Muon")


def list_hidden_matrices(model: nn.Module) -> list[Parameter]:
    """What Muon is for: matrices between hidden layers. An embedding is a table of rows that do not mix, and the last
    layer's outputs mean something each by itself; both are better left to AdamW."""
    weights = [
        parameter
        for module in model.modules()
        for parameter in module.parameters(recurse=False)
        if parameter.dim() >= 2 and not isinstance(module, nn.Embedding | nn.LayerNorm)
    ]
    return [parameter for parameter in weights[:-1] if parameter.dim() == 2]


class MuonWithAdamW(torch.optim.Optimizer):
    """Torch's Muon for `matrices` and torch's AdamW for `others`, as one optimizer: a parameter group for each that has
    any, of which AdamW's has the `share` of the learning rate that it takes."""

    def __init__(
        self,
        matrices: list[Parameter],
        others: list[Parameter],
        *,
        lr: float,
        momentum: float,
        nesterov: bool,
        adamw_share: float,
        weight_decay: float,
        fused: bool,
    ) -> None:
        self._parts: list[torch.optim.Optimizer] = []
        if matrices:
            muon = torch.optim.Muon(matrices, lr=lr, momentum=momentum, nesterov=nesterov, weight_decay=weight_decay)
            self._parts.append(muon)
        if others:
            adamw = torch.optim.AdamW(others, lr=lr * adamw_share, weight_decay=weight_decay, fused=fused)
            adamw.param_groups[0]["share"] = adamw_share
            self._parts.append(adamw)
        self._steps = [get_plain_step(part) for part in self._parts]
        super().__init__([part.param_groups[0] for part in self._parts], {})
        self._hand_out()

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._hand_out()

    def _hand_out(self) -> None:
        """The parts work on the groups and the state of the whole, of which there is one."""
        for part, group in zip(self._parts, self.param_groups, strict=True):
            part.param_groups = [group]
            part.state = self.state

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        loss = None if closure is None else torch.enable_grad()(closure)()
        for take_step in self._steps:
            take_step()
        return loss


_Builder = Callable[[nn.Module, Any, bool], torch.optim.Optimizer]


def _of_torch(kind: Callable[..., torch.optim.Optimizer], **fixed: Any) -> _Builder:
    """Builds one of torch's optimizers, whose arguments have the names of our settings. fixed: what replaces `fused`."""

    def build(model: nn.Module, settings: Any, fused: bool) -> torch.optim.Optimizer:
        given = settings.model_dump(exclude={"name"})
        if "beta1" in given:
            given["betas"] = (given.pop("beta1"), given.pop("beta2"))
        return kind(model.parameters(), **given, **(fixed or {"fused": fused}))

    return build


def _muon(model: nn.Module, settings: MuonSettings, fused: bool) -> torch.optim.Optimizer:
    matrices = list_hidden_matrices(model)
    taken = {id(matrix) for matrix in matrices}
    others = [parameter for parameter in model.parameters() if id(parameter) not in taken]
    return MuonWithAdamW(matrices, others, **settings.model_dump(exclude={"name"}), fused=fused)


OPTIMIZERS: dict[str, _Builder] = {
    "sgd": _of_torch(torch.optim.SGD),
    "adam": _of_torch(torch.optim.Adam),
    "adamw": _of_torch(torch.optim.AdamW),
    "rmsprop": _of_torch(torch.optim.RMSprop, foreach=True),  # (Hinton, 2012.) Torch has no fused form of it.
    "adagrad": _of_torch(torch.optim.Adagrad),  # (Duchi, Hazan and Singer, 2011.)
    "muon": _muon,
}


def check_optimizer(name: str) -> None:
    """Raises ConfigError for one that this version of torch lacks."""
    if name == "muon" and not has_muon():
        others = ", ".join(other for other in OPTIMIZER_SETTINGS if other != name)
        raise ConfigError(
            _(
                "optimizer.name = 'muon' needs PyTorch 2.9 or newer, and this is {version}. Choose one of: {names}."
            ).format(version=torch.__version__, names=others)
        )


def build_optimizer(model: nn.Module, settings: Any, device: torch.device) -> torch.optim.Optimizer:
    """The optimizer for all of the model's weights, in torch's fused form (one pass over all of them) where the
    device has it.

    The rate of a parameter group is the learning rate, times its `share` if it has one. Raises ConfigError.
    """
    check_optimizer(settings.name)
    return OPTIMIZERS[settings.name](model, settings, device.type in ("cpu", "cuda"))
