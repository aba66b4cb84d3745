"""The optimizer's step: which weights move, and the loss before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from nn_core.formatting import format_percent
from nn_core.i18n import N_, _
from nn_core.settings import get_title
from ui.app.errors import show_errors
from ui.app.glossary import describe_view, explain
from ui.app.widgets import section_card
from ui.backprop.training_step import TrainingStep

if TYPE_CHECKING:
    from nn_core.backprop import OptimizerStep

__all__ = ["show_optimizer_step"]

_TAKEN = "backprop_taken"
_WHAT = N_("The optimizer moves every weight a little against its gradient, so that the loss of this example falls.")
_LOOK_FOR = N_(
    "Look at which layers move most. If the loss rises, the learning rate is too large for this example: try a smaller one."
)


def show_optimizer_step(step: TrainingStep) -> None:
    """Show the learning rate and the button, and what the step did once it was taken."""
    from nn_core.backprop import take_optimizer_step

    config = step.network.config
    with section_card(_("The optimizer's step"), key="backprop_optimizer"):
        describe_view(_(_WHAT), _(_LOOK_FOR), "optimizer", "gradient_descent", "learning_rate")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            lr = st.number_input(
                _("Learning rate"),
                min_value=1e-8,
                max_value=100.0,
                value=config.optimizer.lr,
                format="%g",
                key=f"backprop_lr_{config.optimizer.lr:g}",
                width=160,
                help=explain("learning_rate"),
            )
            is_pressed = st.button(
                _("Take the step"), key="take_step", type="primary", icon=":material/directions_walk:"
            )
        name = _(get_title(type(config.optimizer)))
        st.caption(
            _(
                "{optimizer} with the settings of this run. It starts without a memory of earlier steps, and moves a copy: the run stays "
                "as it is."
            ).format(optimizer=name)
        )
        if is_pressed:
            with show_errors():
                st.session_state[_TAKEN] = (
                    step.version,
                    take_optimizer_step(step.network, step.example, step.loss, lr),
                )
        version, taken = st.session_state.get(_TAKEN, ("", None))
        if taken is not None and version == step.version:
            _show_result(step, taken)


def _show_result(step: TrainingStep, taken: OptimizerStep) -> None:
    with st.container(horizontal=True, key="step_result"):
        st.metric(_("Loss before"), f"{taken.loss_before:.6g}", border=True, width=190)
        change = taken.loss_after - taken.loss_before
        st.metric(
            _("Loss after"),
            f"{taken.loss_after:.6g}",
            delta=f"{change:+.3g}",
            delta_color="inverse",
            border=True,
            width=190,
        )
        label = step.example.label
        if step.network.goal == "classify" and label is not None:
            before, after = (
                float(outputs.softmax(dim=1)[0, label]) for outputs in (taken.outputs_before, taken.outputs_after)
            )
            st.metric(
                _("Probability of the correct class"),
                format_percent(after, 2),
                delta=_("before: {share}").format(share=format_percent(before, 2)),
                delta_color="off",
                border=True,
                width=240,
            )
    moves = sorted(taken.moves.items(), key=lambda pair: -pair[1].update_norm)
    st.table(
        {
            _("Parameter"): [name for name, _move in moves],
            _("Weights that moved"): [f"{move.moved:,} / {move.count:,}" for _name, move in moves],
            _("Length of the move"): [f"{move.update_norm:.4g}" for _name, move in moves],
            _("Relative to the weights"): [
                format_percent(move.update_norm / move.weight_norm, 3) if move.weight_norm else "–"
                for _name, move in moves
            ],
            _("The weight that moved most"): [
                f"[{', '.join(str(each + 1) for each in move.index)}]: {move.before:.5g} → {move.after:.5g}"
                for _name, move in moves
            ],
        },
        hide_index=True,
    )
    training = step.network.config.training
    if training.l1 or training.l2:
        st.caption(
            _(
                "The penalty on large weights (training.l1, training.l2) pulls at them too; the gradients above are those of the loss."
            )
        )
    if taken.clipped < 1:
        st.caption(
            _("The gradients were multiplied by {factor:.3g}, because training.clip_norm limits their length.").format(
                factor=taken.clipped
            )
        )
