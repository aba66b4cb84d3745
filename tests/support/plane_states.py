"""A Playground network on a few points, ready to train."""

from pathlib import Path

import torch

from nn_core.config import RunConfig, apply_settings, get_preset
from nn_core.data import load_dataset
from nn_core.training.state import TrainState

__all__ = ["FEW", "make_plane_config", "make_plane_state"]

FEW = ("data.plane.points=120", "training.batch_size=16", "training.epochs=3", "training.device=cpu")


def make_plane_config(*settings: str) -> RunConfig:
    """Three epochs of five batches."""
    return apply_settings(get_preset("playground"), [*FEW, *settings])


def make_plane_state(*settings: str) -> TrainState:
    config = make_plane_config(*settings)
    return TrainState(config, load_dataset(config.data, Path()), torch.device("cpu"))
