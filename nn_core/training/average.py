"""A running average of the weights, which is judged and kept instead of the weights themselves."""

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

__all__ = ["Average"]


class Average(AveragedModel):
    """An exponential moving average (Polyak and Juditsky, 1992) of a model's weights, and of what its batch norms have
    seen, so that both are of the same time; counters are copied.

    The first steps of a training soon mean nothing, so the average begins short and grows to what `decay` says: after n
    steps it keeps at most (1 + n) / (10 + n) of itself.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        super().__init__(model, multi_avg_fn=self._mix, use_buffers=True)
        self.decay = decay
        self.module.requires_grad_(False).eval()

    def _mix(
        self,
        averages: tuple[Tensor, ...] | list[Tensor],
        values: tuple[Tensor, ...] | list[Tensor],
        count: Tensor | int,
    ) -> None:
        if averages[0].is_floating_point():
            steps = int(self.n_averaged)
            get_ema_multi_avg_fn(min(self.decay, (1 + steps) / (10 + steps)))(averages, values, count)
        else:
            torch._foreach_copy_(list(averages), list(values))

    def restore(self, weights: dict[str, Tensor], steps: int) -> None:
        """Back to the weights of `module` after so many steps."""
        self.module.load_state_dict(weights)
        self.n_averaged.fill_(steps)
