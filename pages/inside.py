"""Look inside: a gallery of views of what a trained network has learned and what it computes."""

import streamlit as st

from nn_core.data import DatasetSpec, find_configured_dataset
from nn_core.i18n import _
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder
from ui.app import navigation
from ui.app.next_steps import change_a_setting, see_mistakes, show_next_steps, try_it
from ui.app.run_labels import get_run_labels
from ui.app.url_values import read_value, show_rejected
from ui.app.widgets import show_link
from ui.inspect.cards import CARD_VALUE, CARDS, Card, filter_for_card, show_card_heading, show_cards, suggest_card
from ui.inspect.gallery import show_card
from ui.inspect.train_one import find_training_run, offer_training, show_training
from ui.runs.run_picker import filter_runs, find_chosen_run, pick_run

navigation.open_app()


def get_spec(run: RunFolder) -> DatasetSpec:
    return find_configured_dataset(run.config().data, get_data_folder())


def choose_card(runs: list[RunFolder]) -> Card | None:
    """Return the card in the URL, or the one that suits the current run best; None if no card can show it."""
    if name := read_value(CARD_VALUE):
        return CARDS[name]
    if not runs:
        return CARDS["patterns"]
    pictures = [run for run in runs if get_spec(run).kind == "pictures"]  # the page shows most for these
    run = find_chosen_run(runs, default=pictures[0] if pictures else None)
    return suggest_card(run.config(), get_spec(run).kind)


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


def show_open_card(card: Card, runs: list[RunFolder]) -> None:
    """Show the open card for a network that it can show, or offer to train one."""
    fitting = filter_for_card(card, runs)
    left, right = st.columns([5, 3], gap="medium")
    with left:
        show_card_heading(card)
    if training := find_training_run():
        show_training(training)
    elif not fitting:
        offer_training(card)
    else:
        with right:
            run = pick_run(_("Network"), fitting, default=fitting[0], has_caption=True)
            show_link("backprop", _("See one training step"), run=run)
        show_card(card, run)
        show_next_steps(
            see_mistakes(run), change_a_setting(run) if get_run_labels(run).goal == "reconstruct" else try_it(run)
        )


st.title(_("Look inside"), anchor=False)
runs = filter_runs()
card = choose_card(runs)
show_cards(card, runs)
show_rejected("card")
if card is not None:
    show_open_card(card, runs)
else:
    run = pick_run(_("Network"), runs, has_caption=True)
    show_link("backprop", _("See one training step"), run=run)
    suggest_elsewhere(run, get_spec(run))
