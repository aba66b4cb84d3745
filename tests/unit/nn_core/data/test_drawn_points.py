"""Drawn points: their text for links, their limits, and the data set that they become."""

from pathlib import Path

import pytest
import torch
from drawn import DRAWN_POINTS, drawn_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from nn_core.config import RunConfig, apply_settings
from nn_core.data import DATASETS, PlaneSettings, adapt_dataset, load_dataset
from nn_core.data.drawn_points import MAX_DRAWN, DrawnPoint, decode_points, encode_points, round_point, split_drawn
from nn_core.errors import BadInput, ConfigError

coordinates = st.floats(-2, 2)
points = st.tuples(coordinates, coordinates, st.integers(0, 3))


@settings(max_examples=100)
@given(st.lists(points, max_size=30))
def test_a_link_gives_the_same_settings(drawn: list[DrawnPoint]) -> None:
    plane = PlaneSettings(drawn=tuple(drawn))
    text = encode_points(plane.drawn)
    assert len(text) <= 6 * len(drawn)
    assert not set(text) - set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert decode_points(text) == plane.drawn == PlaneSettings(drawn=decode_points(text)).drawn
    for given_point, stored in zip(drawn, plane.drawn, strict=True):
        assert stored == pytest.approx(given_point, abs=2e-4)
        assert round_point(stored) == stored


@pytest.mark.parametrize("text", ["A", "AAA", "!!!!", "AAAAAA=A", "ÄÄÄÄ", "A" * 7])
def test_a_broken_link_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match=r"are not complete\. Copy the whole link\."):
        decode_points(text)


def test_too_many_points_are_refused() -> None:
    most = ((0.0, 0.0, 0),) * MAX_DRAWN
    assert decode_points(encode_points(most)) == PlaneSettings(drawn=most).drawn
    with pytest.raises(BadInput, match=r"2,001 drawn points\. Use at most 2,000"):
        decode_points(encode_points([*most, most[0]]))
    with pytest.raises(ConfigError, match=r"data\.plane\.drawn"):
        apply_settings(RunConfig(), [f"data.plane.drawn={[list(each) for each in (*most, most[0])]}"])


@pytest.mark.parametrize(
    ("drawn", "sentence"),
    [
        ((), r"There are 0 drawn points, too few .* at least 20 "),
        (DRAWN_POINTS[:30], r"All drawn points are of class A\. Draw points of at least two classes\."),
        (DRAWN_POINTS[:32], r"Class C has 2 drawn points, .* at least 3"),
    ],
)
def test_points_that_cannot_be_learned_from_are_refused(drawn: tuple[DrawnPoint, ...], sentence: str) -> None:
    chosen = drawn_settings(drawn)
    with pytest.raises(ConfigError, match=sentence):
        adapt_dataset(DATASETS["drawn"], chosen)
    with pytest.raises(ConfigError, match=sentence):
        load_dataset(chosen, Path("/nowhere"))


def test_the_data_set_has_the_drawn_classes_and_a_third_of_each_for_the_test() -> None:
    data = load_dataset(drawn_settings(), Path("/nowhere"))
    assert data.spec.classes == ("A", "C")
    assert data.train.class_counts(2) == [20, 20] == list(data.spec.train_counts(drawn_settings()))
    assert data.test.class_counts(2) == [10, 10]
    assert data.train.inputs.dtype == torch.float32
    assert (data.train.inputs[data.train.labels == 0, 0] < 0).all()
    assert (data.test.inputs[data.test.labels == 1, 0] > 0).all()
    train, test = split_drawn(drawn_settings().plane.drawn)
    assert sorted(train + test) == sorted(drawn_settings().plane.drawn)
