"""The answers of several networks to the same drawing."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import streamlit as st

from nn_core.data import find_configured_dataset
from nn_core.drawings import Drawing
from nn_core.errors import NNLabError
from nn_core.i18n import _
from nn_core.paths import get_data_folder, get_runs_folder
from nn_core.runs import RunFolder
from nn_core.runs.label import isolate_direction
from nn_core.settings import get_title
from ui.app import cache
from ui.app.errors import show_errors
from ui.app.glossary import describe_view
from ui.app.images import enlarge, to_display
from ui.app.text import escape_markdown, escape_title
from ui.app.url_values import is_history_navigation, reject, show_rejected
from ui.components.probability_bars import draw_probability_bars
from ui.draw.prediction_view import get_top_probabilities, show_label
from ui.runs.run_picker import filter_runs, get_run_titles

if TYPE_CHECKING:
    from nn_core.inference import Prediction, TrainedNetwork
    from ui.draw.explain import Question

__all__ = ["describe_agreement", "show_other_networks"]

_MAX_NETWORKS = 4
_DEFAULT_NETWORKS = 2  # in addition to the page's own
_PARAMETER = "beside"  # …?beside=one&beside=two
_NONE = ""  # …?beside= means no other network
_CARD_WIDTH = 264  # screen pixels
_INPUT_SIDE = 56
_MAX_BARS = 10
_TOP_CLASSES = 5
_CACHE_SECONDS = 5


def show_other_networks(question: Question) -> None:
    """Show a choice of networks, whether they agree, and a card with the answer of each."""
    is_drawing = isinstance(question.source, Drawing)
    runs = {run.name: run for run in _list_runs(str(get_runs_folder()), question.network.spec.classes, is_drawing)}
    runs.pop(question.run.name, None)
    if not runs:
        st.info(_("There is no other trained network for this yet. Train one to compare."), icon=":material/info:")
        return
    describe_view(
        _("The answers of several networks to the same drawing."),
        _("Look for drawings on which they disagree: these are hard to read, or unlike the training data."),
        "confidence",
        "seed",
        "out_of_distribution",
        key=f"{question.key}_beside",
    )
    titles = {**{name: name for name in (*runs, question.run.name)}, **get_run_titles()}
    chosen = _choose_networks(list(runs), question.run.name, titles, key=f"{question.key}_beside")
    summary = st.empty()
    predictions = {titles[question.run.name]: question.prediction}
    with st.container(horizontal=True, key=f"{question.key}_cards"):
        for name in chosen:
            with st.container(border=True, width=_CARD_WIDTH), show_errors():
                prediction = _show_card(runs[name], titles[name], question)
                predictions |= {titles[name]: prediction} if prediction else {}
    if len(predictions) > 1:
        summary.markdown(describe_agreement(predictions))
    elif not chosen:
        summary.caption(_("Choose networks to compare."))


@st.cache_resource(ttl=_CACHE_SECONDS, max_entries=16, show_spinner=False)
def _list_runs(folder: str, classes: tuple[str, ...], is_drawing: bool) -> list[RunFolder]:
    """Runs that can read the source, those with the same classes first. Cached, because each stroke asks for them.

    Args:
        folder: with the runs; part of the cache key.
        is_drawing: whether to list only runs that read drawings.
    """
    found = []
    for run in filter_runs(kind="pictures", goal="classify"):
        with suppress(NNLabError):
            spec = find_configured_dataset(run.config().data, get_data_folder())
            if spec.is_line_drawing or not is_drawing:
                found.append((run, spec.classes != classes))
    return [run for run, _differs in sorted(found, key=lambda entry: entry[1])]


def _choose_networks(names: list[str], own: str, titles: dict[str, str], *, key: str) -> list[str]:
    """The chosen names. They are saved in the URL, so F5, a shared link and an empty canvas in between keep them.

    Args:
        own: the name of the page's network, which is not offered.
        titles: of all runs by name.
    """
    in_url = _read_url(names, own)
    if key not in st.session_state or is_history_navigation():
        chosen = None if is_history_navigation() else st.session_state.get(f"{key}_saved")
        if chosen is None:
            chosen = names[:_DEFAULT_NETWORKS] if in_url is None else in_url
        st.session_state[key] = [name for name in chosen if name in names]
    show_rejected(_PARAMETER)

    def save_to_url() -> None:
        st.query_params[_PARAMETER] = st.session_state[key] or [_NONE]

    selected: list[str] = st.multiselect(
        _("Networks on the same drawing"),
        names,
        format_func=lambda name: isolate_direction(titles[name]),
        key=key,
        max_selections=_MAX_NETWORKS,
        on_change=save_to_url,
        placeholder=_("Choose up to {count}").format(count=_MAX_NETWORKS),
    )
    st.session_state[f"{key}_saved"] = selected
    return selected


def _read_url(names: list[str], own: str) -> list[str] | None:
    """The networks in the URL; None without the parameter, an empty list for no networks. Invalid names are rejected."""
    values = st.query_params.get_all(_PARAMETER)
    if not values:
        return None
    requested = [name for name in dict.fromkeys(values) if name not in (_NONE, own)]
    found = [name for name in requested if name in names]
    if missing := [name for name in requested if name not in names]:
        reason = _("no other network of that name reads the same classes; choose one from the list")
        reject(_PARAMETER, ", ".join(missing), reason, remaining=found or [_NONE])
    if len(found) > _MAX_NETWORKS:
        reason = _("at most {count} networks fit; remove one to choose another").format(count=_MAX_NETWORKS)
        reject(_PARAMETER, ", ".join(found[_MAX_NETWORKS:]), reason, remaining=found[:_MAX_NETWORKS])
    return found[:_MAX_NETWORKS]


def _show_card(run: RunFolder, title: str, question: Question) -> Prediction | None:
    """Show and return this network's answer; None if it finds no ink. Raises NNLabError for a run that cannot be read."""
    st.markdown(f"**{escape_title(title)}**")
    network = cache.get_network(run)
    spec = network.spec
    st.caption(escape_markdown(f"{_(get_title(type(network.config.model)))} · {_(spec.title)}"))
    prediction = _predict(network, question)
    key = f"{question.key}_{run.name}"
    left, right = st.columns([3, 1], vertical_alignment="center")
    with left:
        reason = _("This network sees no ink in the picture.")
        show_label(prediction, key=f"beside_{key}", invitation=_("Nothing found"), when=reason)
    if prediction is None:
        return None
    with right:
        if prediction.picture is not None:
            st.image(enlarge(to_display(prediction.picture), _INPUT_SIDE), alt=_("What this network sees"))
    probabilities = prediction.probabilities
    if len(probabilities) > _MAX_BARS:
        probabilities = get_top_probabilities(probabilities, _TOP_CLASSES)
    draw_probability_bars(probabilities, key=f"{key}_bars")
    return prediction


