"""The input of the network: normalised images with random augmentation during training."""

import pytest
import torch
from torch import Tensor

from nn_core.data import AugmentationSettings, Dataset
from nn_core.data.transforms import augment_batch, normalize


def dots(count: int, *, x: float = 13.5, y: float = 13.5) -> Tensor:
    """Black pictures with one bright round spot at (x, y)."""
    row, column = torch.meshgrid(torch.arange(28.0), torch.arange(28.0), indexing="ij")
    spot = 255 * torch.exp(-((column - x).square() + (row - y).square()) / 4)
    return spot.to(torch.uint8).repeat(count, 1, 1, 1)


def centres(pictures: Tensor) -> Tensor:
    """[count, 2]: the centre of mass of each, (x, y)."""
    mass = pictures.sum(dim=(1, 2, 3))
    places = torch.arange(28.0)
    return torch.stack([(pictures.sum(dim=(1, 2)) @ places) / mass, (pictures.sum(dim=(1, 3)) @ places) / mass], dim=1)


def test_normalised_images_have_mean_0_and_deviation_1(sample: Dataset) -> None:
    seen = normalize(sample.train.inputs, sample.spec)
    assert seen.dtype == torch.float32
    assert seen.mean().abs() < 0.02
    assert (seen.std() - 1).abs() < 0.02


def test_bytes_and_floats_are_normalised_equally_and_not_modified(sample: Dataset) -> None:
    pictures = sample.train.inputs[:10]
    before = pictures.clone()
    as_floats = pictures.float()
    assert torch.allclose(normalize(pictures, sample.spec), normalize(as_floats.clone(), sample.spec))
    assert torch.equal(pictures, before)
    black, white = normalize(torch.tensor([[[[0, 255]]]], dtype=torch.uint8), sample.spec).flatten().tolist()
    assert black == pytest.approx(-sample.spec.mean[0] / sample.spec.std[0], abs=1e-5)
    assert white == pytest.approx((1 - sample.spec.mean[0]) / sample.spec.std[0], abs=1e-5)


def test_without_augmentation_images_are_unchanged(sample: Dataset) -> None:
    settings = AugmentationSettings()
    assert not settings.is_active
    pictures = sample.train.inputs[:50]
    assert (augment_batch(pictures, settings) - pictures).abs().max() < 0.5


@pytest.mark.parametrize("setting", ["rotate", "shift", "scale", "shear", "elastic", "erase", "noise"])
def test_each_augmentation_setting_works_alone_and_varies_per_image(setting: str, sample: Dataset) -> None:
    settings = AugmentationSettings(**{setting: 0.3 if setting in ("scale", "erase", "noise") else 4})
    assert settings.is_active
    changed = augment_batch(sample.train.inputs[:1].repeat(20, 1, 1, 1), settings)
    assert changed.shape == (20, 1, 28, 28)
    assert changed.min() >= 0
    assert changed.max() <= 255.5
    different = {picture.numpy().tobytes() for picture in changed.round()}
    assert len(different) >= 18


def test_augmentation_depends_only_on_the_random_state(sample: Dataset) -> None:
    settings = AugmentationSettings(rotate=10, shift=2, scale=0.1, shear=5)
    torch.manual_seed(1)
    first = augment_batch(sample.train.inputs[:5], settings)
    second = augment_batch(sample.train.inputs[:5], settings)
    torch.manual_seed(1)
    assert torch.equal(augment_batch(sample.train.inputs[:5], settings), first)
    assert not torch.equal(second, first)


def test_a_shift_moves_up_to_n_pixels_in_every_direction() -> None:
    moved = centres(augment_batch(dots(2000), AugmentationSettings(shift=4))) - 13.5
    assert moved.abs().max() <= 4.05
    assert (moved.amax(dim=0) > 3.5).all()
    assert (moved.amin(dim=0) < -3.5).all()
    assert moved.mean(dim=0).abs().max() < 0.3


def test_a_rotation_is_about_the_centre_and_up_to_the_angle() -> None:
    offset = centres(augment_batch(dots(2000, x=21.5), AugmentationSettings(rotate=30))) - 13.5
    assert (offset.norm(dim=1) - 8).abs().max() < 0.2
    angle = torch.rad2deg(torch.atan2(offset[:, 1], offset[:, 0]))
    assert 28 < angle.max() <= 31
    assert -31 <= angle.min() < -28


