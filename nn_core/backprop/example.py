"""An example for one training step, and the loss that training minimises for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from nn_core.data.encode_text import decode, encode
from nn_core.data.split import split_train_val
from nn_core.data.transforms import normalize, to_unit_float
from nn_core.errors import BadInput
from nn_core.i18n import _
from nn_core.training.losses import build_loss, compute_class_weights, has_class_weights, weigh_classes

if TYPE_CHECKING:
    from nn_core.data import Dataset
    from nn_core.inference import TrainedNetwork
    from nn_core.training.losses import LossFunction

__all__ = ["Example", "build_training_loss", "encode_name", "find_hardest_example", "make_example", "take_test_example"]


@dataclass(frozen=True, eq=False)
class Example:
    """A batch of one.

    Attributes:
        inputs: what the network sees, [1, *shape].
        target: what the loss compares its output with: the label [1], the value [1], or the picture from 0 to 1.
        label: the index of its class; None if it has none.
        stored: the same example as the data set stores it, [*shape].
    """

    inputs: Tensor
    target: Tensor
    label: int | None
    stored: Tensor


def take_test_example(network: TrainedNetwork, dataset: Dataset, index: int) -> Example:
    """Take an example of the test split. Raises BadInput if there is none with this number."""
    count = len(dataset.test)
    if not 0 <= index < count:
        raise BadInput(
            _(
                "There is no test example {index}: the test split has {count:,}. Choose a number from 0 to {last}."
            ).format(index=index, count=count, last=count - 1)
        )
    row = torch.tensor([index])
    return make_example(network, dataset.test.inputs.index_select(0, row)[0], dataset.test.labels[index].item())


def find_hardest_example(network: TrainedNetwork, dataset: Dataset, most: int = 100) -> int:
    """Return which of `most` test examples, spread over the split, has the largest loss, without class weights.

    Where the loss is almost 0, all gradients are too, and single precision rounds them.
    """
    split = dataset.test
    rows = torch.arange(0, len(split), max(1, len(split) // most))[:most]  # some sets are sorted by class
    stored = split.inputs.index_select(0, rows)
    targets = to_unit_float(stored) if network.goal == "reconstruct" else split.labels.index_select(0, rows)
    outputs = network.compute_outputs(stored)
    losses = build_loss(network.config.loss, network.goal, reduction="none")(outputs, targets)
    return int(rows[(losses.flatten(1).mean(dim=1) if losses.dim() > 1 else losses).argmax()])


def make_example(network: TrainedNetwork, stored: Tensor, answer: float | None) -> Example:
    """Make an example of a sample as the data set stores it.

    Args:
        network: decides what the target is.
        stored: uint8 picture [channels, height, width], uint8 text [characters] or float32 point [2].
        answer: the index of its class, or the value to predict; only a network that reconstructs needs none.

    Raises:
        BadInput: the answer is missing, or there is no such class.
    """
    classes = network.spec.classes
    batch = stored.unsqueeze(0)
    inputs, label = normalize(batch, network.spec), None if answer is None else int(answer)
    if network.goal == "reconstruct":
        return Example(inputs, to_unit_float(batch), label, stored)
    if network.goal == "regress":
        if answer is None:
            raise BadInput(_("The example has no value to predict. Give it one."))
        return Example(inputs, torch.tensor([answer], dtype=torch.float32), None, stored)
    if label is None or not 0 <= label < len(classes):
        raise BadInput(
            _("The example has no class {label}. Choose a number from 0 to {last}.").format(
                label=label, last=len(classes) - 1
            )
        )
    return Example(inputs, torch.tensor([label]), label, stored)


def encode_name(network: TrainedNetwork, text: str) -> Tensor:
    """Encode a text as the data set stores it, uint8 [characters]. Raises BadInput for a text without a known letter or digit."""
    stored = encode([text.strip()], network.spec.alphabet, network.spec.shape[0])
    if not any(each.isalnum() for each in decode(stored, network.spec.alphabet)[0]):
        raise BadInput(
            _("'{text}' has no letter that the network knows. Type a text with letters of: {alphabet}").format(
                text=text, alphabet=network.spec.alphabet.strip()
            )
        )
    return stored[0]


def build_training_loss(network: TrainedNetwork, dataset: Dataset | None) -> LossFunction:
    """Build the loss that the run's training minimises, with its label smoothing and class weights.

    Args:
        network: its config has the settings of the loss.
        dataset: what it was trained on, which class weights are computed from. Without it, all classes have the weight 1.
    """
    config = network.config
    if dataset is None or not has_class_weights(config.loss):
        return build_loss(config.loss, network.goal)
    rows, _validation = split_train_val(
        dataset, config.data.validation_share, config.training.seed, config.data.train_examples
    )
    labels = dataset.train.labels.index_select(0, rows)
    weights = compute_class_weights(labels, len(network.spec.classes))
    return weigh_classes(build_loss(config.loss, network.goal, reduction="none"), weights)
