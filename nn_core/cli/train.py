"""The commands train, teach, resume, presets, options and download."""

import json
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from nn_core.cli.control import send_and_wait
from nn_core.cli.foreground import find_launched_run, follow, is_follower, pause_gc, run_foreground, start_launch
from nn_core.cli.runs import JsonFlag, NoteOption, RunArgument, get_run
from nn_core.cli.seeds import SeedsOption, create_members, train_together
from nn_core.config import PRESETS
from nn_core.config.data_defaults import describe_data_size
from nn_core.config.overrides import apply_resume_settings
from nn_core.config.repeat import build_config
from nn_core.data import find_configured_dataset
from nn_core.drawings.corrections import get_corrections_file, read_corrections
from nn_core.errors import BadInput, DatasetUnavailable, describe_unknown
from nn_core.i18n import _
from nn_core.jobs.launcher import inherit_queue_entry
from nn_core.jobs.warm_protocol import adopt_environment, end_with_app, receive_order, warm_up
from nn_core.limits import get_limits
from nn_core.paths import get_data_folder, get_runs_folder
from nn_core.runs import RunFolder, RunLabel, RunLock, RunStatus, create_run
from nn_core.runs.disk_quota import check_disk_quota, translate_storage_errors
from nn_core.runs.repeat import Repetition
from nn_core.runs.store import check_run_name, is_run_name

__all__ = ["register"]

ConfigOption = Annotated[
    Path | None, typer.Option("--config", metavar="FILE.json", help="Settings that replace those of the preset.")
]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="Change one setting; may be repeated.")
]
NameOption = Annotated[
    str | None,
    typer.Option(
        "--name",
        metavar="TEXT",
        help="Name of the run. The folder is named so too if that is possible, else at random.",
    ),
]
RunsOption = Annotated[Path | None, typer.Option("--runs", metavar="DIR", help="Folder for the run folder.")]


def register(app: typer.Typer) -> None:
    app.command("presets")(print_presets)
    app.command("options")(print_options)
    for command in (train, teach, resume, download):
        app.command()(command)
    app.command("spare", hidden=True)(run_warm_worker)
    app.command(hidden=True)(follow)


def print_presets() -> None:
    """List the presets."""
    for name in PRESETS:
        print(name)


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


def train(
    preset_name: Annotated[str, typer.Option("--preset", metavar="NAME", help="The preset to start from.")] = "quick",
    config_file: ConfigOption = None,
    settings: SetOption = None,
    runs: RunsOption = None,
    name: NameOption = None,
    note: NoteOption = None,
    seeds: SeedsOption = None,
) -> None:
    """Train a network in this process; Ctrl-C stops it cleanly. The last line is the run folder.

    With --seeds, N runs that differ only in the seed are trained in processes of their own, and the folder of each is printed.
    """
    if is_follower():
        follow()
    config = build_config(preset_name, settings or [], get_data_folder(), config_file)
    folder_name, label = _name_folder(RunLabel.from_text(name or "", note or ""))
    import nn_core.jobs.runner  # noqa: F401  takes two seconds; before the run folder exists, so that Ctrl-C leaves none
    from nn_core.training import check_trainable

    root = (runs or get_runs_folder()).absolute()
    with start_launch() as launch:
        if launch and seeds:
            raise BadInput(_("--seeds does not work with torchrun. Leave one of them out."))
        run = find_launched_run(launch)
        if run is None:
            spec = find_configured_dataset(config.data, get_data_folder())
            check_trainable(config, spec, root)
            for sentence in describe_data_size(preset_name, spec, config):
                print(sentence, file=sys.stderr)
            drawings = read_corrections(get_corrections_file(get_data_folder())) if config.data.drawings.share else ()
            check_disk_quota(root, get_limits())
            preset = "" if config_file else preset_name  # a file may contain any settings
            run = create_run(root, config, folder_name, drawings, label, preset=preset)
        if seeds:
            repetition = create_members(root, run, seeds)
            train_together(Repetition((run, *repetition.members), repetition.stopped_by))
            return
        with run.lock() as lock:
            run_foreground(run, lock, launch=launch)
    print(run.path)


