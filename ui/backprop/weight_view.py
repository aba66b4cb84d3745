"""One weight: its gradient as the sum that the chain rule gives, and the finite difference that confirms it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from nn_core.formatting import format_number
from nn_core.i18n import N_, _
from ui.app.glossary import describe_view, explain
from ui.app.text import escape_markdown
from ui.app.url_values import UrlValue, read_value, write_url
from ui.app.widgets import section_card
from ui.backprop.training_step import TrainingStep
from ui.components.backprop_graph import ChosenWeight

if TYPE_CHECKING:
    from nn_core.backprop import Graph, Term, WeightGradient

__all__ = ["choose_weight", "find_weight", "is_rounded", "show_weight"]

_MAX_TERMS = 20
_MAX_IN_FORMULA = 6
_KEPT = "backprop_weight"
_VISIBLE = 1e-4  # of the size of a gradient
_SMALL_LOSS = 1e-3  # the probability of the correct class is so close to 1 that the difference has few digits left
_WHAT = N_(
    "The gradient says how the loss changes if this weight grows. A weight acts at several places, so its gradient is a sum: at each "
    "place, the gradient of the layer's output times what the weight is multiplied by."
)
_LOOK_FOR = N_("Look at which places matter most, and that three ways to compute the gradient agree.")


def show_weight(step: TrainingStep, chosen: ChosenWeight | None) -> None:
    """Show a weight of the step's network; None if no parameter has a gradient."""
    with section_card(_("One weight"), key="backprop_weight_card"):
        describe_view(_(_WHAT), _(_LOOK_FOR), "chain_rule", "gradient", "finite_difference")
        if chosen is None:
            st.info(_("No parameter of this network has a gradient for this example."), icon=":material/info:")
            return
        weight = _get_explanation(step, chosen)
        st.markdown(
            _(
                "**{name}**: {place}. To choose another one, choose a layer in the graph above, then one of its parameters, and click "
                "in the map of its weights."
            ).format(name=escape_markdown(weight.name), place=_describe_place(step, weight))
        )
        figures = {
            "weight": (_("Weight"), weight.value),
            "gradient": (_("Gradient (PyTorch)"), weight.gradient),
            "chain_rule": (_("Sum of the terms"), weight.total),
            "finite_difference": (_("Finite difference"), weight.finite_difference),
        }
        with st.container(horizontal=True, key="weight_figures"):
            for term, (title, value) in figures.items():
                st.metric(title, format_number(value), border=True, width=190, help=explain(term))
        st.code(_write_sum(weight), language=None, wrap_lines=True)
        if weight.terms:
            _show_terms(weight)
        st.caption(
            _(
                "PyTorch's gradient is that of training, in single precision. The sum and the finite difference are computed in double "
                "precision; they differ by {difference}, and PyTorch's gradient differs from the sum by {single}."
            ).format(
                difference=format_number(abs(weight.total - weight.finite_difference), 1),
                single=format_number(abs(weight.gradient - weight.total), 1),
            )
        )
        if is_rounded(weight):
            st.info(_explain_rounding(step.graph.loss), icon=":material/info:")


def is_rounded(weight: WeightGradient) -> bool:
    """Return whether PyTorch's gradient differs visibly from the sum, which is more precise."""
    size = max(abs(weight.gradient), abs(weight.total))
    return abs(weight.gradient - weight.total) > _VISIBLE * size


def _explain_rounding(loss: float) -> str:
    if loss < _SMALL_LOSS:
        return _("The loss is so small that single precision rounds it; try an example with a larger loss.")
    return _("Large numbers almost cancel each other out here, so single precision rounds what is left of them.")


def _describe_place(step: TrainingStep, weight: WeightGradient) -> str:
    """'unit 8, input 7, row 2, column 1'."""
    from nn_core.backprop import name_weight_axes

    axes = name_weight_axes(step.network.model, weight.name)
    return ", ".join(f"{_(axis)} {each + 1}" for axis, each in zip(axes, weight.index, strict=True))


def choose_weight(graph: Graph, picked: ChosenWeight | None) -> ChosenWeight | None:
    """Return the weight to show: the picked one, or that in the URL, or the one with the largest gradient. The URL keeps the picked one.

    Args:
        graph: of the network that is shown.
        picked: in the maps; None if none was picked yet.
    """
    weight = find_weight(graph, picked or read_value(_WEIGHT))
    if picked is not None:
        write_url((_WEIGHT,), {_WEIGHT.name: picked if picked == weight else None})
    return weight


