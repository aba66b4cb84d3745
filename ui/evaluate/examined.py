"""The examples that Evaluate shows one by one: the run's own test data, or a substitute that is named on the page, and the answers for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from nn_core.data import Dataset, DatasetSpec, DataSettings
from nn_core.i18n import _
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder
from nn_core.task import get_plural
from ui.app import cache
from ui.app.text import escape_markdown
from ui.data.samples import list_example_texts
from ui.data.views import offer_download
from ui.evaluate.card_answers import describe_substitute_risk
from ui.inspect.slow_results import compute_with_progress

if TYPE_CHECKING:
    from nn_core.evaluation.answers import Answers
    from nn_core.evaluation.mistakes import Errors
    from nn_core.inference import TrainedNetwork

__all__ = ["Examined", "get_run_answers", "get_run_errors", "load_examined", "show_source_note"]


@dataclass(frozen=True)
class Examined:
    """A run and the data on which its network is examined.

    Attributes:
        run: the run.
        spec: of the run's own data.
        network: its best one.
        settings: of the data that is shown.
        dataset: with the test split that is shown and the training split.
        is_substitute: whether it is not the run's own.
    """

    run: RunFolder
    spec: DatasetSpec
    network: TrainedNetwork
    settings: DataSettings
    dataset: Dataset
    is_substitute: bool

    @property
    def samples(self) -> str:
        """The plural noun for its examples."""
        return get_plural(self.spec.kind)

    def get_text(self, index: int) -> str:
        """Return a test text as it was written; empty for other kinds of data."""
        return list_example_texts(self.settings)[index] if self.spec.kind == "text" else ""


def load_examined(run: RunFolder, spec: DatasetSpec) -> Examined | None:
    """Load the network and its test data. If neither the data nor a substitute is on this machine, say so, offer the download and return None."""
    from nn_core.evaluation.held_out import find_held_out_settings

    config = run.config()
    settings = find_held_out_settings(config, get_data_folder())
    if settings is None:
        st.caption(_("The examples are not shown, because the run's data is not on this machine."))
        offer_download(spec)
        return None
    return Examined(
        run, spec, cache.get_network(run), settings, cache.get_dataset(settings), settings.name != config.data.name
    )


def show_source_note(examined: Examined) -> None:
    """If the examples are not the run's own test data, say which they are, and offer the download."""
    if not examined.is_substitute:
        return
    shown = examined.dataset
    sentences = _(
        "{own} is not on this machine. The examples here are the {count:,} test {samples} of {substitute}, and the numbers in this card count "
        "only these. The figures above are from the run's own test data."
    ).format(
        own=escape_markdown(_(examined.spec.title)),
        count=len(shown.test),
        samples=examined.samples,
        substitute=escape_markdown(_(shown.spec.title)),
    )
    st.info(f"{sentences} {describe_substitute_risk(examined.samples)}", icon=":material/info:")
    with st.expander(_("Get the run's own test data"), key="own_test_data"):
        offer_download(examined.spec)


def get_run_answers(examined: Examined) -> Answers:
    """Return the answers for the test split, computed with a progress bar if the run has none stored."""
    from nn_core.evaluation.answers import Answers, get_answers
    from nn_core.evaluation.held_out import HeldOutData

    data = HeldOutData(
        examined.dataset.spec, examined.settings, examined.dataset.test, is_substitute=examined.is_substitute
    )
    return compute_with_progress(
        _get_key(examined),
        Answers,
        lambda report: get_answers(
            examined.run, get_data_folder(), data=data, network=examined.network, on_progress=report
        ),
        text=_("Running the network on {count:,} test {samples} …").format(
            count=len(data.test), samples=examined.samples
        ),
        keep=8,
    )


def get_run_errors(examined: Examined) -> Errors:
    """Return the errors for the test split, computed with a progress bar."""
    from nn_core.evaluation.mistakes import Errors, measure_errors

    test = examined.dataset.test
    return compute_with_progress(
        _get_key(examined),
        Errors,
        lambda report: measure_errors(examined.network, test, report),
        text=_("Running the network on {count:,} test {samples} …").format(count=len(test), samples=examined.samples),
        keep=8,
    )


def _get_key(examined: Examined) -> tuple[str, int, str]:
    run = examined.run
    return str(run.path), cache.get_weights_version(run), examined.settings.model_dump_json()
