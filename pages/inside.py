"""Look inside: what a trained network does with what it reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from nn_core.data import find_dataset
from nn_core.i18n import _
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder
from ui.app import cache, navigation
from ui.app.errors import show_errors
from ui.app.next_steps import change_a_setting, see_mistakes, show_next_steps, try_it
from ui.app.run_labels import describe_run_labels
from ui.app.text import escape_markdown, show_section_heading
from ui.data.download import offer_download
from ui.draw.prediction_view import show_answer
from ui.inspect.attention_view import (
    choose_attention_head,
    show_attention_chart,
    show_attention_over_picture,
    show_attention_table,
)
from ui.inspect.autoencoder_view import show_latent_map, show_morph, show_reconstructions
from ui.inspect.patterns_view import pick_sample, show_found, show_patterns
from ui.runs.run_picker import filter_runs, pick_run

if TYPE_CHECKING:
    from nn_core.data import Dataset, DatasetSpec
    from nn_core.inference import TrainedNetwork

navigation.open_app()


def look(run: RunFolder, spec: DatasetSpec) -> None:
    """What there is to see depends on the network."""
    from nn_core.inference import get_first_patterns, has_attention

    network = cache.get_network(run)
    data = cache.get_dataset(network.config.data) if spec.is_present(get_data_folder()) else None
    if not (network.goal == "reconstruct" or has_attention(network)):
        if get_first_patterns(network) is None:
            show_nothing(run)
        else:
            st.fragment(explore_patterns)(network, data)
    elif data is None:
        offer_download(spec)
    elif network.goal == "reconstruct":
        explore_latent(run, network, data)
    else:
        st.fragment(explore_attention)(network, data)


def show_nothing(run: RunFolder) -> None:
    st.info(
        _(
            "This network reads each picture row by row, and has no picture of its own to show. Try it on the Draw page."
        ),
        icon=":material/draw:",
    )
    st.page_link(navigation.PAGES["draw"], label=_("Draw"), icon=":material/draw:", query_params={"run": run.name})


def explore_latent(run: RunFolder, network: TrainedNetwork, data: Dataset) -> None:
    show_reconstructions(network, data)
    if network.config.model.latent >= 2:
        show_latent_map(run, network, data)
    st.fragment(_guarded_morph)(network, data)


def _guarded_morph(network: TrainedNetwork, data: Dataset) -> None:
    with show_errors():
        show_morph(network, data)


def explore_attention(network: TrainedNetwork, data: Dataset) -> None:
    """Where the network looked in a test picture, and what it answered."""
    from nn_core.inference import predict_stored

    with show_errors():
        index = pick_sample(len(data.test), label=_("Test picture"), key="inside_picture")
        picture = data.test.inputs[index].numpy()
        looked = show_attention_over_picture(network, picture)
        st.markdown(
            _(
                "The network cuts the picture into squares. One more part of it gathers from them what it needs to decide; "
                "blue shows how much it looked at each square."
            )
        )
        left, right = st.columns(2, gap="large")
        with left, st.container(border=True, key="attention"):
            depth, heads = looked.shape[:2]
            names = [_("All"), *(_("Block {number}").format(number=number) for number in range(1, depth + 1))]
            block = st.segmented_control(
                _("Attention of"),
                range(depth + 1),
                default=0,
                required=True,
                format_func=names.__getitem__,
                key="block",
            )
            chosen = looked if not block or block > depth else looked[block - 1 : block]
            shares = chosen.mean(dim=(0, 1)).numpy()
            show_attention_chart(picture, shares, key="attention_chart")
            st.caption(_("The mean over {heads} heads; hover for the figures.").format(heads=heads * len(chosen)))
            show_attention_table(shares)
        with right:
            label = escape_markdown(data.spec.classes[int(data.test.labels[index])])
            show_answer(
                predict_stored(network, data.test.inputs[index]),
                data.spec,
                key="inside_prediction",
                invitation="",
                when="",
                note=_("It is: {label}.").format(label=label),
            )
        with st.container(border=True, key="heads"):
            show_section_heading(_("Head by head"))
            choose_attention_head(picture, looked)
            st.caption(
                _(
                    "Each head may look for something else. The square that it looked at most glows fully in its picture."
                )
            )


def explore_patterns(network: TrainedNetwork, data: Dataset | None) -> None:
    """The first layer's patterns; for convolutions, also where they were found in a test picture, if the data are here."""
    from nn_core.inference import get_first_patterns

    with show_errors():
        found = get_first_patterns(network)
        assert found is not None
        whole = tuple(found.shape[1:]) == network.spec.shape
        show_patterns(found, whole_picture=whole)
        if whole:
            return
        if data is None:
            st.caption(_("To see where it finds them, it needs test pictures:"))
            offer_download(network.spec)
            return
        index = pick_sample(len(data.test), label=_("Test picture"), key="inside_picture")
        show_found(network, data, index)


def suggest_elsewhere(run: RunFolder, spec: DatasetSpec) -> None:
    """Where texts and points are looked at."""
    query = {"run": run.name}
    if spec.kind == "text":
        st.info(_("This network reads text: see which letters matter to it on the Text page."), icon=":material/abc:")
        st.page_link(navigation.PAGES["text"], label=_("Text"), icon=":material/abc:", query_params=query)
    else:
        st.info(
            _("This network divides the plane: the Evaluate page shows how, and its mistakes."),
            icon=":material/grid_on:",
        )
        st.page_link(navigation.PAGES["evaluate"], label=_("Evaluate"), icon=":material/grid_on:", query_params=query)


st.title(_("Look inside"), anchor=False)
runs = filter_runs()
if not runs:
    st.info(_("There is no trained network yet. Train a first one, then look into it."), icon=":material/visibility:")
    st.page_link(navigation.PAGES["home"], label=_("Home"), icon=":material/home:")
    st.stop()
to_look_at = filter_runs(kind="pictures")  # the page has most to show of these
run = pick_run(_("Network"), runs, default=to_look_at[0] if to_look_at else None, about=True)
spec = find_dataset(run.config().data.name, get_data_folder())
if spec.kind != "pictures":
    suggest_elsewhere(run, spec)
else:
    look(run, spec)
    show_next_steps(
        see_mistakes(run),
        change_a_setting(run) if describe_run_labels(run).goal == "reconstruct" else try_it(run),
    )
