"""The form of the Playground: data, training and what the link hides."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from nn_core.config.optimizers import OPTIMIZER_SETTINGS, AdamSettings
from nn_core.config.run import TrainingSettings
from nn_core.data import DATASETS, DataSettings
from nn_core.data.settings import PlaneSettings
from nn_core.errors import NNLabError
from nn_core.i18n import _
from nn_core.models.formula.plane import PlaneFormula
from nn_core.models.plane_mlp import PlaneLayer
from nn_core.settings import Section, describe_setting, get_title
from ui.app.glossary import explain
from ui.app.text import escape_markdown, show_section_heading
from ui.components.network_view import ACTIVATIONS, Design
from ui.components.plane_choice import choose_plane
from ui.playground.shown import (
    MIXED,
    apply_learning_rate,
    get_design,
    get_shown,
    get_version,
    is_hidden,
    is_widget_shown,
    reset_components,
    show_design,
)
from ui.playground.url_parameters import (
    BATCH_SIZES,
    CONTROLS,
    EXAMPLES,
    HELD_OUT,
    NOISES,
    PENALTIES,
    POINTS,
    RATES,
)

__all__ = ["show_data_form", "show_link_form", "show_training_form"]

_DATA_CONTROLS = ("data", "noise", "points", "examples", "held_out")
_TRAINING_CONTROLS = ("rate", "activation", "optimizer", "batch", "l1", "l2", "seed")


def show_data_form() -> None:
    """Show the widgets for the data."""
    shown = get_shown()
    if not all(map(is_hidden, _DATA_CONTROLS)):
        show_section_heading(_("Data"))
    if not is_hidden("data"):
        shown["set"] = choose_plane(str(shown["set"]), version=get_version(), key="plane_choice")
        st.caption(escape_markdown(_(DATASETS[str(shown["set"])].about)))
    settings = DATASETS[str(shown["set"])].plane_settings
    if "function" in settings and is_widget_shown("function"):
        _show_function()
    if "noise" in settings and is_widget_shown("noise"):
        noise = st.slider(_("Noise"), NOISES[0], NOISES[-1], step=NOISES[1], key="noise")
        shown["noise"] = min(NOISES, key=lambda option: abs(option - noise))  # removes the slider's rounding error
    if "points" in settings and is_widget_shown("points"):
        shown["points"] = st.slider(
            _("Points"),
            POINTS[0],
            POINTS[-1],
            step=POINTS.step,
            key="points",
            help=_("A third of them is kept for the test on Evaluate and is not shown here."),
        )
    _show_choice("examples", _("Training examples"), EXAMPLES, _about(DataSettings, "train_examples"), _format_count)
    _show_choice(
        "held_out",
        _("Held out for validation"),
        HELD_OUT,
        _about(DataSettings, "validation_share"),
        lambda x: f"{x:.0%}",
    )


def show_training_form() -> None:
    """Show the widgets for the training, and the activation of all layers."""
    shown = get_shown()
    if all(map(is_hidden, _TRAINING_CONTROLS)):
        return
    show_section_heading(_("Training"))
    _show_choice(
        "rate",
        _("Learning rate"),
        RATES,
        _about(AdamSettings, "lr"),
        _format_decimal,
        on_change=apply_learning_rate,
    )
    if is_widget_shown("activation"):
        _show_activation()
    if is_widget_shown("optimizer"):
        shown["optimizer"] = st.selectbox(
            _("Optimizer"),
            list(OPTIMIZER_SETTINGS),
            format_func=lambda name: _(get_title(OPTIMIZER_SETTINGS[name])),
            key="optimizer",
            help="\n\n".join(
                [
                    explain("optimizer"),
                    *(f"**{_(get_title(kind))}**: {_(kind.__doc__ or '')}" for kind in OPTIMIZER_SETTINGS.values()),
                ]
            ),
        )
    _show_choice("batch", _("Batch size"), BATCH_SIZES, _about(TrainingSettings, "batch_size"), _format_decimal)
    _show_choice("l1", _("L1 penalty"), PENALTIES, _about(TrainingSettings, "l1"), _format_decimal)
    _show_choice("l2", _("L2 penalty"), PENALTIES, _about(TrainingSettings, "l2"), _format_decimal)
    if is_widget_shown("seed"):
        shown["seed"] = st.number_input(
            _("Seed"), 0, 2**31 - 1, step=1, key="seed", help=_about(TrainingSettings, "seed")
        )


def show_link_form() -> None:
    """Show what the link contains, and a choice of the controls that it hides."""
    shown = get_shown()
    with st.expander(_("Share this page"), icon=":material/link:"):
        st.markdown(
            _(
                "The link contains all settings, the seed and the points that you drew: copy it from the address bar. For a class, "
                "it can also hide controls, as in `?hide=data,layers`. Choose them here, and the link changes."
            )
        )
        hidden = shown["hide"]
        assert isinstance(hidden, tuple)
        chosen = st.multiselect(
            _("Hidden controls"),
            list(CONTROLS),
            list(hidden),
            format_func=lambda name: f"{_(CONTROLS[name])} ({name})",
            key=f"hide-{get_version()}",
        )
        shown["hide"] = tuple(name for name in CONTROLS if name in chosen)
        st.caption(_("Runs of the Playground are deleted after a day, unless you rename them on the Runs page."))


def _show_function() -> None:
    """Show the field for the function; one that is not possible is explained, and the last possible one stays."""
    shown = get_shown()
    text = st.text_input(_("Function"), key="function", max_chars=200, help=_about(PlaneSettings, "function"))
    try:
        shown["function"] = PlaneFormula.parse(text).text
    except NNLabError as error:
        st.error(escape_markdown(str(error)), icon=":material/error:")


def _show_activation() -> None:
    options = [*ACTIVATIONS, *([MIXED] if st.session_state["activation"] == MIXED else [])]
    st.selectbox(
        _("Activation"),
        options,
        format_func=lambda name: _("different ones") if name == MIXED else name,
        key="activation",
        on_change=_apply_activation,
        help=_about(PlaneLayer, "activation") + " " + _("In the network you can choose another one for each layer."),
    )


def _apply_activation() -> None:
    """Give the chosen activation to all layers."""
    name, design = st.session_state["activation"], get_design()
    if name == MIXED:
        return
    show_design(Design(design.features, design.hidden, (name,) * len(design.hidden)))
    get_shown()["activation"] = (name,)
    reset_components()


def _show_choice(
    name: str,
    label: str,
    options: tuple[float, ...],
    about: str,
    format_option: Callable[[float], str],
    on_change: Callable[[], None] | None = None,
) -> None:
    """Show a slider with a few positions for the URL's parameter of this name."""
    if is_widget_shown(name):
        get_shown()[name] = st.select_slider(
            label, options, format_func=format_option, key=name, help=about, on_change=on_change
        )


def _about(section: type[Section], name: str) -> str:
    return escape_markdown(describe_setting(section.model_fields[name]))


def _format_decimal(number: float) -> str:
    return f"{number:g}"


def _format_count(count: float) -> str:
    return f"{count:,.0f}" if count else _("All")
