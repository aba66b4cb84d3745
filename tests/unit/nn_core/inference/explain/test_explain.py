"""The inside of a network: attention, latent numbers, first-layer patterns, and letters that matter."""

from pathlib import Path

import pytest
import torch
from untrained_runs import untrained_run

from nn_core.data import DataSettings, load_dataset
from nn_core.data.encode_text import encode as encode_text
from nn_core.drawings import Drawing
from nn_core.errors import BadInput
from nn_core.evaluation import evaluate_run
from nn_core.inference import (
    LatentPlane,
    TrainedNetwork,
    compute_attention,
    compute_letter_attention,
    compute_letter_influence,
    decode,
    encode,
    get_first_patterns,
    get_read_letters,
    has_attention,
    interpolate,
    load_network,
    predict_drawing,
    predict_picture,
    predict_stored,
    predict_text,
)
from nn_core.models.parts import SelfAttention
from nn_core.paths import get_data_folder

ONE = Drawing(280, 18, (((140.0, 50.0), (140.0, 230.0)),))


def network_of(root: Path, preset: str, *settings: str) -> TrainedNetwork:
    return load_network(untrained_run(root, preset, *settings), get_data_folder())


@pytest.fixture(scope="module")
def pictures() -> torch.Tensor:
    return load_dataset(DataSettings(name="mnist_sample"), get_data_folder()).test.inputs


def test_attention_over_pictures_is_a_grid_of_shares(tmp_path: Path, pictures: torch.Tensor) -> None:
    network = network_of(tmp_path, "attention", "model.patch=7", "model.depth=3")
    looked = compute_attention(network, pictures[:5])
    assert looked.shape == (5, 3, 4, 4, 4)  # pictures, blocks, heads, rows, columns
    torch.testing.assert_close(looked.sum(dim=(3, 4)), torch.ones(5, 3, 4))
    assert looked.min() >= 0
    assert not torch.allclose(looked[0], looked[1]), "another picture is looked at in another way"


def test_attention_equals_that_of_the_forward_pass(tmp_path: Path, pictures: torch.Tensor) -> None:
    """The weights that are shown, applied to the values, give what `forward` gave."""
    network = network_of(tmp_path, "attention")
    module = next(part for part in network.model.modules() if isinstance(part, SelfAttention))
    seen: list[tuple[torch.Tensor, torch.Tensor]] = []
    hook = module.register_forward_hook(lambda _module, given, output: seen.append((given[0], output)))
    network.compute_outputs(pictures[:3])
    hook.remove()
    (tokens, output) = seen[0]
    with torch.inference_mode():
        weights = module.weights(tokens)
        values = module.split(tokens)[2]
        again = module.together((weights @ values).transpose(1, 2).flatten(2))
        torch.testing.assert_close(again, output, atol=1e-5, rtol=1e-4)
        shown = compute_attention(network, pictures[:3])[:, 0].flatten(2)
        of_gatherer = weights[:, :, 0, 1:]
        torch.testing.assert_close(shown, of_gatherer / of_gatherer.sum(dim=-1, keepdim=True))


def test_attention_over_letters_excludes_padding(tmp_path: Path) -> None:
    network = network_of(tmp_path, "text_attention")
    assert has_attention(network)
    looked = compute_letter_attention(network, "  Kowalski ")
    assert looked.shape == (2, 4, 8)
    torch.testing.assert_close(looked.sum(dim=2), torch.ones(2, 4))
    whole = compute_attention(network, encode_text(["Kowalski", ""], network.spec.alphabet, network.spec.shape[0]))
    assert whole.shape == (2, 2, 4, 16)
    assert whole[0, :, :, 8:].abs().max() == 0
    assert whole[1].abs().max() == 0, "an empty text has nothing to look at"


def test_letters_are_cut_to_the_length_of_the_network(tmp_path: Path) -> None:
    network = network_of(tmp_path, "text_cnn")
    assert get_read_letters(network, " O'Brien\n") == "O'Brien"
    assert get_read_letters(network, "x" * 100) == "x" * 16
    assert get_read_letters(network, "Nu\N{COMBINING TILDE}ez") == "N\u0169ez"
    assert len(get_read_letters(network, "İzmir")) == len("İzmir".lower())


def test_leaving_out_a_letter_equals_the_prediction_without_it(tmp_path: Path) -> None:
    network = network_of(tmp_path, "text_rnn")
    influence = compute_letter_influence(network, "Kowalski")
    with_all, without = predict_text(network, "Kowalski"), predict_text(network, "Kowalsk")
    assert with_all
    assert without
    assert len(influence) == 8
    change = with_all.probabilities[with_all.label] - without.probabilities[with_all.label]
    assert influence[-1] == pytest.approx(change, abs=1e-6)
    assert compute_letter_influence(network, "x") != [0.0], (
        "without its only letter a text is empty, and that is read too"
    )


