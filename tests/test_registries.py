"""One contract for every registered network, optimizer, loss, schedule and activation: a new entry is tested by being there."""

import copy
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from nn_core.config import RunConfig, alternatives
from nn_core.data import DATASETS, Dataset
from nn_core.data.prepare import as_network_sees
from nn_core.models import ACTIVATIONS, MODELS, build_model, count_parameters
from nn_core.problem import Problem
from nn_core.settings import Section, alternatives
from nn_core.training import LOSSES, OPTIMIZERS, SCHEDULERS
from nn_core.training.losses import build_loss
from nn_core.training.optimizers import build_optimizer
from nn_core.training.schedulers import build_schedule

CPU = torch.device("cpu")


def default(section: str, name: str) -> Section:
    """The settings of that name as declared."""
    return alternatives(RunConfig.model_fields[section])[name]()


def fresh_model(name: str) -> nn.Module:
    return build_model(default("model", name), Problem("pictures", (1, 28, 28), 10))


# Networks


@pytest.mark.parametrize("name", MODELS)
def test_a_network_gives_finite_logits_for_every_data_set_and_batch_size(name: str) -> None:
    for spec in DATASETS.values():
        model = build_model(default("model", name), spec.shape, len(spec.classes))  # type: ignore[arg-type]
        for mode in (model.train(), model.eval()):
            for count in (1, 5):
                logits = mode(as_network_sees(torch.randint(0, 256, (count, *spec.shape), dtype=torch.uint8), spec))
                assert logits.shape == (count, len(spec.classes))
                assert logits.dtype == torch.float32
                assert torch.isfinite(logits).all()


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(("shape", "classes"), [((3, 32, 32), 4), ((1, 20, 24), 26)])
def test_a_network_fits_other_pictures_and_classes(name: str, shape: tuple[int, int, int], classes: int) -> None:
    model = build_model(default("model", name), shape, classes)  # type: ignore[arg-type]
    assert model(torch.randn(3, *shape)).shape == (3, classes)


@pytest.mark.parametrize("name", MODELS)
def test_logits_are_no_probabilities(name: str) -> None:
    """A softmax inside the network would be applied twice by the loss."""
    logits = fresh_model(name)(torch.randn(8, 1, 28, 28))
    assert not torch.allclose(logits.exp().sum(dim=1), torch.ones(8), atol=1e-3)
    assert not torch.allclose(logits.sum(dim=1), torch.ones(8), atol=1e-3)


@pytest.mark.parametrize("name", MODELS)
def test_the_seed_alone_decides_the_fresh_weights(name: str) -> None:
    def weights(seed: int) -> torch.Tensor:
        torch.manual_seed(seed)
        return torch.cat([parameter.detach().flatten() for parameter in fresh_model(name).parameters()])

    assert torch.equal(weights(1), weights(1))
    assert not torch.equal(weights(1), weights(2))


@pytest.mark.parametrize("name", MODELS)
def test_every_weight_of_a_network_is_counted_and_learns(name: str) -> None:
    model = fresh_model(name)
    loss = nn.functional.cross_entropy(model(torch.randn(16, 1, 28, 28)), torch.arange(16) % 10)
    loss.backward()
    assert all(parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in model.parameters())
    assert count_parameters(model) == sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize("name", MODELS)
def test_a_network_learns_and_its_saved_weights_predict_the_same(name: str, sample: Dataset, tmp_path: Path) -> None:
    model = fresh_model(name).train()
    pictures = as_network_sees(sample.train.inputs[::20], sample.spec)
    labels = sample.train.labels[::20]
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.002)
    for _ in range(12):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(pictures), labels).backward()
        optimizer.step()
    model.eval()
    unseen = as_network_sees(sample.test.inputs[::10], sample.spec)
    with torch.inference_mode():
        logits = model(unseen)
    assert (logits.argmax(dim=1) == sample.test.labels[::10]).float().mean() > 0.5

    save_file(
        {key: tensor.contiguous() for key, tensor in model.state_dict().items()}, tmp_path / "weights.safetensors"
    )
    again = fresh_model(name).eval()
    again.load_state_dict(load_file(tmp_path / "weights.safetensors"))
    with torch.inference_mode():
        assert torch.equal(again(unseen), logits)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_bends(name: str) -> None:
    bend = ACTIVATIONS[name]()
    x = torch.linspace(-3, 3, 61)
    y = bend(x)
    assert y.shape == x.shape
    assert torch.isfinite(y).all()
    assert not torch.allclose(bend(2 * x), 2 * y, atol=1e-3) or name in ("relu", "leaky_relu")
    assert not torch.allclose(y[30:] - y[30], -(y[:31].flip(0) - y[30]), atol=1e-3) or name in ("tanh", "sigmoid")