def _predict(network: TrainedNetwork, question: Question) -> Prediction | None:
    from nn_core.inference import predict_drawing, predict_picture

    source = question.source
    return predict_drawing(network, source) if isinstance(source, Drawing) else predict_picture(network, source)


def describe_agreement(predictions: dict[str, Prediction]) -> str:
    """Say in Markdown whether all networks give the same answer, or which answer what.

    Args:
        predictions: by title; the first one is the page's own. Networks without its class are listed separately.
    """
    label = next(iter(predictions.values())).label
    answers = {name: prediction.label for name, prediction in predictions.items() if label in prediction.probabilities}
    without_class = [escape_title(name) for name in predictions if name not in answers]
    sentences = [_describe_answers(answers)] if len(answers) > 1 else []
    if without_class:
        sentence = _("Not trained on **{label}**: {names}.")
        sentences.append(sentence.format(label=escape_markdown(label), names=", ".join(without_class)))
    return " ".join(sentences)


def _describe_answers(answers: dict[str, str]) -> str:
    given = list(answers.values())
    labels = sorted(set(given), key=lambda label: (-given.count(label), label))
    if len(labels) == 1:
        text = _("Both networks read **{label}**.") if len(given) == 2 else _("All {count} networks read **{label}**.")
        return text.format(count=len(given), label=escape_markdown(labels[0]))
    sides = [
        f"**{escape_markdown(label)}** ({', '.join(escape_title(name) for name, answer in answers.items() if answer == label)})"
        for label in labels
    ]
    return _("The networks disagree: {sides}.").format(sides=", ".join(sides))
