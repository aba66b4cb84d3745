"""The answers that a card about confidence is computed from: on the run's own test data, or on a substitute that is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from nn_core.data import DatasetSpec, find_dataset
from nn_core.i18n import _
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder
from nn_core.task import get_plural
from ui.app import cache
from ui.app.text import escape_markdown
from ui.inspect.slow_results import compute_with_progress

if TYPE_CHECKING:
    from nn_core.evaluation.answers import Answers

__all__ = ["describe_substitute_risk", "find_answers", "show_source"]


def find_answers(run: RunFolder, spec: DatasetSpec) -> Answers | None:
    """Return the network's answers on test data, computed with a progress bar; if there is none on this machine, say so and return None."""
    from nn_core.evaluation.answers import Answers, get_answers
    from nn_core.evaluation.held_out import find_held_out_settings

    settings = find_held_out_settings(run.config(), get_data_folder())
    if settings is None:
        text = _("This needs test {samples}, and {data} is not on this machine. Download it on the Data page.")
        st.info(text.format(samples=get_plural(spec.kind), data=escape_markdown(_(spec.title))), icon=":material/info:")
        return None
    return compute_with_progress(
        (str(run.path), cache.get_weights_version(run), settings.model_dump_json()),
        Answers,
        lambda _report: get_answers(run, get_data_folder()),
        text=_("Running the network on the test {samples} …").format(samples=get_plural(spec.kind)),
        keep=8,
    )


def show_source(answers: Answers, spec: DatasetSpec) -> None:
    """Say on which examples the card's figures are, in a notice if these are not the run's own test data."""
    samples, count = get_plural(spec.kind), len(answers)
    own = escape_markdown(_(spec.title))
    if not answers.is_substitute:
        text = _("Measured on the {count:,} test {samples} of {own}.")
        st.caption(text.format(count=count, samples=samples, own=own))
        return
    substitute = escape_markdown(_(find_dataset(answers.data_name, get_data_folder()).title))
    text = _("{own} is not on this machine: this is measured on the {count:,} test {samples} of {substitute} instead.")
    sentence = text.format(own=own, count=count, samples=samples, substitute=substitute)
    st.info(f"{sentence} {describe_substitute_risk(samples)}", icon=":material/info:")


def describe_substitute_risk(samples: str) -> str:
    """Say what figures from a substitute may hide. samples: the plural noun."""
    return _(
        "The network may have been trained on these {samples}, so the figures may be better than on new ones."
    ).format(samples=samples)
