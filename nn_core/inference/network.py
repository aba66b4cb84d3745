"""A trained network: loaded from its run folder, and its outputs with or without test-time augmentation.

Test-time augmentation rotates, shears and scales a picture slightly, so that its exact position on the grid does not decide (Krizhevsky
et al., 2012). On writing styles that a network had never seen it removed a quarter to a half of the mistakes.
"""

import math
from dataclasses import dataclass, replace
from pathlib import Path
from threading import local

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from torch import Tensor, nn

from nn_core.config import RunConfig
from nn_core.data import DatasetSpec, find_scaled_dataset
from nn_core.data.transforms import normalize
from nn_core.errors import DamagedRun
from nn_core.i18n import _
from nn_core.inference.calibration import UNCALIBRATED, Calibration, read_calibration
from nn_core.models import build_model, get_goal
from nn_core.models.summary import compute_eval_batch_size, count_activations, list_layer_rows
from nn_core.runs import RunFolder
from nn_core.runs.weights import read_weights
from nn_core.task import Goal

__all__ = ["TrainedNetwork", "load_network", "make_tta_views"]

_ANGLE = math.radians(7)
_SHEAR = 0.12  # pixels to the side for each pixel down
_SCALE = 0.075

# [views, 2, 3]: from which place each pixel is sampled, as `affine_grid` takes it. The first is the identity.
_TRANSFORMS = torch.tensor(
    [
        [[1, 0, 0], [0, 1, 0]],
        *(
            [[math.cos(angle), -math.sin(angle), 0], [math.sin(angle), math.cos(angle), 0]]
            for angle in (_ANGLE, -_ANGLE)
        ),
        *([[1, shear, 0], [0, 1, 0]] for shear in (_SHEAR, -_SHEAR)),
        *([[1 / scale, 0, 0], [0, 1 / scale, 0]] for scale in (1 + _SCALE, 1 - _SCALE)),
    ]
)
_VIEW_COUNT = len(_TRANSFORMS)

_last_hidden = local()  # the input of the last dense layer, per thread: several pages may run the same network at once


@dataclass(frozen=True)
class TrainedNetwork:
    """A trained network in evaluation mode.

    Attributes:
        config: of its run.
        spec: of the data set that it was trained on.
        model: on `device`.
        device: where it computes.
        calibration: of its confidence.
        batch_size: how many samples go through it at a time.
        is_single_view: whether one view of a drawing is enough, as in an evaluation.
    """

    config: RunConfig
    spec: DatasetSpec
    model: nn.Module
    device: torch.device
    calibration: Calibration = UNCALIBRATED
    batch_size: int = 1000
    is_single_view: bool = False

    @property
    def has_tta(self) -> bool:
        """Whether `compute_tta_outputs_and_features` averages several views."""
        return self.spec.is_line_drawing and not self.is_single_view

    @property
    def goal(self) -> Goal:
        return get_goal(self.config.model.name, self.spec.task)

    def skip_normalization(self) -> "TrainedNetwork":
        """Return the same network without input normalization: its pixels are numbers from 0 to 1, as in a program that forgets
        this step."""
        return replace(self, spec=replace(self.spec, mean=(0.0,), std=(1.0,)))

    @torch.inference_mode()
    def compute_outputs(self, inputs: Tensor) -> Tensor:
        """Run the network on stored samples, as in `Split.inputs`.

        Returns:
            On the CPU, float32 logits [count, classes], the pixels [count, *shape] from 0 to 1 of a network that reconstructs, or
            the values [count, 1] of a regression.
        """
        outputs = (self.model(normalize(batch.to(self.device), self.spec)) for batch in inputs.split(self.batch_size))
        return torch.cat([batch.float().cpu() for batch in outputs])

    @torch.inference_mode()
    def compute_outputs_and_features(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Return `compute_outputs` and the activations of the last hidden layer, float32 [count, features]. For a network whose last
        layer is not dense, the outputs are the features."""
        outputs, features = [], []
        for batch in inputs.split(self.batch_size):
            _last_hidden.values = None
            outputs.append(self.compute_outputs(batch))
            hidden = _last_hidden.values
            features.append(outputs[-1] if hidden is None else hidden.flatten(1).float().cpu())
        return torch.cat(outputs), torch.cat(features)

    def compute_tta_outputs_and_features(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Return the outputs averaged over the views of test-time augmentation, and the features of the unchanged pictures. The Draw
        page uses these. A network that does not read drawings gets the unchanged pictures only."""
        if not self.has_tta:
            return self.compute_outputs_and_features(pictures)
        outputs, features = self.compute_outputs_and_features(make_tta_views(pictures).flatten(0, 1))
        return outputs.unflatten(0, (_VIEW_COUNT, -1)).mean(dim=0), features[: len(pictures)]

    def compute_tta_outputs(self, pictures: Tensor) -> Tensor:
        """Return the outputs of `compute_tta_outputs_and_features`."""
        return self.compute_tta_outputs_and_features(pictures)[0]


def make_tta_views(pictures: Tensor) -> Tensor:
    """[count, channels, height, width], 0 to 255 with a black border → float32 [views, count, channels, height, width]. The
    first view is the unchanged pictures."""
    plain = pictures.float()
    views = [plain]
    for transform in _TRANSFORMS[1:].to(plain.device):
        grid = F.affine_grid(transform.expand(len(plain), 2, 3), list(plain.shape), align_corners=False)
        views.append(F.grid_sample(plain, grid, align_corners=False))
    return torch.stack(views)


def load_network(
    run: RunFolder, data_folder: Path, device: torch.device | None = None, *, weights: Path | None = None
) -> TrainedNetwork:
    """Load the run's best network, or its last one before the end of the first epoch.

    Args:
        run: the run.
        data_folder: where custom data sets are described.
        device: the CPU by default.
        weights: another weight file of the run, such as `run.start_weights`.

    Raises:
        DamagedRun: there are no weights yet, or the file is damaged.
        DatasetUnavailable: the data set that it was trained on no longer exists.
    """
    device = device or torch.device("cpu")
    config = run.config()
    spec = find_scaled_dataset(config.data, data_folder)
    file = weights or (run.best_weights if run.best_weights.exists() else run.last_weights)
    if not file.exists():
        raise DamagedRun(_("Run '{run}' has no trained weights yet. Train it for a while first.").format(run=run.name))
    model = build_model(config.model, spec.task)
    try:
        model.load_state_dict(read_weights(file))
    except (OSError, SafetensorError, RuntimeError) as error:
        raise DamagedRun(
            _(
                "Run '{run}' has a damaged file, {file}: it does not contain the weights that config.json describes. Restore it, or "
                "train the run again."
            ).format(run=run.name, file=file.name)
        ) from error
    batch_size = compute_eval_batch_size(count_activations(list_layer_rows(model, spec.task), spec.task))
    _watch_last_hidden(model)
    return TrainedNetwork(config, spec, model.eval().to(device), device, read_calibration(run), batch_size)


def _watch_last_hidden(model: nn.Module) -> None:
    """Store the input of the last dense layer at each forward pass."""
    dense = [module for module in model.modules() if isinstance(module, nn.Linear)]

    def record(_module: nn.Module, arguments: tuple[Tensor, ...]) -> None:
        _last_hidden.values = arguments[0].detach()

    if dense:
        dense[-1].register_forward_pre_hook(record)
