"""The commands label, delete, restore and empty-bin, each for several runs at once."""

from typing import Annotated

import typer

from nn_core.cli.runs import NoteOption, get_run
from nn_core.errors import BadInput
from nn_core.formatting import format_bytes
from nn_core.i18n import _
from nn_core.paths import get_runs_folder
from nn_core.runs import rename_run
from nn_core.runs.bin import (
    KEPT_DAYS,
    empty_bin,
    find_deleted_run,
    list_deleted_runs,
    move_to_bin,
    remove_expired_runs,
    restore_run,
)
from nn_core.runs.disk_quota import measure_bin_bytes

__all__ = ["register"]

Runs = Annotated[list[str], typer.Argument(metavar="RUN …", help="Names of runs, or paths of their folders.")]


def register(app: typer.Typer) -> None:
    app.command("label")(label)
    app.command("delete")(delete)
    app.command("restore")(restore)
    app.command("empty-bin")(remove_for_good)


def label(
    run_names: Runs,
    name: Annotated[
        str | None, typer.Option("--name", metavar="TEXT", help='The name that is shown for the run; "" for none.')
    ] = None,
    note: NoteOption = None,
    tags: Annotated[list[str] | None, typer.Option("--tag", metavar="TAG", help="Add a tag; may be repeated.")] = None,
    removed: Annotated[
        list[str] | None, typer.Option("--untag", metavar="TAG", help="Remove a tag; may be repeated.")
    ] = None,
) -> None:
    """Change the names, notes or tags of runs, also while they train. Prints the names of their folders."""
    if name is None and note is None and not tags and not removed:
        raise BadInput(_("There is nothing to change: give --name, --note, --tag or --untag."))
    runs = [get_run(each) for each in run_names]
    if name and len(runs) > 1:
        raise BadInput(
            _("--name '{name}' cannot be the name of {count} runs: name one run at a time.").format(
                name=name, count=len(runs)
            )
        )
    for run in runs:
        rename_run(run, name=name, note=note, add_tags=tags or (), remove_tags=removed or ())
        print(run.name)


def delete(run_names: Runs) -> None:
    """Delete runs. They can be restored for a week, until the bin is emptied. Prints the names of their folders."""
    remove_expired_runs(get_runs_folder())
    for run in [get_run(each) for each in run_names]:  # all are found before the first one is deleted
        move_to_bin(run)
        print(run.name)


def restore(
    run_names: Annotated[
        list[str] | None, typer.Argument(metavar="[RUN …]", help="Names of deleted runs; without any, lists them.")
    ] = None,
) -> None:
    """Restore deleted runs. Prints the paths of their folders; without a name, lists what can be restored."""
    root = get_runs_folder()
    if not run_names:
        for each in list_deleted_runs(root):
            print(f"{each.name}\t{each.deleted_at.astimezone():%Y-%m-%d %H:%M}")
        return
    for deleted in [find_deleted_run(root, name) for name in run_names]:
        print(restore_run(deleted).path)


def remove_for_good() -> None:
    """Remove all deleted runs for good, which frees their space on the disk."""
    root = get_runs_folder()
    deleted, size = list_deleted_runs(root), sum(measure_bin_bytes(root).values())
    empty_bin(deleted)
    typer.echo(
        _("Removed {count} deleted runs ({size}). Runs that are deleted from now on are kept for {days} days.").format(
            count=len(deleted), size=format_bytes(size), days=KEPT_DAYS
        ),
        err=True,
    )
