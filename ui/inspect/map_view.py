"""The card *Map*: test pictures by the activations of a layer, with a lasso, the user's example and its nearest training pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from nn_core.formatting import format_percent
from nn_core.i18n import _
from nn_core.runs import RunFolder
from ui.app.cache import get_weights_version
from ui.app.text import escape_markdown
from ui.inspect.example_pictures import Example, PictureSet
from ui.inspect.layer_choice import choose_in_url, choose_layer, get_layers
from ui.inspect.map_chart import MapPoints, draw_map
from ui.inspect.picture_row import show_picture_row
from ui.inspect.slow_results import compute_with_progress

if TYPE_CHECKING:
    from torch import Tensor

    from nn_core.inference import ActivationMap, Layer, MapMethod, TrainedNetwork

__all__ = ["show_activation_map"]

_TEST_PICTURES, _TRAIN_PICTURES = 1000, 3000
_NEAREST = 8
_KEPT = 4  # activations, of up to 65 MB each
_MAX_SHOWN = 24


@dataclass(frozen=True)
class _Activations:
    """The activations of one layer for some test and training pictures, and the network's answers to the test pictures."""

    test: Tensor
    train: Tensor
    answers: tuple[int, ...]


def show_activation_map(run: RunFolder, network: TrainedNetwork, pictures: PictureSet, example: Example | None) -> None:
    """Show the map of a chosen layer."""
    layers = get_layers(run, network)
    default = max(0, len(layers) - 2) if network.goal == "classify" else len(layers) // 2
    layer = choose_layer(layers, card="map", default=default)
    with st.container(horizontal=True, gap="medium"):
        methods: dict[MapMethod, str] = {"pca": _("PCA"), "tsne": _("t-SNE")}
        method_help = _(
            "PCA shows the two directions in which the activations differ most, true to distance. t-SNE keeps neighbours together "
            "and says nothing about the distance between islands."
        )
        method = choose_in_url("arrange", _("Arranged by"), methods, key="map_method", help=method_help)
        has_answers = network.goal == "classify" and pictures.classes == network.spec.classes
        colours = {"class": _("Class")} | ({"mistake": _("Right or wrong")} if has_answers else {})
        colour = choose_in_url("colour", _("Coloured by"), colours, key=f"map_colour_{has_answers}")
    rows = _thin(len(pictures.test), _TEST_PICTURES)
    activations = _compute_activations(run, network, layer, pictures)
    fitted = _fit(run, layer, method, activations, pictures)
    labels = tuple(pictures.test_labels[rows].tolist())
    points = MapPoints(
        fitted.places,
        labels,
        activations.answers if has_answers else labels,
        pictures.classes,
        is_by_mistake=colour == "mistake",
    )
    own = None if example is None else _compute_example(network, layer, example)
    place = None if own is None else fitted.locate(own.unsqueeze(0))[0]
    name = example.title if example else ""
    selected = draw_map(
        points, None if place is None else (float(place[0]), float(place[1])), name, key=f"map_{layer.name}_{method}"
    )
    st.caption(_describe(fitted, layer, len(rows)))
    _show_selection(points, pictures, rows, selected)
    if own is not None:
        _show_nearest(pictures, activations, own)


def _compute_activations(run: RunFolder, network: TrainedNetwork, layer: Layer, pictures: PictureSet) -> _Activations:
    from nn_core.inference import compute_features

    test = pictures.test[_thin(len(pictures.test), _TEST_PICTURES)]
    train = pictures.train[_thin(len(pictures.train), _TRAIN_PICTURES)]

    def compute(_report: object) -> _Activations:
        answers = tuple(network.compute_outputs(test).argmax(dim=1).tolist()) if network.goal == "classify" else ()
        return _Activations(
            compute_features(network, test, layer.name), compute_features(network, train, layer.name), answers
        )

    key = ("activations", str(run.path), get_weights_version(run), layer.name, pictures.is_stand_in)
    return compute_with_progress(key, _Activations, compute, text=_("Computing the activations …"), keep=_KEPT)