@pytest.mark.parametrize("style", ["dense", "convolutional"])
def test_images_are_encoded_and_latent_numbers_decoded(tmp_path: Path, pictures: torch.Tensor, style: str) -> None:
    network = network_of(tmp_path, "autoencoder", "model.latent=3", f"model.style={style}")
    numbers = encode(network, pictures[:4])
    made = decode(network, numbers)
    assert numbers.shape == (4, 3)
    assert (made.shape, made.dtype) == ((4, 1, 28, 28), torch.uint8)
    torch.testing.assert_close(made.float() / 255, network.compute_outputs(pictures[:4]), atol=0.003, rtol=0)


def test_the_map_of_two_latent_numbers_shows_them_directly() -> None:
    numbers = torch.randn(50, 2)
    plane = LatentPlane.fit(numbers)
    torch.testing.assert_close(plane.project(numbers), numbers)
    assert plane.explained_variance == 1


def test_the_map_of_more_latent_numbers_uses_principal_components() -> None:
    flat = torch.randn(200, 2) * torch.tensor([5.0, 2.0])
    directions = torch.linalg.qr(torch.randn(6, 6)).Q[:2]
    numbers = 3 + flat @ directions + 0.01 * torch.randn(200, 6)
    plane = LatentPlane.fit(numbers)
    assert 0.999 < plane.explained_variance < 1
    torch.testing.assert_close(plane.directions @ plane.directions.T, torch.eye(2), atol=1e-5, rtol=0)
    places = plane.project(numbers)
    assert places[:, 0].std() > places[:, 1].std() > 1
    torch.testing.assert_close(plane.unproject(places), numbers, atol=0.1, rtol=0)


def test_a_path_has_equal_steps() -> None:
    path = interpolate(torch.tensor([0.0, 1.0]), torch.tensor([4.0, -1.0]), 5)
    torch.testing.assert_close(path, torch.tensor([[0, 1], [1, 0.5], [2, 0], [3, -0.5], [4, -1.0]]))


def test_patterns_of_the_first_layer(tmp_path: Path, pictures: torch.Tensor) -> None:
    neurons = network_of(tmp_path, "simple_net")
    first = get_first_patterns(neurons)
    assert first is not None
    assert first.shape == (128, 1, 28, 28)
    of_recurrent = get_first_patterns(network_of(tmp_path, "rnn"))
    assert of_recurrent is None
    assert get_first_patterns(network_of(tmp_path, "plane")) is None, "weights over a plane are no picture"

    convolutional = network_of(tmp_path, "cnn")
    kernels = get_first_patterns(convolutional)
    assert kernels is not None
    assert kernels.shape == (32, 1, 3, 3)


def test_a_stored_sample_is_read_as_any_input(tmp_path: Path, pictures: torch.Tensor) -> None:
    network = network_of(tmp_path, "quick")
    prediction = predict_stored(network, pictures[3])
    expected = network.compute_outputs(pictures[3:4]).softmax(dim=1)[0]
    assert list(prediction.probabilities.values()) == pytest.approx(expected.tolist())
    assert prediction.picture is not None
    assert (prediction.picture == pictures[3].numpy()).all()


def test_each_kind_of_network_refuses_other_inputs_with_a_message(tmp_path: Path) -> None:
    names, digits = network_of(tmp_path, "text_cnn"), network_of(tmp_path, "quick")
    painter, plane = network_of(tmp_path, "autoencoder"), network_of(tmp_path, "plane")
    with pytest.raises(BadInput, match=r"trained on surnames .* Choose a run"):
        predict_drawing(names, ONE)
    with pytest.raises(BadInput, match=r"trained on surnames"):
        predict_picture(names, b"")
    with pytest.raises(BadInput, match=r"trained on mnist_sample"):
        predict_text(digits, "Kowalski")
    with pytest.raises(BadInput, match=r"trained on moons"):
        predict_text(plane, "Kowalski")
    with pytest.raises(BadInput, match=r"'autoencoder' reconstructs pictures"):
        predict_drawing(painter, ONE)
    assert predict_text(names, " \t ") is None


def test_an_autoencoder_is_evaluated_by_its_error(tmp_path: Path, pictures: torch.Tensor) -> None:
    run = untrained_run(tmp_path, "autoencoder", "model.latent=2")
    evaluation = evaluate_run(run, get_data_folder())
    originals = pictures.float() / 255
    errors = (
        (load_network(run, get_data_folder()).compute_outputs(pictures) - originals).square().flatten(1).mean(dim=1)
    )
    assert evaluation.accuracy is None
    assert evaluation.mean_squared_error == pytest.approx(errors.mean().item(), rel=1e-4)
    assert evaluation.loss == pytest.approx(errors.mean().item(), rel=1e-3)
    of_mean = (originals - originals.mean(dim=0)).square().mean().item()
    assert evaluation.error_of_mean_picture == pytest.approx(of_mean, rel=1e-4)
    assert evaluation.examples.best[0].index == int(errors.argmin())
    assert evaluation.examples.worst[0].index == int(errors.argmax())
    middle = [example.mean_squared_error for example in evaluation.examples.middle]
    assert min(middle) <= errors.median() <= max(middle) + 1e-6
    assert sum(row.support for row in evaluation.per_class.values()) == 1000
    assert run.evaluation() == evaluation
