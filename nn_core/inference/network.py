"""A trained network, set up again from its run folder."""

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from nn_core.config import RunConfig
from nn_core.data import DatasetSpec, find_dataset
from nn_core.data.prepare import as_network_sees
from nn_core.errors import DamagedRun
from nn_core.i18n import _
from nn_core.models import MODELS, build_model
from nn_core.problem import Goal
from nn_core.runs import RunFolder

__all__ = ["TrainedNetwork", "load_network"]

_BATCH = 1000


@dataclass(frozen=True)
class TrainedNetwork:
    config: RunConfig
    spec: DatasetSpec
    model: nn.Module
    device: torch.device

    @property
    def goal(self) -> Goal:
        return MODELS[self.config.model.name].goal

    @torch.inference_mode()
    def outputs(self, inputs: Tensor) -> Tensor:
        """Stored samples, as in `Split.inputs` → float32 logits [count, classes], or pixels [count, *shape] from 0 to 1 where
        the network reconstructs; on the CPU."""
        parts = (self.model(as_network_sees(part.to(self.device), self.spec)) for part in inputs.split(_BATCH))
        return torch.cat([part.float().cpu() for part in parts])


def load_network(run: RunFolder, data_folder: Path, device: torch.device | None = None) -> TrainedNetwork:
    """The run's best network, or its last while no epoch has ended. Raises DamagedRun where there is none yet or the file
    is damaged, DatasetUnavailable where the data set that it learned is no longer known."""
    device = device or torch.device("cpu")
    config = run.config()
    spec = find_dataset(config.data.name, data_folder)
    file = run.best_weights if run.best_weights.exists() else run.last_weights
    if not file.exists():
        raise DamagedRun(_("Run '{run}' has no trained weights yet. Train it for a while first.").format(run=run.name))
    model = build_model(config.model, spec.problem)
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
