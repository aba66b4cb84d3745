"""The number of training examples on the form of a new run: its choice, the defaults that follow it, and hints on small or uneven data."""

from contextlib import suppress
from dataclasses import replace

import streamlit as st

from nn_core.config import update_config
from nn_core.config.data_defaults import (
    count_splits,
    describe_uneven_classes,
    explain_data_defaults,
    fit_loss,
    get_data_defaults,
    warn_about_validation,
)
from nn_core.data import DatasetSpec, DataSettings, adapt_dataset
from nn_core.data.settings import MIN_TRAIN_EXAMPLES
from nn_core.errors import BadInput
from nn_core.i18n import _
from nn_core.settings import describe_setting
from ui.app.text import escape_markdown
from ui.forms.setting_widget import Values
from ui.train.preset_choice import Start

__all__ = [
    "adapt_to_values",
    "choose_train_examples",
    "explain_defaults",
    "follow_data",
    "show_data_size",
    "suggest_class_weights",
]

_OFFERED = (10, 100, 1000)
_ALL, _OTHER = 0, -1


def choose_train_examples(default: int, key: str) -> int:
    """Show the choice of the number of training examples: one click for a round number, a field for any other.

    Args:
        default: 0 for all.
        key: of the widget; that of the field for another number ends with ".other".
    """
    field = DataSettings.model_fields["train_examples"]
    titles = {count: f"{count:,}" for count in _OFFERED} | {_ALL: _("All"), _OTHER: _("Other")}
    chosen: int = st.segmented_control(
        _(field.title or ""),
        list(titles),
        default=default if default in titles else _OTHER,
        required=True,
        format_func=titles.__getitem__,
        key=key,
        help=describe_setting(field),
    )
    if chosen != _OTHER:
        return chosen
    return int(
        st.number_input(
            _("Number of training examples"),
            min_value=MIN_TRAIN_EXAMPLES,
            value=max(default, MIN_TRAIN_EXAMPLES),
            step=1,
            key=f"{key}.other",
        )
    )


def show_data_size(start: Start, spec: DatasetSpec, values: Values) -> None:
    """Say how many examples a run with these settings of the data trains on and holds out, with a warning if these are too few."""
    data = _read_data_settings(start, values)
    sizes = count_splits(spec, data) if data else None
    if sizes is None:
        return
    sentence = (
        _("All {train:,} examples to train on, because there are no more; {validation:,} held out for validation.")
        if data and data.train_examples > sizes.train
        else _("{train:,} examples to train on, {validation:,} held out for validation.")
    )
    st.caption(sentence.format(train=sizes.train, validation=sizes.validation))
    if warning := warn_about_validation(sizes):
        st.warning(escape_markdown(warning), icon=":material/warning:")


def adapt_to_values(start: Start, spec: DatasetSpec, values: Values) -> DatasetSpec:
    """Return the data set with what the widgets decide, such as whether a typed function gives classes or a value; unchanged while
    they are not valid."""
    with suppress(BadInput):  # the summary reports it
        return adapt_dataset(spec, update_config(start.config, {"data": values}).data)
    return spec


def follow_data(start: Start, spec: DatasetSpec, values: Values) -> Start:
    """Return the defaults with epochs, a batch size and a loss that suit the data. Widgets with a value entered by the user keep it.

    Args:
        start: of a preset; the settings of a run stay unchanged.
        spec: the chosen data set.
        values: of the widgets of the data.
    """
    data = _read_data_settings(start, values)
    if start.preset is None or data is None:
        return start
    size_key = f"{start.key}.training.batch_size"
    default_size = get_data_defaults(start.preset, spec, data).batch_size
    _follow_default(size_key, default_size)
    size = int(st.session_state.get(size_key, default_size))
    epochs = get_data_defaults(start.preset, spec, data, size).epochs
    _follow_default(f"{start.key}.training.epochs", epochs)
    training = start.config.training.model_copy(update={"batch_size": default_size, "epochs": epochs})
    return replace(start, config=fit_loss(start.config.model_copy(update={"training": training}), spec))


def explain_defaults(start: Start, spec: DatasetSpec, values: dict[str, Values]) -> None:
    """Say in a sentence why the epochs and the batch size have other defaults than usual, if they have them."""
    if start.preset is None:
        return
    with suppress(BadInput):  # the summary reports it
        config = update_config(start.config, {name: values[name] for name in ("data", "training")})
        if sentence := explain_data_defaults(start.preset, spec, config):
            st.caption(sentence)


def suggest_class_weights(start: Start, spec: DatasetSpec, values: dict[str, Values]) -> None:
    """Say how uneven the classes are, if they are, with a button that switches class weights on or off."""
    data, weights = _read_data_settings(start, values["data"]), values["loss"].get("class_weights")
    sentence = describe_uneven_classes(spec, data) if data else ""
    if not sentence or weights is None:
        return
    key = f"{start.key}.loss.{values['loss']['name']}.class_weights"
    is_on = weights == "balanced"
    what_follows = (
        _("Class weights are on: every class counts the same.")
        if is_on
        else _("The network may ignore rare classes; with class weights, every class counts the same.")
    )
    with st.container(border=True, key="uneven_classes", horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/balance: {escape_markdown(sentence)} {what_follows}", width="stretch")
        st.button(
            _("Without class weights") if is_on else _("Use class weights"),
            key="class_weights",
            on_click=lambda: st.session_state.update({key: "none" if is_on else "balanced"}),
        )


def _read_data_settings(start: Start, values: Values) -> DataSettings | None:
    """The settings of the data that the widgets show; None if they are not valid."""
    with suppress(BadInput):  # the summary reports it
        return update_config(start.config, {"data": values}).data
    return None


def _follow_default(key: str, default: int) -> None:
    """Set a widget that still has its default to the new one; once the user has entered a value, it stays.

    Args:
        key: of the widget, which has not been shown yet in this run of the script.
        default: the new default.
    """
    memory = f"{key}.default"
    is_shown = key in st.session_state
    if is_shown and st.session_state[key] != st.session_state.get(memory):
        st.session_state[memory] = None
        return
    if is_shown:
        st.session_state[key] = default
    st.session_state[memory] = default
