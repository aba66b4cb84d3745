"""The commands info, list, evaluate and options."""

import json
import sys
from collections.abc import Mapping

import typer

from nn_core.cli.runs import JsonFlag, RunArgument, get_run
from nn_core.formatting import format_percent
from nn_core.i18n import _
from nn_core.paths import get_data_folder, get_runs_folder
from nn_core.runs import list_runs
from nn_core.runs.summary import RunSummary, describe_best, summarize_run
from nn_core.task import get_plural

__all__ = ["register"]

_SHOWN = ("name", "status", "place", "message", "device", "parameters", "epochs_done", "epochs", "elapsed_seconds")


def register(app: typer.Typer) -> None:
    app.command("info")(print_info)
    app.command("list")(list_all)
    app.command()(evaluate)
    app.command("options")(print_options)


def print_info(run_name: RunArgument, as_json: JsonFlag = False) -> None:
    """Show the status, the config and the results of a run."""
    run = get_run(run_name)
    run.status(), run.config()  # a damaged run is an error here
    summary = summarize_run(run)
    if as_json:
        print(json.dumps(summary.to_json()))
        return
    for key in _SHOWN:
        value = getattr(summary, key, None)
        if value not in (None, ""):
            print(f"{key}: {value}")
    if isinstance(summary, RunSummary):
        if summary.best:
            result, epoch = describe_best(summary.best), summary.best.epoch
            print(_("best: {result} after epoch {epoch}").format(result=result, epoch=epoch))
        if summary.test_accuracy is not None:
            print(f"test_accuracy: {format_percent(summary.test_accuracy, 2)}")


def list_all(as_json: JsonFlag = False) -> None:
    """List all runs, newest first."""
    summaries = [summarize_run(run) for run in list_runs(get_runs_folder())]
    if as_json:
        print(json.dumps([summary.to_json() for summary in summaries]))
        return
    for summary in summaries:
        best = describe_best(summary.best) if isinstance(summary, RunSummary) else ""
        print("\t".join([summary.name, summary.status, best]))


def evaluate(run_name: RunArgument, as_json: JsonFlag = False) -> None:
    """Evaluate a run's best network on the test data."""
    from nn_core.data import find_dataset
    from nn_core.evaluation import evaluate_run
    from nn_core.runs.reports import ReconstructionReport
    from nn_core.training.forward import translate_errors

    run = get_run(run_name)
    with translate_errors(run):
        evaluation = evaluate_run(run, get_data_folder())
    if as_json:
        print(json.dumps(evaluation.to_json()))
        return
    samples = get_plural(find_dataset(run.config().data.name, get_data_folder()).kind)
    if isinstance(evaluation, ReconstructionReport):
        text = _("Test error {error:.5f} (mean squared, of pixels from 0 to 1), {count:,} {samples}.")
        print(text.format(error=evaluation.mean_squared_error, count=evaluation.samples, samples=samples))
        return
    low, high = evaluation.accuracy_interval
    print(
        _(
            "Test accuracy {accuracy} (95 % interval {low} to {high}), test loss {loss:.4f}, {count:,} {samples}."
        ).format(
            accuracy=format_percent(evaluation.accuracy, 2),
            low=format_percent(low, 2),
            high=format_percent(high, 2),
            loss=evaluation.loss,
            count=evaluation.samples,
            samples=samples,
        )
    )


def print_options(as_json: JsonFlag = False) -> None:
    """List all networks, data sets, activations, optimizers, losses and learning rate schedules."""
    from nn_core.data import DATASETS
    from nn_core.models import ACTIVATIONS, MODELS
    from nn_core.training import LOSSES, OPTIMIZERS, SCHEDULERS

    registries: dict[str, Mapping[str, object]] = {
        "models": MODELS,
        "datasets": DATASETS,
        "activations": ACTIVATIONS,
        "optimizers": OPTIMIZERS,
        "losses": LOSSES,
        "schedulers": SCHEDULERS,
    }
    names = {kind: list(registry) for kind, registry in registries.items()}
    if as_json:
        json.dump(names, sys.stdout)
        print()
        return
    for kind, members in names.items():
        print(f"{kind}: {', '.join(members)}")
