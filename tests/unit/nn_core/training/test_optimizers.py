"""The contract of each optimizer, their differences, and weight averaging."""

import copy
import math

import pytest
import torch
import torch.nn.functional as F
from declared_settings import declared
from torch import Tensor, nn

from nn_core.errors import ConfigError
from nn_core.models import MODELS, build_model
from nn_core.task import TaskSpec
from nn_core.training import OPTIMIZERS
from nn_core.training.optimizers import WeightEMA, build_optimizer, list_hidden_matrices

CPU = torch.device("cpu")


# Optimizers


def little_network() -> nn.Module:
    torch.manual_seed(3)
    return nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 2))


def walk(model: nn.Module, optimizer: torch.optim.Optimizer, steps: int) -> list[float]:
    """The loss before each of so many steps towards a rule that a network can learn."""
    inputs = torch.randn(32, 4, generator=torch.Generator().manual_seed(5))
    targets = torch.stack([inputs[:, 0] - inputs[:, 1], inputs[:, 2]], dim=1)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_reduces_the_loss(name: str) -> None:
    model = little_network()
    losses = walk(model, build_optimizer(model, declared("optimizer", name, lr=0.05), CPU), 200)
    assert losses[-1] < losses[0] / 10


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_weight_is_in_one_group_with_the_given_rate(name: str) -> None:
    model = little_network()
    groups = build_optimizer(model, declared("optimizer", name, lr=0.05), CPU).param_groups
    assert [group["lr"] for group in groups] == [0.05 * group.get("share", 1) for group in groups]
    assert groups[0]["lr"] == 0.05
    assert sorted(id(weight) for group in groups for weight in group["params"]) == sorted(map(id, model.parameters()))


