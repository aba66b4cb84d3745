"""The form of a new run: data, network and hyperparameters on the left, what they amount to on the right."""

import streamlit as st

from nn_core.config import PRESETS, RunConfig, changed
from nn_core.errors import ConfigError
from nn_core.i18n import _
from nn_core.places import data_folder, runs_folder
from nn_core.runs import create_run, find_run, launch
from ui import cached
from ui.config_form import Later, more_settings, section_form
from ui.download import download_offer
from ui.errors import errors_shown
from ui.navigation import PAGES
from ui.text import plain

__all__ = ["new_run"]


def new_run() -> None:
    base, key = _base()
    left, right = st.columns([6, 5], gap="medium")
    with left:
        values = _widgets(base, key)
    with right:
        try:
            config = changed(base, values)
        except ConfigError as error:
            st.error(plain(str(error)), icon=":material/error:")
            st.button(_("Start training"), key="start_training", disabled=True)
        else:
            _summary(config)


def _base() -> tuple[RunConfig, str]:
    """The configuration that the widgets start from, and the beginning of their keys."""
    like = st.query_params.get("like")
    if like:
        config = find_run(runs_folder(), like).config()
        st.caption(_("Starting from the settings of {run}.").format(run=plain(like)))
        return config, f"like-{like}"
    names = list(PRESETS)
    name = st.segmented_control(
        _("Start from"),
        names,
        default=names[0],
        required=True,
        format_func=_title,
        key="preset",
        help=_("A network with settings that suit it. Change whatever you like below."),
    )
    config = PRESETS[name or names[0]]
    st.caption(_(config.model.__doc__ or ""))
    return config, str(name)


def _widgets(base: RunConfig, key: str) -> dict[str, object]:
    values: dict[str, object] = {}
    groups = (
        (_("Data"), ("data",)),
        (_("Network"), ("model",)),
        (_("Training"), ("training", "optimizer", "scheduler", "loss")),
    )
    for title, sections in groups:
        with st.container(border=True):
            st.subheader(title, anchor=False)
            later: Later = []
            for section in sections:
                field = RunConfig.model_fields[section]
                values[section] = section_form(
                    getattr(base, section), field, f"{key}.{section}", names=_title, later=later
                )
            more_settings(later, f"{key}.{sections[0]}.more")
    return values


def _summary(config: RunConfig) -> None:
    from nn_core.data import find_dataset

    spec = find_dataset(config.data.name, data_folder())
    if spec.is_present(data_folder()):
        _start_button(config)
    else:
        download_offer(spec)
        st.button(_("Start training"), key="start_training", disabled=True, width="stretch")
    with st.container(border=True):
        st.subheader(_("What will be trained"), anchor=False)
        rows = cached.layers(config)
        total = sum(row.parameters for row in rows)
        st.metric(_("Parameters"), f"{total:,}", help=_("The numbers that training adjusts."))
        shape = " × ".join(map(str, spec.shape))
        st.table(
            {
                _("Layer"): [_("Input: {title}").format(title=_(spec.title)), *(row.layer for row in rows)],
                _("Output shape"): [shape, *(" × ".join(map(str, row.output)) for row in rows)],
                _("Parameters"): ["", *(f"{row.parameters:,}" if row.parameters else "" for row in rows)],
            },
            hide_index=True,
        )


def _start_button(config: RunConfig) -> None:
    if st.button(
        _("Start training"), key="start_training", type="primary", icon=":material/play_arrow:", width="stretch"
    ):
        with errors_shown(), st.spinner(_("Starting …")):
            run = create_run(runs_folder(), config)
            launch(run)
            st.switch_page(PAGES["train"], query_params={"run": run.name})


def _title(name: str) -> str:
    """What a newcomer calls a registered name; the name itself where that says it best."""
    titles = {
        "mnist_sample": _("MNIST sample (5,000 digits)"),
        "mnist": _("MNIST (70,000 digits)"),
        "fashion_mnist": _("Fashion-MNIST (70,000 garments)"),
        "cross_entropy": _("Cross-entropy"),
        "mse": _("Mean squared error"),
        "sgd": "SGD",
        "adam": "Adam",
        "adamw": "AdamW",
        "none": _("Constant"),
        "one_cycle": _("One cycle"),
        "auto": _("Automatic"),
        "cpu": "CPU",
        "cuda": _("NVIDIA GPU (CUDA)"),
        "mps": _("Apple GPU (MPS)"),
    }
    return titles.get(name, name)
