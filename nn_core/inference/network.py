"""A trained network, set up again from its run folder."""

from dataclasses import dataclass

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from nn_core.config import RunConfig
from nn_core.data import DATASETS, DatasetSpec
from nn_core.data.prepare import normalise
from nn_core.errors import DamagedRun
from nn_core.i18n import _
from nn_core.models import build_model
from nn_core.runs import RunFolder

__all__ = ["TrainedNetwork", "load_network"]

_BATCH = 1000


@dataclass(frozen=True)
class TrainedNetwork:
    config: RunConfig
    spec: DatasetSpec
    model: nn.Module
    device: torch.device

    @torch.inference_mode()
    def logits(self, images: Tensor) -> Tensor:
        """uint8 pictures [count, channels, height, width] → float32 [count, classes], on the CPU."""
        parts = [self.model(normalise(part.to(self.device), self.spec)).float().cpu() for part in images.split(_BATCH)]
        return torch.cat(parts)


def load_network(run: RunFolder, device: torch.device | None = None) -> TrainedNetwork:
    """The run's best network, or its last while no epoch has ended. Raises DamagedRun where there is none yet or the file
    is damaged."""
    device = device or torch.device("cpu")
    config = run.config()
    spec = DATASETS[config.data.name]
    file = run.best_weights if run.best_weights.exists() else run.last_weights
    if not file.exists():
        raise DamagedRun(_("Run '{run}' has no trained weights yet. Train it for a while first.").format(run=run.name))
    model = build_model(config.model, spec.shape, len(spec.classes))
    try:
        model.load_state_dict(load_file(file))
    except (OSError, SafetensorError, RuntimeError) as error:
        raise DamagedRun(
            _(
                "Run '{run}' has a damaged file, {file}: it does not hold the weights that config.json describes. Restore it, or "
                "train the run again."
            ).format(run=run.name, file=file.name)
        ) from error
    return TrainedNetwork(config, spec, model.eval().to(device), device)