# Optimizers


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_walks_downhill_with_the_given_rate(name: str) -> None:
    weight = nn.Parameter(torch.tensor([3.0, -2.0]))
    settings = default("optimizer", name).model_copy(update={"lr": 0.05})
    optimizer = build_optimizer([weight], settings, CPU)  # type: ignore[arg-type]
    assert [group["lr"] for group in optimizer.param_groups] == [0.05]
    for _ in range(200):
        optimizer.zero_grad()
        weight.square().sum().backward()
        optimizer.step()
    assert weight.abs().max() < 0.2


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_setting_reaches_its_optimizer(name: str) -> None:
    given = {"lr": 0.07, "weight_decay": 0.03, "momentum": 0.6, "nesterov": True}
    settings = default("optimizer", name)
    settings = settings.model_copy(update={key: value for key, value in given.items() if hasattr(settings, key)})
    group = build_optimizer([nn.Parameter(torch.ones(1))], settings, CPU).param_groups[0]  # type: ignore[arg-type]
    for key, value in settings.model_dump(exclude={"name"}).items():
        assert group[key] == value, key


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_goes_on_from_its_state_exactly(name: str) -> None:
    def walk(weight: nn.Parameter, optimizer: torch.optim.Optimizer) -> None:
        for _ in range(3):
            optimizer.zero_grad()
            (weight.square() * torch.arange(1.0, 5.0)).sum().backward()
            optimizer.step()

    settings = default("optimizer", name)
    weight = nn.Parameter(torch.ones(4))
    optimizer = build_optimizer([weight], settings, CPU)  # type: ignore[arg-type]
    walk(weight, optimizer)
    twin = nn.Parameter(weight.detach().clone())
    restored = build_optimizer([twin], settings, CPU)  # type: ignore[arg-type]
    restored.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    walk(weight, optimizer)
    walk(twin, restored)
    assert torch.equal(weight, twin)


# Losses


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_is_a_mean_that_rewards_the_right_answer_and_has_a_gradient(name: str) -> None:
    loss = build_loss(default("loss", name))  # type: ignore[arg-type]
    labels = torch.tensor([0, 1, 2])
    right, unsure, wrong = 8 * torch.eye(3), torch.zeros(3, 3), 8 * torch.eye(3).roll(1, dims=0)
    assert 0 <= loss(right, labels) < loss(unsure, labels) < loss(wrong, labels)
    twice = loss(torch.cat([unsure, wrong]), torch.cat([labels, labels]))
    assert twice == pytest.approx((loss(unsure, labels) + loss(wrong, labels)) / 2)
    logits = torch.zeros(3, 3, requires_grad=True)
    loss(logits, labels).backward()
    assert logits.grad is not None
    assert (logits.grad.diagonal() < 0).all()


def test_mse_is_the_brier_score() -> None:
    loss = build_loss(default("loss", "mse"))  # type: ignore[arg-type]
    assert loss(torch.zeros(1, 4), torch.tensor([2])).item() == pytest.approx(0.75**2 + 3 * 0.25**2)


# Schedules


@pytest.mark.parametrize("name", SCHEDULERS)
def test_a_schedule_is_a_factor_from_0_to_1_that_reaches_its_full_value(name: str) -> None:
    schedule = build_schedule(default("scheduler", name))  # type: ignore[arg-type]
    factors = [schedule(step / 1000) for step in range(1000)]
    assert all(0 <= factor <= 1 for factor in factors)
    assert max(factors) == pytest.approx(1, abs=1e-6)
    assert max(abs(a - b) for a, b in pairwise(factors)) < 0.05


@pytest.mark.parametrize("warmup", [0, 0.25, 0.9])
def test_one_cycle_rises_through_its_warm_up_and_then_falls_to_nearly_nothing(warmup: float) -> None:
    settings = default("scheduler", "one_cycle").model_copy(update={"warmup": warmup})
    schedule = build_schedule(settings)  # type: ignore[arg-type]
    rising = [schedule(warmup * share / 10) for share in range(11)]
    falling = [schedule(warmup + (1 - warmup) * share / 10) for share in range(11)]
    assert rising == sorted(rising)
    assert falling == sorted(falling, reverse=True)
    assert falling[-1] < 0.001
