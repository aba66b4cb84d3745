"""Compare: is one run really better than another, and what made the difference?"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from nn_core.i18n import _
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder
from ui.app import cache, navigation
from ui.app.errors import show_errors
from ui.app.glossary import describe_view
from ui.app.next_steps import change_a_setting, see_curves, see_mistakes, show_next_steps
from ui.app.text import escape_title
from ui.app.widgets import stop_without_network
from ui.compare.disagreements import show_disagreements
from ui.compare.results import show_agreement, show_remarks, show_results, show_settings, show_verdicts
from ui.compare.run_choice import choose_runs, list_comparable_runs
from ui.inspect.slow_results import compute_with_progress

if TYPE_CHECKING:
    from nn_core.evaluation.comparison import Comparison

navigation.open_app()


def get_comparison(runs: list[RunFolder]) -> "Comparison":
    """Compare the runs, or return the comparison of the same networks that was made before. A bar names the run whose answers are
    computed; those that were stored with its evaluation are only read."""
    from nn_core.evaluation.comparability import gather_participants
    from nn_core.evaluation.comparison import Comparison, compare_runs

    participants = gather_participants(runs, get_data_folder(), cache.get_dataset)
    versions = tuple(
        (str(each.run.path), each.title, cache.get_weights_version(each.run), each.data.spec.name)
        for each in participants
    )

    def compute(report: Callable[..., None]) -> Comparison:
        return compare_runs(
            participants,
            get_data_folder(),
            lambda each: report(
                participants.index(each) / len(participants),
                _("Answers of {letter}: {run} …").format(letter=each.letter, run=escape_title(each.title)),
            ),
        )

    return compute_with_progress(versions, Comparison, compute, text=_("Comparing …"), keep=8)


def show_legend(comparison: "Comparison") -> None:
    """Say which run has which letter."""
    runs = [f"**{each.letter}**: {escape_title(each.title)}" for each in comparison.participants]
    st.markdown("  \n".join(runs))


def offer_downloads(comparison: "Comparison") -> None:
    """Show the buttons that save the result."""
    import json

    from nn_core.evaluation.comparison_report import describe_comparison, make_disagreement_csv, make_report

    with st.container(horizontal=True, key="comparison_files"):
        st.download_button(
            _("Result as text"),
            describe_comparison(comparison),
            "comparison.txt",
            key="comparison_text",
            icon=":material/description:",
            on_click="ignore",
        )
        st.download_button(
            _("Result as JSON"),
            json.dumps(make_report(comparison), ensure_ascii=False, indent=1),
            "comparison.json",
            key="comparison_json",
            icon=":material/data_object:",
            on_click="ignore",
        )
        if comparison.results:
            st.download_button(
                _("Different answers as CSV") if comparison.answers else _("Errors as CSV"),
                make_disagreement_csv(comparison),
                "disagreements.csv",
                key="disagreements_csv",
                icon=":material/table:",
                on_click="ignore",
            )


def show_comparison(comparison: "Comparison") -> None:
    show_legend(comparison)
    if comparison.results:
        show_verdicts(comparison)
    show_remarks(comparison)
    if comparison.results:
        show_results(comparison)
    show_settings(comparison)
    if comparison.answers:
        show_agreement(comparison)
    if comparison.results:
        st.fragment(show_disagreements)(comparison)
    offer_downloads(comparison)


st.title(_("Compare"), anchor=False)
describe_view(
    _("Two to eight runs on the same test examples: is one really better, and what did they do differently?"),
    _("Look at how often chance alone would produce the difference before you trust it."),
    "mcnemar",
    "confidence_interval",
    "seed",
    "test_data",
)
runs = list_comparable_runs()
if not runs:
    stop_without_network(
        _("There is no trained network yet. Train two with different settings, then compare them here."),
        ":material/compare_arrows:",
    )
chosen = choose_runs(runs)
if len(chosen) < 2:
    st.info(
        _("Choose at least two runs above. Best are two that were trained on the same data with one setting changed."),
        icon=":material/compare_arrows:",
    )
else:
    with show_errors():
        show_comparison(get_comparison(chosen))
first = chosen[0] if chosen else runs[0]
show_next_steps(
    see_curves(chosen) if len(chosen) > 1 else see_mistakes(first),
    change_a_setting(first),
    run=None if chosen else first,
)
