"""Ready-made configurations by name, and the number of epochs of each on a data set."""

from nn_core.config.losses import CrossEntropySettings, MSESettings
from nn_core.config.optimizers import AdamSettings, AdamWSettings, OneCycleSettings, SGDSettings
from nn_core.config.run import RunConfig, TrainingSettings
from nn_core.data import AugmentationSettings, DataSettings
from nn_core.data.registry import DOWNLOADED_DATASETS
from nn_core.errors import ConfigError, describe_unknown
from nn_core.i18n import _
from nn_core.models.attention import AttentionSettings
from nn_core.models.autoencoder import AutoencoderSettings
from nn_core.models.cnn import CNNSettings
from nn_core.models.layers import LayersSettings
from nn_core.models.mlp import MLPSettings
from nn_core.models.net import NetSettings
from nn_core.models.plane_mlp import PlaneLayer, PlaneMLPSettings
from nn_core.models.quick import QuickSettings
from nn_core.models.rnn import RNNSettings
from nn_core.models.simple_net import SimpleNetSettings
from nn_core.models.text_attention import TextAttentionSettings
from nn_core.models.text_cnn import TextCNNSettings
from nn_core.models.text_rnn import TextRNNSettings

__all__ = ["PRESETS", "get_default_epochs", "get_preset"]

_HANDWRITING_AUGMENTATION = AugmentationSettings(rotate=5, shift=1, scale=0.05)
_SURNAMES = DataSettings(name="surnames")

PRESETS: dict[str, RunConfig] = {
    "quick": RunConfig(
        model=QuickSettings(),
        data=DataSettings(augmentation=_HANDWRITING_AUGMENTATION),
        optimizer=AdamWSettings(lr=0.02),
        loss=CrossEntropySettings(label_smoothing=0.05),
        scheduler=OneCycleSettings(),
        training=TrainingSettings(epochs=12),
    ),
    "simple_net": RunConfig(model=SimpleNetSettings(), optimizer=SGDSettings(lr=0.01)),
    "net": RunConfig(model=NetSettings(), optimizer=SGDSettings(lr=0.001, momentum=0.9)),
    "mlp": RunConfig(
        model=MLPSettings(hidden=(512, 256), norm="batch", dropout=0.2),
        optimizer=AdamWSettings(lr=0.005),
        scheduler=OneCycleSettings(),
    ),
    "cnn": RunConfig(
        model=CNNSettings(),
        data=DataSettings(augmentation=_HANDWRITING_AUGMENTATION),
        optimizer=AdamWSettings(lr=0.005, weight_decay=0.05),
        loss=CrossEntropySettings(label_smoothing=0.05),
        scheduler=OneCycleSettings(),
    ),
    "rnn": RunConfig(
        model=RNNSettings(),
        optimizer=AdamWSettings(lr=0.005),
        scheduler=OneCycleSettings(),
        training=TrainingSettings(epochs=6),
    ),
    "attention": RunConfig(
        model=AttentionSettings(),
        data=DataSettings(augmentation=AugmentationSettings(shift=1)),
        optimizer=AdamWSettings(lr=0.003),
        scheduler=OneCycleSettings(),
    ),
    "autoencoder": RunConfig(
        model=AutoencoderSettings(),
        optimizer=AdamWSettings(lr=0.002, weight_decay=0.0),
        loss=MSESettings(),
        scheduler=OneCycleSettings(),
    ),
    "layers": RunConfig(
        model=LayersSettings(),
        optimizer=AdamWSettings(lr=0.003),
        scheduler=OneCycleSettings(),
        training=TrainingSettings(epochs=5),
    ),
    "text_cnn": RunConfig(
        model=TextCNNSettings(dimension=48, dropout=0.5),
        data=_SURNAMES,
        optimizer=AdamWSettings(lr=0.002),
        scheduler=OneCycleSettings(),
        training=TrainingSettings(epochs=25),
    ),
    "text_rnn": RunConfig(
        model=TextRNNSettings(dropout=0.4),
        data=_SURNAMES,
        optimizer=AdamWSettings(lr=0.005),
        scheduler=OneCycleSettings(),
        training=TrainingSettings(epochs=20),
    ),
    "text_attention": RunConfig(
        model=TextAttentionSettings(dropout=0.4),
        data=_SURNAMES,
        optimizer=AdamWSettings(lr=0.002, weight_decay=0.1),
        scheduler=OneCycleSettings(),
        training=TrainingSettings(epochs=15),
    ),
    "plane": RunConfig(
        model=MLPSettings(hidden=(8, 8), activation="tanh"),
        data=DataSettings(name="moons"),
        optimizer=AdamSettings(lr=0.003),
        training=TrainingSettings(epochs=300, batch_size=32),
    ),
    "playground": RunConfig(
        model=PlaneMLPSettings(features=("x1", "x2", "x1_x2"), layers=(PlaneLayer(neurons=4),)),
        data=DataSettings(name="xor"),
        optimizer=AdamSettings(lr=0.01),
        training=TrainingSettings(epochs=100, batch_size=32),
    ),
}

_EPOCHS: dict[str, dict[str, int]] = {"quick": dict.fromkeys(DOWNLOADED_DATASETS, 2)}
"""The number of epochs by preset and data set where it differs from the preset's own: the complete sets have at least ten times as
many examples as the sample, so they need fewer epochs."""


def get_default_epochs(name: str, data_name: str) -> int:
    """The default number of epochs of a preset on a data set."""
    return _EPOCHS.get(name, {}).get(data_name, PRESETS[name].training.epochs)


def get_preset(name: str, data_name: str | None = None) -> RunConfig:
    """Return the configuration of a preset for its own data set or for another one. Raises ConfigError for an unknown preset."""
    if name not in PRESETS:
        raise ConfigError(describe_unknown(_("preset"), name, PRESETS))
    config = PRESETS[name]
    if data_name is None:
        return config
    return config.model_copy(
        update={
            "data": config.data.model_copy(update={"name": data_name}),
            "training": config.training.model_copy(update={"epochs": get_default_epochs(name, data_name)}),
        }
    )
