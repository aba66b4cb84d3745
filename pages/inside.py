"""Look inside: what a trained network pays attention to and what it has learned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from nn_core.data import Dataset, DatasetSpec, find_configured_dataset
from nn_core.i18n import _
from nn_core.models.autoencoder import AutoencoderSettings
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder
from ui.app import cache, navigation
from ui.app.errors import show_errors
from ui.app.next_steps import change_a_setting, see_mistakes, show_next_steps, try_it
from ui.app.run_labels import get_run_labels
from ui.app.text import escape_markdown
from ui.app.widgets import choose, section_card, show_link, stop_without_network
from ui.data.views import offer_download
from ui.draw.prediction_view import show_answer
from ui.inspect.attention_view import (
    compute_picture_attention,
    show_attention_chart,
    show_attention_heads,
    show_attention_table,
)
from ui.inspect.autoencoder_view import show_latent_map, show_morph, show_reconstructions
from ui.inspect.patterns_view import pick_sample, show_feature_maps, show_patterns
from ui.runs.run_picker import filter_runs, pick_run

if TYPE_CHECKING:
    from nn_core.inference import TrainedNetwork

navigation.open_app()


def show_inside(run: RunFolder, spec: DatasetSpec) -> None:
    """Show what suits the network: its latent space, its attention or its patterns."""
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
        show_reconstructions(network, data)
        settings = network.config.model
        if isinstance(settings, AutoencoderSettings) and settings.latent >= 2:
            show_latent_map(run, network, data)
        st.fragment(show_errors()(show_morph))(network, data)
    else:
        st.fragment(explore_attention)(network, data)


def show_nothing(run: RunFolder) -> None:
    st.info(
        _("This network reads each picture row by row, so there are no patterns to show. Try it on the Draw page."),
        icon=":material/draw:",
    )
    show_link("draw", run=run)


def explore_attention(network: TrainedNetwork, data: Dataset) -> None:
    """Show the attention of the network on a test picture, and its answer."""
    from nn_core.inference import predict_stored

    with show_errors():
        index = pick_sample(len(data.test), _("Test picture"), key="inside_picture")
        picture = data.test.inputs[index].numpy()
        attention = compute_picture_attention(network, picture)
        st.markdown(
            _(
                "The network divides the picture into squares and weighs them to decide. Blue shows how much attention each "
                "square gets."
            )
        )
        left, right = st.columns(2, gap="large")
        with left, st.container(border=True, key="attention"):
            depth, heads = attention.shape[:2]
            blocks = {number: _("Block {number}").format(number=number) for number in range(1, depth + 1)}
            block = choose(_("Attention of"), {0: _("All"), **blocks}, key="block")
            chosen = attention if not block or block > depth else attention[block - 1 : block]
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
        with section_card(_("Head by head"), key="heads"):
            show_attention_heads(picture, attention)
            st.caption(
                _("Each head may look for something different. The square with its highest attention is fully blue.")
            )


def explore_patterns(network: TrainedNetwork, data: Dataset | None) -> None:
    """Show the first layer's patterns, and for convolutions where they occur in a test picture, if the data is on this machine."""
    from nn_core.inference import get_first_patterns

    with show_errors():
        patterns = get_first_patterns(network)
        assert patterns is not None
        is_whole_picture = tuple(patterns.shape[1:]) == network.spec.shape
        show_patterns(patterns, whole_picture=is_whole_picture)
        if is_whole_picture:
            return
        if data is None:
            st.caption(_("To see where they occur, download the test pictures:"))
            offer_download(network.spec)
            return
        index = pick_sample(len(data.test), _("Test picture"), key="inside_picture")
        show_feature_maps(network, data, index)


def suggest_elsewhere(run: RunFolder, spec: DatasetSpec) -> None:
    """Link to the page that shows networks for texts or points."""
    if spec.kind == "text":
        st.info(_("This network reads text. The Text page shows which letters matter to it."), icon=":material/abc:")
        show_link("text", run=run)
    else:
        st.info(
            _("This network separates points. The Evaluate page shows how, and its mistakes."),
            icon=":material/grid_on:",
        )
        show_link("evaluate", run=run)


st.title(_("Look inside"), anchor=False)
runs = filter_runs()
if not runs:
    stop_without_network(
        _("There is no trained network yet. Train one first, then look inside it."), ":material/visibility:"
    )
picture_runs = filter_runs(kind="pictures")  # the page shows most for these
run = pick_run(_("Network"), runs, default=picture_runs[0] if picture_runs else None, has_caption=True)
spec = find_configured_dataset(run.config().data, get_data_folder())
if spec.kind != "pictures":
    suggest_elsewhere(run, spec)
else:
    show_inside(run, spec)
    show_next_steps(
        see_mistakes(run), change_a_setting(run) if get_run_labels(run).goal == "reconstruct" else try_it(run)
    )
