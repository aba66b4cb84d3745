"""Where a new run starts: what it should learn, then a ready-made network for that."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, get_args

import streamlit as st

from nn_core.config import PRESETS, RunConfig, get_preset
from nn_core.data import list_datasets
from nn_core.errors import NNLabError
from nn_core.i18n import _
from nn_core.models import MODELS
from nn_core.paths import get_data_folder, get_runs_folder
from nn_core.runs import find_run
from nn_core.settings import get_title
from nn_core.task import Kind
from ui.app import cache
from ui.app.text import escape_markdown
from ui.app.url_values import make_choice_value, read_url, reject, show_rejected

if TYPE_CHECKING:
    from nn_core.data import DatasetSpec

__all__ = ["Start", "start_choice"]

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
"""Each choice as a card, all of which can be pressed."""


@dataclass(frozen=True)
class Start:
    """config: what the widgets begin with; key: begins their keys; dataset: the one to begin with; datasets: all that hold
    data of that kind, by name; preset: the one that was chosen, None where the settings are those of a run."""

    config: RunConfig
    key: str
    kind: Kind
    dataset: str
    datasets: dict[str, DatasetSpec]
    preset: str | None = None

    def for_dataset(self, name: str) -> Start:
        """The same with the defaults that the preset has for this data set; those of a run stay as they are."""
        return self if self.preset is None else replace(self, config=get_preset(self.preset, name))


def start_choice() -> Start:
    """The run whose settings the URL asks for, or what is chosen here. Raises BadInput."""
    everything = list_datasets(get_data_folder())
    like = st.query_params.get("like")
    if like is not None and (config := _config_in_url(like)):
        st.caption(_("Starting from the settings of {run}.").format(run=escape_markdown(like)))
        return _start(config, f"like-{like}", config.data.name, everything)
    rule = _("the name of a data set on the Data page; choose one below")
    wanted = read_url([make_choice_value("data", list(everything), "", rule)])["data"]
    show_rejected("like", "data")
    kind = _kind_box(everything, wanted)
    names = [name for name, config in PRESETS.items() if everything[config.data.name].kind == kind]
    dataset = wanted if wanted in everything and everything[wanted].kind == kind else ""
    name = _preset_box(names, _first_fitting(names, dataset))
    start = _start(PRESETS[name], name, dataset or PRESETS[name].data.name, everything)
    return replace(start, preset=name)


def _start(config: RunConfig, key: str, dataset: str, everything: dict[str, DatasetSpec]) -> Start:
    if dataset not in everything:
        st.warning(
            escape_markdown(
                _("The data set '{name}' is no longer here: choose another one below.").format(name=dataset)
            ),
            icon=":material/search_off:",
        )
    kind = everything[dataset].kind if dataset in everything else MODELS[config.model.name].reads[0]
    same_kind = {name: spec for name, spec in everything.items() if spec.kind == kind}
    return Start(config, key, kind, dataset if dataset in same_kind else next(iter(same_kind)), same_kind)


def _config_in_url(like: str) -> RunConfig | None:
    """The settings of the run that the URL names; None, with a sentence on the page, where they cannot be read."""
    try:
        return find_run(get_runs_folder(), like).config()
    except NNLabError as error:
        reject("like", like, str(error))
        return None


def _forget_data() -> None:
    """Another kind of data is chosen, so the URL must no longer name a data set of the kind before."""
    st.query_params.pop("data", None)


def _kind_box(everything: dict[str, DatasetSpec], wanted: str) -> Kind:
    titles: dict[Kind, str] = {
        "pictures": _(":material/image: Pictures"),
        "text": _(":material/match_case: Names and texts"),
        "points": _(":material/scatter_plot: Points in the plane"),
    }
    kinds: list[Kind] = [kind for kind in get_args(Kind) if any(spec.kind == kind for spec in everything.values())]
    return st.segmented_control(
        _("What should it learn?"),
        kinds,
        default=everything[wanted].kind if wanted in everything else kinds[0],
        required=True,
        format_func=titles.__getitem__,
        key="kind",
        on_change=_forget_data,
    )


def _preset_box(names: list[str], first: str) -> str:
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
            help=_("A network with settings that suit it. Change whatever you like below."),
        )
    )


def _first_fitting(names: list[str], dataset: str) -> str:
    """The first preset that is made for the data set, or whose network can read it."""
    if not dataset:
        return names[0]
    for name in names:
        if PRESETS[name].data.name == dataset:
            return name
    for name in names:
        config = PRESETS[name]
        try:
            cache.get_layers(config.model_copy(update={"data": config.data.model_copy(update={"name": dataset})}))
        except NNLabError:
            continue
        return name
    return names[0]
