"""The form of a new run: data, network and hyperparameters on the left, a summary of the network on the right."""

from collections.abc import Collection
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from nn_core.config import RunConfig, update_config
from nn_core.config.run import TrainingSettings
from nn_core.data import DatasetSpec, DataSettings, adapt_dataset
from nn_core.devices import list_gpu_names
from nn_core.errors import BadInput
from nn_core.i18n import _
from nn_core.models import get_goal, list_models
from nn_core.paths import get_data_folder
from nn_core.settings import describe_setting, get_title
from nn_core.task import Goal, TaskSpec
from ui.app import cache
from ui.app.actions import start_run
from ui.app.errors import show_errors
from ui.app.navigation import PAGES
from ui.app.text import escape_markdown
from ui.app.widgets import action_bar, section_card
from ui.auth.permissions import can_change, describe_restriction
from ui.data.views import list_hidden_plane_settings, offer_download
from ui.diagram.view import show_network
from ui.forms.config_form import Deferred, show_more_settings, show_section_form
from ui.forms.setting_widget import Values
from ui.runs.rename import LabelFields, ask_label
from ui.train.data_size import (
    adapt_to_values,
    choose_train_examples,
    explain_defaults,
    follow_data,
    show_data_size,
    suggest_class_weights,
)
from ui.train.preset_choice import Start, choose_start

__all__ = ["choose_devices", "list_loss_names", "show_new_run", "start_and_open"]

_LOSSES: dict[Goal, tuple[str, ...]] = {
    "classify": ("cross_entropy", "nll", "mse", "multi_margin"),
    "reconstruct": ("mse", "binary_cross_entropy"),
    "regress": ("mse", "mae", "huber"),
}
"""The engine's own table needs torch, for which the form does not wait; a test compares them."""
"""The losses for autoencoders. Classifiers can use all losses except binary cross-entropy. `nn_core.training.losses` decides this but
needs torch; a test compares the two."""
_STYLE = """<div><style>
@media (min-width: 641px) {
  [data-testid=stColumn]:has(.st-key-summary) { position: sticky; top: 4rem; align-self: flex-start;
    max-height: calc(100vh - 5rem); overflow-y: auto; padding: 2px; }
  .st-key-size_on_phone { display: none; }
}
</style></div>"""
"""Keeps the summary visible beside a long form."""


def show_new_run() -> str:
    """Show the form; return the name of the chosen data set."""
    start = choose_start()
    st.html(_STYLE)
    left, right = st.columns([6, 5], gap="medium")
    with left:
        values, size = _show_form(start)
    with right, st.container(key="summary"):
        try:
            config = update_config(start.config, values)
            rows = cache.get_layers(config)
            size.markdown(_("**{count}** parameters").format(count=f"{sum(row.parameters for row in rows):,}"))
            cache.check_config(config)
        except BadInput as error:
            _show_start_button(None, obstacle=str(error))
        else:
            spec = adapt_dataset(start.datasets[config.data.name], config.data)
            _show_summary(config, spec, start.preset or "")
    return str(values["data"]["name"])


def list_loss_names(goal: Goal) -> list[str]:
    """The names of the losses that suit the goal."""
    return list(_LOSSES[goal])


def _show_form(start: Start) -> tuple[dict[str, Values], DeltaGenerator]:
    """Return the values of the widgets and a placeholder for the network's size on phones, where the summary is far below."""
    values: dict[str, Values] = {}
    with section_card(_("Data")):
        values["data"] = _show_data(start)
    spec = adapt_to_values(start, start.datasets[str(values["data"]["name"])], values["data"])
    start = follow_data(start.for_dataset(spec.name), spec, values["data"])
    with section_card(_("Network")):
        values["model"] = _show_network_form(start, spec)
        with st.container(key="size_on_phone"):
            size = st.empty()
    with section_card(_("Training")):
        deferred: Deferred = []
        goal = get_goal(str(values["model"]["name"]), spec.task)
        allowed = {"loss": list_loss_names(goal)}
        without = {"devices"} | ({"class_weights"} if goal != "classify" else set())
        for name in ("training", "optimizer", "scheduler", "loss"):
            values[name] = _show_section(start, name, deferred, allowed=allowed.get(name), without=without)
            if name == "training":
                default, key = start.config.training.devices, f"{start.key}.training.devices"
                values[name]["devices"] = choose_devices(default, len(list_gpu_names()), key)
                explain_defaults(start, spec, values)
        show_more_settings(deferred, f"{start.key}.training.more")
        suggest_class_weights(start, spec, values)
    return values, size


