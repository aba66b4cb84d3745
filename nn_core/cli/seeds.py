"""The commands repeat and group, and `train --seeds`: runs that differ only in the seed."""

import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel

from nn_core.cli.runs import JsonFlag, RunArgument, get_run
from nn_core.errors import BadInput, LimitReached, RunFailed
from nn_core.formatting import format_loss, format_percent
from nn_core.i18n import _
from nn_core.jobs.launcher import catch_stop_signals, launch_run
from nn_core.limits import get_limits
from nn_core.paths import get_runs_folder
from nn_core.runs import RunFolder, list_runs
from nn_core.runs.disk_quota import check_disk_quota
from nn_core.runs.groups import Figure, RunGroup, find_group
from nn_core.runs.repeat import MAX_MEMBERS, MIN_MEMBERS, Repetition, create_next_member
from nn_core.statistics.spread import Spread, compute_mean_interval

__all__ = ["SeedsOption", "create_members", "register", "train_together"]

_POLL_SECONDS = 0.2
_SEEDS_HELP = "How many runs with different seeds there are in total."

SeedsOption = Annotated[
    int | None, typer.Option("--seeds", metavar="N", min=MIN_MEMBERS, max=MAX_MEMBERS, help=_SEEDS_HELP)
]


def register(app: typer.Typer) -> None:
    app.command("repeat")(repeat)
    app.command("group")(print_group)


def repeat(
    run_name: RunArgument,
    seeds: Annotated[int, typer.Option("--seeds", metavar="N", min=MIN_MEMBERS, max=MAX_MEMBERS, help=_SEEDS_HELP)] = 3,
) -> None:
    """Repeat a run with other seeds, until its group has N runs with itself. Prints the folder of each new run."""
    run = get_run(run_name)
    root = get_runs_folder() if run.is_shipped else run.path.parent
    repetition = create_members(root, run, seeds)
    if repetition.stopped_by and not repetition.members:
        raise LimitReached(repetition.stopped_by)
    if not repetition.members:
        raise BadInput(
            _("Run '{run}' is in a group of at least {count} runs already. Choose a larger number for --seeds.").format(
                run=run.name, count=seeds
            )
        )
    train_together(repetition)


def create_members(root: Path, run: RunFolder, total: int) -> Repetition:
    """Create the missing members of the run's group, as many as the disk has room for. Raises BadInput."""
    members: list[RunFolder] = []
    try:
        check_disk_quota(root, get_limits())
        while member := create_next_member(root, run, total):
            members.append(member)
            check_disk_quota(root, get_limits())
    except LimitReached as error:
        return Repetition(tuple(members), str(error))
    return Repetition(tuple(members))


def train_together(repetition: Repetition) -> None:
    """Launch the runs, which wait in the queue for their turn; report the end of each on stderr; and print their folders.

    Ctrl-C stops them cleanly. If this process is killed, they train on.

    Raises:
        RunFailed: some of them have failed; the others have been trained.
        KeyboardInterrupt: they were stopped by Ctrl-C.
    """
    members, signals = repetition.members, list[int]()
    if repetition.stopped_by:
        print(repetition.stopped_by, file=sys.stderr)
    with catch_stop_signals(lambda number, _frame: signals.append(number)):
        for run in members:
            launch_run(run)
        print(
            _("Runs with different seeds: {count}. They train one after another where devices are taken.").format(
                count=len(members)
            ),
            file=sys.stderr,
        )
        waiting, asked = list(members), False
        while waiting:
            if signals and not asked:
                asked = True
                for run in waiting:
                    run.send_request("stop")
            for run in [each for each in waiting if not each.status().is_active]:
                waiting.remove(run)
                _report_end(run, len(members) - len(waiting), len(members))
            time.sleep(_POLL_SECONDS)
    for run in members:
        print(run.path)
    if signals:
        raise KeyboardInterrupt
    failed = [run.name for run in members if run.status().status in ("failed", "interrupted")]
    if failed:
        raise RunFailed(
            _("{failed} of {count} runs failed: {runs}. worker.log in their folders says why.").format(
                failed=len(failed), count=len(members), runs=", ".join(failed)
            )
        )


