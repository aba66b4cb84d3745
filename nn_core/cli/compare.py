"""The command compare: two or more runs on the same test examples."""

import json
from typing import Annotated

import typer

from nn_core.cli.runs import JsonFlag, get_run
from nn_core.paths import get_data_folder

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    app.command("compare")(compare)


def compare(
    run_names: Annotated[
        list[str], typer.Argument(metavar="RUN RUN …", help="2 to 8 runs: names, or paths of their folders.")
    ],
    as_json: JsonFlag = False,
) -> None:
    """Compare runs on the same test examples: is one really better, and which settings differ?

    McNemar's exact test says how often chance alone would produce the difference, corrected for several pairs (Holm). The difference has its
    95 % interval (Tango, 1998). Networks that do not classify are compared by their errors (paired t test). Nothing is saved.
    """
    from nn_core.evaluation.comparability import check_runs, gather_participants
    from nn_core.evaluation.comparison import compare_runs
    from nn_core.evaluation.comparison_report import describe_comparison, make_report

    runs = [get_run(name) for name in run_names]
    check_runs([run.name for run in runs])
    data_folder = get_data_folder()
    comparison = compare_runs(gather_participants(runs, data_folder), data_folder)
    print(json.dumps(make_report(comparison)) if as_json else describe_comparison(comparison))
