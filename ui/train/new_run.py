"""The form of a new run: data, network and hyperparameters on the left, what they amount to on the right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from nn_core.config import RunConfig, update_config
from nn_core.config.losses import LOSS_SETTINGS
from nn_core.data import DatasetSpec, DataSettings
from nn_core.errors import BadInput
from nn_core.gpus import list_gpu_names
from nn_core.i18n import _
from nn_core.models import MODELS, list_models
from nn_core.paths import get_data_folder
from nn_core.settings import get_title
from nn_core.task import Goal
from ui.app import cache
from ui.app.errors import show_errors
from ui.app.navigation import PAGES
from ui.app.text import escape_markdown, show_section_heading
from ui.auth.permissions import can_change, describe_restriction
from ui.data.download import offer_download
from ui.diagram.view import show_network
from ui.forms.config_form import Later, show_more_settings, show_section_form
from ui.train.devices import choose_devices
from ui.train.preset_choice import Start, start_choice
from ui.train.start_run import start_run

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

__all__ = ["list_loss_names", "show_new_run"]

_OF_PICTURES = {"mse", "binary_cross_entropy"}
"""The losses that compare two pictures. All but the last judge how classes are told apart; `training.losses` knows it for
sure, and needs torch."""
_STYLE = """<div><style>
@media (min-width: 641px) {
  [data-testid=stColumn]:has(.st-key-summary) { position: sticky; top: 4rem; align-self: flex-start;
    max-height: calc(100vh - 5rem); overflow-y: auto; padding: 2px; }
  .st-key-size_in_passing { display: none; }
}
</style></div>"""
"""What is being built stays in sight beside a long form."""


def show_new_run() -> str:
    """Shows the form; returns the name of the chosen data set."""
    start = start_choice()
    st.html(_STYLE)
    left, right = st.columns([6, 5], gap="medium")
    with left:
        values, size = _widgets(start)
    with right, st.container(key="summary"):
        try:
            config = update_config(start.config, values)
            rows = cache.get_layers(config)
            size.markdown(_("**{count}** parameters").format(count=f"{sum(row.parameters for row in rows):,}"))
            cache.check_config(config)
        except BadInput as error:
            st.error(escape_markdown(str(error)), icon=":material/error:")
            _start_button(None)
        else:
            _summary(config, start.datasets[config.data.name])
    return str(values["data"]["name"])


def list_loss_names(goal: Goal) -> list[str]:
    """The names of the losses that suit the goal."""
    return [
        name
        for name in LOSS_SETTINGS
        if (name in _OF_PICTURES if goal == "reconstruct" else name != "binary_cross_entropy")
    ]


def _widgets(start: Start) -> tuple[dict[str, Any], DeltaGenerator]:
    """(What the widgets hold, where the size of the network goes on a phone, for whom the summary is far below)."""
    values: dict[str, Any] = {}
    with _box(_("Data")):
        values["data"] = _data(start)
    spec = start.datasets[values["data"]["name"]]
    start = start.for_dataset(spec.name)
    with _box(_("Network")):
        values["model"] = _network(start, spec)
        with st.container(key="size_in_passing"):
            size = st.empty()
    with _box(_("Training")):
        later: Later = []
        goal = MODELS[values["model"]["name"]].goal
        among = {"loss": list_loss_names(goal)}
        _follow_default(f"{start.key}.training.epochs", start.config.training.epochs)
        for name in ("training", "optimizer", "scheduler", "loss"):
            values[name] = _section(start, name, later, among=among.get(name), without={"devices"})
            if name == "training":
                given, key = start.config.training.devices, f"{start.key}.training.devices"
                values[name]["devices"] = choose_devices(given, len(list_gpu_names()), key)
        show_more_settings(later, f"{start.key}.training.more")
    return values, size


def _follow_default(key: str, default: int) -> None:
    """Give a widget that still holds its old default the new one. What a user has entered stays.

    key: of the widget, before it is drawn.
    """
    remembered = f"{key}.default"
    before = st.session_state.get(remembered)
    if key in st.session_state and st.session_state[key] == before != default:
        st.session_state[key] = default
    st.session_state[remembered] = default


def _box(title: str) -> DeltaGenerator:
    box = st.container(border=True)
    show_section_heading(title, box)
    return box


def _section(start: Start, name: str, later: Later, **options: Any) -> dict[str, Any]:
    field = RunConfig.model_fields[name]
    return show_section_form(getattr(start.config, name), field, f"{start.key}.{name}", later=later, **options)


def _data(start: Start) -> dict[str, Any]:
    """The data set, and what belongs to its kind."""
    names, key = list(start.datasets), f"{start.key}.data"
    field = DataSettings.model_fields["name"]
    name = st.selectbox(
        _(field.title or ""),
        names,
        index=names.index(start.dataset),
        format_func=lambda name: _(start.datasets[name].title),
        key=f"{key}.name",
        help=_(field.description or ""),
    )
    about = start.datasets[name].about
    if about:
        st.caption(escape_markdown(_(about)))
    later: Later = []
    foreign = {"name", "augmentation", "drawings"} | ({"plane"} if start.kind != "points" else set())
    values = _section(start, "data", later, without=foreign)
    values["name"] = name
    if start.kind == "pictures":
        later.append(lambda: _augmentation(start, values))
    show_more_settings(later, f"{key}.more")
    return values


def _augmentation(start: Start, values: dict[str, Any]) -> None:
    given = start.config.data.augmentation
    field = DataSettings.model_fields["augmentation"]
    st.markdown(f"**{_(field.title or '')}**", help=_(given.__doc__ or ""))
    values["augmentation"] = show_section_form(given, field, f"{start.key}.data.augmentation")


def _network(start: Start, spec: DatasetSpec) -> dict[str, Any]:
    later: Later = []
    values = _section(start, "model", later, among=list_models(start.kind), problem=spec.problem)
    show_more_settings(later, f"{start.key}.model.more")
    if values["name"] != start.config.model.name:
        st.caption(
            _(
                "The settings below are those of {preset}. Start from another card above for ones made for this network."
            ).format(preset=_(get_title(type(start.config.model))))
        )
    return values


def _summary(config: RunConfig, spec: DatasetSpec) -> None:
    present = spec.is_present(get_data_folder())
    if not present:
        offer_download(spec)
    _start_button(config if present else None)
    with st.container(border=True):
        show_section_heading(_("What will be trained"))
        show_network(cache.get_layers(config), spec, MODELS[config.model.name].goal)


def _start_button(config: RunConfig | None) -> None:
    """Not to be pressed where there is nothing that could be trained, or by who may only look."""
    allowed = can_change()
    pressed = st.button(
        _("Start training"),
        key="start_training",
        type="primary",
        icon=":material/play_arrow:",
        width="stretch",
        disabled=config is None or not allowed,
        help=None if allowed else describe_restriction(),
    )
    if not allowed:
        st.caption(describe_restriction())
    if pressed and config:
        with show_errors(), st.spinner(_("Starting …")):
            st.switch_page(PAGES["train"], query_params={"run": start_run(config).name})
