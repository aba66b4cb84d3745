"""The optimizer's step: which weights move, and the loss before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from nn_core.errors import BadInput
from nn_core.formatting import format_confidence, format_number, format_percent
from nn_core.i18n import N_, _
from nn_core.settings import get_title
from ui.app.errors import show_errors, toast_errors
from ui.app.glossary import describe_view, explain
from ui.app.text import escape_markdown
from ui.app.widgets import section_card
from ui.backprop.training_step import TrainingStep

if TYPE_CHECKING:
    from nn_core.backprop import OptimizerStep

__all__ = ["show_optimizer_step"]

_TAKEN = "backprop_taken"
_WHAT = N_(
    "The optimizer moves every weight a little against its gradient, which should make the loss of this example fall."
)
_LOOK_FOR = N_(
    "Look at which layers move most, and whether the loss falls. If it rises, the step is too long for this example: try a smaller "
    "learning rate."
)
_FULL_STEP = N_(
    "The first step of {optimizer} moves every weight by about the full learning rate, however small its gradient is."
)


def show_optimizer_step(step: TrainingStep) -> None:
    """Show the learning rate and the button, and what the step did once it was taken with this rate."""
    optimizer = step.network.config.optimizer
    key = f"backprop_lr_{optimizer.lr:g}"
    with section_card(_("The optimizer's step"), key="backprop_optimizer"):
        describe_view(_(_WHAT), _(_LOOK_FOR), "optimizer", "gradient_descent", "learning_rate")
        st.session_state.setdefault(key, optimizer.lr)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            # Without bounds of its own: the browser would keep a rate outside them to itself, and the step would use the one before.
            lr = st.number_input(_("Learning rate"), format="%g", key=key, width=160, help=explain("learning_rate"))
            problem = _find_problem(lr, optimizer.lr)
            is_pressed = st.button(
                _("Take the step"),
                key="take_step",
                type="primary",
                icon=":material/directions_walk:",
                disabled=problem is not None,
            )
        name = _(get_title(type(optimizer)))
        st.caption(
            _(
                "{optimizer} with the settings of this run. It starts without a memory of earlier steps, and moves a copy: the run stays "
                "as it is."
            ).format(optimizer=name)
        )
        if problem is not None:
            st.session_state.pop(_TAKEN, None)
            st.error(escape_markdown(problem), icon=":material/error:")
            return
        if is_pressed:
            with show_errors():
                _take(step, lr)
        place, taken = st.session_state.get(_TAKEN, (None, None))
        if taken is not None and place == (step.version, lr):
            _show_result(step, taken)
            if taken.loss_after > taken.loss_before:
                _offer_smaller_rate(step, lr, key)


def _find_problem(lr: float, usual: float) -> str | None:
    """Return the sentence that says what is wrong with a learning rate, or None."""
    from nn_core.backprop import check_learning_rate

    try:
        check_learning_rate(lr, usual)
    except BadInput as error:
        return str(error)
    return None


def _take(step: TrainingStep, lr: float) -> None:
    from nn_core.backprop import take_optimizer_step

    st.session_state[_TAKEN] = (step.version, lr), take_optimizer_step(step.network, step.example, step.loss, lr)


def _offer_smaller_rate(step: TrainingStep, lr: float, key: str) -> None:
    """Say why the loss has risen, and offer the same step with a tenth of the learning rate."""
    from nn_core.backprop import get_label_smoothing

    optimizer = step.network.config.optimizer
    smaller = float(f"{lr / 10:.3g}")

    def take_smaller() -> None:
        st.session_state[key] = smaller
        with toast_errors():
            _take(step, smaller)

    reason = _("The loss of this example has risen: the step is too long for it.")
    if optimizer.name in ("adam", "adamw", "adagrad"):
        reason += " " + _(_FULL_STEP).format(optimizer=_(get_title(type(optimizer))))
    if (smoothing := get_label_smoothing(step.network)) and step.example.label is not None:
        best = 1 - smoothing + smoothing / len(step.network.spec.classes)
        reason += " " + _(
            "With label smoothing the loss is smallest where the correct class gets {best}; a surer answer costs more again."
        ).format(best=format_percent(best))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.info(reason, icon=":material/trending_up:", width="stretch")
        if smaller > 0:
            st.button(
                _("Try a tenth"), key="take_smaller_step", icon=":material/directions_walk:", on_click=take_smaller
            )


def _show_result(step: TrainingStep, taken: OptimizerStep) -> None:
    with st.container(horizontal=True, key="step_result"):
        st.metric(_("Loss before"), format_number(taken.loss_before), border=True, width=190)
        change = taken.loss_after - taken.loss_before
        st.metric(
            _("Loss after"),
            format_number(taken.loss_after),
            delta=format_number(change, 3, "+"),
            delta_color="red" if change > 0 else "green",
            delta_arrow="up" if change > 0 else "down" if change < 0 else "off",
            border=True,
            width=190,
        )
        label = step.example.label
        if step.network.goal == "classify" and label is not None:
            _show_answer(step, taken, label)
    _show_moves(step, taken)


def _show_answer(step: TrainingStep, taken: OptimizerStep, label: int) -> None:
    """Show the probability of the correct class, and with label smoothing also the loss without it."""
    from nn_core.backprop import compute_cross_entropy, get_label_smoothing

    pair = taken.outputs_before, taken.outputs_after
    if get_label_smoothing(step.network):
        before, after = (compute_cross_entropy(outputs, label) for outputs in pair)
        _show_change(
            _("Cross-entropy alone"), format_number(after, 4), format_number(before, 4), help=explain("label_smoothing")
        )
    before, after = (float(outputs.softmax(dim=1)[0, label]) for outputs in pair)
    _show_change(_("Probability of the correct class"), format_confidence(after), format_confidence(before))


def _show_change(title: str, after: str, before: str, *, help: str | None = None) -> None:
    st.metric(
        title,
        after,
        delta=_("before: {share}").format(share=before),
        delta_color="off",
        delta_arrow="off",
        border=True,
        width=240,
        help=help,
    )


def _show_moves(step: TrainingStep, taken: OptimizerStep) -> None:
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
                f"[{', '.join(str(each + 1) for each in move.index)}]: "
                f"{format_number(move.before, 5)} → {format_number(move.after, 5)}"
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
