"""The command robustness."""

import json
import sys
from typing import Annotated

import typer

from nn_core.cli.runs import JsonFlag, RunArgument, get_run
from nn_core.errors import BadInput
from nn_core.formatting import format_number, format_percent, format_percent_range
from nn_core.i18n import _
from nn_core.jobs.side_job import SideJob
from nn_core.paths import get_data_folder
from nn_core.runs.robustness import ROBUSTNESS_JOB, RobustnessReport

__all__ = ["register"]

_BAR = 24  # characters


def register(app: typer.Typer) -> None:
    app.command("robustness")(measure)


def measure(
    run_name: RunArgument,
    as_json: JsonFlag = False,
    examples: Annotated[
        int | None, typer.Option("--examples", metavar="N", min=1, help="At most so many test examples. Default: 1000.")
    ] = None,
    all_examples: Annotated[bool, typer.Option("--all", help="Use all test examples.")] = False,
    kinds: Annotated[
        list[str] | None,
        typer.Option("--kind", metavar="NAME", help="Measure only this perturbation; may be repeated. Default: all."),
    ] = None,
    lock_descriptor: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Measure the accuracy on disturbed test examples: rotated, shifted, noisy, with typing errors, and so on. Ctrl-C keeps what is finished."""
    run = get_run(run_name)
    if all_examples and examples:
        raise BadInput(
            _("--examples {count} and --all contradict each other: give one of them.").format(count=examples)
        )
    if run.is_shipped:
        run.results.mkdir(parents=True, exist_ok=True)
    with SideJob(run.results, ROBUSTNESS_JOB).work(lock_descriptor) as job:
        from nn_core.evaluation.robustness import DEFAULT_EXAMPLES, measure_robustness

        is_visible = sys.stderr.isatty()

        def report(done: int, total: int, title: str) -> None:
            job.report(done, total, title)
            if is_visible:
                bar = "#" * (_BAR * done // total)
                print(f"\r[{bar:<{_BAR}}] {_(title) if title else '':<20}", end="", file=sys.stderr, flush=True)

        most = None if all_examples else examples or DEFAULT_EXAMPLES
        result = measure_robustness(run, get_data_folder(), kinds=kinds or (), examples=most, report_progress=report)
        if is_visible:
            print(file=sys.stderr)
    if as_json:
        print(json.dumps(result.to_json()))
    elif lock_descriptor is None:
        _print(result, kinds or list(result.perturbations))


def _print(report: RobustnessReport, kinds: list[str]) -> None:
    from nn_core.evaluation.robustness import PERTURBATIONS

    sentence = _("{count:,} of {all:,} test examples of {data}.")
    if report.is_substitute:
        sentence = _("{count:,} of {all:,} test examples of {data}, because the run's own data set is not here.")
    print(sentence.format(count=report.examples, all=report.available, data=report.data))
    for name in kinds:
        perturbation = PERTURBATIONS[name]
        print(f"\n{_(perturbation.title)}")
        for level in report.perturbations[name].levels:
            shown = f"{format_number(level.level)} {perturbation.unit}".strip()
            print(f"{shown}\t{format_percent(level.accuracy)}\t({format_percent_range(*level.interval)})")
