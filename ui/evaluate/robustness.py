"""How the accuracy falls when the test examples are disturbed, for one or several runs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from nn_core.data import DatasetSpec, find_dataset
from nn_core.errors import BadInput
from nn_core.i18n import _
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder
from nn_core.runs.label import isolate_direction
from nn_core.runs.reports import ClassificationReport
from nn_core.runs.robustness import RobustnessReport, read_robustness
from nn_core.task import get_plural
from ui.app.errors import show_errors
from ui.app.glossary import describe_view
from ui.app.text import escape_markdown, escape_title
from ui.app.url_values import (
    UrlValue,
    is_history_navigation,
    make_choice_value,
    reject,
    restore_widget,
    show_rejected,
    write_url,
)
from ui.app.widgets import section_card, show_csv_button
from ui.evaluate.card_answers import describe_substitute_risk
from ui.evaluate.robustness_chart import describe_levels, list_csv_rows, show_robustness_chart
from ui.evaluate.robustness_examples import show_disturbed_example
from ui.evaluate.robustness_job import show_jobs
from ui.runs.run_picker import filter_runs, get_run_titles

if TYPE_CHECKING:
    from nn_core.evaluation.robustness import Perturbation

__all__ = ["show_robustness"]

_KIND, _RUNS = "robustness_kind", "robustness_runs"  # the keys of the widgets
_BESIDE = "beside"  # the parameter of the URL
_MOST_RUNS = 5  # beside the page's run
_SEPARATOR = ","


def show_robustness(run: RunFolder, spec: DatasetSpec, _evaluation: ClassificationReport) -> None:
    """Show the accuracy against the level of a perturbation, and what starts the process that measures it."""
    from nn_core.evaluation.robustness import list_perturbations

    with section_card(_("Robustness"), key="robustness"), show_errors():
        describe_view(
            _("How many answers stay right when the test {samples} are disturbed more and more.").format(
                samples=get_plural(spec.kind)
            ),
            _("Look for a steep fall: such examples were missing in the training data, and augmentation can add them."),
            "robustness",
            "augmentation",
            "confidence_interval",
        )
        perturbations = {each.name: each for each in list_perturbations(spec)}
        others = _choose_runs(run, spec)
        runs = [run, *others]
        titles = get_run_titles()
        named = [titles.get(each.name, each.name) for each in runs]
        show_jobs(runs, named, {each.name: each.title for each in perturbations.values()})
        reports = {each.name: report for each in runs if (report := read_robustness(each))}
        if reports:
            samples = get_plural(spec.kind)
            st.fragment(show_errors()(partial(_show_results, run, reports, perturbations, titles, samples)))()


def _choose_runs(run: RunFolder, spec: DatasetSpec) -> list[RunFolder]:
    """Let the user choose other runs on the same kind of data for the same chart. The choice is in the URL."""
    found = {each.name: each for each in filter_runs(kind=spec.kind, goal="classify") if each.name != run.name}
    _reject_unknown_runs([run.name, *found], get_plural(spec.kind))
    if not found:
        show_rejected(_BESIDE)
        return []
    titles = get_run_titles()

    def parse(text: str) -> tuple[str, ...]:
        names = tuple(dict.fromkeys(name for name in text.split(_SEPARATOR) if name != run.name))
        if not all(name in found for name in names) or len(names) > _MOST_RUNS:
            raise ValueError(text)
        return names

    rule = _("the folders of at most {most} runs, divided by commas").format(most=_MOST_RUNS)
    value: UrlValue[tuple[str, ...]] = UrlValue(_BESIDE, (), parse, lambda names: _SEPARATOR.join(names), rule)  # type: ignore[arg-type]
    restore_widget(_RUNS, value)
    st.session_state[_RUNS] = [name for name in st.session_state[_RUNS] if name in found]
    chosen = st.multiselect(
        _("Compare with"),
        list(found),
        key=_RUNS,
        format_func=lambda name: isolate_direction(titles[str(name)]),
        max_selections=_MOST_RUNS,
        help=_("Other runs for the same chart, at most {most}.").format(most=_MOST_RUNS),
    )
    write_url((value,), {value.name: tuple(chosen)})
    show_rejected(value.name)
    return [found[name] for name in chosen]


def _reject_unknown_runs(known: Sequence[str], samples: str) -> None:
    """Report runs in the URL that cannot be chosen, and keep the others. samples: the plural noun."""
    names = [name for name in st.query_params.get(_BESIDE, "").split(_SEPARATOR) if name]
    unknown = [name for name in names if name not in known]
    if not unknown or (_RUNS in st.session_state and not is_history_navigation()):  # then the widget decides
        return
    kept = [name for name in names if name in known]
    reject(
        _BESIDE,
        _SEPARATOR.join(unknown),
        _("no run of this name classifies {samples}. Choose runs from the list").format(samples=samples)
        if len(unknown) == 1
        else _("no runs of these names classify {samples}. Choose runs from the list").format(samples=samples),
        remaining=[_SEPARATOR.join(kept)] if kept else (),
    )


def _show_results(
    run: RunFolder,
    reports: dict[str, RobustnessReport],
    perturbations: dict[str, Perturbation],
    titles: dict[str, str],
    samples: str,
) -> None:
    kind = _choose_kind(perturbations)
    perturbation = perturbations[kind]
    st.caption(_(perturbation.about))
    first = next(iter(reports.values()))
    comparable = {name: report for name, report in reports.items() if report.has_same_examples(first)}
    _show_source(first, samples)
    for name, report in reports.items():
        if name not in comparable:
            st.info(_explain_difference(escape_title(titles.get(name, name)), report), icon=":material/info:")
    drawn = {name: report for name, report in comparable.items() if kind in report.perturbations}
    if not drawn:
        st.info(_("{perturbation} was not measured yet: press Measure.").format(perturbation=_(perturbation.title)))
        return
    # Two runs may have the same title only if they have the same name, so the titles are keys.
    levels = {titles.get(name, name): report.perturbations[kind].levels for name, report in drawn.items()}
    for title, each in levels.items():
        start = f"{escape_title(title)}: " if len(levels) > 1 else ""
        st.markdown(f"{start}{describe_levels(perturbation, each)}")
    show_robustness_chart(perturbation, levels)
    if run.name in drawn:
        if len(reports) > 1:
            st.markdown(_("**Answers of {run}**").format(run=escape_title(titles.get(run.name, run.name))))
        show_disturbed_example(run, drawn[run.name], perturbation)
    show_csv_button(
        list_csv_rows(reports), _("Robustness (.csv)"), f"{run.name}-robustness.csv", key="download_robustness"
    )


def _choose_kind(perturbations: dict[str, Perturbation]) -> str:
    value = make_choice_value("robustness", list(perturbations), next(iter(perturbations)))
    restore_widget(_KIND, value)
    if st.session_state[_KIND] not in perturbations:  # chosen for a run with other data
        st.session_state[_KIND] = value.default
    kind = st.segmented_control(
        _("Disturbed by"),
        list(perturbations),
        key=_KIND,
        required=True,
        format_func=lambda name: _(perturbations[name].title),
    )
    write_url((value,), {value.name: kind})
    show_rejected(value.name)
    return str(kind)


def _show_source(report: RobustnessReport, samples: str) -> None:
    text = _(
        "Measured on {count:,} of the {all:,} test examples of {data}, evenly spread. The lines are 95 % intervals."
    )
    if report.examples == report.available:
        text = _("Measured on all {all:,} test examples of {data}. The lines are 95 % intervals.")
    sentence = text.format(count=report.examples, all=report.available, data=_get_data_title(report))
    if not report.is_substitute:
        st.caption(sentence)
        return
    reason = _("The run's own data set is not on this machine.")
    st.info(f"{reason} {sentence} {describe_substitute_risk(samples)}", icon=":material/info:")


def _explain_difference(title: str, report: RobustnessReport) -> str:
    return _(
        "{run} is not in the chart: it was measured on {count:,} test examples of {data}, and accuracies on different examples cannot be "
        "compared."
    ).format(run=title, count=report.examples, data=_get_data_title(report))


def _get_data_title(report: RobustnessReport) -> str:
    try:
        return escape_markdown(_(find_dataset(report.data, get_data_folder()).title))
    except (BadInput, KeyError):  # deleted, or of a newer version
        return escape_markdown(report.data)
