"""The command backprop: one training step of one test example, number by number."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from nn_core.cli.runs import JsonFlag, RunArgument, get_run
from nn_core.i18n import _
from nn_core.paths import get_data_folder

if TYPE_CHECKING:
    from nn_core.backprop import GradientCheck, Graph, OptimizerStep

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    app.command("backprop")(trace_step)


def trace_step(
    run_name: RunArgument,
    sample: Annotated[int, typer.Option(metavar="N", help="The number of the test example, from 0.")] = 0,
    as_json: JsonFlag = False,
) -> None:
    """Run one test example forwards and backwards through a run's best network, and take a step of its optimizer.

    Every number is PyTorch's own; finite differences in double precision confirm the gradients. Nothing is saved.
    """
    from nn_core.backprop import (
        build_training_loss,
        check_gradients,
        make_report,
        take_optimizer_step,
        take_test_example,
        trace,
    )
    from nn_core.inference import load_network
    from nn_core.training.forward import translate_errors
    from nn_core.training.setup import load_training_data

    run = get_run(run_name)
    with translate_errors(run):
        network = load_network(run, get_data_folder())
        dataset = load_training_data(run, network.config, get_data_folder())
        example = take_test_example(network, dataset, sample)
        loss = build_training_loss(network, dataset)
        graph = trace(network.model, example, loss)
        checks = check_gradients(network.model, example, loss)
        step = take_optimizer_step(network, example, loss)
    if as_json:
        print(json.dumps(make_report(network, example, graph, checks, step)))
    else:
        _print_table(graph, checks, step)


def _print_table(graph: "Graph", checks: "dict[str, GradientCheck]", step: "OptimizerStep") -> None:
    """Print a line for each operation and each parameter, and the result."""
    for node in graph.nodes:
        shape = "×".join(map(str, node.shape)) or "1"
        gradient = "-" if node.gradient is None else f"{node.gradient.norm().item():.6g}"
        print(f"{node.name:40} {shape:>16}  {node.output.float().norm().item():>12.6g}  {gradient:>12}")
    for name, parameter in graph.parameters.items():
        norm = _("no gradient") if parameter.gradient is None else f"{parameter.gradient.norm().item():.6g}"
        print(f"{name:40} {norm:>16}")
    largest = max((check.difference for check in checks.values()), default=0.0)
    print(
        _(
            "Loss {loss:.6g}; after a step of {optimizer} with learning rate {lr:g}: {after:.6g}. Finite differences confirm "
            "the gradients to {difference:.1g}."
        ).format(loss=graph.loss, optimizer=step.optimizer, lr=step.lr, after=step.loss_after, difference=largest)
    )