def _show_section(
    start: Start,
    name: str,
    deferred: Deferred,
    *,
    allowed: Collection[str] | None = None,
    without: Collection[str] = (),
    task: TaskSpec | None = None,
) -> Values:
    show_form = partial(show_section_form, getattr(start.config, name), RunConfig.model_fields[name])
    return show_form(f"{start.key}.{name}", deferred=deferred, allowed=allowed, without=without, task=task)


def _show_data(start: Start) -> Values:
    """Show the choice of the data set and the settings of its kind."""
    names, key = list(start.datasets), f"{start.key}.data"
    field = DataSettings.model_fields["name"]
    name = st.selectbox(
        _(field.title or ""),
        names,
        index=names.index(start.dataset),
        format_func=lambda name: _(start.datasets[name].title),
        key=f"{key}.name",
        help=describe_setting(field),
    )
    about = start.datasets[name].about
    if about:
        st.caption(escape_markdown(_(about)))
    deferred: Deferred = []
    hidden = {"name", "train_examples", "augmentation", "drawings"} | list_hidden_plane_settings(start.datasets[name])
    if start.kind != "pictures":
        hidden.add("scaling")
    values = _show_section(start, "data", deferred, without=hidden)
    values["name"] = name
    values["train_examples"] = choose_train_examples(start.config.data.train_examples, f"{key}.train_examples")
    size = st.container()
    if start.kind == "pictures":
        deferred.append(lambda: _show_augmentation(start, values))
    show_more_settings(deferred, f"{key}.more")
    with size:  # depends on the settings below it
        show_data_size(start, adapt_to_values(start, start.datasets[name], values), values)
    return values


def _show_augmentation(start: Start, values: Values) -> None:
    default = start.config.data.augmentation
    field = DataSettings.model_fields["augmentation"]
    st.markdown(f"**{_(field.title or '')}**", help=_(default.__doc__ or ""))
    values["augmentation"] = show_section_form(default, field, f"{start.key}.data.augmentation")


def _show_network_form(start: Start, spec: DatasetSpec) -> Values:
    deferred: Deferred = []
    values = _show_section(start, "model", deferred, allowed=list_models(start.kind), task=spec.task)
    show_more_settings(deferred, f"{start.key}.model.more")
    if values["name"] != start.config.model.name:
        st.caption(
            _(
                "The settings below are made for {preset}. To use settings made for this network, choose its card above."
            ).format(preset=_(get_title(type(start.config.model))))
        )
    return values


def _show_summary(config: RunConfig, spec: DatasetSpec, preset: str) -> None:
    is_present = spec.is_present(get_data_folder())
    if not is_present:
        offer_download(spec)
    _show_start_button(config if is_present else None, preset)
    with section_card(_("What will be trained")):
        show_network(cache.get_layers(config), spec, get_goal(config.model.name, spec.task))


def _show_start_button(config: RunConfig | None, preset: str = "", obstacle: str = "") -> None:
    """Show the button that starts the run. It is disabled for viewers and while there is nothing that can be trained.

    obstacle: what is wrong with the settings.
    """
    is_allowed = can_change()
    label = ask_label(config, "run") if is_allowed else None
    with action_bar(is_wide=True):
        if obstacle:
            st.error(escape_markdown(obstacle), icon=":material/error:")
        pressed = st.button(
            _("Start training"),
            key="start_training",
            type="primary",
            icon=":material/play_arrow:",
            width="stretch",
            disabled=config is None or not is_allowed,
            help=None if is_allowed else describe_restriction(),
        )
        if not is_allowed:
            st.caption(describe_restriction())
    if pressed and config:
        start_and_open(config, label, preset)


def choose_devices(default: int, gpus: int, key: str) -> int:
    """Show a choice of how many of this machine's `gpus` a run uses; return 1 without a choice if there are fewer than two."""
    if gpus < 2:
        return 1
    field = TrainingSettings.model_fields["devices"]
    chosen: int = st.selectbox(
        _(field.title or key),
        range(1, gpus + 1),
        index=min(default, gpus) - 1,
        format_func=lambda count: _("{count} (all)").format(count=count) if count == gpus else str(count),
        key=key,
        help=describe_setting(field),
    )
    return chosen


def start_and_open(config: RunConfig, label: LabelFields | None = None, preset: str = "") -> None:
    """Start a run, with the name and the note in these fields, and open its page, or show why that is not possible.

    preset: from which the settings were made; "" if there was none.
    """
    with show_errors(), st.spinner(_("Starting …")):
        run = start_run(config, label=label.read() if label else None, preset=preset)
        st.switch_page(PAGES["train"], query_params={"run": run.name})
