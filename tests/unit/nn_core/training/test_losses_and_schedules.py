"""The contract of each loss, schedule and activation, their differences, and which configs can be trained."""

from itertools import pairwise
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from declared_settings import declared

from nn_core.config import PRESETS, apply_settings, get_preset
from nn_core.config.overrides import apply_resume_settings
from nn_core.data import DATASETS, AugmentationSettings
from nn_core.data.transforms import augment_batch, to_unit_float
from nn_core.errors import BadInput, ConfigError
from nn_core.models import ACTIVATIONS
from nn_core.models.activations import ActivationSettings, make_activation_factory
from nn_core.task import Goal
from nn_core.training import LOSSES, SCHEDULERS, check_trainable
from nn_core.training.losses import build_loss, list_losses
from nn_core.training.schedules import Schedule, build_schedule

# Losses

CLASSIFY, RECONSTRUCT = list_losses("classify"), list_losses("reconstruct")


@pytest.mark.parametrize("name", CLASSIFY)
def test_a_loss_is_a_mean_lower_for_the_right_answer_and_differentiable(name: str) -> None:
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
def test_a_pixel_loss_is_a_mean_and_minimal_for_the_original(name: str) -> None:
    loss = build_loss(declared("loss", name), "reconstruct")
    originals = torch.rand(4, 1, 5, 5)
    near, far = originals + 0.1 * (0.5 - originals), 1 - originals
    assert 0 <= loss(originals, originals) < loss(near, originals) < loss(far, originals)
    parts = [loss(far[rows], originals[rows]).item() for rows in (slice(0, 2), slice(2, 4))]
    assert loss(far, originals).item() == pytest.approx(sum(parts) / 2)
    assert torch.isfinite(loss(torch.zeros(1, 1, 2, 2), torch.ones(1, 1, 2, 2))), "even of a pixel that is all wrong"


@pytest.mark.parametrize("name", RECONSTRUCT)
def test_a_pixel_loss_takes_pictures_that_were_shifted(name: str) -> None:
    """Interpolation of white pixels gives slightly more than white."""
    white = torch.full((64, 1, 28, 28), 255, dtype=torch.uint8)
    pixels = to_unit_float(augment_batch(white, AugmentationSettings(rotate=10, shift=2)))
    assert pixels.max() > 1, "else this test shows nothing"
    assert torch.isfinite(build_loss(declared("loss", name), "reconstruct")(torch.full_like(pixels, 0.5), pixels))


def test_losses_are_registered_per_task() -> None:
    assert {*CLASSIFY, *RECONSTRUCT, *list_losses("regress")} == set(LOSSES)
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
def test_the_margin_loss_equals_that_of_torch(margin: float) -> None:
    ours = build_loss(declared("loss", "multi_margin", margin=margin), "classify")
    theirs = F.multi_margin_loss(LOGITS, LABELS, margin=margin)
    assert ours(LOGITS, LABELS).item() == pytest.approx(theirs.item(), rel=1e-6)


