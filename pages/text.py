"""Text: type a name and see how a trained network classifies it and which letters matter."""

import random

import streamlit as st

from nn_core.config import get_preset
from nn_core.data import DatasetSpec, find_configured_dataset
from nn_core.data.builtin.surnames import SURNAMES, describe_refusal
from nn_core.i18n import _
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder
from ui.app import cache, navigation
from ui.app.errors import show_errors
from ui.app.next_steps import change_a_setting, look_at_data, see_mistakes, show_next_steps
from ui.app.text import escape_markdown
from ui.app.url_values import MAX_TEXT_LENGTH, make_text_value, restore_widget, show_rejected, write_url
from ui.app.widgets import show_teacher_button
from ui.components.announcer import announce
from ui.data.samples import list_example_texts
from ui.draw.prediction_view import announce_answer, show_bars, show_label
from ui.inspect.attention_view import show_letters
from ui.runs.run_picker import filter_runs, pick_run
from ui.train.new_run import start_and_open

navigation.open_app()

_TEXT_KEY, _TEXT_VALUE = "typed_text", make_text_value("text", "")
_MAX_EXAMPLES = 6
_DELAY = "60ms"  # between the last key and the network's answer


def offer_training() -> None:
    st.info(
        _(
            "There is no trained network for text yet. Train one on surnames of eleven languages, which takes about a minute. Then "
            "type a name here and see which language the network recognises."
        ),
        icon=":material/abc:",
    )
    if show_teacher_button(_("Train a network on names"), key="first_text_network", icon=":material/play_arrow:"):
        start_and_open(get_preset("text_attention"), preset="text_attention")


def choose_examples(run: RunFolder, spec: DatasetSpec) -> dict[str, str]:
    """Choose random texts of the test split, each of a different class; return them with their classes."""
    config = run.config()
    texts, labels = list_example_texts(config.data), cache.get_dataset(config.data).test.labels.tolist()
    order = list(range(len(texts)))
    random.Random(st.session_state.get("example_seed", 0)).shuffle(order)
    text_of_class: dict[int, str] = {}
    for index in order:
        text_of_class.setdefault(labels[index], texts[index])
        if len(text_of_class) == min(_MAX_EXAMPLES, len(spec.classes)):
            break
    return {text: spec.classes[label] for label, text in text_of_class.items()}


def pick_other_examples() -> None:
    st.session_state["example_seed"] = st.session_state.get("example_seed", 0) + 1


def use_example(text: str, label: str) -> None:
    st.session_state[_TEXT_KEY] = text
    st.session_state["example_used"] = (text, label)


def show_example_buttons(offered: dict[str, str]) -> None:
    st.caption(_("Or try one of these test texts, which the network was not trained on:"))
    with st.container(key="examples", horizontal=True, gap="small"):
        for number, (text, label) in enumerate(offered.items()):
            st.button(escape_markdown(text), key=f"example_{number}", on_click=use_example, args=(text, label))
        st.button(
            _("Show others"),
            key="other_examples",
            icon=":material/refresh:",
            type="tertiary",
            on_click=pick_other_examples,
        )


def show_reader(run: RunFolder, spec: DatasetSpec) -> None:
    """Show the text field, the answer and which letters matter. It is a fragment, so that typing redraws nothing else."""
    from nn_core.inference import predict_text

    with show_errors():
        left, right = st.columns([3, 2], gap="large")
        offered = choose_examples(run, spec)
        is_names = spec.name == SURNAMES.name
        restore_widget(_TEXT_KEY, _TEXT_VALUE)
        with left:
            show_rejected(_TEXT_VALUE.name)
            text = st.text_input(
                _("A name") if is_names else _("A text"),
                key=_TEXT_KEY,
                placeholder=next(iter(offered), ""),
                live=_DELAY,
                autocomplete="off",
            )
            write_url((_TEXT_VALUE,), {_TEXT_VALUE.name: text if text and len(text) <= MAX_TEXT_LENGTH else ""})
            network = cache.get_network(run)
            refusal = describe_refusal(text or "") if is_names else ""
            prediction = None if refusal else predict_text(network, text or "")
            invitation = _("Type a name") if is_names else _("Type a text")
            show_label(
                prediction,
                key="text_prediction",
                invitation=_("Not a name yet") if refusal else invitation,
                when=escape_markdown(refusal) or _("The answer changes with every letter."),
                note=describe_true_class(text or ""),
                lead=_("Best guess"),
            )
            if prediction is not None:
                show_letters(network, text or "", prediction.label)
            show_example_buttons(offered)
        with right:
            show_bars(prediction, spec, key="text_prediction")
        if refusal:
            announce(refusal, subject="text_prediction")
        else:
            announce_answer(prediction, key="text_prediction")


def describe_true_class(text: str) -> str:
    """Name the true class of an example; empty for the user's own text."""
    example, label = st.session_state.get("example_used", ("", ""))
    return _("It is: {label}.").format(label=escape_markdown(label)) if text and example == text else ""


st.title(_("Text"), anchor=False)
runs = filter_runs(kind="text", goal="classify")
if not runs:
    offer_training()
    show_next_steps(look_at_data("surnames"))
    st.stop()
run = pick_run(_("Network"), runs, has_caption=True)
st.fragment(show_reader)(run, find_configured_dataset(run.config().data, get_data_folder()))
show_next_steps(see_mistakes(run), change_a_setting(run))
