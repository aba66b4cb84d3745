"""The starting point of a new run: the kind of data, then a preset for it; or the settings of another run."""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Self, get_args

import streamlit as st

from nn_core.config import PRESETS, RunConfig, get_preset
from nn_core.data import DatasetSpec, list_datasets
from nn_core.data.builtin.drawn import DRAWN
from nn_core.errors import NNLabError
from nn_core.i18n import _
from nn_core.models import MODELS
from nn_core.paths import get_data_folder, get_runs_folder
from nn_core.runs import find_run
from nn_core.settings import get_title
from nn_core.task import Kind
from ui.app import cache
from ui.app.text import escape_markdown, escape_title
from ui.app.url_values import make_choice_value, read_value, reject, show_rejected
from ui.runs.run_picker import get_run_titles

__all__ = ["Start", "choose_start", "get_kind_titles"]

_CARDS = """<div><style>
.st-key-preset [role=radiogroup] { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 0.6rem; }
.st-key-preset [role=radiogroup] > * { position: relative; margin: 0; padding: 0.55rem 0.7rem; border-radius: 0.75rem;
  border: 1px solid var(--nn-edge); }
.st-key-preset [role=radiogroup] > *:hover { border-color: var(--nn-accent); }
.st-key-preset [role=radiogroup] > *:has(input:checked) {
  border-color: var(--nn-accent); box-shadow: 0 0 0 1px var(--nn-accent); background: color-mix(in srgb, var(--nn-accent) 8%, transparent); }
.st-key-preset [role=radiogroup] label::after { content: ""; position: absolute; inset: 0; }
.st-key-preset [role=radiogroup] label > * { position: relative; z-index: 1; }
@media (max-width: 640px) {
  .st-key-preset [role=radiogroup] { grid-template-columns: 1fr 1fr; gap: 0.4rem; }
  .st-key-preset [role=radiogroup] > * { padding: 0.4rem 0.45rem; }
  .st-key-preset [role=radiogroup] [data-testid=stCaptionContainer] { display: none; }
}
</style></div>"""
"""Shows each choice as a card that can be clicked anywhere."""


@dataclass(frozen=True)
class Start:
    """The defaults of the form.

    Attributes:
        config: the default settings.
        key: the prefix of the widgets' keys.
        kind: of the data.
        dataset: the name of the default data set.
        datasets: all data sets of this kind by name.
        preset: the chosen preset; None if the settings are those of a run.
    """

    config: RunConfig
    key: str
    kind: Kind
    dataset: str
    datasets: dict[str, DatasetSpec]
    preset: str | None = None

    def for_dataset(self, name: str) -> Self:
        """Use the preset's defaults for this data set. The settings of a run stay unchanged."""
        return self if self.preset is None else replace(self, config=get_preset(self.preset, name))


def choose_start() -> Start:
    """Return the settings of the run in the URL, or show the choice of a preset. Raises BadInput."""
    datasets = list_datasets(get_data_folder())
    like = st.query_params.get("like")
    if like is not None and (config := _read_config_in_url(like)):
        title = escape_title(get_run_titles().get(like, like))
        st.caption(_("Starting from the settings of {run}.").format(run=title))
        return _make_start(config, f"like-{like}", config.data.name, datasets)
    rule = _("the name of a data set on the Data page; choose one below")
    wanted = read_value(make_choice_value("data", list(datasets), "", rule))
    show_rejected("like", "data")
    kind = _choose_kind(datasets, wanted)
    names = [name for name, config in PRESETS.items() if datasets[config.data.name].kind == kind]
    dataset = wanted if wanted in datasets and datasets[wanted].kind == kind else ""
    name = _choose_preset(names, _find_preset(names, dataset))
    start = _make_start(PRESETS[name], name, dataset or PRESETS[name].data.name, datasets)
    return replace(start, preset=name)


def _make_start(config: RunConfig, key: str, dataset: str, datasets: dict[str, DatasetSpec]) -> Start:
    if dataset not in datasets:
        st.warning(
            escape_markdown(
                _("The data set '{name}' no longer exists: choose another one below.").format(name=dataset)
            ),
            icon=":material/search_off:",
        )
    kind = datasets[dataset].kind if dataset in datasets else MODELS[config.model.name].reads[0]
    # Points are drawn on the Playground, so a form offers them only with the settings of a run that has some.
    without = set() if config.data.plane.drawn else {DRAWN.name}
    same_kind = {name: spec for name, spec in datasets.items() if spec.kind == kind and name not in without}
    return Start(config, key, kind, dataset if dataset in same_kind else next(iter(same_kind)), same_kind)


def _read_config_in_url(like: str) -> RunConfig | None:
    """Read the settings of the run in the URL. If they cannot be read, show the reason on the page and return None."""
    try:
        return find_run(get_runs_folder(), like).config()
    except NNLabError as error:
        reject("like", like, str(error))
        return None


def get_kind_titles() -> dict[Kind, str]:
    """What pages call the kinds of data, with icons."""
    return {
        "pictures": _(":material/image: Pictures"),
        "text": _(":material/match_case: Names and texts"),
        "points": _(":material/scatter_plot: Points in the plane"),
    }


def _choose_kind(datasets: dict[str, DatasetSpec], wanted: str) -> Kind:
    def remove_data_from_url() -> None:  # it is of another kind than the one just chosen
        st.query_params.pop("data", None)

    kinds: list[Kind] = [kind for kind in get_args(Kind) if any(spec.kind == kind for spec in datasets.values())]
    return st.segmented_control(
        _("What should it learn?"),
        kinds,
        default=datasets[wanted].kind if wanted in datasets else kinds[0],
        required=True,
        format_func=get_kind_titles().__getitem__,
        key="kind",
        on_change=remove_data_from_url,
    )


def _choose_preset(names: list[str], first: str) -> str:
    st.html(_CARDS)
    titles = {name: _(get_title(type(PRESETS[name].model))) for name in names}
    return str(
        st.radio(
            _("Start from"),
            names,
            index=names.index(first),
            captions=[_(PRESETS[name].model.__doc__ or "") for name in names],
            format_func=lambda name: f"**{titles[name]}** `{name}`",
            key="preset",
            width="stretch",
            help=_("A network with settings that suit it. You can change every setting below."),
        )
    )


def _find_preset(names: list[str], dataset: str) -> str:
    """Find the first preset made for the data set, or else the first whose network accepts its shape."""
    if not dataset:
        return names[0]
    made_for = [name for name in names if PRESETS[name].data.name == dataset]
    if made_for:
        return made_for[0]
    for name in names:
        config = PRESETS[name]
        with suppress(NNLabError):
            cache.get_layers(config.model_copy(update={"data": config.data.model_copy(update={"name": dataset})}))
            return name
    return names[0]
