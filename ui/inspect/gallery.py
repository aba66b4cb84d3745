"""The open card: its network, its example and its view."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from nn_core.data.builtin.surnames import SURNAMES, describe_refusal
from nn_core.i18n import _
from nn_core.models.autoencoder import AutoencoderSettings
from nn_core.runs import RunFolder
from ui.app import cache
from ui.app.errors import show_errors
from ui.app.text import escape_markdown
from ui.app.url_values import MAX_TEXT_LENGTH, make_text_value, restore_widget, show_rejected, write_url
from ui.app.widgets import choose, section_card
from ui.draw.prediction_view import show_answer
from ui.inspect.attention_view import (
    compute_picture_attention,
    show_attention_chart,
    show_attention_heads,
    show_attention_table,
    show_letters,
)
from ui.inspect.autoencoder_view import show_example, show_latent_map, show_morph, show_reconstructions
from ui.inspect.cards import Card
from ui.inspect.example_pictures import Example, PictureSet, choose_example, get_pictures
from ui.inspect.feature_maps_view import show_feature_maps
from ui.inspect.layer_choice import choose_in_url
from ui.inspect.map_view import show_activation_map
from ui.inspect.memory_view import show_picture_memory, show_text_memory
from ui.inspect.neurons_view import show_neurons
from ui.inspect.patterns_view import show_excited_patterns, show_patterns

if TYPE_CHECKING:
    from nn_core.inference import TrainedNetwork

__all__ = ["show_card"]

_TEXT = "inside_text"
_TEXT_VALUE = make_text_value("text", "Kowalski")


def show_card(card: Card, run: RunFolder) -> None:
    """Show what the card shows of the run's network. It is a fragment, so that a choice redraws nothing else."""
    with show_errors():
        network = cache.get_network(run)
        if network.spec.kind == "text":
            st.fragment(_show_text_card)(card, run, network)
            return
        st.fragment(_show_picture_card)(card, run, network, get_pictures(network))


def _show_picture_card(card: Card, run: RunFolder, network: TrainedNetwork, pictures: PictureSet) -> None:
    with show_errors():
        left, right = st.columns([3, 5], gap="medium")
        with left, st.container(key="example"):
            example = choose_example(network, pictures)
        with right, st.container(key="view"):
            _VIEWS[card.name](run, network, pictures, example)
        if card.name == "map" and _is_latent_map(network):
            _show_latent(run, network, pictures, example)


def _show_patterns(_run: RunFolder, network: TrainedNetwork, _pictures: PictureSet, example: Example | None) -> None:
    from nn_core.inference import get_first_patterns

    patterns = get_first_patterns(network)
    if patterns is None:
        st.info(
            _(
                "The first layer of this network has no weights that can be drawn as pictures. The other cards show the rest."
            ),
            icon=":material/texture:",
        )
        return
    if example is not None:
        show_excited_patterns(network, patterns, example.picture)
    show_patterns(patterns, whole_picture=tuple(patterns.shape[1:]) == network.spec.shape)


def _show_feature_maps(run: RunFolder, network: TrainedNetwork, _pictures: PictureSet, example: Example | None) -> None:
    if example is not None:
        show_feature_maps(run, network, example)


def _show_memory(run: RunFolder, network: TrainedNetwork, _pictures: PictureSet, example: Example | None) -> None:
    if example is not None:
        show_picture_memory(run, network, example.picture)


def _show_attention(_run: RunFolder, network: TrainedNetwork, pictures: PictureSet, example: Example | None) -> None:
    """Show the attention of each head, and the answer to the example."""
    from nn_core.inference import predict_prepared

    if example is None:
        return
    attention = compute_picture_attention(network, example.picture)
    st.markdown(
        _(
            "The network divides the picture into squares and weighs them to decide. Blue shows how much attention each "
            "square gets."
        )
    )
    left, right = st.columns([3, 2], gap="medium")
    with left, st.container(border=True, key="attention"):
        depth, heads = attention.shape[:2]
        blocks = {number: _("Block {number}").format(number=number) for number in range(1, depth + 1)}
        block = choose(_("Attention of"), {0: _("All"), **blocks}, key="block")
        chosen = attention if not block or block > depth else attention[block - 1 : block]
        shares = chosen.mean(dim=(0, 1)).numpy()
        show_attention_chart(example.picture, shares, key="attention_chart")
        st.caption(_("The mean over {heads} heads; hover for the figures.").format(heads=heads * len(chosen)))
        show_attention_table(shares)
    with right:
        note = _("It is: {label}.").format(label=escape_markdown(example.label)) if example.label else ""
        prediction = predict_prepared(network, example.picture)
        show_answer(prediction, network.spec, key="inside_prediction", invitation="", when="", note=note)
    with section_card(_("Head by head"), key="heads"):
        show_attention_heads(example.picture, attention)
        st.caption(
            _("Each head may look for something different. The square with its highest attention is fully blue.")
        )


def _show_map(run: RunFolder, network: TrainedNetwork, pictures: PictureSet, example: Example | None) -> None:
    """Show the map of a layer, or for an autoencoder at first that of its latent numbers."""
    if network.goal == "reconstruct":
        titles = {"latent": _("Latent numbers"), "layer": _("Any layer")}
        choose_in_url("of", _("Map of"), titles, key="map_of")
    if not _is_latent_map(network):
        show_activation_map(run, network, pictures, example)
    elif example is not None:
        show_example(network, example)


def _is_latent_map(network: TrainedNetwork) -> bool:
    """Whether the map of the latent numbers is shown, which takes the whole width of the page."""
    return network.goal == "reconstruct" and st.session_state.get("map_of") == "latent"


def _show_latent(run: RunFolder, network: TrainedNetwork, pictures: PictureSet, example: Example | None) -> None:
    settings = network.config.model
    if isinstance(settings, AutoencoderSettings) and settings.latent >= 2:
        show_latent_map(run, network, pictures, example)
    show_reconstructions(network, pictures.test)
    st.fragment(show_errors()(show_morph))(network, pictures.test)


_VIEWS: dict[str, Callable[[RunFolder, TrainedNetwork, PictureSet, Example | None], None]] = {
    "patterns": _show_patterns,
    "feature-maps": _show_feature_maps,
    "neurons": show_neurons,
    "attention": _show_attention,
    "map": _show_map,
    "memory": _show_memory,
}


def _show_text_card(card: Card, run: RunFolder, network: TrainedNetwork) -> None:
    from nn_core.inference import predict_text

    with show_errors():
        restore_widget(_TEXT, _TEXT_VALUE)
        text = st.text_input(_("Text"), key=_TEXT, max_chars=MAX_TEXT_LENGTH)
        write_url((_TEXT_VALUE,), {_TEXT_VALUE.name: text})
        show_rejected(_TEXT_VALUE.name)
        refusal = describe_refusal(text) if network.spec.name == SURNAMES.name else ""
        prediction = None if refusal else predict_text(network, text)
        if refusal:
            st.info(escape_markdown(refusal), icon=":material/abc:")
        elif prediction is None:
            st.info(_("Type a text."), icon=":material/abc:")
        elif card.name == "memory":
            show_text_memory(run, network, text)
        else:
            show_answer(prediction, network.spec, key="inside_prediction", invitation="", when="")
            show_letters(network, text, prediction.label)
