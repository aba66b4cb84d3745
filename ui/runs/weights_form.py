"""The questions about a file of weights that is imported on the Runs page: which network, which data set, which pixel scaling."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from nn_core.config import PRESETS, RunConfig, get_preset, update_config
from nn_core.data import find_configured_dataset, list_datasets
from nn_core.data.scaling import Scaling, describe_scaling, list_scalings
from nn_core.errors import NNLabError
from nn_core.formatting import format_percent
from nn_core.i18n import _
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder
from nn_core.runs.label import isolate_direction
from ui.app.actions import check_weights
from ui.app.errors import show_errors
from ui.app.text import escape_markdown

if TYPE_CHECKING:
    from nn_core.transfer.scaling_search import ScalingReport

__all__ = ["ChosenWeights", "ask_about_weights", "store_upload"]


@dataclass(frozen=True)
class ChosenWeights:
    """The answers.

    Attributes:
        config: of the network and its data set.
        scaling: the pixel scaling; None for the best one.
        scalings: how well the network does with each, if that was measured.
    """

    config: RunConfig
    scaling: Scaling | None
    scalings: ScalingReport | None


@dataclass(frozen=True)
class _Check:
    """What was found out about a file for a network and a data set."""

    key: str
    notes: tuple[str, ...]
    scalings: ScalingReport | None


@contextmanager
def store_upload(upload: UploadedFile) -> Iterator[Path]:
    """Write the upload into a temporary file."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "upload"
        with file.open("wb") as stream:
            upload.seek(0)
            shutil.copyfileobj(upload, stream)
        yield file


def ask_about_weights(upload: UploadedFile, runs: list[RunFolder], titles: Mapping[str, str]) -> ChosenWeights | None:
    """Show the questions, and the accuracy with each pixel scaling; return the answers, or None if the weights do not fit."""
    answers: ChosenWeights | None = None
    with show_errors():
        config = _choose_data(*_choose_network(upload, runs, titles))
        check = _check(upload, config)
        for note in check.notes:
            st.caption(escape_markdown(note))
        answers = ChosenWeights(config, _choose_scaling(check, config), check.scalings)
    return answers  # noqa: RET504  (an error ends the block before)


def _choose_network(upload: UploadedFile, runs: list[RunFolder], titles: Mapping[str, str]) -> tuple[str, RunConfig]:
    """Ask which network the weights belong to; the first one that they fit is selected."""
    networks: dict[str, tuple[str, Callable[[], RunConfig]]] = {
        f"preset {name}": (_("The preset {name}").format(name=name), partial(get_preset, name)) for name in PRESETS
    }
    networks |= {
        f"run {run.name}": (_("The run {name}").format(name=isolate_direction(titles[run.name])), run.config)
        for run in runs
    }
    names = list(networks)
    if st.session_state.get("import_suggested") != upload.file_id:
        st.session_state["import_suggested"] = upload.file_id
        suggested = _suggest(upload, {name: read for name, (_title, read) in networks.items()})
        st.session_state["import_network"] = suggested or names[0]
    chosen = st.selectbox(
        _("The weights belong to the network of"),
        names,
        format_func=lambda network: networks[network][0],
        key="import_network",
        help=_(
            "A file of weights does not say which network it belongs to. The first one that fits is selected. If yours is not listed, "
            "train a run with it first."
        ),
    )
    return chosen, networks[chosen][1]()


def _suggest(upload: UploadedFile, networks: Mapping[str, Callable[[], RunConfig]]) -> str | None:
    from nn_core.transfer import suggest_network

    configs = {}
    for name, read in networks.items():
        with suppress(NNLabError):  # a damaged run is no reason against the others
            configs[name] = read()
    with suppress(NNLabError), store_upload(upload) as file:  # an error in the file is shown by the check
        return suggest_network(file, configs, called=upload.name, data_folder=get_data_folder())
    return None


def _choose_data(network: str, config: RunConfig) -> RunConfig:
    kind = find_configured_dataset(config.data, get_data_folder()).kind
    datasets = {name: spec for name, spec in list_datasets(get_data_folder()).items() if spec.kind == kind}
    name = st.selectbox(
        _("The data set that they were trained on"),
        list(datasets),
        index=list(datasets).index(config.data.name) if config.data.name in datasets else 0,
        format_func=lambda name: _(datasets[name].title),
        key=f"import_data_{network}",
        help=_(
            "It says what the classes mean, and the weights are tried on it. Import your own data on the Data page first."
        ),
    )
    return update_config(config, {"data": {"name": name}})


def _check(upload: UploadedFile, config: RunConfig) -> _Check:
    """Match the weights and try the scalings, once for each file, network and data set. Raises BadInput if they do not fit."""
    key = sha256(f"{upload.file_id} {config.model_dump_json()}".encode()).hexdigest()[:16]
    known: _Check | None = st.session_state.get("import_check")
    if known and known.key == key:
        return known
    with st.spinner(_("Matching the weights and trying the pixel scalings …")), store_upload(upload) as file:
        checked = check_weights(file, config, file_name=upload.name)
    st.session_state["import_check"] = _Check(key, checked.notes, checked.scalings)
    return _Check(key, checked.notes, checked.scalings)


def _choose_scaling(check: _Check, config: RunConfig) -> Scaling | None:
    """Ask for the pixel scaling; the best one is selected. Return None for that, and if the data are not pictures."""
    report = check.scalings
    if report is None:
        return None
    figures = {result.scaling: result.figure for result in report.results}
    options = list(figures) or list_scalings(find_configured_dataset(config.data, get_data_folder()))

    def get_label(scaling: Scaling) -> str:
        name = f"{scaling}: {describe_scaling(scaling)}"
        return f"{figures[scaling]}, {name}" if scaling in figures else name

    chosen: Scaling = st.selectbox(
        _("The pixel scaling that they expect"),
        options,
        index=options.index(report.best),
        format_func=get_label,
        key=f"import_scaling_{check.key}",
        help=_(
            "Which numbers the network got for black and white in its training. The file does not say it, and with another scaling the "
            "answers are wrong."
        ),
    )
    if not figures:
        st.warning(
            _(
                "{data} is not on this machine, so the scalings cannot be tried. Choose the one of the training, or download the data first."
            ).format(data=escape_markdown(report.data)),
            icon=":material/info:",
        )
    elif report.is_guessing:
        st.warning(
            _(
                "With every scaling the network is about as good as guessing ({chance}). Check the network, the data set and the order of "
                "its classes."
            ).format(chance=format_percent(report.chance)),
            icon=":material/warning:",
        )
    else:
        st.caption(
            _("Tried on {count:,} pictures of {data}. The best one is selected.").format(
                count=report.pictures, data=escape_markdown(report.data)
            )
        )
    return chosen if chosen != report.best else None