@pytest.mark.parametrize(
    ("name", "goal", "words"),
    [
        ("cross_entropy", "reconstruct", ("'cross_entropy'", "reconstructs pictures", "mse, binary_cross_entropy")),
        (
            "binary_cross_entropy",
            "classify",
            ("'binary_cross_entropy'", "this network classifies", "cross_entropy, nll"),
        ),
    ],
)
def test_an_unsuitable_loss_is_reported_with_suitable_ones(name: str, goal: Goal, words: tuple[str, ...]) -> None:
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
    return [schedule.get_factor(step / STEPS, step * EPOCHS // STEPS) for step in range(STEPS)]


@pytest.mark.parametrize("name", SCHEDULERS)
def test_a_schedule_is_a_factor_from_0_to_1_that_reaches_1(name: str) -> None:
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
        assert factors[50] == pytest.approx(schedule_of(name).get_factor(0.05, 1) * (0.04 + 0.96 * 0.05 / 0.3))
        return
    assert rising == sorted(rising)
    assert factors[300] == max(factors)
    if name in ("none", "cosine", "plateau"):
        climbs = [b - a for a, b in pairwise(rising)]
        assert max(climbs) == pytest.approx(min(climbs)), "in a straight line"


def test_without_a_schedule_the_rate_is_constant() -> None:
    assert set(factors_of(schedule_of("none"))) == {1.0}


@pytest.mark.parametrize("warmup", [0, 0.25, 0.9])
def test_one_cycle_rises_in_its_warm_up_and_falls_to_almost_zero(warmup: float) -> None:
    schedule = schedule_of("one_cycle", warmup=warmup)
    rising = [schedule.get_factor(warmup * share / 10, 0) for share in range(11)]
    falling = [schedule.get_factor(warmup + (1 - warmup) * share / 10, 0) for share in range(11)]
    assert rising == sorted(rising)
    assert falling == sorted(falling, reverse=True)
    assert falling[-1] < 0.001


def test_the_step_schedule_falls_every_n_epochs() -> None:
    schedule = schedule_of("step", every=3, factor=0.5)
    assert [schedule.get_factor(0.5, epoch) for epoch in range(8)] == [1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25]


def test_cosine_is_at_half_in_the_middle_after_the_warm_up() -> None:
    schedule = schedule_of("cosine", warmup=0.2)
    assert schedule.get_factor(0.6, 0) == pytest.approx(0.5)
    assert schedule.get_factor(1.0, 0) == pytest.approx(0)


def test_plateau_reduces_the_rate_after_n_epochs_without_a_lower_loss() -> None:
    schedule = schedule_of("plateau", patience=2, factor=0.1)
    seen = []
    for loss in (1.0, 0.9, 0.95, 0.8, 0.8, 0.81, 0.7, 0.7, 0.7, 0.7, 0.7):
        schedule.record_loss(loss)
        seen.append(round(schedule.get_factor(0.5, 0), 6))
    assert seen == [1, 1, 1, 1, 1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.001]


def test_plateau_resumes_from_its_state() -> None:
    losses = [0.9, 0.8, 0.85, 0.9, 0.7, 0.7, 0.75, 0.6]
    whole, cut = schedule_of("plateau", patience=2), schedule_of("plateau", patience=2)
    for loss in losses[:3]:
        cut.record_loss(loss)
    restored = schedule_of("plateau", patience=2)
    restored.restore(cut.get_state())
    for loss in losses:
        whole.record_loss(loss)
    for loss in losses[3:]:
        restored.record_loss(loss)
    assert restored.get_state() == whole.get_state()
    assert restored.get_factor(0.5, 0) == whole.get_factor(0.5, 0) < 1


# Activations


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_is_nonlinear(name: str) -> None:
    bend = make_activation_factory(ActivationSettings(activation=name))()
    x = torch.linspace(-3, 3, 61)
    y = bend(x)
    assert y.shape == x.shape
    assert torch.isfinite(y).all()
    assert not torch.allclose(bend(2 * x), 2 * y, atol=1e-3) or name in ("relu", "leaky_relu")
    assert not torch.allclose(y[30:] - y[30], -(y[:31].flip(0) - y[30]), atol=1e-3) or name in ("tanh", "sigmoid")


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
def test_settings_that_weights_do_not_depend_on_may_change(setting: str) -> None:
    begun = apply_settings(
        get_preset("simple_net"), ["optimizer.name=rmsprop", "optimizer.momentum=0.9", "training.ema=0.99"]
    )
    assert apply_resume_settings(begun, [setting]) == apply_settings(begun, [setting]) != begun


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("training.ema=0.9", "training.ema = 0.9 is not possible: a run that has started with 0 can change"),
        ("optimizer.momentum=0.9", "optimizer.momentum = 0.9 is not possible"),
        ("loss.name=nll", "loss.name cannot be changed"),
        ("loss.class_weights=balanced", "loss.class_weights cannot be changed"),
        ("data.train_examples=100", "data cannot be changed"),
    ],
)
def test_changes_without_saved_state_are_refused(setting: str, words: str) -> None:
    begun = apply_settings(get_preset("simple_net"), ["optimizer.name=rmsprop"])
    with pytest.raises(ConfigError, match=words):
        apply_resume_settings(begun, [setting])


# What can be trained at all


def test_a_config_that_does_not_fit_its_data_is_refused() -> None:
    check_trainable(get_preset("simple_net"), DATASETS["mnist_sample"])
    cases = {
        "model.name=autoencoder": "reconstructs pictures",
        "model.name=text_rnn": "is for text",
        "training.device=mps": "is not available on this machine",
    }
    for setting, words in cases.items():
        with pytest.raises(BadInput, match=words):
            check_trainable(apply_settings(get_preset("simple_net"), [setting]), DATASETS["mnist_sample"])
    one_by_one = apply_settings(
        get_preset("simple_net"), ["model.name=mlp", "model.norm=batch", "training.batch_size=1"]
    )
    with pytest.raises(ConfigError, match="single sample"):
        check_trainable(one_by_one, DATASETS["mnist_sample"])


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_can_run_with_its_data(name: str) -> None:
    config = get_preset(name)
    check_trainable(config, DATASETS[config.data.name])
