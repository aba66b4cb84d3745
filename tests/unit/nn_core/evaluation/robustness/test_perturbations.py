"""Every perturbation keeps the contract, and does what its name says."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from nn_core.data import Dataset, DatasetSpec, DataSettings, find_dataset, load_dataset
from nn_core.data.encode_text import decode, encode
from nn_core.evaluation.robustness import PERTURBATIONS, Perturbation, list_perturbations

ROWS = [3, 14, 159]


def find_inputs(perturbation: Perturbation, sample: Dataset, folder: Path) -> tuple[Tensor, DatasetSpec]:
    if perturbation.can_apply(sample.spec):
        return sample.test.inputs[ROWS], sample.spec
    for name in ("surnames", "moons"):
        data = load_dataset(DataSettings(name=name), folder)
        if perturbation.can_apply(data.spec):
            return data.test.inputs[ROWS], data.spec
    raise AssertionError(f"no data for {perturbation.name}")


@pytest.mark.parametrize("perturbation", PERTURBATIONS.values(), ids=PERTURBATIONS)
def test_the_contract_of_every_perturbation(perturbation: Perturbation, sample: Dataset, tmp_path: Path) -> None:
    assert PERTURBATIONS[perturbation.name] is perturbation
    assert perturbation.title
    assert perturbation.about.endswith(".")
    assert perturbation.axis
    assert list(perturbation.levels) == sorted(set(perturbation.levels))
    assert 0 in perturbation.levels
    inputs, spec = find_inputs(perturbation, sample, tmp_path)
    untouched = inputs.clone()
    assert perturbation.disturb(inputs, 0, ROWS, spec) is inputs, "level 0 changes nothing"
    for level in perturbation.levels:
        disturbed = perturbation.disturb(inputs, level, ROWS, spec)
        assert (disturbed.shape, disturbed.dtype) == (inputs.shape, inputs.dtype)
        assert torch.equal(disturbed, perturbation.disturb(inputs, level, ROWS, spec)), "the same each time"
        alone = perturbation.disturb(inputs[1:2], level, ROWS[1:2], spec)
        assert torch.allclose(alone.float(), disturbed[1:2].float(), atol=1), "whichever others are with it"
    assert torch.equal(inputs, untouched), "the test data stays as it is"
    strongest = perturbation.disturb(inputs, perturbation.levels[-1], ROWS, spec)
    assert not torch.equal(strongest, inputs)


@pytest.mark.parametrize("name", ["rotation", "shift", "noise", "typos", "measurement"])
def test_another_seed_disturbs_differently(name: str, sample: Dataset, tmp_path: Path) -> None:
    perturbation = PERTURBATIONS[name]
    inputs, spec = find_inputs(perturbation, sample, tmp_path)
    level = perturbation.levels[3]
    seeds = [perturbation.disturb(inputs, level, ROWS, spec, seed) for seed in range(3)]
    assert any(not torch.equal(seeds[0], other) for other in seeds[1:])


def test_each_kind_of_data_gets_what_suits_it(sample: Dataset) -> None:
    names = {
        data: {each.name for each in list_perturbations(find_dataset(data, Path("unused")))}
        for data in ("surnames", "moons", "cifar10")
    }
    assert names["surnames"] == {"typos"}
    assert names["moons"] == {"measurement"}
    assert "rotation" in names["cifar10"]
    assert "stroke" not in names["cifar10"], "photos have no strokes"
    assert "stroke" in {each.name for each in list_perturbations(sample.spec)}


def line(sample: Dataset) -> Tensor:
    """A vertical stroke of four pixels in the middle."""
    picture = torch.zeros(1, 1, 28, 28, dtype=torch.uint8)
    picture[..., 4:24, 12:16] = 255
    return picture


def disturb(name: str, picture: Tensor, level: float, sample: Dataset) -> Tensor:
    return PERTURBATIONS[name].disturb(picture, level, [0], sample.spec)


def test_pictures_are_changed_by_as_much_as_the_level_says(sample: Dataset) -> None:
    picture = line(sample)
    turned = disturb("rotation", picture, 90, sample)
    assert turned[0, 0, 12:16, 5:23].min() == 255
    assert turned[0, 0, :11].max() == 0
    for level, width in ((2, 6), (-2, 2)):
        row = disturb("stroke", picture, level, sample)[0, 0, 14].float() / 255
        assert row.sum().item() == pytest.approx(width, abs=0.3)
    larger = disturb("scale", picture, 50, sample)[0, 0, 14].float() / 255
    assert larger.sum().item() == pytest.approx(6, abs=0.3)
    moved = disturb("shift", picture, 10, sample)[0, 0].float()
    places = torch.arange(28.0)
    across = (moved.sum(0) @ places) / moved.sum() - 13.5
    down = (moved.sum(1) @ places) / moved.sum() - 13.5
    assert (across**2 + down**2).sqrt().item() == pytest.approx(2.8, abs=0.1)
    faint = disturb("contrast", picture, 80, sample)
    assert int(faint.max()) - int(faint.min()) == pytest.approx(51, abs=1)
    blurred = disturb("blur", picture, 2, sample).float()
    assert blurred.sum().item() == pytest.approx(picture.float().sum().item(), rel=0.02)
    assert 0 < blurred[0, 0, 14, 8] < blurred[0, 0, 14, 13] < 255
    grey = torch.full((1, 1, 28, 28), 128, dtype=torch.uint8)
    assert disturb("noise", grey, 10, sample).float().std().item() == pytest.approx(25.5, rel=0.1)


def test_typing_errors_change_about_as_many_places_as_the_level_says(tmp_path: Path) -> None:
    data = load_dataset(DataSettings(name="surnames"), tmp_path)
    alphabet, length = data.spec.alphabet, data.spec.shape[0]
    words = ["mustermann", "o", "", "x" * length]
    inputs = encode(words, alphabet, length)
    typos = PERTURBATIONS["typos"]
    for row in range(30):
        once = decode(typos.disturb(inputs, 1, [row] * 4, data.spec), alphabet)
        assert abs(len(once[0]) - len(words[0])) <= 1
        assert once[1]
        assert once[2], "a letter is added to an empty text"
        assert all(len(text) <= length for text in once)
    many = decode(typos.disturb(inputs, 8, [1] * 4, data.spec), alphabet)
    assert many[0] != words[0]
