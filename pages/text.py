"""Text: type a name, and see what a trained network takes it for, and which letters mattered."""

from __future__ import annotations

import random

import streamlit as st

from nn_core.config import preset
from nn_core.data import DatasetSpec, find_dataset
from nn_core.i18n import _
from nn_core.places import data_folder
from nn_core.runs import RunFolder
from ui import cached, navigation
from ui.answer import announce_answer, show_bars, show_label
from ui.errors import errors_shown
from ui.example_texts import example_texts
from ui.letters_view import letters_view
from ui.next_steps import change_a_setting, look_at_data, next_steps, see_mistakes
from ui.role import for_teachers, may_change
from ui.runs import run_picker, runs_that
from ui.start_run import start_run
from ui.text import plain

navigation.open_app()

_EXAMPLES = 6
_PAUSE = "60ms"  # after a key, before the network reads again


def first_text_network() -> None:
    """Start `text_attention` on the surnames, and go to watch it."""
    run = start_run(preset("text_attention"))
    st.switch_page(navigation.PAGES["train"], query_params={"run": run.name})


def nothing_yet() -> None:
    st.info(
        _(
            "There is no trained network for text yet. Train one on surnames of eleven languages: it takes about a minute. Then "
            "type any name here, and see which language the network takes it for."
        ),
        icon=":material/abc:",
    )
    if not may_change():
        st.caption(for_teachers())
    elif st.button(
        _("Train a network on names"), key="first_text_network", type="primary", icon=":material/play_arrow:"
    ):
        with errors_shown(), st.spinner(_("Starting …")):
            first_text_network()


def examples(run: RunFolder, spec: DatasetSpec) -> dict[str, str]:
    """Some texts of the test split, each with its class, no two of one class while there are enough."""
    config = run.config()
    texts, labels = example_texts(config.data), cached.dataset(config.data).test.labels.tolist()
    order = list(range(len(texts)))
    random.Random(st.session_state.get("example_seed", 0)).shuffle(order)
    found: dict[int, str] = {}
    for index in order:
        found.setdefault(labels[index], texts[index])
        if len(found) == min(_EXAMPLES, len(spec.classes)):
            break
    return {text: spec.classes[label] for label, text in found.items()}


def other_examples() -> None:
    st.session_state["example_seed"] = st.session_state.get("example_seed", 0) + 1


def take_example(text: str, label: str) -> None:
    st.session_state["typed_text"] = text
    st.session_state["example_taken"] = (text, label)


def example_buttons(offered: dict[str, str]) -> None:
    st.caption(_("Or try one of these. They are of the test split, so the network has never seen them:"))
    with st.container(key="examples", horizontal=True, gap="small"):
        for number, (text, label) in enumerate(offered.items()):
            st.button(plain(text), key=f"example_{number}", on_click=take_example, args=(text, label))
        st.button(
            _("Others"), key="other_examples", icon=":material/refresh:", type="tertiary", on_click=other_examples
        )


def read(run: RunFolder, spec: DatasetSpec) -> None:
    """The text, the answer, and which letters mattered; a fragment, so that a letter typed redraws nothing else."""
    from nn_core.inference import predict_text

    with errors_shown():
        left, right = st.columns([3, 2], gap="large")
        offered = examples(run, spec)
        names = spec.name == "surnames"
        with left:
            text = st.text_input(
                _("A name") if names else _("A text"),
                key="typed_text",
                placeholder=next(iter(offered), ""),
                live=_PAUSE,
                autocomplete="off",
            )
            network = cached.network(run)
            prediction = predict_text(network, text or "")
            show_label(
                prediction,
                key="text_prediction",
                invitation=_("Type a name") if names else _("Type a text"),
                when=_("The answer changes with every letter."),
                note=true_class(text or ""),
            )
            if prediction is not None:
                letters_view(network, text or "", prediction.label)
            example_buttons(offered)
        with right:
            show_bars(prediction, spec, key="text_prediction")
        announce_answer(prediction, key="text_prediction")


def true_class(text: str) -> str:
    """What an example really is; nothing for a text of one's own."""
    taken, label = st.session_state.get("example_taken", ("", ""))
    return _("It is: {label}.").format(label=plain(label)) if text and taken == text else ""


st.title(_("Text"), anchor=False)
runs = runs_that(kind="text", goal="classify")
if not runs:
    nothing_yet()
    next_steps(look_at_data("surnames"))
    st.stop()
run = run_picker(_("Network"), runs, about=True)
st.fragment(read)(run, find_dataset(run.config().data.name, data_folder()))
next_steps(see_mistakes(run), change_a_setting(run))
