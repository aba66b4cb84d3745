"""Why a network gave its answer: attributions, and the smallest change that leads to another answer."""

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from example_drawings import DRAWINGS, drawing_of, picture_of
from PIL import Image
from untrained_runs import untrained_run

from nn_core.drawings import Drawing, Stroke
from nn_core.drawings.rasterize import rasterize_pieces
from nn_core.drawings.segment import split_strokes
from nn_core.errors import BadInput
from nn_core.inference import (
    Attribution,
    Counterfactual,
    TrainedNetwork,
    attribute_patches,
    attribute_strokes,
    find_counterfactual,
    load_network,
    predict_drawing,
)
from nn_core.paths import get_data_folder
from ui.app.images import color_diverging, draw_change, draw_coloured_patches, draw_coloured_strokes


def answered(network: TrainedNetwork, picture: np.ndarray) -> str:
    logits = network.compute_tta_outputs(torch.from_numpy(picture).unsqueeze(0))
    return network.spec.classes[int(logits.argmax())]


@pytest.fixture(params=list(DRAWINGS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def changes(shipped_network: TrainedNetwork) -> dict[str, Counterfactual]:
    """The smallest change of each drawing."""
    found = {name: find_counterfactual(shipped_network, picture_of(name)) for name in DRAWINGS}
    return {name: change for name, change in found.items() if change}


@pytest.fixture(scope="module")
def attributions(shipped_network: TrainedNetwork) -> dict[str, tuple[list[Stroke], Attribution]]:
    """What each piece of each drawing adds to the confidence in the answer."""
    return {
        name: attribute_strokes(shipped_network, drawing_of(name), answered(shipped_network, picture_of(name)))
        for name in DRAWINGS
    }


def test_pieces_together_are_the_strokes(name: str) -> None:
    drawing = drawing_of(name)
    pieces = split_strokes(drawing)
    assert 8 <= len(pieces) <= 12
    lengths = [sum(math.dist(a, b) for a, b in pairwise(piece)) for piece in pieces]
    whole = sum(math.dist(a, b) for stroke in drawing.strokes for a, b in pairwise(stroke))
    assert sum(lengths) == pytest.approx(whole, rel=1e-6)
    assert max(lengths) < 2 * whole / len(pieces)
    joined = [a[-1] == pytest.approx(b[0]) for a, b in pairwise(pieces)]
    assert joined.count(False) == len(drawing.strokes) - 1


def test_a_stroke_is_cut_at_its_corner() -> None:
    corner = (100.0, 47.0)
    pieces = split_strokes(Drawing(280, 18, (((0.0, 47.0), corner, (100.0, 260.0)),)))
    assert min(math.dist(piece[-1], corner) for piece in pieces) < 3
    straight = [abs(piece[0][0] - piece[-1][0]) < 3 or abs(piece[0][1] - piece[-1][1]) < 3 for piece in pieces]
    assert all(straight), "no piece goes around the corner"


def test_dots_and_slips_are_one_piece_or_none() -> None:
    assert split_strokes(Drawing(280, 18, ())) == []
    assert split_strokes(Drawing(280, 18, (((5.0, 5.0),),))) == [((5.0, 5.0),)]
    slip = ((10.0, 10.0), (12.0, 11.0))
    assert split_strokes(Drawing(280, 18, (*DRAWINGS["eight"], slip))) == split_strokes(drawing_of("eight"))
    assert len(split_strokes(Drawing(280, 18, tuple(((x, 5.0), (x, 90.0)) for x in np.arange(0.0, 250.0, 10.0))))) == 25


def test_pieces_keep_their_position_in_the_drawing(name: str) -> None:
    drawing = drawing_of(name)
    alone = rasterize_pieces(drawing, split_strokes(drawing))
    np.testing.assert_allclose(alone.max(axis=0).astype(int), picture_of(name)[0].astype(int), atol=5)
    assert (alone.max(axis=(1, 2)) > 200).all(), "each has ink of its own"


def test_attributions_sum_to_the_confidence_gained_over_an_empty_canvas(
    shipped_network: TrainedNetwork, attributions: dict[str, tuple[list[Stroke], Attribution]], name: str
) -> None:
    picture = picture_of(name)
    label = answered(shipped_network, picture)
    pieces, attribution = attributions[name]
    gain = compute_confidence(shipped_network, picture, label) - compute_confidence(
        shipped_network, np.zeros_like(picture), label
    )
    assert len(attribution.scores) == len(pieces)
    assert sum(attribution.scores) == pytest.approx(gain, abs=0.01)


def test_leaving_out_the_strongest_pieces_lowers_the_confidence(
    shipped_network: TrainedNetwork, attributions: dict[str, tuple[list[Stroke], Attribution]], name: str
) -> None:
    drawing, picture = drawing_of(name), picture_of(name)
    label = answered(shipped_network, picture)
    pieces, attribution = attributions[name]
    assert 1 <= len(attribution.strongest) <= len(pieces) / 2
    weakest = np.argsort(attribution.scores)[: len(attribution.strongest)].tolist()
    inks = rasterize_pieces(drawing, pieces)

    def without(left_out: list[int]) -> np.ndarray:
        return inks[[index for index in range(len(pieces)) if index not in left_out]].max(axis=0, keepdims=True)

    np.testing.assert_array_equal(without(attribution.strongest), attribution.picture_without)
    assert (
        compute_confidence(shipped_network, attribution.picture_without, label)
        < compute_confidence(shipped_network, picture, label) - 0.1
    )
    assert (
        compute_confidence(shipped_network, attribution.picture_without, label)
        < compute_confidence(shipped_network, without(weakest), label) - 0.1
    )
    if answered(shipped_network, attribution.picture_without) != label and len(attribution.strongest) > 1:
        assert answered(shipped_network, without(attribution.strongest[:-1])) == label, "no more than it takes"


def test_attribution_is_deterministic_and_leaves_the_random_state_unchanged(
    shipped_network: TrainedNetwork,
) -> None:
    torch.manual_seed(3)
    first = attribute_strokes(shipped_network, drawing_of("eight"), "8")[1].scores
    torch.manual_seed(4)
    assert attribute_strokes(shipped_network, drawing_of("eight"), "8")[1].scores == first
    after = torch.rand(1)
    torch.manual_seed(4)
    assert torch.equal(after, torch.rand(1))


def test_a_piece_can_have_a_negative_attribution(shipped_network: TrainedNetwork) -> None:
    """What closes an eight on the left is what a three must not have."""
    pieces, attribution = attribute_strokes(shipped_network, drawing_of("eight"), "3")
    against = pieces[int(np.argmin(attribution.scores))]
    assert min(attribution.scores) < 0
    assert np.mean([x for x, _y in against]) < 140


def test_patches_cover_all_ink(shipped_network: TrainedNetwork, name: str) -> None:
    picture = picture_of(name)
    label = answered(shipped_network, picture)
    patches, attribution = attribute_patches(shipped_network, picture, label)
    held = sum(int(picture[:, top:bottom, left:right].sum()) for top, left, bottom, right in patches)
    assert held >= 0.95 * picture.sum()
    assert sum(attribution.scores) == pytest.approx(compute_confidence(shipped_network, picture, label), abs=0.15)
    for index in attribution.strongest:
        top, left, bottom, right = patches[index]
        assert not attribution.picture_without[:, top:bottom, left:right].any(), "left out is paper"
    assert (
        compute_confidence(shipped_network, attribution.picture_without, label)
        < compute_confidence(shipped_network, picture, label) - 0.1
    )


def test_the_counterfactual_changes_the_answer_and_four_fifths_of_it_do_not(
    shipped_network: TrainedNetwork, changes: dict[str, Counterfactual], name: str
) -> None:
    picture = picture_of(name)
    label = answered(shipped_network, picture)
    change = changes[name]
    assert change.label == answered(shipped_network, change.picture) != label
    difference = change.added.astype(int) - change.removed
    np.testing.assert_array_equal(picture + difference, change.picture)
    assert not (change.added.astype(bool) & change.removed.astype(bool)).any()
    assert change.share == pytest.approx(np.abs(difference).sum() / picture.sum())
    assert 0 < change.share < 0.4
    weaker = np.rint(picture + 0.8 * difference).astype(np.uint8)
    assert answered(shipped_network, weaker) == label


def test_the_counterfactual_looks_like_ink_and_not_like_noise(changes: dict[str, Counterfactual], name: str) -> None:
    """It touches few pixels, and they lie together."""
    change = changes[name]
    touched = (change.added + change.removed)[0] > 40
    assert 0 < touched.sum() < 0.15 * touched.size
    neighbours = sum(np.roll(touched, step, axis).astype(int) for step in (-1, 1) for axis in (0, 1))
    assert (neighbours[touched] > 0).mean() > 0.9


def test_a_counterfactual_reaches_the_requested_class(shipped_network: TrainedNetwork) -> None:
    picture = picture_of("eight")
    nearest = find_counterfactual(shipped_network, picture)
    assert nearest
    for target in ("0", "3", "6"):
        change = find_counterfactual(shipped_network, picture, target)
        assert change
        assert change.label == target == answered(shipped_network, change.picture)
        assert change.share >= nearest.share * 0.9
    with pytest.raises(BadInput, match="'8' is not another answer of this network"):
        find_counterfactual(shipped_network, picture, "8")
    with pytest.raises(BadInput, match="'cat' is not another answer"):
        find_counterfactual(shipped_network, picture, "cat")


def test_no_counterfactual_is_found_with_too_little_ink(shipped_network: TrainedNetwork) -> None:
    assert find_counterfactual(shipped_network, picture_of("eight"), most_ink=0.005) is None


@pytest.mark.parametrize(
    ("preset", "data"),
    [(name, "mnist_sample") for name in ("cnn", "mlp", "rnn", "attention")] + [("cnn", "cifar10"), ("mlp", "cifar10")],
)
def test_every_image_classifier_can_be_explained(tmp_path: Path, preset: str, data: str) -> None:
    network = load_network(untrained_run(tmp_path, preset, f"data.name={data}"), get_data_folder())
    random = np.random.default_rng(0)
    picture = (
        picture_of("eight") if network.spec.is_line_drawing else random.integers(0, 256, network.spec.shape, np.uint8)
    )
    label = answered(network, picture)
    patches, attribution = attribute_patches(network, picture, label)
    assert len(patches) == len(attribution.scores)
    assert attribution.picture_without.shape == picture.shape
    change = find_counterfactual(network, picture)
    if change is not None:
        assert change.label == answered(network, change.picture) != label
    if network.spec.is_line_drawing:
        assert len(attribute_strokes(network, drawing_of("eight"), label)[0]) >= 8
    else:
        assert change, "untrained networks are easily changed"
        with pytest.raises(BadInput, match="with a network trained on drawings"):
            attribute_strokes(network, drawing_of("eight"), label)


@pytest.mark.parametrize("preset", ["text_cnn", "autoencoder", "plane"])
def test_other_networks_are_refused_with_a_message(tmp_path: Path, preset: str) -> None:
    network = load_network(untrained_run(tmp_path, preset), get_data_folder())
    for ask in (find_counterfactual, lambda network, picture: attribute_patches(network, picture, "8")):
        with pytest.raises(BadInput, match=r"reconstructs pictures|was trained on"):
            ask(network, picture_of("eight"))
    with pytest.raises(BadInput, match=r"reconstructs pictures|was trained on"):
        attribute_strokes(network, drawing_of("eight"), "8")


def test_unknown_labels_and_empty_canvases_are_refused_with_a_message(shipped_network: TrainedNetwork) -> None:
    with pytest.raises(BadInput, match="'cat' is not a class of this network"):
        attribute_strokes(shipped_network, drawing_of("eight"), "cat")
    with pytest.raises(BadInput, match="draw something"):
        attribute_strokes(shipped_network, Drawing(280, 18, ()), "8")


def test_colours_and_stripes_show_the_sign_of_an_attribution() -> None:
    svg = draw_coloured_strokes(
        [((0.0, 0.0), (9.0, 9.0)), ((9.0, 9.0), (20.0, 0.0)), ((3.0, 3.0),)], [0.5, -0.5, 0.0], 2
    )
    assert (svg.count("#409cff"), svg.count("#ff9628"), svg.count("#60626e")) == (1, 1, 1)
    striped = [line for line in svg.split("<polyline")[1:] if "stroke-dasharray" in line]
    assert ["9.0,9.0 20.0,0.0" in line for line in striped] == [True], "only what spoke against has stripes"
    assert "nan" not in draw_coloured_strokes([((1.0, 1.0),), ((1.0, 1.0),)], [0.0, 0.0], 18)


def test_blue_is_plus_and_orange_with_stripes_is_minus_in_every_view() -> None:
    """What speaks for the answer and what is added are blue; what speaks against it and what is taken away are orange."""

    def colours(picture: Image.Image, top: int) -> set[tuple[int, ...]]:
        half = picture.convert("RGB").crop((0, top, picture.width, top + picture.height // 2))
        return {colour for _count, colour in half.getcolors(1 << 16) or ()}

    def bluish(colour: tuple[int, ...]) -> bool:
        return colour[2] > colour[0]

    black = np.zeros((1, 28, 28), np.uint8)
    upper, lower = black.copy(), black.copy()
    upper[:, :14], lower[:, 14:] = 255, 255
    patches = draw_coloured_patches(black, [(0, 0, 14, 28), (14, 0, 28, 28)], [1.0, -1.0], 112)
    change = draw_change(lower, Counterfactual(upper, "1", upper, lower, 0.5), 112)  # added above, taken away below
    for view in (patches, change):
        above, below = colours(view, 0), colours(view, 56)
        assert all(bluish(colour) for colour in above)
        assert not any(bluish(colour) for colour in below)
        assert (len(above), len(below)) == (1, 2), "the stripes are a second, darker orange"
    plus, minus = color_diverging(np.array([[1.0, -1.0]], np.float32), dark=True)[0]
    assert (bluish(tuple(plus)), bluish(tuple(minus))) == (True, False)


def test_a_dot_is_one_piece(shipped_network: TrainedNetwork) -> None:
    dot = Drawing(280, 18, (((140.0, 140.0),),))
    prediction = predict_drawing(shipped_network, dot)
    assert prediction
    pieces, attribution = attribute_strokes(shipped_network, dot, prediction.label)
    assert isinstance(attribution, Attribution)
    assert (len(pieces), attribution.strongest) == (1, [0])


def compute_confidence(network: TrainedNetwork, picture: np.ndarray, label: str) -> float:
    logits = network.compute_outputs(torch.from_numpy(picture).unsqueeze(0))
    return float(network.calibration.compute_probabilities(logits)[0, network.spec.classes.index(label)])