def _fit(
    run: RunFolder, layer: Layer, method: MapMethod, activations: _Activations, pictures: PictureSet
) -> ActivationMap:
    from nn_core.inference import ActivationMap, fit_map

    key = ("map", str(run.path), get_weights_version(run), layer.name, method, pictures.is_stand_in)
    return compute_with_progress(
        key,
        ActivationMap,
        lambda report: fit_map(activations.test, method, on_progress=report),
        text=_("Arranging the pictures …"),
    )


def _compute_example(network: TrainedNetwork, layer: Layer, example: Example) -> Tensor:
    import torch

    from nn_core.inference import compute_features

    return compute_features(network, torch.from_numpy(example.picture).unsqueeze(0), layer.name)[0]


def _describe(fitted: ActivationMap, layer: Layer, shown: int) -> str:
    units, height, width = layer.shape
    text = _("{shown:,} test pictures by the {count:,} activations of this layer.").format(
        shown=shown, count=units * height * width
    )
    if fitted.method == "pca":
        share = format_percent(fitted.explained_variance, 0)
        return f"{text} {_('The two directions contain {share} of their variance.').format(share=share)}"
    return f"{text} {_('The axes of t-SNE have no meaning; only neighbourhood counts.')}"


def _show_selection(points: MapPoints, pictures: PictureSet, rows: list[int], selected: list[int]) -> None:
    """Show the pictures in the lasso, or, also for the keyboard, those of a class or all mistakes."""
    groups: dict[str, list[int]] = {_("In the lasso"): selected}
    if points.is_by_mistake or points.answers != points.labels:
        groups[_("Mistakes")] = [i for i, label in enumerate(points.labels) if points.answers[i] != label]
    for label, name in enumerate(points.classes):
        groups[_("Class {name}").format(name=name)] = [i for i, each in enumerate(points.labels) if each == label]
    chosen = st.selectbox(_("Show pictures"), list(groups), key="map_group")
    members = points.put_mistakes_first(groups.get(chosen, []))
    if not members:
        st.caption(_("Draw a lasso around points of the map to see their pictures, or choose a group above."))
        return
    shown = members[:_MAX_SHOWN]
    captions = [_caption(points, index) for index in shown]
    show_picture_row(pictures.test[[rows[index] for index in shown]], captions, key="map_selected")
    wrong = sum(points.answers[index] != points.labels[index] for index in members)
    text = (
        _("{count} pictures, {wrong} of them read wrongly.")
        if points.is_by_mistake or wrong
        else _("{count} pictures.")
    )
    st.caption(f"{text.format(count=len(members), wrong=wrong)} {_describe_shown(len(shown), len(members), wrong)}")


def _describe_shown(shown: int, members: int, wrong: int) -> str:
    if shown == members:
        return ""
    if wrong:
        return _("{shown} are shown, those read wrongly first.").format(shown=shown)
    return _("The first {shown} are shown.").format(shown=shown)


def _caption(points: MapPoints, index: int) -> str:
    label, answer = points.labels[index], points.answers[index]
    name = escape_markdown(points.classes[label])
    return (
        name
        if label == answer
        else _("{label}, read as {answer}").format(label=name, answer=escape_markdown(points.classes[answer]))
    )


def _show_nearest(pictures: PictureSet, activations: _Activations, own: Tensor) -> None:
    from nn_core.inference import find_nearest

    rows = _thin(len(pictures.train), _TRAIN_PICTURES)
    nearest = find_nearest(activations.train, own, _NEAREST)
    st.markdown(_("**The training pictures nearest to the example**"))
    indices = [rows[index] for index in nearest.indices]
    names = [escape_markdown(pictures.classes[int(pictures.train_labels[index])]) for index in indices]
    captions = [f"{name} · {distance:.2f}" for name, distance in zip(names, nearest.distances, strict=True)]
    show_picture_row(pictures.train[indices], captions, key="nearest")
    st.caption(
        _(
            "Class and distance. Distances are Euclidean, between the activations of this layer and not on the map; {count:,} training "
            "pictures were compared."
        ).format(count=len(rows))
    )


def _thin(count: int, most: int) -> list[int]:
    """At most `most` indices, evenly spread."""
    return list(range(0, count, -(-count // most)))
