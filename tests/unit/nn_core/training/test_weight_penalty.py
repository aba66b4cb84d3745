"""The penalties on the weights, `training.l1` and `training.l2`."""

import pytest
import torch
from plane_states import make_plane_state

from nn_core.data.transforms import normalize
from nn_core.training.loop import Step, train
from nn_core.training.state import TrainState


def first_loss(state: TrainState) -> float:
    event = next(train(state))
    assert isinstance(event, Step)
    assert event.metrics
    return event.metrics.loss


@pytest.mark.parametrize(("l1", "l2"), [(0.2, 0.0), (0.0, 0.3), (0.2, 0.3)])
def test_gradients_are_those_of_the_loss_with_the_penalty_on_weights_alone(l1: float, l2: float) -> None:
    state = make_plane_state("optimizer.name=sgd", "optimizer.lr=1e-9", f"training.l1={l1}", f"training.l2={l2}")
    plain = make_plane_state("optimizer.name=sgd", "optimizer.lr=1e-9")
    assert first_loss(state) == first_loss(plain), "shown losses are without the penalty"
    inputs, labels = plain.get_batch(plain.shuffle_rows()[:16])
    loss = plain.training_loss(plain.model(normalize(inputs, plain.spec)), labels)
    weights = [parameter for name, parameter in plain.model.named_parameters() if name.endswith("weight")]
    penalty = sum(l1 * weight.abs().sum() + l2 / 2 * weight.square().sum() for weight in weights)
    plain.model.zero_grad()
    (loss + penalty).backward()
    for (name, parameter), expected in zip(state.model.named_parameters(), plain.model.parameters(), strict=True):
        assert torch.allclose(parameter.grad, expected.grad, atol=1e-6), name


def test_l1_makes_weights_without_use_vanish() -> None:
    def count_large(*settings: str) -> int:
        state = make_plane_state("training.epochs=40", "optimizer.lr=0.02", *settings)
        for _event in train(state):
            pass
        return int((state.model.get_parameter("1.weight").abs() > 0.1).sum())

    assert count_large("training.l1=0.02") < count_large()
