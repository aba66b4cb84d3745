"""One contract for every registered optimizer, loss, schedule and activation, and what sets each apart."""

import copy
import math
from itertools import pairwise
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nn_core.config import PRESETS, RunConfig, preset, with_settings
from nn_core.config.change import resumed_with
from nn_core.data import DATASETS
from nn_core.errors import BadInput, ConfigError
from nn_core.models import ACTIVATIONS, MODELS, build_model
from nn_core.problem import Goal, Problem
from nn_core.settings import alternatives
from nn_core.training import LOSSES, OPTIMIZERS, SCHEDULERS, check
from nn_core.training.average import Average
from nn_core.training.losses import build_loss, losses_for
from nn_core.training.muon import hidden_matrices
from nn_core.training.optimizers import build_optimizer
from nn_core.training.schedulers import Schedule, build_schedule

CPU = torch.device("cpu")


def declared(section: str, name: str, **changes: Any) -> Any:
    """The settings of that name as declared, with some changed."""
    settings = alternatives(RunConfig.model_fields[section])[name]
    return settings.model_validate({**settings().model_dump(), **changes})


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
def test_an_optimizer_walks_downhill(name: str) -> None:
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
def test_an_optimizer_goes_on_from_its_state_exactly(name: str) -> None:
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
def test_torchs_fused_forms_are_used(name: str) -> None:
    assert build_optimizer(little_network(), declared("optimizer", name), CPU).param_groups[0]["fused"]


def names_of(model: nn.Module, parameters: list[nn.Parameter]) -> set[str]:
    chosen = {id(parameter) for parameter in parameters}
    return {name for name, parameter in model.named_parameters() if id(parameter) in chosen}


def test_muon_gets_the_matrices_between_hidden_layers() -> None:
    def of(name: str, problem: Problem) -> set[str]:
        model = build_model(declared("model", name), problem)
        return names_of(model, hidden_matrices(model))

    picture, text = Problem("pictures", (1, 28, 28), 10), Problem("text", (20,), 18, 60)
    assert of("simple_net", picture) == {"1.weight"}
    assert of("quick", picture) == set(), "convolutions, norms and a last layer"
    reader = of("text_rnn", text)
    assert any("weight_hh" in name for name in reader)
    assert not any("letters" in name or "bias" in name for name in reader)
    assert of("autoencoder", picture) >= {"encoder.1.weight", "decoder.0.weight"}


def test_muon_takes_a_step_of_the_same_length_in_every_direction() -> None:
    model = nn.Sequential(nn.Linear(8, 8, bias=False), nn.Linear(8, 1, bias=False))
    optimizer = build_optimizer(model, declared("optimizer", "muon", lr=0.1, weight_decay=0), CPU)
    before = model[0].weight.detach().clone()
    steep = torch.tensor([1.0, 10, 100, 1000, 1, 1, 1, 1])
    (model[0].weight * torch.diag(steep)).sum().backward()
    optimizer.step()
    lengths = torch.linalg.svdvals(before - model[0].weight)
    assert lengths[:4].min() > 0.03, "though the slopes are a thousand times as steep in one as in another"
    assert lengths.max() < 0.13


def test_a_torch_without_muon_is_named_with_what_to_choose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(torch.optim, "Muon")
    with pytest.raises(ConfigError, match=r"'muon' needs PyTorch 2\.9.*Choose one of: sgd, adam"):
        build_optimizer(little_network(), declared("optimizer", "muon"), CPU)


# Losses

CLASSIFY, RECONSTRUCT = losses_for("classify"), losses_for("reconstruct")


@pytest.mark.parametrize("name", CLASSIFY)
def test_a_loss_is_a_mean_that_rewards_the_right_answer_and_has_a_gradient(name: str) -> None:
    loss = build_loss(declared("loss", name), "classify")
    labels = torch.tensor([0, 1, 2])
    right, unsure, wrong = 8 * torch.eye(3), torch.zeros(3, 3), 8 * torch.eye(3).roll(1, dims=0)
    assert 0 <= loss(right, labels) < loss(unsure, labels) < loss(wrong, labels)
    twice = loss(torch.cat([unsure, wrong]), torch.cat([labels, labels]))
    assert twice.item() == pytest.approx((loss(unsure, labels) + loss(wrong, labels)).item() / 2)
    logits = torch.zeros(3, 3, requires_grad=True)
    loss(logits, labels).backward()
    assert logits.grad is not None
    assert (logits.grad.diagonal() < 0).all()


@pytest.mark.parametrize("name", RECONSTRUCT)
def test_a_loss_of_pixels_is_a_mean_that_is_least_for_the_original(name: str) -> None:
    loss = build_loss(declared("loss", name), "reconstruct")
    originals = torch.rand(4, 1, 5, 5)
    near, far = originals + 0.1 * (0.5 - originals), 1 - originals
    assert 0 <= loss(originals, originals) < loss(near, originals) < loss(far, originals)
    parts = [loss(far[rows], originals[rows]).item() for rows in (slice(0, 2), slice(2, 4))]
    assert loss(far, originals).item() == pytest.approx(sum(parts) / 2)
    assert torch.isfinite(loss(torch.zeros(1, 1, 2, 2), torch.ones(1, 1, 2, 2))), "even of a pixel that is all wrong"


