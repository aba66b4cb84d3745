"""The sentences of a script about its data, network, loss, schedule and augmentation; a script is in English, like its code."""

from __future__ import annotations

from nn_core.data import AugmentationSettings, DatasetSpec
from nn_core.task import Goal

__all__ = ["NETWORKS", "POINTS", "SCHEDULES", "describe_augmentation", "describe_data", "describe_loss"]

POINTS = {
    "moons": "They form two interlocking half moons.",
    "circles": "They form a ring around a ring.",
    "xor": "They fill four squares, and opposite squares are of the same class.",
    "spiral": "They form three arms that wind around each other.",
    "blobs": "They form four clusters.",
    "slope": "The value to predict rises evenly from one corner of the square to the opposite one.",
    "hills": "The values to predict form hills and valleys around the centre.",
}
NETWORKS = {
    "quick": "Three convolutions look for small patterns, then for patterns of patterns. Steps of two pixels make the picture smaller "
    "instead of pooling. Batch norm keeps the outputs of each layer at the same scale.",
    "simple_net": "One hidden layer, whose neurons each see the whole picture; then a weighted sum for each class.",
    "net": "Two convolutions look for small patterns anywhere in the picture, and two dense layers tell the classes apart. Dropout switches "
    "numbers off at random while the network learns, so that it does not depend on a few of them.",
    "mlp": "Dense layers: every neuron is connected to all outputs of the layer before it.",
    "cnn": "Blocks of a convolution, batch norm and an activation. Each block finds larger patterns than the one before.",
    "rnn": "A recurrent network reads the picture row by row and remembers what it saw.",
    "attention": "A small vision transformer: the picture is cut into patches, which attend to each other.",
    "autoencoder": "The encoder compresses a picture to a few latent numbers, and the decoder draws it again from them.",
    "layers": "A stack of layers, from the input to the output.",
    "plane_mlp": "Dense layers, which get features of the coordinates.",
    "text_cnn": "Convolutions over the letters of a text.",
    "text_rnn": "A recurrent network reads the text letter by letter.",
    "text_attention": "A small transformer: the letters attend to each other.",
}
SCHEDULES = {
    "none": "it rises during the warm-up, then it is constant.",
    "step": "it falls by a factor every few epochs.",
    "cosine": "it falls along half a cosine wave, almost to zero.",
    "one_cycle": "it rises along half a cosine wave, then falls along another one, almost to zero.",
    "plateau": "it falls by a factor when the validation loss has stopped falling.",
}
_LOSSES: dict[tuple[str, Goal], str] = {
    (
        "cross_entropy",
        "classify",
    ): "Cross-entropy: the negative logarithm of the probability that the network gives the right class.",
    (
        "nll",
        "classify",
    ): "The negative log-likelihood: minus the logarithm of the probability that the network gives the right class.",
    ("mse", "classify"): "The Brier score: the squared distance of the probabilities from the right answer.",
    ("multi_margin", "classify"): "It is zero as soon as the right class leads all others by a margin.",
    ("mse", "reconstruct"): "The mean squared difference between the pixels of the output and of the input.",
    (
        "binary_cross_entropy",
        "reconstruct",
    ): "How unlikely the network finds each pixel, as the probability that it is white.",
    ("mse", "regress"): "The mean squared error of the predicted numbers.",
    ("mae", "regress"): "The mean absolute error of the predicted numbers.",
    ("huber", "regress"): "The error of the predicted numbers, squared where it is small (Huber, 1964).",
}


def describe_loss(name: str, goal: Goal) -> str:
    """Say what a loss measures."""
    return _LOSSES[name, goal]


def describe_data(spec: DatasetSpec) -> str:
    """Say what the examples are."""
    what = {
        "pictures": f"Pictures of {' × '.join(map(str, spec.shape[1:]))} pixels",
        "text": f"Texts of up to {spec.shape[0]} letters",
        "points": "Points in the plane",
    }[spec.kind]
    return (
        f"{what}, each with a number to predict." if spec.is_regression else f"{what}, of {len(spec.classes)} classes."
    )


def describe_augmentation(settings: AugmentationSettings) -> str:
    """List how pictures are changed."""
    changes = {
        "rotate": f"rotated by up to {settings.rotate:g}°",
        "shift": f"shifted by up to {settings.shift:g} px",
        "scale": f"scaled by up to {100 * settings.scale:g} %",
        "shear": f"slanted by up to {settings.shear:g}°",
        "elastic": f"bent like rubber by up to {settings.elastic:g} px",
        "erase": f"covered by a rectangle of up to {100 * settings.erase:g} % of it",
        "noise": "with added noise",
        "flip": f"mirrored in {100 * settings.flip:g} % of the cases",
    }
    *first, last = [text for name, text in changes.items() if getattr(settings, name)] or [""]
    return f"{', '.join(first)} and {last}" if first else last
