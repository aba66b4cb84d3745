"""One contract for every registered network: a new entry is tested by being there."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from nn_core.config import RunConfig
from nn_core.data import DATASETS, Dataset
from nn_core.data.prepare import as_network_sees
from nn_core.models import MODELS, build_model, count_parameters
from nn_core.problem import Problem
from nn_core.settings import Section, alternatives


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