def test_every_loss_suits_something_and_each_goal_has_one_to_begin_with() -> None:
    assert {*CLASSIFY, *RECONSTRUCT} == set(LOSSES)
    assert {"cross_entropy", "nll", "mse", "multi_margin"} == set(CLASSIFY)
    assert {"mse", "binary_cross_entropy"} == set(RECONSTRUCT)


def test_mse_is_the_brier_score() -> None:
    loss = build_loss(declared("loss", "mse"), "classify")
    assert loss(torch.zeros(1, 4), torch.tensor([2])).item() == pytest.approx(0.75**2 + 3 * 0.25**2)


LOGITS, LABELS = 3 * torch.randn(20, 5, generator=torch.Generator().manual_seed(1)), torch.arange(20) % 5


def test_negative_log_likelihood_is_cross_entropy() -> None:
    nll, cross_entropy = (build_loss(declared("loss", name), "classify") for name in ("nll", "cross_entropy"))
    assert nll(LOGITS, LABELS).item() == pytest.approx(cross_entropy(LOGITS, LABELS).item(), rel=1e-6)


@pytest.mark.parametrize("margin", [0.5, 1.0, 3.0])
def test_the_margin_loss_is_torchs(margin: float) -> None:
    ours = build_loss(declared("loss", "multi_margin", margin=margin), "classify")
    theirs = F.multi_margin_loss(LOGITS, LABELS, margin=margin)
    assert ours(LOGITS, LABELS).item() == pytest.approx(theirs.item(), rel=1e-6)


@pytest.mark.parametrize(
    ("name", "goal", "words"),
    [
        ("cross_entropy", "reconstruct", ("'cross_entropy'", "gives pictures back", "mse, binary_cross_entropy")),
        ("binary_cross_entropy", "classify", ("'binary_cross_entropy'", "tells classes apart", "cross_entropy, nll")),
    ],
)
def test_a_loss_that_does_not_suit_is_named_with_those_that_do(name: str, goal: Goal, words: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError) as caught:
        build_loss(declared("loss", name), goal)
    for word in words:
        assert word in str(caught.value)


# Schedules

STEPS, EPOCHS = 1000, 20
JUMPS = {"step", "plateau"}


def schedule_of(name: str, **changes: Any) -> Schedule:
    return build_schedule(declared("scheduler", name, **changes))


def factors_of(schedule: Schedule) -> list[float]:
    return [schedule.factor(step / STEPS, step * EPOCHS // STEPS) for step in range(STEPS)]


@pytest.mark.parametrize("name", SCHEDULERS)
def test_a_schedule_is_a_factor_from_0_to_1_that_reaches_its_full_value(name: str) -> None:
    factors = factors_of(schedule_of(name))
    assert all(0 <= factor <= 1 for factor in factors)
    assert max(factors) == pytest.approx(1, abs=1e-6)
    if name not in JUMPS:
        assert max(abs(a - b) for a, b in pairwise(factors)) < 0.05


@pytest.mark.parametrize("name", SCHEDULERS)
def test_every_schedule_can_begin_with_a_warm_up(name: str) -> None:
    factors = factors_of(schedule_of(name, warmup=0.3))
    rising = factors[:300]
    assert factors[0] == pytest.approx(0.04)
    if name == "step":
        assert factors[50] == pytest.approx(schedule_of(name).factor(0.05, 1) * (0.04 + 0.96 * 0.05 / 0.3))
        return
    assert rising == sorted(rising)
    assert factors[300] == max(factors)
    if name in ("none", "cosine", "plateau"):
        climbs = [b - a for a, b in pairwise(rising)]
        assert max(climbs) == pytest.approx(min(climbs)), "in a straight line"


def test_without_a_schedule_the_rate_is_exactly_what_was_asked_for() -> None:
    assert set(factors_of(schedule_of("none"))) == {1.0}


@pytest.mark.parametrize("warmup", [0, 0.25, 0.9])
def test_one_cycle_rises_through_its_warm_up_and_then_falls_to_nearly_nothing(warmup: float) -> None:
    schedule = schedule_of("one_cycle", warmup=warmup)
    rising = [schedule.factor(warmup * share / 10, 0) for share in range(11)]
    falling = [schedule.factor(warmup + (1 - warmup) * share / 10, 0) for share in range(11)]
    assert rising == sorted(rising)
    assert falling == sorted(falling, reverse=True)
    assert falling[-1] < 0.001


def test_steps_fall_after_every_so_many_epochs() -> None:
    schedule = schedule_of("step", every=3, factor=0.5)
    assert [schedule.factor(0.5, epoch) for epoch in range(8)] == [1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25]


def test_cosine_is_half_way_down_in_the_middle_of_what_follows_the_warm_up() -> None:
    schedule = schedule_of("cosine", warmup=0.2)
    assert schedule.factor(0.6, 0) == pytest.approx(0.5)
    assert schedule.factor(1.0, 0) == pytest.approx(0)


def test_a_plateau_is_so_many_epochs_in_a_row_without_a_lower_loss() -> None:
    schedule = schedule_of("plateau", patience=2, factor=0.1)
    seen = []
    for loss in (1.0, 0.9, 0.95, 0.8, 0.8, 0.81, 0.7, 0.7, 0.7, 0.7, 0.7):
        schedule.note(loss)
        seen.append(round(schedule.factor(0.5, 0), 6))
    assert seen == [1, 1, 1, 1, 1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.001]


def test_a_plateau_goes_on_from_its_state() -> None:
    losses = [0.9, 0.8, 0.85, 0.9, 0.7, 0.7, 0.75, 0.6]
    whole, cut = schedule_of("plateau", patience=2), schedule_of("plateau", patience=2)
    for loss in losses[:3]:
        cut.note(loss)
    restored = schedule_of("plateau", patience=2)
    restored.restore(cut.state())
    for loss in losses:
        whole.note(loss)
    for loss in losses[3:]:
        restored.note(loss)
    assert restored.state() == whole.state()
    assert restored.factor(0.5, 0) == whole.factor(0.5, 0) < 1


# The average of the weights


def test_the_average_begins_short_and_grows_to_its_decay() -> None:
    model = nn.Linear(1, 1, bias=False)
    average = Average(model, 0.5)
    expected = math.nan
    for step in range(12):
        with torch.no_grad():
            model.weight.fill_(step**2)
        kept = min(0.5, (1 + step) / (10 + step))
        expected = step**2 if step == 0 else kept * expected + (1 - kept) * step**2
        average.update_parameters(model)
        assert average.module.weight.item() == pytest.approx(expected)


def test_what_batch_norm_has_seen_is_averaged_too_and_its_counter_copied() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)).train()
    average = Average(model, 0.9)
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


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_bends(name: str) -> None:
    bend = ACTIVATIONS[name]("x*tanh(log(1+exp(x)))")
    x = torch.linspace(-3, 3, 61)
    y = bend(x)
    assert y.shape == x.shape
    assert torch.isfinite(y).all()
    assert not torch.allclose(bend(2 * x), 2 * y, atol=1e-3) or name in ("relu", "leaky_relu")
    assert not torch.allclose(y[30:] - y[30], -(y[:31].flip(0) - y[30]), atol=1e-3) or name in ("tanh", "sigmoid")


