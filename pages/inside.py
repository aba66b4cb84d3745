"""Look inside: what a trained network does with what it reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from nn_core.data import find_dataset
from nn_core.i18n import _
from nn_core.places import data_folder
from nn_core.runs import RunFolder
from ui import cached, navigation
from ui.answer import show_answer
from ui.attention_view import attention_chart, attention_heads, attention_over_picture, attention_table
from ui.autoencoder_view import latent_view, morph_view, reconstructions_view
from ui.download import download_offer
from ui.errors import errors_shown
from ui.headings import section_heading
from ui.next_steps import change_a_setting, next_steps, see_mistakes, try_it
from ui.patterns_view import found_view, patterns_view
from ui.runs import run_picker, runs_that
from ui.sample_picker import sample_picker
from ui.text import plain
from ui.words import about

if TYPE_CHECKING:
    from nn_core.data import Dataset, DatasetSpec
    from nn_core.inference import TrainedNetwork

navigation.open_app()


def look(run: RunFolder, spec: DatasetSpec) -> None:
    """What there is to see depends on the network."""
    from nn_core.inference import attends, first_patterns

    network = cached.network(run)
    data = cached.dataset(network.config.data) if spec.is_present(data_folder()) else None
    if not (network.goal == "reconstruct" or attends(network)):
        if first_patterns(network) is None:
            nothing_to_see(run)
        else:
            st.fragment(patterns)(network, data)
    elif data is None:
        download_offer(spec)
    elif network.goal == "reconstruct":
        squeezed(run, network, data)
    else:
        st.fragment(attention)(network, data)


def nothing_to_see(run: RunFolder) -> None:
    st.info(
        _(
            "This network reads each picture row by row, and has no picture of its own to show. Try it on the Draw page."
        ),
        icon=":material/draw:",
    )
    st.page_link(navigation.PAGES["draw"], label=_("Draw"), icon=":material/draw:", query_params={"run": run.name})


def squeezed(run: RunFolder, network: TrainedNetwork, data: Dataset) -> None:
    reconstructions_view(network, data)
    if network.config.model.latent >= 2:
        latent_view(run, network, data)
    st.fragment(_guarded_morph)(network, data)


def _guarded_morph(network: TrainedNetwork, data: Dataset) -> None:
    with errors_shown():
        morph_view(network, data)


def attention(network: TrainedNetwork, data: Dataset) -> None:
    """Where the network looked in a test picture, and what it answered."""
    from nn_core.inference import predict_stored

    with errors_shown():
        index = sample_picker(len(data.test), label=_("Test picture"), key="inside_picture")
        picture = data.test.inputs[index].numpy()
        looked = attention_over_picture(network, picture)
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
            attention_chart(picture, shares, key="attention_chart")
            st.caption(_("The mean over {heads} heads; hover for the figures.").format(heads=heads * len(chosen)))
            attention_table(shares)
        with right:
            label = plain(data.spec.classes[int(data.test.labels[index])])
            show_answer(
                predict_stored(network, data.test.inputs[index]),
                data.spec,
                key="inside_prediction",
                invitation="",
                when="",
                note=_("It is: {label}.").format(label=label),
            )
        with st.container(border=True, key="heads"):
            section_heading(_("Head by head"))
            attention_heads(picture, looked)
            st.caption(
                _(
                    "Each head may look for something else. The square that it looked at most glows fully in its picture."
                )
            )


def patterns(network: TrainedNetwork, data: Dataset | None) -> None:
    """The first layer's patterns; for convolutions, also where they were found in a test picture, if the data are here."""
    from nn_core.inference import first_patterns

    with errors_shown():
        found = first_patterns(network)
        assert found is not None
        whole = tuple(found.shape[1:]) == network.spec.shape
        patterns_view(found, whole_picture=whole)
        if whole:
            return
        if data is None:
            st.caption(_("To see where it finds them, it needs test pictures:"))
            download_offer(network.spec)
            return
        index = sample_picker(len(data.test), label=_("Test picture"), key="inside_picture")
        found_view(network, data, index)


def elsewhere(run: RunFolder, spec: DatasetSpec) -> None:
    """Where texts and points are looked at."""
    query = {"run": run.name}
    if spec.kind == "text":
        st.info(_("This network reads text: see which letters matter to it on the Text page."), icon=":material/abc:")
        st.page_link(navigation.PAGES["text"], label=_("Text"), icon=":material/abc:", query_params=query)
    else:
        st.info(
            _("This network divides the plane: the Evaluate page shows how, and where it errs."),
            icon=":material/grid_on:",
        )
        st.page_link(navigation.PAGES["evaluate"], label=_("Evaluate"), icon=":material/grid_on:", query_params=query)


st.title(_("Look inside"), anchor=False)
runs = runs_that()
if not runs:
    st.info(_("There is no trained network yet. Train a first one, then look into it."), icon=":material/visibility:")
    st.page_link(navigation.PAGES["home"], label=_("Home"), icon=":material/home:")
    st.stop()
to_look_at = runs_that(kind="pictures")  # the page has most to show of these
run = run_picker(_("Network"), runs, default=to_look_at[0] if to_look_at else None, about=True)
spec = find_dataset(run.config().data.name, data_folder())
if spec.kind != "pictures":
    elsewhere(run, spec)
else:
    look(run, spec)
    next_steps(
        see_mistakes(run),
        change_a_setting(run) if about(run).goal == "reconstruct" else try_it(run),
    )
