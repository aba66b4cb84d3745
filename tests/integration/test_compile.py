"""`training.compile`: torch.compile starts a C++ compiler, which takes ten seconds."""

import pytest
import torch
from train_states import CPU, config_of, finished

from nn_core.config import apply_settings
from nn_core.data import Dataset
from nn_core.errors import ConfigError
from nn_core.training.state import TrainState


def test_a_compiled_network_trains_to_the_same_weights_under_the_same_names(little: Dataset) -> None:
    settings = ["model.name=mlp", "model.hidden=[8]", "training.batch_size=149", "training.epochs=1"]
    config = config_of("simple_net", *settings, "training.compile=true")
    try:
        session = TrainState(config, little, CPU)
    except ConfigError as error:
        pytest.skip(str(error))
    plain = TrainState(apply_settings(config, ["training.compile=false"]), little, CPU)
    compiled_events, plain_events = finished(session), finished(plain)
    assert session.copy_weights().keys() == plain.copy_weights().keys()
    for name, tensor in session.copy_weights().items():
        assert torch.allclose(tensor, plain.copy_weights()[name], atol=1e-4), name
    assert len(compiled_events) == len(plain_events) == 2
