"""Pixel scalings: which numbers black and white become, and how people write them."""

import pytest
import torch

from nn_core.data import DATASETS
from nn_core.data.scaling import SCALINGS, Scaling, apply_scaling, describe_scaling, list_scalings, parse_scaling
from nn_core.data.transforms import normalize
from nn_core.errors import BadInput

BLACK_AND_WHITE: dict[Scaling, tuple[float, float]] = {
    "mean-std": (-0.1307 / 0.3081, 0.8693 / 0.3081),
    "mnist": (-0.1307 / 0.3081, 0.8693 / 0.3081),
    "imagenet": (-0.449 / 0.226, 0.551 / 0.226),
    "0-1": (0, 1),
    "-1-1": (-1, 1),
    "0-255": (0, 255),
    "0-16": (0, 16),
    "mean-std-inverted": (0.8693 / 0.3081, -0.1307 / 0.3081),
    "mean-std-negated": (0.1307 / 0.3081, -0.8693 / 0.3081),
    "mnist-inverted": (0.8693 / 0.3081, -0.1307 / 0.3081),
    "imagenet-inverted": (0.551 / 0.226, -0.449 / 0.226),
    "0-1-inverted": (1, 0),
    "-1-1-inverted": (1, -1),
    "0-255-inverted": (255, 0),
}


@pytest.mark.parametrize("scaling", SCALINGS)
def test_a_scaling_gives_black_and_white_the_stated_numbers(scaling: Scaling) -> None:
    pixels = torch.tensor([0, 255], dtype=torch.uint8).view(1, 1, 1, 2)
    scaled = normalize(pixels, apply_scaling(DATASETS["mnist"], scaling)).flatten()
    assert torch.allclose(scaled, torch.tensor(BLACK_AND_WHITE[scaling], dtype=torch.float32), atol=1e-5)
    assert describe_scaling(scaling)


def test_every_channel_of_a_colour_has_its_own_numbers() -> None:
    white = torch.full((1, 3, 1, 1), 255, dtype=torch.uint8)
    scaled = normalize(white, apply_scaling(DATASETS["cifar10"], "imagenet")).flatten()
    expected = [(1 - mean) / std for mean, std in zip((0.485, 0.456, 0.406), (0.229, 0.224, 0.225), strict=True)]
    assert torch.allclose(scaled, torch.tensor(expected), atol=1e-5)
    assert torch.allclose(normalize(white, apply_scaling(DATASETS["cifar10"], "0-1-inverted")), torch.zeros(1))


def test_the_usual_scalings_depend_on_the_data() -> None:
    assert "mnist" not in list_scalings(DATASETS["mnist"]), "the same as mean-std"
    assert {"mean-std", "mnist", "0-1", "-1-1", "0-255", "0-1-inverted"} <= set(
        list_scalings(DATASETS["fashion_mnist"])
    )
    assert "imagenet" in list_scalings(DATASETS["cifar10"])
    assert "mnist" not in list_scalings(DATASETS["cifar10"])
    assert "0-16" in list_scalings(DATASETS["digits_8x8"])
    assert list_scalings(DATASETS["surnames"]) == list_scalings(DATASETS["moons"]) == []
    assert apply_scaling(DATASETS["moons"], "0-255") is DATASETS["moons"]
    assert apply_scaling(DATASETS["mnist"], "mean-std") is DATASETS["mnist"]


@pytest.mark.parametrize(
    ("text", "scaling"),
    [
        *((name, name) for name in SCALINGS),
        ("0–1", "0-1"),
        ("−1–1", "-1-1"),
        ("[-1, 1]", "-1-1"),
        ("-1..1", "-1-1"),
        ("-1 to 1", "-1-1"),
        ("0 255", "0-255"),
        ("0 – 255", "0-255"),
        ("Mean/Std", "mean-std"),
        ("MNIST mean/std", "mnist"),
        ("inverted 0-1", "0-1-inverted"),
        ("mean_std inverted", "mean-std-inverted"),
        ("raw", "0-255"),
    ],
)
def test_a_scaling_is_read_as_people_write_it(text: str, scaling: str) -> None:
    assert parse_scaling(text) == scaling


def test_an_unknown_scaling_is_refused_with_the_names() -> None:
    with pytest.raises(BadInput, match=r"Unknown scaling '0-100'\. .*Choose one of: .*0-255"):
        parse_scaling("0-100")
