"""The same drawing, read by several networks."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import streamlit as st

from nn_core.data import find_dataset
from nn_core.errors import NNLabError
from nn_core.i18n import _
from nn_core.paths import get_data_folder, get_runs_folder
from nn_core.runs import RunFolder
from nn_core.settings import get_title
from ui.app import cache
from ui.app.errors import show_errors
from ui.app.text import escape_markdown
from ui.app.url_values import is_history_navigation, reject, show_rejected
from ui.components.probability_bars import draw_probability_bars
from ui.data.picture_views import enlarge, to_display
from ui.draw.prediction_view import show_label
from ui.runs.run_picker import filter_runs

if TYPE_CHECKING:
    from nn_core.inference import Prediction, TrainedNetwork
    from ui.draw.explain import Question

__all__ = ["describe_agreement", "show_other_networks"]

_MOST = 4
_AT_FIRST = 2  # networks beside the page's own until somebody chooses
_ADDRESS = "beside"  # …?beside=one&beside=two
_NONE = ""  # …?beside= stands for no other network
_CARD = 264  # screen pixels
_SEEN = 56
_ALL_BARS = 10
_LIKELIEST = 5
_LOOK_AGAIN_SECONDS = 5


def show_other_networks(question: Question) -> None:
    """Which other networks, then a sentence on whether they agree, and a card for each."""
    draws = not isinstance(question.source, bytes)
    runs = {run.name: run for run in _runs(str(get_runs_folder()), question.network.spec.classes, draws=draws)}
    runs.pop(question.run.name, None)
    if not runs:
        st.info(_("There is no other trained network for this yet. Train one, then compare."), icon=":material/info:")
        return
    chosen = _choice(list(runs), question.run.name, key=f"{question.key}_beside")
    summary = st.empty()
    predictions = {question.run.name: question.prediction}
    with st.container(horizontal=True, key=f"{question.key}_cards"):
        for name in chosen:
            with st.container(border=True, width=_CARD), show_errors():
                prediction = _card(runs[name], question)
                predictions |= {name: prediction} if prediction else {}
    if len(predictions) > 1:
        summary.markdown(describe_agreement(predictions))
    elif not chosen:
        summary.caption(_("Choose networks that shall read the same drawing."))


@st.cache_resource(ttl=_LOOK_AGAIN_SECONDS, max_entries=16, show_spinner=False)
def _runs(folder: str, classes: tuple[str, ...], *, draws: bool) -> list[RunFolder]:
    """Those that know the same classes first. Not looked for again at each stroke.

    folder: the one with the runs; draws: only those that read drawings.
    """
    found = []
    for run in filter_runs(kind="pictures", goal="classify"):
        with suppress(NNLabError):
            spec = find_dataset(run.config().data.name, get_data_folder())
            if spec.is_line_drawing or not draws:
                found.append((run, spec.classes == classes))
    return [run for same in (True, False) for run, knows in found if knows == same]


def _choice(names: list[str], own: str, *, key: str) -> list[str]:
    """The names that were chosen; they stay in the URL, so that F5, a shared link and an empty canvas in between keep them.

    own: the name of the page's network, which needs no card beside itself.
    """
    in_url = _names_in_url(names, own)
    if key not in st.session_state or is_history_navigation():
        kept = None if is_history_navigation() else st.session_state.get(f"{key}_kept")
        if kept is None:
            kept = names[:_AT_FIRST] if in_url is None else in_url
        st.session_state[key] = [name for name in kept if name in names]
    show_rejected(_ADDRESS)

    def remember() -> None:
        st.query_params[_ADDRESS] = st.session_state[key] or [_NONE]

    chosen: list[str] = st.multiselect(
        _("Networks on the same drawing"),
        names,
        key=key,
        max_selections=_MOST,
        on_change=remember,
        placeholder=_("Choose up to {count}").format(count=_MOST),
    )
    st.session_state[f"{key}_kept"] = chosen
    return chosen


def _names_in_url(names: list[str], own: str) -> list[str] | None:
    """The networks that the URL names; None where it says nothing, which is not the same as none. What it must not name is
    rejected."""
    asked = st.query_params.get_all(_ADDRESS)
    if not asked:
        return None
    wanted = [name for name in dict.fromkeys(asked) if name not in (_NONE, own)]
    found = [name for name in wanted if name in names]
    if gone := [name for name in wanted if name not in names]:
        because = _("there is no other network of that name here that reads the same; choose among those in the list")
        reject(_ADDRESS, ", ".join(gone), because, remaining=found or [_NONE])
    if len(found) > _MOST:
        because = _("there is room for {count} networks; take one away to choose another").format(count=_MOST)
        reject(_ADDRESS, ", ".join(found[_MOST:]), because, remaining=found[:_MOST])
    return found[:_MOST]


def _card(run: RunFolder, question: Question) -> Prediction | None:
    """What this network answers; None where it finds nothing. Raises NNLabError for a run that cannot be read."""
    st.markdown(f"**{escape_markdown(run.name)}**")
    network = cache.get_network(run)
    spec = network.spec
    st.caption(escape_markdown(f"{_(get_title(type(network.config.model)))} · {_(spec.title)}"))
    prediction = _prediction(network, question)
    key = f"{question.key}_{run.name}"
    answer, picture = st.columns([3, 1], vertical_alignment="center")
    with answer:
        nothing = _("This network sees no ink in the picture.")
        show_label(prediction, key=f"beside_{key}", invitation=_("Nothing found"), when=nothing)
    if prediction is None:
        return None
    with picture:
        if prediction.picture is not None:
            st.image(enlarge(to_display(prediction.picture), _SEEN), alt=_("What this network sees"))
    draw_probability_bars(_shown_shares(prediction), key=f"{key}_bars")
    return prediction


def _prediction(network: TrainedNetwork, question: Question) -> Prediction | None:
    from nn_core.inference import predict_drawing, predict_picture

    source = question.source
    return predict_picture(network, source) if isinstance(source, bytes) else predict_drawing(network, source)


def _shown_shares(prediction: Prediction) -> dict[str, float]:
    shares = prediction.probabilities
    if len(shares) <= _ALL_BARS:
        return shares
    likeliest = sorted(shares, key=shares.__getitem__, reverse=True)[:_LIKELIEST]
    return {label: shares[label] for label in likeliest}


def describe_agreement(predictions: dict[str, Prediction]) -> str:
    """Markdown: whether all networks, by name, read the same, or which read what. The first is the page's own; those that
    never learned its class are told apart."""
    label = next(iter(predictions.values())).label
    readings = {name: given.label for name, given in predictions.items() if label in given.probabilities}
    strangers = [escape_markdown(name) for name in predictions if name not in readings]
    told = [_readings_told(readings)] if len(readings) > 1 else []
    if strangers:
        sentence = _("Has never learned what **{label}** is: {names}.")
        told.append(sentence.format(label=escape_markdown(label), names=", ".join(strangers)))
    return " ".join(told)


def _readings_told(readings: dict[str, str]) -> str:
    given = list(readings.values())
    labels = sorted(set(given), key=lambda label: (-given.count(label), label))
    if len(labels) == 1:
        told = _("Both networks read **{label}**.") if len(given) == 2 else _("All {count} networks read **{label}**.")
        return told.format(count=len(given), label=escape_markdown(labels[0]))
    sides = [
        f"**{escape_markdown(label)}** ({', '.join(escape_markdown(name) for name, read in readings.items() if read == label)})"
        for label in labels
    ]
    return _("The networks disagree: {sides}.").format(sides=", ".join(sides))