def teach(
    run_name: RunArgument,
    drawings: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.jsonl",
            help='Drawings as for predict, each with a "label". Default: those stored on the Draw page.',
        ),
    ] = None,
    settings: SetOption = None,
    name: NameOption = None,
    note: NoteOption = None,
) -> None:
    """Fine-tune a copy of a run's network on drawings, as a new run in the same folder. Prints JSON: how many drawings are
    recognised, misread and not recognised, and the test accuracy, before and after."""
    from nn_core.drawings.corrections import read_labelled
    from nn_core.finetuning.report import read_finetune_report
    from nn_core.finetuning.run import create_finetune_run

    parent = get_run(run_name)
    folder_name, label = _name_folder(RunLabel.from_text(name or "", note or ""))
    corrections = read_labelled(drawings) if drawings else read_corrections(get_corrections_file(get_data_folder()))
    root = get_runs_folder() if parent.is_shipped else parent.path.parent
    run = create_finetune_run(
        root,
        parent,
        corrections,
        get_data_folder(),
        settings=settings or (),
        name=folder_name,
        label=label,
    )
    with run.lock() as lock:
        run_foreground(run, lock)
    report = read_finetune_report(run)
    print(json.dumps({"run": run.name, **(report.to_json() if report else {})}))


def _name_folder(label: RunLabel) -> tuple[str | None, RunLabel]:
    """Name the folder as the run, if a folder can have this name, and else at random. Raises BadInput for a path elsewhere.

    Returns:
        The folder's name, or None, and what remains for the label.
    """
    path = Path(label.name)
    if path.is_absolute() or ".." in path.parts:
        check_run_name(label.name)
    return (label.name, label.change("", None)) if is_run_name(label.name) else (None, label)


def resume(
    run_name: RunArgument,
    settings: SetOption = None,
    lock_descriptor: Annotated[int | None, typer.Option(hidden=True)] = None,
    slot_descriptor: Annotated[list[int] | None, typer.Option(hidden=True)] = None,
    ticket_descriptor: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Resume a paused, stopped, interrupted or failed run, or train a finished one further (--set training.epochs=20)."""
    if is_follower():
        follow()
    run = get_run(run_name)
    if lock_descriptor is not None:
        with RunLock.inherited(lock_descriptor) as lock:
            run_foreground(run, lock, inherit_queue_entry(run, slot_descriptor, ticket_descriptor))
    elif run.status().status == "paused" and not settings:
        with start_launch():  # only to release the other processes
            send_and_wait(run, "resume", until={"running", "queued"})
    else:
        with start_launch() as launch, run.lock() as lock:
            _prepare_to_resume(run, settings or [])
            run_foreground(run, lock, launch=launch)
    print(run.path)


def run_warm_worker(descriptor: int) -> None:
    """Import torch, wait until the app hands over a run, and train it. The app passes a socket."""
    with socket.socket(fileno=descriptor) as app:
        with end_with_app(app):
            with pause_gc():
                import nn_core.jobs.runner  # noqa: F401
            warm_up()
        order = receive_order(app)
    if order:
        adopt_environment(order)
        resume(str(order.run), lock_descriptor=order.lock, slot_descriptor=list(order.slots))


def _prepare_to_resume(run: RunFolder, settings: list[str]) -> None:
    """Write the changed config. Raises BadInput for a run that cannot be resumed, or not with these settings."""
    status, config = run.status(), run.config()
    run.check_resumable()
    if status.status == "interrupted" and status.message:
        print(status.message, file=sys.stderr)
    if settings:
        config = apply_resume_settings(config, settings)
        if config.training.epochs < status.epochs_done:
            raise BadInput(
                _(
                    "training.epochs = {epochs} is less than the {done} epochs that '{run}' has trained. Choose a larger number."
                ).format(epochs=config.training.epochs, done=status.epochs_done, run=run.name)
            )
        with translate_storage_errors(run.path):
            run.write_config(config)
        if any(setting.partition("=")[0] == "optimizer.lr" for setting in settings):
            run.write_lr_request(config.optimizer.lr)
    if status.ended_early:
        _warn_about_patience(run, status, config.training.patience)
    elif status.status == "finished" and not settings:
        print(
            _(
                "Run '{run}' has finished its {epochs} epochs; add --set training.epochs={more} to train it further."
            ).format(run=run.name, epochs=status.epochs, more=2 * status.epochs),
            file=sys.stderr,
        )


def _warn_about_patience(run: RunFolder, status: RunStatus, patience: int) -> None:
    """Warn if a run that ended early would end again at once."""
    waited = status.epochs_done - status.best.epoch if status.best else 0
    if 0 < patience <= waited:
        print(
            _(
                "Run '{run}' ended early, {waited} epochs after its best epoch; add --set training.patience={more} to train it "
                "further, or 0 to train it to the end."
            ).format(run=run.name, waited=waited, more=2 * waited),
            file=sys.stderr,
        )


def download(name: Annotated[str, typer.Argument(metavar="DATASET")]) -> None:
    """Download a data set, so that it can be used offline later."""
    from nn_core.data import DATASETS

    if name not in DATASETS:
        raise DatasetUnavailable(describe_unknown(_("data set"), name, DATASETS))
    DATASETS[name].download(get_data_folder())
