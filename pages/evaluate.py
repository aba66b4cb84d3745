"""Evaluate: how good a network is on samples that it has never seen, and which ones it mixes up."""

from typing import Any

import streamlit as st

from nn_core.data import DatasetSpec, find_dataset
from nn_core.errors import DamagedRun
from nn_core.i18n import _
from nn_core.places import data_folder
from nn_core.problem import Kind, plural_of
from nn_core.runs import RunFolder
from nn_core.settings import title_of
from ui import cached, navigation
from ui.actions import measure
from ui.confusions import Confusion, confusion_matrix, confusions, show_pictures, show_texts
from ui.data_table import Column, data_table
from ui.download import download_offer
from ui.errors import errors_shown
from ui.example_texts import example_texts
from ui.headings import section_heading
from ui.next_steps import change_a_setting, look_at_data, next_steps, try_it
from ui.plane_errors import plane_errors
from ui.reconstruction_errors import error_by_class, error_headline, example_pairs
from ui.role import for_teachers, may_change
from ui.runs import all_runs, run_picker
from ui.text import percent, percent_range, plain

navigation.open_app()


def evaluation_of(run: RunFolder, spec: DatasetSpec) -> dict[str, Any] | None:
    """What is known of the run's best network, measured now where nobody has; None (with a word why) where it cannot be."""
    status, known = run.status(), None
    try:
        known = run.evaluation()
    except DamagedRun as error:
        st.warning(plain(str(error)), icon=":material/build:")
    if known and known.get("step") == (status.best.step if status.best else None):
        if not run.lacks_calibration(known):
            return known
        st.warning(
            _("What the run knew of its own sureness was damaged, and is measured anew."), icon=":material/build:"
        )
    if status.active:
        st.info(
            _("This run is still training. Its evaluation follows when it is done."), icon=":material/hourglass_top:"
        )
        st.page_link(
            navigation.PAGES["train"], label=_("Watch it"), icon=":material/visibility:", query_params={"run": run.name}
        )
        return None
    if not spec.is_present(data_folder()):
        download_offer(spec)
        return None
    if not may_change():
        st.info(
            _("Nobody has measured this network yet. {who}").format(who=for_teachers()), icon=":material/visibility:"
        )
        return None
    with st.spinner(_("Running the test …")):
        return measure(run)


def headline(evaluation: dict[str, Any], kind: Kind) -> None:
    low, high = evaluation["accuracy_interval"]
    samples = plural_of(kind)
    wrong = round((1 - evaluation["accuracy"]) * evaluation["samples"])
    # Each as wide as its content: in columns of equal width the interval would be cut off.
    with st.container(horizontal=True, key="figures"):
        st.metric(_("Test accuracy"), percent(evaluation["accuracy"], 2), border=True, width="content")
        st.metric(
            _("95 % interval"),
            percent_range(low, high, 2),
            border=True,
            width="content",
            help=_(
                "The accuracy on all such {samples} may differ from this one, because only some were tested. In 95 of 100 tests, a "
                "range computed like this one contains it."
            ).format(samples=samples),
        )
        st.metric(
            _("Wrong answers"),
            _("{wrong:,} of {all:,} {samples}").format(wrong=wrong, all=evaluation["samples"], samples=samples),
            border=True,
            width="content",
        )


def class_table(evaluation: dict[str, Any], kind: Kind) -> None:
    rows, samples = evaluation["per_class"], plural_of(kind)
    figures = (
        ("precision", _("Precision"), _("Of all {samples} that it gave this name, how many deserved it.")),
        ("recall", _("Recall"), _("Of all {samples} of this class, how many it recognised.")),
        ("f1", _("F1"), _("Precision and recall in one figure.")),
    )
    supports = [int(row["support"]) for row in rows.values()]
    with st.container(border=True, key="class_table"):
        section_heading(_("Each class"))
        data_table(
            [
                Column(_("Class"), list(rows)),
                *(
                    Column(
                        title,
                        [percent(row[name]) for row in rows.values()],
                        [row[name] for row in rows.values()],
                        about.format(samples=samples),
                    )
                    for name, title, about in figures
                ),
                Column(samples.capitalize(), [f"{support:,}" for support in supports], supports),
            ],
            caption=_("Precision, recall and F1 of each class, and how many {samples} of it were tested.").format(
                samples=samples
            ),
            key="class_figures",
        )


def classified(run: RunFolder, spec: DatasetSpec, evaluation: dict[str, Any]) -> None:
    config, has_data = run.config(), spec.is_present(data_folder())

    def show(pair: Confusion) -> None:  # the data is read only when examples are shown
        if spec.kind == "pictures":
            show_pictures(pair, cached.dataset(config.data).test)
        else:
            show_texts(pair, example_texts(config.data))

    has_examples = has_data and spec.kind != "points"
    headline(evaluation, spec.kind)
    left, right = st.columns([3, 2])
    with left:
        st.fragment(confusion_matrix)(evaluation, spec.kind, run=run.name, show=show if has_examples else None)
    with right:
        class_table(evaluation, spec.kind)
    if has_examples:
        confusions(evaluation, spec.kind, show)
    elif has_data:
        plane_errors(cached.network(run), cached.dataset(config.data))


def reconstructed(run: RunFolder, spec: DatasetSpec, evaluation: dict[str, Any]) -> None:
    error_headline(evaluation)
    error_by_class(evaluation)
    if spec.is_present(data_folder()):
        example_pairs(evaluation, cached.network(run), cached.dataset(run.config().data))


st.title(_("Evaluate"), anchor=False)
runs = all_runs()
if not runs:
    st.info(_("There is no trained network yet. Train a first one, then see here where it errs."))
    st.page_link(navigation.PAGES["home"], label=_("Home"), icon=":material/home:")
    st.stop()
run = run_picker(_("Run"), runs)
with errors_shown():
    config = run.config()
    spec = find_dataset(config.data.name, data_folder())
    evaluation = evaluation_of(run, spec)
    if evaluation:
        show = reconstructed if evaluation["accuracy"] is None else classified
        show(run, spec, evaluation)
        st.caption(
            _("{run}: {model} on the test {samples} of {data}, none of which it was trained or chosen on.").format(
                run=plain(run.name),
                model=_(title_of(type(config.model))),
                samples=plural_of(spec.kind),
                data=plain(_(spec.title)),
            )
        )
        next_steps(try_it(run), change_a_setting(run), look_at_data(spec.name))
