"""Runs with random weights, for tests of pages and functions whose result does not depend on training."""

from pathlib import Path

import torch
from safetensors.torch import save_file

from nn_core.config import apply_settings, get_preset
from nn_core.data import find_dataset
from nn_core.models import build_model
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder, create_run
from nn_core.runs.status import Best

__all__ = ["untrained_run"]


def untrained_run(root: Path, preset_name: str, *settings: str, name: str | None = None) -> RunFolder:
    """A finished run of the preset, with the weights that a seed gives."""
    config = apply_settings(get_preset(preset_name), settings)
    run = create_run(root, config, name or preset_name.replace("_", "-"))
    torch.manual_seed(0)
    model = build_model(config.model, find_dataset(config.data.name, get_data_folder()).task)
    save_file({key: value.contiguous() for key, value in model.state_dict().items()}, run.best_weights)
    best = Best(epoch=1, step=1, loss=1.0)
    run.write_status(run.status().model_copy(update={"status": "finished", "best": best}))
    return run
