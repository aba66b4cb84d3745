"""The cards of Look inside, and what the browser may send about the map."""

import numpy as np
import pytest

from nn_core.config import PRESETS
from nn_core.data import find_dataset
from nn_core.glossary import get_term
from nn_core.models import MODELS
from nn_core.paths import get_data_folder
from ui.components.shared import MARKERS
from ui.inspect.cards import CARDS, Card, suggest_card
from ui.inspect.map_chart import _EXAMPLE, MapPoints, read_selection
from ui.inspect.slow_results import ResultStore


@pytest.mark.parametrize("card", CARDS.values(), ids=CARDS)
def test_the_network_that_a_card_trains_suits_it_and_needs_no_download(card: Card) -> None:
    config = card.make_config()
    spec = find_dataset(config.data.name, get_data_folder())
    assert card.can_show(config, spec.kind)
    assert spec.is_present(get_data_folder())
    assert [get_term(name) for name in card.terms]


@pytest.mark.parametrize("preset", PRESETS)
def test_the_suggested_card_can_show_the_network(preset: str) -> None:
    config = PRESETS[preset]
    kind = find_dataset(config.data.name, get_data_folder()).kind
    card = suggest_card(config, kind)
    if card is None:
        assert preset in ("text_cnn", "plane", "playground")
    else:
        assert card.can_show(config, kind)


def test_every_network_of_pictures_has_feature_maps_neurons_and_a_map() -> None:
    for name, model in MODELS.items():
        if "pictures" in model.reads:
            config = next(config for config in PRESETS.values() if config.model.name == name)
            assert all(CARDS[card].can_show(config, "pictures") for card in ("feature-maps", "neurons", "map"))


def test_mistakes_and_classes_are_groups_that_contain_each_point_once() -> None:
    places = np.zeros((4, 2), dtype=np.float32)
    by_class = MapPoints(places, (0, 1, 1, 0), (0, 0, 1, 0), ("a", "b"), is_by_mistake=False)
    assert by_class.split() == [("a", [0, 3]), ("b", [1, 2])]
    by_mistake = MapPoints(places, (0, 1, 1, 0), (0, 0, 1, 0), ("a", "b"), is_by_mistake=True)
    assert [members for _name, members in by_mistake.split()] == [[0, 2, 3], [1]]


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ([{"customdata": [3, "x"]}, {"customdata": [1, "y"]}, {"customdata": [3, "x"]}], [1, 3]),
        ([{"customdata": [99, "x"]}, {"customdata": [-1]}, {"customdata": ["1"]}, {"customdata": None}, {}], []),
        ([{"customdata": 2}], [2]),
        ([], []),
    ],
)
def test_only_existing_points_can_be_selected(sent: list[dict[str, object]], expected: list[int]) -> None:
    assert read_selection({"selection": {"points": sent}}, 5) == expected


def test_the_store_forgets_the_oldest_of_each_kind() -> None:
    store = ResultStore()
    for number in range(4):
        store.add("map", number, f"map {number}", keep=2)
    store.add("other", 0, "other", keep=2)
    assert [store.find("map", number) for number in range(4)] == [None, None, "map 2", "map 3"]
    store.find("map", 2)
    store.add("map", 4, "map 4", keep=2)
    assert store.find("map", 2) == "map 2", "it was used after map 3"
    assert store.find("other", 0) == "other"


def test_pictures_that_were_read_wrongly_come_first() -> None:
    points = MapPoints(np.zeros((5, 2), np.float32), (0, 0, 1, 1, 0), (0, 1, 1, 0, 0), ("a", "b"), is_by_mistake=False)
    assert points.put_mistakes_first([0, 1, 2, 3, 4]) == [1, 3, 0, 2, 4]


def test_the_example_of_the_map_looks_like_no_class_and_no_mistake() -> None:
    assert _EXAMPLE not in {"x", *(marker.plotly for marker in MARKERS.values())}
