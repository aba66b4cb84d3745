"""Evaluate: how good a network is on pictures that it has never seen, and which ones it mixes up."""

from typing import Any

import streamlit as st

from nn_core.i18n import _
from nn_core.places import data_folder
from nn_core.runs import RunFolder
from ui import cached, navigation
from ui.confusions import confusion_matrix, confusion_pictures
from ui.download import download_offer
from ui.runs import all_runs, run_picker
from ui.text import percent, plain

navigation.open_app()


def evaluation_of(run: RunFolder) -> dict[str, Any] | None:
    """What is known of the run's best network, measured now where nobody has; None (with a word why) where it cannot be."""
    status = run.status()
    known = run.evaluation()
    if known and status.best and known.get("step") == status.best.step:
        return known
    if status.active:
        st.info(
            _("This run is still training. Its evaluation follows when it is done."), icon=":material/hourglass_top:"
        )
        st.page_link(
            navigation.PAGES["train"], label=_("Watch it"), icon=":material/visibility:", query_params={"run": run.name}
        )
        return None
    from nn_core.data import find_dataset
    from nn_core.evaluation import evaluate_run

    spec = find_dataset(run.config().data.name, data_folder())
    if not spec.is_present(data_folder()):
        download_offer(spec)
        return None
    with st.spinner(_("Reading every test picture …")):
        return evaluate_run(run, data_folder())


def headline(evaluation: dict[str, Any]) -> None:
    low, high = evaluation["accuracy_interval"]
    with st.container(key="figures"):
        columns = st.columns(3)
    columns[0].metric(_("Test accuracy"), percent(evaluation["accuracy"], 2), border=True)
    columns[1].metric(
        _("95 % interval"),
        f"{100 * low:.2f}–{100 * high:.2f} %",
        border=True,
        help=_("With other test pictures of the same kind, the accuracy would lie in this range in 95 of 100 cases."),
    )
    wrong = round((1 - evaluation["accuracy"]) * evaluation["samples"])
    columns[2].metric(
        _("Misread"), _("{wrong:,} of {all:,}").format(wrong=wrong, all=evaluation["samples"]), border=True
    )


def class_table(evaluation: dict[str, Any]) -> None:
    rows = evaluation["per_class"]
    with st.container(border=True):
        st.subheader(_("Each class"), anchor=False)
        st.dataframe(
            {
                _("Class"): list(rows),
                **{
                    title: [100 * row[name] for row in rows.values()]
                    for title, name in ((_("Precision"), "precision"), (_("Recall"), "recall"), (_("F1"), "f1"))
                },
                _("Pictures"): [int(row["support"]) for row in rows.values()],
            },
            hide_index=True,
            height="content",
            column_config={
                _("Precision"): _share(_("Of all pictures that it gave this name, how many deserved it.")),
                _("Recall"): _share(_("Of all pictures of this class, how many it recognised.")),
                _("F1"): _share(_("Precision and recall in one figure.")),
            },
            alt=_("Precision, recall and F1 of each class."),
        )


def _share(tip: str) -> Any:
    return st.column_config.NumberColumn(help=tip, format="%.1f %%")


st.title(_("Evaluate"), anchor=False)
runs = all_runs()
if not runs:
    st.info(_("There is no trained network yet. Train a first one, then see here where it errs."))
    st.page_link(navigation.PAGES["home"], label=_("Home"), icon=":material/home:")
    st.stop()
run = run_picker(_("Run"), runs)
evaluation = evaluation_of(run)
if evaluation:
    headline(evaluation)
    left, right = st.columns([3, 2])
    with left:
        confusion_matrix(evaluation)
    with right:
        class_table(evaluation)
    from nn_core.data import find_dataset

    config = run.config()
    if find_dataset(config.data.name, data_folder()).is_present(data_folder()):
        confusion_pictures(evaluation, cached.dataset(config.data).test)
    st.caption(
        _("{run}: {model} on the test pictures of {data}, none of which it was trained or chosen on.").format(
            run=plain(run.name), model=config.model.name, data=plain(config.data.name)
        )
    )