def test_every_model_can_be_trained_with_every_optimizer() -> None:
    problems = {
        "pictures": Problem("pictures", (1, 28, 28), 10),
        "text": Problem("text", (12,), 5, 30),
        "points": Problem("points", (2,), 3),
    }
    for name, model in MODELS.items():
        with torch.device("meta"):
            network = build_model(declared("model", name), problems[model.reads[0]])
        groups = [
            group["params"] for group in build_optimizer(network, declared("optimizer", "muon"), CPU).param_groups
        ]
        assert sum(map(len, groups)) == len(list(network.parameters())), name


# Changes to a run that has begun


@pytest.mark.parametrize(
    "setting",
    [
        "training.precision=bf16",
        "training.clip_norm=1",
        "training.patience=3",
        "training.ema=0.9",
        "training.compile=true",
        "scheduler.name=cosine",
        "optimizer.momentum=0.4",
        "optimizer.eps=1e-6",
    ],
)
def test_what_its_weights_do_not_depend_on_may_change(setting: str) -> None:
    begun = with_settings(
        preset("simple_net"), ["optimizer.name=rmsprop", "optimizer.momentum=0.9", "training.ema=0.99"]
    )
    assert resumed_with(begun, [setting]) == with_settings(begun, [setting]) != begun


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("training.ema=0.9", "training.ema = 0.9 cannot be: a run that has begun with 0 may change it"),
        ("optimizer.momentum=0.9", "optimizer.momentum = 0.9 cannot be"),
        ("loss.name=nll", "loss.name cannot change"),
    ],
)
def test_what_a_begun_run_would_lack_the_state_for_is_refused(setting: str, words: str) -> None:
    begun = with_settings(preset("simple_net"), ["optimizer.name=rmsprop"])
    with pytest.raises(ConfigError, match=words):
        resumed_with(begun, [setting])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_optimizer_of_a_begun_run_may_get_every_other_setting(name: str) -> None:
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


# What can be trained at all


def test_a_config_that_cannot_run_with_its_data_is_refused_before_it_does() -> None:
    check(preset("simple_net"), DATASETS["mnist_sample"])
    cases = {
        "model.name=autoencoder": "gives pictures back",
        "model.name=text_rnn": "reads text",
        "training.device=mps": "not on this machine",
    }
    for setting, words in cases.items():
        with pytest.raises(BadInput, match=words):
            check(with_settings(preset("simple_net"), [setting]), DATASETS["mnist_sample"])
    one_by_one = with_settings(preset("simple_net"), ["model.name=mlp", "model.norm=batch", "training.batch_size=1"])
    with pytest.raises(ConfigError, match="single sample"):
        check(one_by_one, DATASETS["mnist_sample"])


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_can_run_with_its_data(name: str) -> None:
    config = preset(name)
    check(config, DATASETS[config.data.name])