def _parse_weight(text: str) -> ChosenWeight:
    name, opening, places = text.removesuffix("]").rpartition("[")
    index = tuple(int(place) - 1 for place in places.split(","))
    if not (name and opening and text.endswith("]")) or min(index) < 0:
        raise ValueError(text)
    return ChosenWeight(name, index)


def _format_weight(weight: object) -> str:
    assert isinstance(weight, ChosenWeight)
    return f"{weight.name}[{','.join(str(each + 1) for each in weight.index)}]"


_WEIGHT: UrlValue[ChosenWeight | None] = UrlValue(
    "weight",
    None,
    _parse_weight,
    _format_weight,
    N_("the name of a parameter and a place in it, such as 0.weight[1,2]"),
)


def find_weight(graph: Graph, picked: ChosenWeight | None) -> ChosenWeight | None:
    """Return the picked weight if this network has it, or else the one with the largest gradient; None if there is no gradient."""
    import torch

    if picked is not None and _is_in(picked, graph):
        return picked
    found = [(name, each.gradient) for name, each in graph.parameters.items() if each.gradient is not None]
    matrices = [(name, gradient) for name, gradient in found if gradient.dim() > 1] or found
    if not matrices:
        return None
    name, gradient = max(matrices, key=lambda pair: float(pair[1].abs().max()))
    index = torch.unravel_index(gradient.abs().argmax(), gradient.shape)
    return ChosenWeight(name, tuple(int(each) for each in index))


def _is_in(chosen: ChosenWeight, graph: Graph) -> bool:
    parameter = graph.parameters.get(chosen.name)
    if parameter is None or len(chosen.index) != parameter.value.dim():
        return False
    return all(0 <= each < size for each, size in zip(chosen.index, parameter.value.shape, strict=True))


def _get_explanation(step: TrainingStep, chosen: ChosenWeight) -> WeightGradient:
    """Explain the weight, or return the explanation that is still valid."""
    from nn_core.backprop import explain_weight

    key = (step.version, chosen)
    kept: tuple[tuple[str, ChosenWeight], WeightGradient] | None = st.session_state.get(_KEPT)
    if kept is None or kept[0] != key:
        gradient = step.graph.parameters[chosen.name].gradient
        model = step.network.model
        kept = key, explain_weight(model, step.example, step.loss, chosen.name, chosen.index, gradient)
        st.session_state[_KEPT] = kept
    return kept[1]


def _write_sum(weight: WeightGradient) -> str:
    """'0.0123 = 0.41 × 0.03 + … ', the largest terms first."""
    parts = [
        f"({format_number(term.gradient)} × {format_number(term.factor)})" for term in weight.terms[:_MAX_IN_FORMULA]
    ]
    rest = len(weight.terms) - len(parts)
    if rest > 0:
        others = sum(term.product for term in weight.terms[_MAX_IN_FORMULA:])
        parts.append(_("{value} from {count:,} smaller terms").format(value=format_number(others), count=rest))
    return f"{format_number(weight.total)} = " + (" + ".join(parts) or "0")


def _show_terms(weight: WeightGradient) -> None:
    shown = weight.terms[:_MAX_TERMS]
    st.table(
        {
            _("Place"): [_name_place(term) for term in shown],
            _("Gradient of the output"): [format_number(term.gradient) for term in shown],
            _("Times {factor}").format(factor=_(weight.factor)): [format_number(term.factor) for term in shown],
            _("Term"): [format_number(term.product) for term in shown],
        },
        hide_index=True,
    )
    if sentences := _count_terms(weight, len(shown)):
        st.caption(sentences)


def _count_terms(weight: WeightGradient, shown: int) -> str:
    """Say which terms are not in the table."""
    sentences = []
    if len(weight.terms) > shown:
        sentences.append(_("The {shown} largest of {count:,} terms.").format(shown=shown, count=len(weight.terms)))
    if weight.zero_terms:
        sentences.append(_("{zero:,} more terms are exactly 0.").format(zero=weight.zero_terms))
    return " ".join(sentences)


def _name_place(term: Term) -> str:
    return ", ".join(f"{_(axis)} {number}" for axis, number in term.place) or _("here")
