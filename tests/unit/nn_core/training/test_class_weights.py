"""Class weights: their values, the gradients, and what stays comparable."""

import pytest
import torch
from declared_settings import declared
from train_states import CPU, config_of, finished

from nn_core.config import apply_settings, get_preset
from nn_core.data import DATASETS, Dataset, DatasetSpec, Split
from nn_core.errors import ConfigError
from nn_core.training.loop import Epoch
from nn_core.training.losses import build_loss, compute_class_weights, list_losses, weigh_classes
from nn_core.training.setup import check_trainable
from nn_core.training.state import TrainState

LABELS = torch.tensor([0] * 12 + [1] * 6 + [3] * 2)
LOGITS = 2 * torch.randn(20, 4, generator=torch.Generator().manual_seed(5))


def test_the_weights_are_those_of_scikit_learn_and_their_mean_is_one() -> None:
    from sklearn.utils.class_weight import compute_class_weight

    weights = compute_class_weights(LABELS, 4)
    theirs = compute_class_weight("balanced", classes=LABELS.unique().numpy(), y=LABELS.numpy())
    assert weights[[0, 1, 3]].tolist() == pytest.approx(theirs.tolist())
    assert weights[2] == 0
    assert weights[LABELS].mean().item() == pytest.approx(1)


@pytest.mark.parametrize("name", list_losses("classify"))
def test_every_loss_can_weigh_the_classes(name: str) -> None:
    settings = declared("loss", name, class_weights="balanced")
    plain, each = build_loss(settings, "classify"), build_loss(settings, "classify", reduction="none")
    assert plain(LOGITS, LABELS).item() == pytest.approx(each(LOGITS, LABELS).mean().item())
    ones = weigh_classes(each, torch.ones(4))
    assert ones(LOGITS, LABELS).item() == pytest.approx(plain(LOGITS, LABELS).item())
    weighted = weigh_classes(each, compute_class_weights(LABELS, 4))
    of_classes = [plain(LOGITS[rows], LABELS[rows]).item() for rows in (slice(12), slice(12, 18), slice(18, 20))]
    assert weighted(LOGITS, LABELS).item() == pytest.approx(sum(of_classes) / 3), "every class counts the same"


def test_parts_of_a_batch_add_up_to_the_batch() -> None:
    loss = weigh_classes(build_loss(declared("loss", "nll"), "classify", reduction="none"), torch.arange(4.0))
    parts = [(loss(LOGITS[rows], LABELS[rows]) * len(LABELS[rows])).item() for rows in (slice(0, 13), slice(13, 20))]
    assert loss(LOGITS, LABELS).item() == pytest.approx(sum(parts) / 20)


def test_a_network_that_reconstructs_has_no_class_weights() -> None:
    config = apply_settings(get_preset("autoencoder"), ["loss.class_weights=balanced"])
    with pytest.raises(ConfigError, match=r"loss\.class_weights = 'balanced' is for classification"):
        check_trainable(config, DATASETS["mnist_sample"])


def uneven_points(spec: DatasetSpec) -> Dataset:
    """Two overlapping clouds: 380 points and 20."""
    random = torch.Generator().manual_seed(1)
    labels = torch.cat([torch.zeros(380), torch.ones(20)]).long()
    points = torch.randn(400, 2, generator=random) + 1.2 * labels.unsqueeze(1)
    split = Split(points, labels)
    return Dataset(spec, split, split)


def trained(*settings: str) -> TrainState:
    state = TrainState(
        config_of("plane", "training.epochs=30", "optimizer.lr=0.01", *settings), uneven_points(DATASETS["moons"]), CPU
    )
    finished(state)
    return state


def recall_of_the_rare_class(state: TrainState) -> float:
    state.model.load_state_dict(state.best_weights)
    rare = state.samples.inputs[state.samples.labels == 1]
    with torch.no_grad():
        return (state.model(rare / torch.tensor(state.spec.std)).argmax(dim=1) == 1).float().mean().item()


def test_a_rare_class_is_recognised_with_weights_and_hardly_without() -> None:
    plain, weighted = trained(), trained("loss.class_weights=balanced")
    assert recall_of_the_rare_class(plain) < 0.3
    assert recall_of_the_rare_class(weighted) > 0.6
    assert plain.best is not None
    assert weighted.best is not None
    assert plain.best.score is None
    assert weighted.best.score is not None
    assert weighted.best.accuracy is not None


def test_losses_are_reported_without_weights(little: Dataset) -> None:
    """With a learning rate of almost zero, both runs measure the same network."""
    still = ("optimizer.lr=1e-9", "data.train_examples=40")
    plain, weighted = (
        [
            event.validation if isinstance(event, Epoch) else event.metrics
            for event in finished(TrainState(config, little, CPU))
        ]
        for config in (config_of("simple_net", *still), config_of("simple_net", *still, "loss.class_weights=balanced"))
    )
    for ours, theirs in zip(weighted, plain, strict=True):
        assert (ours is None) == (theirs is None)
        if ours and theirs:
            assert ours.loss == pytest.approx(theirs.loss, rel=1e-5)
