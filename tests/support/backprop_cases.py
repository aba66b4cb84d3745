"""Small networks with random weights, one of each preset and of each unusual layer, with an example and their loss."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from untrained_runs import untrained_run

from nn_core.backprop import Example, build_training_loss, take_test_example
from nn_core.data import Dataset, DataSettings, load_dataset
from nn_core.inference import TrainedNetwork, load_network
from nn_core.training.losses import LossFunction

__all__ = ["CASES", "Case", "make_case"]

_PICTURES = "data.name=digits_8x8"
_TEXT = ("model.dimension=8",)
CASES: dict[str, tuple[str, ...]] = {
    "quick": ("data.name=mnist_sample", "model.width=4"),
    "simple_net": (_PICTURES, "model.hidden=8", "loss.class_weights=balanced"),
    "net": (_PICTURES,),
    "mlp": (_PICTURES, "model.hidden=[8,6]", "model.activation=formula"),
    "cnn": (_PICTURES, 'model.blocks=[{"channels":4,"residual":true,"dropout":0.1},{"channels":6,"pool":2}]'),
    "rnn": (_PICTURES, "model.hidden=6", "model.layers=2", "model.both_directions=true"),
    "attention": (_PICTURES, "model.dimension=8", "model.heads=2", "model.depth=2", "model.dropout=0.1"),
    "autoencoder": (_PICTURES, "model.hidden=[8]", "model.latent=2"),
    "layers": (_PICTURES,),
    "text_cnn": (*_TEXT, "model.channels=6"),
    "text_rnn": (*_TEXT, "model.hidden=6", "model.cell=gru"),
    "text_attention": (*_TEXT, "model.heads=2", "model.depth=1"),
    "plane": ("model.hidden=[4]",),
    "plane values": (
        "data.name=hills",
        "loss.name=huber",
        "model.name=plane_mlp",
        'model.features=["x1","x2_squared","sin_x1"]',
        'model.layers=[{"neurons":3,"activation":"sigmoid"}]',
    ),
}
"""Preset, perhaps with words that distinguish it from others → settings."""


@dataclass(frozen=True)
class Case:
    """A network, an example and the loss of its training."""

    network: TrainedNetwork
    example: Example
    loss: LossFunction


@cache
def _load(settings: str, data_folder: Path) -> Dataset:
    return load_dataset(DataSettings.model_validate_json(settings), data_folder)


def make_case(name: str, root: Path) -> Case:
    """Make a case; its run is written below `root`."""
    network = load_network(untrained_run(root, name.partition(" ")[0], *CASES[name]), root)
    dataset = _load(network.config.data.model_dump_json(), Path("unused"))
    return Case(network, take_test_example(network, dataset, 3), build_training_loss(network, dataset))
