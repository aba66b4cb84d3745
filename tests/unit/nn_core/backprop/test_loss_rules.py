"""The formula of a whole loss agrees with autograd, and so do the numbers that label smoothing needs."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from backprop_cases import CASES, Case, make_case
from torch import Tensor

from nn_core.backprop import compute_cross_entropy, describe_loss, get_label_smoothing
from nn_core.config.losses import CrossEntropySettings, LossSettings, MSESettings, MultiMarginSettings, NLLSettings
from nn_core.inference import TrainedNetwork
from nn_core.training.losses import build_loss


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return make_case("layers", tmp_path_factory.mktemp("run"))


def with_loss(network: TrainedNetwork, loss: LossSettings) -> TrainedNetwork:
    return replace(network, config=network.config.model_copy(update={"loss": loss}))


def _cross_entropy(x: Tensor, t: Tensor) -> Tensor:
    return x.softmax(dim=1) - t


def _brier(x: Tensor, t: Tensor) -> Tensor:
    p = x.softmax(dim=1)
    d = 2 * (p - t)
    return p * (d - (d * p).sum())


def _multi_margin(x: Tensor, t: Tensor) -> Tensor:
    others = ((1 - (x * t).sum() + x > 0) & (t == 0)) / x.shape[1]
    return others - t * others.sum()


@pytest.mark.parametrize(
    ("settings", "rule", "compute"),
    [
        (CrossEntropySettings(), "∂x = softmax(x) − t", _cross_entropy),
        (CrossEntropySettings(label_smoothing=0.05), "∂x = softmax(x) − t", _cross_entropy),
        (NLLSettings(), "∂x = softmax(x) − t", _cross_entropy),
        (MSESettings(), "∂x = p ⊙ (d − Σ d ⊙ p), where d = 2 · (p − t)", _brier),
        (MultiMarginSettings(), "∂x[j] = 1 / n", _multi_margin),
    ],
)
def test_the_rule_is_the_gradient(
    case: Case, settings: LossSettings, rule: str, compute: Callable[[Tensor, Tensor], Tensor]
) -> None:
    network = with_loss(case.network, settings)
    described = describe_loss(network, is_weighted=False)
    assert described is not None
    assert described.rule.startswith(rule)
    x = torch.linspace(-1.05, 2, 10).view(1, 10).double().requires_grad_()
    label = torch.tensor([3])
    build_loss(settings, "classify")(x, label).backward()
    smoothing = get_label_smoothing(network)
    t = (1 - smoothing) * F.one_hot(label, 10).double() + smoothing / 10
    assert x.grad is not None
    assert torch.allclose(x.grad, compute(x.detach(), t)), settings.name
    if smoothing:
        assert "t is 0.955 for the correct class, and 0.005 for the others" in described.rule


def test_class_weights_are_a_factor(case: Case) -> None:
    described = describe_loss(case.network, is_weighted=True)
    assert described is not None
    assert described.formula == "L = −v · Σ t · log softmax(x)"
    assert described.rule.startswith("∂x = v · (softmax(x) − t)")


@pytest.mark.parametrize("name", ["autoencoder", "plane values", "text_rnn"])
def test_every_goal_has_a_rule(name: str, tmp_path: Path) -> None:
    assert name in CASES
    assert describe_loss(make_case(name, tmp_path).network, is_weighted=False) is not None


def test_the_cross_entropy_alone_has_no_smoothing(case: Case) -> None:
    outputs = torch.tensor([[0.0, 2.0, 1.0]])
    assert compute_cross_entropy(outputs, 1) == pytest.approx(F.cross_entropy(outputs, torch.tensor([1])).item())
    assert get_label_smoothing(case.network) == 0
    assert get_label_smoothing(with_loss(case.network, CrossEntropySettings(label_smoothing=0.2))) == 0.2
