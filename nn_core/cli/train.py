"""train, resume, pause, stop, learning-rate, presets, download: the commands that make something happen."""

import socket
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from nn_core.cli.console import nothing_collected, work_here
from nn_core.cli.runs import RunArgument, the_run
from nn_core.cli.together import begun_by, follow, follows, leading
from nn_core.cli.waiting import inherited_turn
from nn_core.config import PRESETS, RunConfig, preset, read_config, with_settings
from nn_core.config.change import resumed_with
from nn_core.drawings.corrections import corrections_file, read_corrections
from nn_core.errors import BadInput, DatasetUnavailable, RunBusy, one_of
from nn_core.i18n import _
from nn_core.limits import limits
from nn_core.places import data_folder, runs_folder
from nn_core.runs import RunFolder, RunLock, RunStatus, create_run
from nn_core.runs.folder import Request
from nn_core.runs.handover import ending_with, receive, settle
from nn_core.runs.room import must_have_room
from nn_core.runs.storing import storing

__all__ = ["build_config", "register"]

_WAIT_SECONDS = 0.05

SetOption = Annotated[
    list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="Change one setting; may be repeated.")
]


def register(app: typer.Typer) -> None:
    for command in (presets, train, resume, pause, stop, download):
        app.command()(command)
    app.command("learning-rate")(learning_rate)
    app.command(hidden=True)(spare)
    app.command(hidden=True)(follow)


def presets() -> None:
    """List the ready-made configurations."""
    for name in PRESETS:
        print(name)


def train(
    preset_name: Annotated[
        str, typer.Option("--preset", metavar="NAME", help="The configuration to start from.")
    ] = "quick",
    config_file: Annotated[
        Path | None, typer.Option("--config", metavar="FILE.json", help="Settings laid over the preset.")
    ] = None,
    settings: SetOption = None,
    runs: Annotated[Path | None, typer.Option("--runs", metavar="DIR", help="Where the run folder goes.")] = None,
    name: Annotated[str | None, typer.Option("--name", help="The run's name; one is made up otherwise.")] = None,
) -> None:
    """Train a network here and now; Ctrl-C stops cleanly. The last line is the run folder."""
    if follows():
        follow()
    config = build_config(preset_name, config_file, settings or [])
    import nn_core.worker  # noqa: F401  two seconds of torch, before there is a folder that an early Ctrl-C would leave
    from nn_core.data import find_dataset
    from nn_core.training import check

    root = (runs or runs_folder()).absolute()
    with leading() as launch:
        run = begun_by(launch)
        if run is None:
            check(config, find_dataset(config.data.name, data_folder()), root)
            drawings = read_corrections(corrections_file(data_folder())) if config.data.drawings.share else ()
            must_have_room(root, limits())
            run = create_run(root, config, name, drawings)
        with run.lock() as lock:
            work_here(run, lock, launch=launch)
    print(run.path)


def build_config(preset_name: str, config_file: Path | None, settings: list[str]) -> RunConfig:
    """The preset, changed by the file and then by the single settings. Raises ConfigError.

    The preset's number of epochs is that for the data set which they choose, unless they set a number of their own.
    """

    def change(base: RunConfig) -> RunConfig:
        return with_settings(read_config(config_file, base=base) if config_file else base, settings)

    return change(preset(preset_name, change(preset(preset_name)).data.name))