def _report_end(run: RunFolder, done: int, total: int) -> None:
    status = run.status()
    best = (
        _(", validation accuracy {accuracy}").format(accuracy=format_percent(status.best.accuracy, 2))
        if (status.best and status.best.accuracy is not None)
        else ""
    )
    print(
        _("{done} of {total}: seed {seed} {status}{best}. {message}")
        .format(
            done=done,
            total=total,
            seed=run.config().training.seed,
            status=status.status,
            best=best,
            message=status.message,
        )
        .rstrip(),
        file=sys.stderr,
    )


class _SpreadReport(BaseModel):
    """mean, standard deviation, and the 95 % interval of the mean (Student's t), which is null for a single run."""

    count: int
    mean: float
    standard_deviation: float | None
    interval: tuple[float, float] | None


class _MemberReport(BaseModel):
    """left_out: why the means leave the run out; empty if they do not."""

    seed: int
    run: str
    path: str
    status: str
    validation: float | None
    test: float | None
    left_out: str


class _GroupReport(BaseModel):
    """What `group --json` prints."""

    version: int = 1
    group: str
    name: str
    figure: Figure
    total: int
    finished: int
    validation: _SpreadReport | None
    test: _SpreadReport | None
    runs: list[_MemberReport]


def print_group(run_name: RunArgument, as_json: JsonFlag = False) -> None:
    """Show the runs that repeat a run with other seeds, and the mean, standard deviation and interval of their results.

    Runs that were started on their own are no group, even if they differ only in the seed.
    """
    run = get_run(run_name)
    group = find_group(run, list_runs(get_runs_folder() if run.is_shipped else run.path.parent))
    if group is None:
        raise BadInput(
            _(
                "Run '{run}' is in no group: it was not repeated with other seeds, and runs that were started on their own do not count. "
                "Repeat it: python -m nn_core repeat {run} --seeds 3."
            ).format(run=run.name)
        )
    report = _make_report(group)
    if as_json:
        print(report.model_dump_json())
        return
    print(
        _("{name}: {finished} of {total} runs have finished").format(
            name=report.name, finished=report.finished, total=report.total
        )
    )
    for title, spread in ((_("validation"), report.validation), (_("test"), report.test)):
        if spread:
            print(f"{title}: {_describe(spread, report.figure)}")
    for member in report.runs:
        cells = (_format(member.validation, report.figure), _format(member.test, report.figure), member.left_out)
        print("\t".join([str(member.seed), member.run, member.status, *cells]).rstrip())


def _make_report(group: RunGroup) -> _GroupReport:
    return _GroupReport(
        group=group.identity,
        name=group.name,
        figure=group.figure,
        total=len(group.members),
        finished=group.finished,
        validation=_report_spread(group.validation),
        test=_report_spread(group.test),
        runs=[
            _MemberReport(
                seed=member.seed,
                run=member.run.name,
                path=str(member.run.path),
                status=member.status,
                validation=member.validation,
                test=member.test,
                left_out=member.left_out,
            )
            for member in group.members
        ],
    )


def _report_spread(spread: Spread | None) -> _SpreadReport | None:
    if spread is None:
        return None
    return _SpreadReport(
        count=spread.count,
        mean=spread.mean,
        standard_deviation=spread.standard_deviation,
        interval=compute_mean_interval(spread),
    )


def _describe(spread: _SpreadReport, figure: Figure) -> str:
    mean = _("mean {mean} of {count} runs").format(mean=_format(spread.mean, figure), count=spread.count)
    if spread.standard_deviation is None or spread.interval is None:
        return mean
    return _("{mean}, standard deviation {deviation}, 95 % interval of the mean {low} to {high}").format(
        mean=mean,
        deviation=_format(spread.standard_deviation, figure),
        low=_format(spread.interval[0], figure),
        high=_format(spread.interval[1], figure),
    )


def _format(value: float | None, figure: Figure) -> str:
    if value is None:
        return ""
    return format_percent(value, 2) if figure == "accuracy" else format_loss(value)