GIVEN = {
    "lr": 0.07,
    "weight_decay": 0.03,
    "momentum": 0.6,
    "nesterov": True,
    "alpha": 0.8,
    "eps": 1e-4,
    "beta1": 0.7,
    "beta2": 0.8,
    "adamw_share": 0.4,
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_setting_reaches_its_optimizer(name: str) -> None:
    known = declared("optimizer", name).model_dump(exclude={"name"})
    settings = declared("optimizer", name, **{key: GIVEN[key] for key in known})
    groups = build_optimizer(little_network(), settings, CPU).param_groups
    reached = groups[0] | {"adamw_share": groups[-1].get("share")}
    reached |= dict(zip(("beta1", "beta2"), groups[0].get("betas", ()), strict=False))
    for key, value in settings.model_dump(exclude={"name"}).items():
        assert reached[key] == value, key
    assert {group["weight_decay"] for group in groups} == {0.03}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_resumes_exactly_from_its_state(name: str) -> None:
    model = little_network()
    optimizer = build_optimizer(model, declared("optimizer", name), CPU)
    walk(model, optimizer, 3)
    twin = copy.deepcopy(model)
    restored = build_optimizer(twin, declared("optimizer", name), CPU)
    restored.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    assert walk(twin, restored, 3) == walk(model, optimizer, 3)
    for weight, other in zip(model.parameters(), twin.parameters(), strict=True):
        assert torch.equal(weight, other)


@pytest.mark.parametrize("name", ["sgd", "adam", "adamw", "adagrad"])
def test_fused_optimizers_are_used(name: str) -> None:
    assert build_optimizer(little_network(), declared("optimizer", name), CPU).param_groups[0]["fused"]


def names_of(model: nn.Module, parameters: list[nn.Parameter]) -> set[str]:
    chosen = {id(parameter) for parameter in parameters}
    return {name for name, parameter in model.named_parameters() if id(parameter) in chosen}


def test_muon_gets_the_matrices_between_hidden_layers() -> None:
    def of(name: str, task: TaskSpec) -> set[str]:
        model = build_model(declared("model", name), task)
        return names_of(model, list_hidden_matrices(model))

    picture, text = TaskSpec("pictures", (1, 28, 28), 10), TaskSpec("text", (20,), 18, 60)
    assert of("simple_net", picture) == {"1.weight"}
    assert of("quick", picture) == set(), "convolutions, norms and a last layer"
    reader = of("text_rnn", text)
    assert any("weight_hh" in name for name in reader)
    assert not any("letters" in name or "bias" in name for name in reader)
    assert of("autoencoder", picture) >= {"encoder.1.weight", "decoder.0.weight"}


def test_muon_steps_have_the_same_length_in_every_direction() -> None:
    model = nn.Sequential(nn.Linear(8, 8, bias=False), nn.Linear(8, 1, bias=False))
    optimizer = build_optimizer(model, declared("optimizer", "muon", lr=0.1, weight_decay=0), CPU)
    before = model[0].weight.detach().clone()
    steep = torch.tensor([1.0, 10, 100, 1000, 1, 1, 1, 1])
    (model[0].weight * torch.diag(steep)).sum().backward()
    optimizer.step()
    lengths = torch.linalg.svdvals(before - model[0].weight)
    assert lengths[:4].min() > 0.03, "though the slopes are a thousand times as steep in one as in another"
    assert lengths.max() < 0.13


def test_a_torch_without_muon_is_reported_with_an_alternative(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(torch.optim, "Muon")
    with pytest.raises(ConfigError, match=r"'muon' needs PyTorch 2\.9.*Choose one of: sgd, adam"):
        build_optimizer(little_network(), declared("optimizer", "muon"), CPU)


# The average of the weights


def test_the_ema_decay_grows_to_its_value() -> None:
    model = nn.Linear(1, 1, bias=False)
    average = WeightEMA(model, 0.5)
    expected = math.nan
    for step in range(12):
        with torch.no_grad():
            model.weight.fill_(step**2)
        kept = min(0.5, (1 + step) / (10 + step))
        expected = step**2 if step == 0 else kept * expected + (1 - kept) * step**2
        average.update_parameters(model)
        assert average.module.weight.item() == pytest.approx(expected)


def test_batch_norm_statistics_are_averaged_and_counters_copied() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)).train()
    average = WeightEMA(model, 0.9)
    means: list[Tensor] = []
    for step in range(4):
        model(torch.randn(8, 3) + step)
        average.update_parameters(model)
        means.append(model[1].running_mean.clone())
    mean = average.module[1].running_mean
    assert ((mean - means[0]).abs() <= (means[-1] - means[0]).abs()).all()
    assert not torch.allclose(mean, means[-1])
    assert average.module[1].num_batches_tracked.item() == 4
    assert not average.module.training
    assert list(average.module.state_dict()) == list(model.state_dict())


# Activations


def test_every_model_can_be_trained_with_every_optimizer() -> None:
    problems = {
        "pictures": TaskSpec("pictures", (1, 28, 28), 10),
        "text": TaskSpec("text", (12,), 5, 30),
        "points": TaskSpec("points", (2,), 3),
    }
    for name, model in MODELS.items():
        with torch.device("meta"):
            network = build_model(declared("model", name), problems[model.reads[0]])
        groups = [
            group["params"] for group in build_optimizer(network, declared("optimizer", "muon"), CPU).param_groups
        ]
        assert sum(map(len, groups)) == len(list(network.parameters())), name


# Changes to a run that has begun


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_started_run_may_change_other_optimizer_settings(name: str) -> None:
    """Torch keeps no state for momentum that was off, and must do with what there is."""
    model = little_network()
    optimizer = build_optimizer(model, declared("optimizer", name), CPU)
    walk(model, optimizer, 3)
    known = declared("optimizer", name).model_dump(exclude={"name"})
    fixed = {"momentum"} if name == "rmsprop" else set()
    changes = {key: GIVEN[key] for key in known if key not in fixed}
    changed = build_optimizer(model, declared("optimizer", name, **changes), CPU)
    kept = [{key: value for key, value in group.items() if key != "params"} for group in changed.param_groups]
    changed.load_state_dict(optimizer.state_dict())
    for group, settings in zip(changed.param_groups, kept, strict=True):
        group.update(settings)
    assert all(map(math.isfinite, walk(model, changed, 5)))
