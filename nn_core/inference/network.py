"""A trained network, set up again from its run folder."""

from dataclasses import dataclass, replace
from pathlib import Path
from threading import local

import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from nn_core.config import RunConfig
from nn_core.data import DatasetSpec, find_dataset
from nn_core.data.transforms.normalize import normalize
from nn_core.errors import DamagedRun
from nn_core.i18n import _
from nn_core.inference.calibration import UNCALIBRATED, Calibration, read_calibration
from nn_core.inference.tta import LOOKS, make_tta_views
from nn_core.models import MODELS, build_model
from nn_core.models.rows import list_layer_rows
from nn_core.models.size import compute_samples_at_once, count_activations
from nn_core.runs import RunFolder
from nn_core.runs.weights import read_weights
from nn_core.task import Goal

__all__ = ["TrainedNetwork", "load_network"]

_last_hidden = local()  # what entered the last layer: pages in several threads ask the same network


@dataclass(frozen=True)
class TrainedNetwork:
    """calibration: how sure it may say it is, and what is unlike anything it learned; at_once: how many samples pass through
    it together."""

    config: RunConfig
    spec: DatasetSpec
    model: nn.Module
    device: torch.device
    calibration: Calibration = UNCALIBRATED
    at_once: int = 1000

    @property
    def goal(self) -> Goal:
        return MODELS[self.config.model.name].goal

    def without_normalising(self) -> "TrainedNetwork":
        """The same network, but handed its pixels as numbers from 0 to 1, as a program does that forgets the last step."""
        return replace(self, spec=replace(self.spec, mean=(0.0,), std=(1.0,)))

    @torch.inference_mode()
    def outputs(self, inputs: Tensor) -> Tensor:
        """Stored samples, as in `Split.inputs` → float32 logits [count, classes], or pixels [count, *shape] from 0 to 1 where
        the network reconstructs; on the CPU."""
        parts = (self.model(normalize(part.to(self.device), self.spec)) for part in inputs.split(self.at_once))
        return torch.cat([part.float().cpu() for part in parts])

    @torch.inference_mode()
    def outputs_and_features(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """`outputs`, and what the last hidden layer makes of the same samples: float32 [count, features]. A network whose last
        layer is not dense has none; its outputs stand in for them."""
        outputs, features = [], []
        for part in inputs.split(self.at_once):
            _last_hidden.values = None
            outputs.append(self.outputs(part))
            hidden = _last_hidden.values
            features.append(outputs[-1] if hidden is None else hidden.flatten(1).float().cpu())
        return torch.cat(outputs), torch.cat(features)

    def answers_and_features(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """What the Draw page goes by: the outputs of several looks at each picture, averaged, and the features of the first. A
        network that reads no drawings looks once."""
        if not self.spec.is_line_drawing:
            return self.outputs_and_features(pictures)
        outputs, features = self.outputs_and_features(make_tta_views(pictures).flatten(0, 1))
        return outputs.unflatten(0, (LOOKS, -1)).mean(dim=0), features[: len(pictures)]

    def answers(self, pictures: Tensor) -> Tensor:
        """float32 logits [count, classes], as in `answers_and_features`."""
        return self.answers_and_features(pictures)[0]


def load_network(
    run: RunFolder, data_folder: Path, device: torch.device | None = None, *, weights: Path | None = None
) -> TrainedNetwork:
    """The run's best network, or its last while no epoch has ended. Raises DamagedRun where there is none yet or the file
    is damaged, DatasetUnavailable where the data set that it learned is no longer known.

    weights: another file of the run with weights, such as those that it started from."""
    device = device or torch.device("cpu")
    config = run.config()
    spec = find_dataset(config.data.name, data_folder)
    file = weights or (run.best_weights if run.best_weights.exists() else run.last_weights)
    if not file.exists():
        raise DamagedRun(_("Run '{run}' has no trained weights yet. Train it for a while first.").format(run=run.name))
    model = build_model(config.model, spec.problem)
    try:
        model.load_state_dict(read_weights(file))
    except (OSError, SafetensorError, RuntimeError) as error:
        raise DamagedRun(
            _(
                "Run '{run}' has a damaged file, {file}: it does not hold the weights that config.json describes. Restore it, or "
                "train the run again."
            ).format(run=run.name, file=file.name)
        ) from error
    at_once = compute_samples_at_once(count_activations(list_layer_rows(model, spec.problem), spec.problem))
    _watch_last_hidden(model)
    return TrainedNetwork(config, spec, model.eval().to(device), device, read_calibration(run), at_once)


def _watch_last_hidden(model: nn.Module) -> None:
    dense = [module for module in model.modules() if isinstance(module, nn.Linear)]

    def note(_module: nn.Module, arguments: tuple[Tensor, ...]) -> None:
        _last_hidden.values = arguments[0].detach()

    if dense:
        dense[-1].register_forward_pre_hook(note)
