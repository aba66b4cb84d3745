"""Backprop: one training step of one example, operation by operation, forwards and back."""

import streamlit as st

from nn_core.data import find_configured_dataset
from nn_core.formatting import format_confidence, format_number
from nn_core.i18n import N_, _
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder
from ui.app import cache, navigation
from ui.app.errors import show_errors
from ui.app.glossary import describe_view, explain
from ui.app.next_steps import change_a_setting, see_mistakes, show_next_steps
from ui.app.text import escape_markdown
from ui.app.url_values import show_rejected
from ui.app.widgets import stop_without_network
from ui.backprop.example_choice import choose_example
from ui.backprop.optimizer_view import show_optimizer_step
from ui.backprop.payload import make_weights_payload
from ui.backprop.training_step import TrainingStep, get_training_step
from ui.backprop.weight_view import choose_weight, show_weight
from ui.components.backprop_graph import (
    ChosenParameter,
    draw_backprop_graph,
    get_chosen_parameter,
    get_chosen_weight,
)
from ui.data.substitute import get_examples
from ui.data.views import offer_download
from ui.runs.run_picker import filter_runs, pick_run

navigation.open_app()

_GRAPH = "backprop_graph"
_WHAT = N_(
    "One training step of a real network: an example goes through it to the loss, and the gradient goes back through the same graph."
)
_LOOK_FOR = N_(
    "Step forwards with the buttons or arrow keys, then backwards, and look where the gradient grows, shrinks or stops."
)


def show_step(run: RunFolder) -> None:
    """Show the example, the film and what follows from it. It is a fragment, so that a click redraws nothing else."""
    with show_errors():
        network = cache.get_network(run)
        is_present = network.spec.is_present(get_data_folder())
        dataset = cache.get_dataset(network.config.data) if is_present else None
        example = choose_example(network, dataset or get_examples(network.config.data))
        if example is None:
            return
        step = get_training_step(run, network, dataset, example)
        st.markdown(describe_answer(step))
        show_label_smoothing(step)
        parameters = step.graph.parameters
        weight = choose_weight(step.graph, get_chosen_weight(_GRAPH))
        chosen = get_chosen_parameter(_GRAPH)
        if chosen is None or chosen.name not in parameters:
            chosen = ChosenParameter(weight.name, weight.index[0]) if weight else None
        weights = make_weights_payload(parameters[chosen.name], chosen.unit) if chosen else None
        with st.container(key="backprop_film"):
            draw_backprop_graph(step.payload.graph, weights, weight, version=step.payload.version, key=_GRAPH)
        show_missing_gradients(step)
        show_weight(step, weight)
        show_optimizer_step(step)


def describe_answer(step: TrainingStep) -> str:
    """Say what the network answers, what it should be, and the loss."""
    from nn_core.data.encode_text import decode

    spec, stored = step.network.spec, step.example.stored
    text = escape_markdown(decode(stored.unsqueeze(0), spec.alphabet)[0]) if spec.kind == "text" else ""
    graph, classes, label = step.graph, step.network.spec.classes, step.example.label
    loss = format_number(graph.loss, 4)
    if step.network.goal == "regress":
        return _("The network predicts **{value}**. It should be **{target}**. Loss: **{loss}**.").format(
            value=format_number(graph.outputs.item(), 4), target=format_number(graph.target.item(), 4), loss=loss
        )
    if step.network.goal == "reconstruct" or label is None:
        return _("The target is the example itself. Loss: **{loss}**.").format(loss=loss)
    shares = graph.outputs.softmax(dim=1)[0]
    answer = int(shares.argmax())
    return (f"“{text}”: " if text else "") + _(
        "The network answers **{answer}** ({confidence}). It should be **{target}**, to which it gives {share}. Loss: **{loss}**."
    ).format(
        answer=escape_markdown(classes[answer]),
        confidence=format_confidence(float(shares[answer])),
        target=escape_markdown(classes[label]),
        share=format_confidence(float(shares[label])),
        loss=loss,
    )


def show_label_smoothing(step: TrainingStep) -> None:
    """Say why the loss is larger than the probability of the correct class suggests."""
    from nn_core.backprop import compute_cross_entropy, get_label_smoothing

    smoothing, label = get_label_smoothing(step.network), step.example.label
    if smoothing and label is not None:
        st.caption(
            _(
                "The loss has label smoothing {smoothing:g}, so it is not 0 even for a perfect answer; cross-entropy alone: {loss}."
            ).format(smoothing=smoothing, loss=format_number(compute_cross_entropy(step.graph.outputs, label), 4)),
            help=explain("label_smoothing"),
        )


def show_missing_gradients(step: TrainingStep) -> None:
    """Name the parameters that this example cannot change."""
    if missing := step.graph.without_gradient:
        st.info(
            _("These parameters do not reach the loss and get no gradient: {names}.").format(
                names=escape_markdown(", ".join(missing))
            ),
            icon=":material/link_off:",
        )
    if zero := step.graph.with_zero_gradient:
        st.caption(
            _("The gradient of these parameters is exactly 0 for this example: {names}.").format(
                names=escape_markdown(", ".join(zero))
            )
        )


st.title(_("Backprop"), anchor=False)
describe_view(
    _(_WHAT), _(_LOOK_FOR), "backpropagation", "computational_graph", "automatic_differentiation", "local_derivative"
)
runs = filter_runs()
if not runs:
    stop_without_network(
        _("There is no trained network yet. Train one first, then look at one of its training steps."),
        ":material/account_tree:",
    )
run = pick_run(_("Network"), runs, has_caption=True)
rejected = st.container()
st.fragment(show_step)(run)
with rejected:
    show_rejected("source", "example", "weight")
spec = find_configured_dataset(run.config().data, get_data_folder())
if not spec.is_present(get_data_folder()):
    st.caption(_("To choose from its test examples, download the data:"))
    offer_download(spec)
show_next_steps(see_mistakes(run), change_a_setting(run))
