"""The cards of the Look inside page: what each shows, which networks can show it, and how to train one that can."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

import streamlit as st

from nn_core.config import RunConfig, apply_settings, get_preset
from nn_core.data import find_dataset
from nn_core.errors import NNLabError
from nn_core.i18n import N_, _
from nn_core.models import MODELS
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder
from nn_core.task import Kind
from ui.app.glossary import describe_view
from ui.app.text import show_section_heading
from ui.app.url_values import make_choice_value

__all__ = ["CARDS", "CARD_VALUE", "Card", "filter_for_card", "show_card_heading", "show_cards", "suggest_card"]


@dataclass(frozen=True)
class Card:
    """One way of looking inside a network. The texts are translated where they are shown.

    Attributes:
        name: in the page's URL.
        title: on the card.
        icon: the name of a Material icon.
        about: a few words on the card.
        what: a sentence that says what the view shows.
        look_for: a sentence that says what to look for.
        terms: of the glossary, which the "?" explains.
        kinds: of data that it can show.
        models: the networks that it can show; empty for all that read these data.
        preset: the network that "Train one" trains.
        settings: what differs from the preset, so that the training takes about ten seconds.
    """

    name: str
    title: str
    icon: str
    about: str
    what: str
    look_for: str
    terms: tuple[str, ...]
    kinds: tuple[Kind, ...] = ("pictures",)
    models: tuple[str, ...] = ()
    preset: str = "quick"
    settings: tuple[str, ...] = ("training.epochs=3",)

    def can_show(self, config: RunConfig, kind: Kind) -> bool:
        """Whether the card suits the network of a run with this kind of data."""
        return kind in self.kinds and (not self.models or config.model.name in self.models)

    def make_config(self) -> RunConfig:
        """The run that "Train one" starts. Its data come with NN Lab."""
        return apply_settings(get_preset(self.preset), self.settings)


_CARDS = (
    Card(
        "patterns",
        N_("Patterns"),
        "texture",
        N_("What the first layer looks for"),
        N_("The weights of the first layer, drawn as pictures, and those that the example excites most."),
        N_(
            "Look for strokes, edges and spots: the network has learned them. Noise is left over from the random initialisation."
        ),
        terms=("weight", "kernel", "convolution", "neuron"),
        models=tuple(name for name, model in MODELS.items() if "pictures" in model.reads and name != "rnn"),
    ),
    Card(
        "feature-maps",
        N_("Feature maps"),
        "grid_view",
        N_("Where each layer finds its patterns"),
        N_("What every layer computes for the example, and the arithmetic behind each pixel."),
        N_(
            "Follow one stroke from layer to layer: the first maps keep its shape, later ones only say where something is found."
        ),
        terms=("feature_map", "kernel", "convolution", "activation_function"),
    ),
    Card(
        "neurons",
        N_("Neurons"),
        "psychology",
        N_("What excites a neuron most"),
        N_("The input that excites one neuron or class most, beside the test pictures that do."),
        N_("Compare the two: what they share is what the neuron looks for, and the rest does not matter to it."),
        terms=("activation_maximisation", "neuron", "activation", "gradient"),
    ),
    Card(
        "attention",
        N_("Attention"),
        "center_focus_strong",
        N_("Where it looks, head by head"),
        N_("How much attention each head of a transformer gives to each part of the example."),
        N_("Look for heads that attend to different parts, and for parts that matter to none of them."),
        terms=("attention", "attention_head"),
        kinds=("pictures", "text"),
        models=("attention", "text_attention"),
        preset="attention",
        settings=("model.dimension=32", "model.depth=1", "training.epochs=8"),
    ),
    Card(
        "map",
        N_("Map"),
        "bubble_chart",
        N_("Which pictures it finds similar"),
        N_("Test pictures as points: those for which the network computes similar values are close to each other."),
        N_("Look for classes that form islands, and for mistakes between them. Later layers separate more."),
        terms=("activation", "pca", "tsne", "nearest_neighbour"),
        preset="autoencoder",
        settings=("model.latent=2", "training.epochs=8"),
    ),
    Card(
        "memory",
        N_("Memory (RNN)"),
        "memory",
        N_("What it remembers, step by step"),
        N_("The memory of a recurrent network after each row or letter, and what it would answer there."),
        N_("Look for the step where the answer changes, and for units that switch on there and stay on."),
        terms=("recurrent_network", "hidden_state"),
        kinds=("pictures", "text"),
        models=("rnn", "text_rnn"),
        preset="rnn",
        settings=("training.epochs=4",),
    ),
)
CARDS = {card.name: card for card in _CARDS}
"""By name, in the order of the page."""

CARD_VALUE = make_choice_value("card", (*CARDS, ""), "")
"""The card in the URL; empty for the one that suits the run best."""

_LAST_RUNS = "inside_last_runs"  # by card
_BEST_FOR = {"attention": "attention", "text_attention": "attention", "rnn": "memory", "text_rnn": "memory"}


def suggest_card(config: RunConfig, kind: Kind) -> Card | None:
    """Return the card that suits a network best; None if there is none."""
    if kind not in ("pictures", "text"):
        return None
    if MODELS[config.model.name].goal == "reconstruct":
        return CARDS["map"]
    best = CARDS[_BEST_FOR.get(config.model.name, "patterns")]
    return next((card for card in (best, CARDS["feature-maps"]) if card.can_show(config, kind)), None)


def filter_for_card(card: Card, runs: Iterable[RunFolder]) -> list[RunFolder]:
    """Return the runs whose network the card can show."""
    matching = []
    for run in runs:
        with suppress(NNLabError):
            config = run.config()
            if card.can_show(config, find_dataset(config.data.name, get_data_folder()).kind):
                matching.append(run)
    return matching


def show_cards(chosen: Card | None, runs: list[RunFolder]) -> None:
    """Show all cards, of which one can be opened.

    Args:
        chosen: the open one.
        runs: those with weights.
    """
    with st.container(key="cards"):
        for card in CARDS.values():
            fitting = [run.name for run in filter_for_card(card, runs)]
            with st.container(border=True, key=f"card_{card.name}"):
                st.button(
                    _(card.title),
                    key=f"open_{card.name}",
                    icon=f":material/{card.icon}:",
                    type="primary" if card is chosen else "secondary",
                    width="stretch",
                    help=_(card.about),
                    on_click=_open,
                    args=[card.name, fitting],
                )
                st.caption(_(card.about) if fitting else _("No network yet: open it to train one."))


def _open(name: str, fitting: list[str]) -> None:
    """Write the card into the URL, with a run that it can show: the current one, or the last one that it showed."""
    last = st.session_state.setdefault(_LAST_RUNS, {})
    current = st.query_params.get("run")
    for card in CARDS.values():
        if current and card.name == st.query_params.get("card"):
            last[card.name] = current
    for key in ("layer", "unit", "of", "arrange", "colour"):  # of the card that is left
        st.query_params.pop(key, None)
    st.query_params["card"] = name
    if current not in fitting:
        st.query_params.pop("run", None)
        if last.get(name) in fitting:
            st.query_params["run"] = last[name]


def show_card_heading(card: Card) -> None:
    """Say what the view shows and what to look for, with the "?"."""
    show_section_heading(_(card.title))
    describe_view(_(card.what), _(card.look_for), *card.terms, key="card")
