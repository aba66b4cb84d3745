"""Muon (Jordan et al., 2024, https://kellerjordan.github.io/posts/muon/) for the hidden layers, AdamW for the rest."""

from typing import Any

import torch
from torch import nn
from torch.nn import Parameter

from nn_core.training.quick_import import plain_step

__all__ = ["MuonWithAdamW", "has_muon", "hidden_matrices"]


def has_muon() -> bool:
    """Whether this version of torch has it."""
    return hasattr(torch.optim, "Muon")


def hidden_matrices(model: nn.Module) -> list[Parameter]:
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
        self._steps = [plain_step(part) for part in self._parts]
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