def test_a_scale_enlarges_and_shrinks_up_to_its_limit() -> None:
    reach = (centres(augment_batch(dots(2000, x=19.5), AugmentationSettings(scale=0.25))) - 13.5)[:, 0] / 6
    assert 1.2 < reach.max() <= 1.4
    assert 0.7 <= reach.min() < 0.85


def test_a_slant_goes_both_ways_around_the_centre() -> None:
    settings = AugmentationSettings(shear=20)
    leaning = (centres(augment_batch(dots(2000, y=5.5), settings)) - 13.5)[:, 0]
    reach = 8 * torch.tan(torch.deg2rad(torch.tensor(20.0))).item()
    assert 0.85 * reach < leaning.max() <= 1.05 * reach
    assert -1.05 * reach <= leaning.min() < -0.85 * reach
    middle = centres(augment_batch(dots(200, x=20), settings)) - centres(dots(1, x=20).float())
    assert middle.abs().max() < 0.3


def test_augmentation_fills_with_black() -> None:
    white = torch.full((50, 1, 28, 28), 255, dtype=torch.uint8)
    corners = augment_batch(white, AugmentationSettings(rotate=45))[:, 0, 0, 0]
    assert corners.min() < 1


def test_a_rotated_photo_has_no_black_edges() -> None:
    white = torch.full((50, 3, 32, 32), 255, dtype=torch.uint8)
    assert augment_batch(white, AugmentationSettings(rotate=45, shift=8), is_line_drawing=False).min() > 254


def test_elastic_distortion_is_smooth_and_bounded() -> None:
    settings = AugmentationSettings(elastic=2)
    moved = centres(augment_batch(dots(2000), settings)) - 13.5
    assert 1.2 < moved.abs().max() <= 2.5
    assert moved.mean(dim=0).abs().max() < 0.3
    ramp = torch.arange(28.0).mul(9).expand(100, 1, 28, 28)
    inner = augment_batch(ramp, settings)[:, :, 6:-6, 6:-6]
    assert inner.diff(dim=3).min() > 0  # it never folds over
    assert inner.diff(dim=3).std() > 0.5


def test_erase_covers_one_rectangle_up_to_its_share() -> None:
    white = torch.full((500, 1, 28, 28), 255, dtype=torch.uint8)
    black = augment_batch(white, AugmentationSettings(erase=0.25)) == 0
    shares = black.float().mean(dim=(1, 2, 3))
    assert 0.2 < shares.max() <= 0.28
    assert shares.min() < 0.02
    rows, columns = black.any(dim=3).sum(dim=2), black.any(dim=2).sum(dim=2)
    assert torch.equal(black.sum(dim=(1, 2, 3)), (rows * columns).squeeze(1))
    reached = black.any(dim=0)[0]
    assert reached[2:-2, 2:-2].all()


def test_noise_has_the_given_strength_and_stays_in_range() -> None:
    grey = torch.full((20, 1, 28, 28), 128, dtype=torch.uint8)
    grain = augment_batch(grey, AugmentationSettings(noise=0.1)) - 128
    assert grain.std().item() == pytest.approx(25.5, rel=0.05)
    assert abs(grain.mean().item()) < 1
    loud = augment_batch(grey, AugmentationSettings(noise=0.5))
    assert loud.min() == 0
    assert loud.max() == 255


def test_flip_mirrors_its_share_of_images() -> None:
    left = dots(2000, x=8)
    changed = augment_batch(left, AugmentationSettings(flip=0.25))
    mirrored = changed[:, 0, :, 19].sum(dim=1) > changed[:, 0, :, 8].sum(dim=1)
    assert mirrored.float().mean().item() == pytest.approx(0.25, abs=0.04)
    assert torch.allclose(changed[mirrored], left[:1].float().flip(3).expand(int(mirrored.sum()), -1, -1, -1), atol=0.5)
    assert torch.allclose(changed[~mirrored], left[:1].float().expand(int((~mirrored).sum()), -1, -1, -1), atol=0.5)