def resume(
    run_name: RunArgument,
    settings: SetOption = None,
    lock_descriptor: Annotated[int | None, typer.Option(hidden=True)] = None,
    slot_descriptor: Annotated[list[int] | None, typer.Option(hidden=True)] = None,
    ticket_descriptor: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Go on with a paused, stopped, interrupted or failed run, or train a finished one further (--set training.epochs=20)."""
    if follows():
        follow()
    run = the_run(run_name)
    if lock_descriptor is not None:
        with RunLock.inherited(lock_descriptor) as lock:
            work_here(run, lock, inherited_turn(run, slot_descriptor, ticket_descriptor))
    elif run.status().status == "paused" and not settings:
        with leading():  # only to call the others off
            _ask(run, "resume", until={"running", "queued"})
    else:
        with leading() as launch, run.lock() as lock:
            _prepare_to_go_on(run, settings or [])
            work_here(run, lock, launch=launch)
    print(run.path)


def spare(descriptor: int) -> None:
    """Wait, with torch imported, for the app to hand a run over, and train it. The app starts this with a socket."""
    with socket.socket(fileno=descriptor) as app:
        with ending_with(app):
            with nothing_collected():
                from nn_core.worker.spare import warm_up
            warm_up()
        order = receive(app)
    if order:
        settle(order)
        resume(str(order.run), lock_descriptor=order.lock, slot_descriptor=list(order.slots))


def _prepare_to_go_on(run: RunFolder, settings: list[str]) -> None:
    """Write the changed config. Raises BadInput for a run that cannot go on, or not so."""
    status, config = run.status(), run.config()
    run.must_be_able_to_go_on()
    if status.status == "interrupted" and status.message:
        print(status.message, file=sys.stderr)
    if settings:
        config = resumed_with(config, settings)
        if config.training.epochs < status.epochs_done:
            raise BadInput(
                _(
                    "training.epochs = {epochs} is less than the {done} epochs that '{run}' has done; ask for more."
                ).format(epochs=config.training.epochs, done=status.epochs_done, run=run.name)
            )
        if status.ended_early:
            _warn_of_patience(run, status, config.training.patience)
        with storing(run.path):
            run.write_config(config)
        if any(setting.partition("=")[0] == "optimizer.lr" for setting in settings):
            run.leave_turn(config.optimizer.lr)
    elif status.ended_early:
        _warn_of_patience(run, status, config.training.patience)
    elif status.status == "finished":
        print(
            _(
                "Run '{run}' has finished its {epochs} epochs; add --set training.epochs={more} to train it further."
            ).format(run=run.name, epochs=status.epochs, more=2 * status.epochs),
            file=sys.stderr,
        )


def _warn_of_patience(run: RunFolder, status: RunStatus, patience: int) -> None:
    """Where a run that ended early would end again at once."""
    waited = status.epochs_done - status.best.epoch if status.best else 0
    if 0 < patience <= waited:
        print(
            _(
                "Run '{run}' has ended early, {waited} epochs after its best; add --set training.patience={more} to train it "
                "further, or 0 to train it to the end."
            ).format(run=run.name, waited=waited, more=2 * waited),
            file=sys.stderr,
        )


def learning_rate(
    run_name: RunArgument, rate: Annotated[float, typer.Argument(metavar="RATE", help="For example 0.003.")]
) -> None:
    """Turn a running run's learning rate, before its schedule; returns once the run learns with it."""
    run = the_run(run_name)
    run.turn_learning_rate(rate)
    while run.turning:
        if not run.status().active:
            raise RunBusy(_("Run '{run}' ended before its learning rate was turned.").format(run=run.name))
        time.sleep(_WAIT_SECONDS)
    print(_("Run '{run}' learns with a rate of {rate:g} now.").format(run=run.name, rate=rate), file=sys.stderr)


def pause(run_name: RunArgument) -> None:
    """Pause a running run; returns once it has."""
    _ask(the_run(run_name), "pause", until={"paused"})


def stop(run_name: RunArgument) -> None:
    """Stop a run after its present batch; returns once its process has saved and ended."""
    _ask(the_run(run_name), "stop", until=set())


def download(name: Annotated[str, typer.Argument(metavar="DATASET")]) -> None:
    """Fetch a data set, so that it can be used without a network later."""
    from nn_core.data import DATASETS

    if name not in DATASETS:
        raise DatasetUnavailable(_("Unknown data set '{name}'.").format(name=name) + " " + one_of(name, DATASETS))
    DATASETS[name].download(data_folder())


def _ask(run: RunFolder, request: Request, until: set[str]) -> None:
    """Leave the request and wait until the run's status is among `until`, or nobody works on it any more."""
    run.ask(request)
    while (status := run.status()).active and status.status not in until:
        time.sleep(_WAIT_SECONDS)
    print(_("Run '{run}' is {status}.").format(run=run.name, status=status.status), file=sys.stderr)
