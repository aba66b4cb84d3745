"""The commands that control a run in another process: pause, stop, step, speed, learning-rate and set-weight."""

import sys
import time
from typing import Annotated

import typer

from nn_core.cli.runs import RunArgument, get_run
from nn_core.errors import BadInput, RunBusy
from nn_core.i18n import _
from nn_core.runs import RunFolder
from nn_core.runs.requests import Request

__all__ = ["register", "send_and_wait"]

_POLL_SECONDS = 0.05


def register(app: typer.Typer) -> None:
    for command in (pause, stop):
        app.command()(command)
    app.command("step")(train_step)
    app.command("speed")(set_speed)
    app.command("learning-rate")(change_learning_rate)
    # So that a negative value is not taken for an option.
    app.command("set-weight", context_settings={"ignore_unknown_options": True})(set_weight)


def pause(run_name: RunArgument) -> None:
    """Pause a running run; returns once it is paused."""
    send_and_wait(get_run(run_name), "pause", until={"paused"})


def stop(run_name: RunArgument) -> None:
    """Stop a run after the current batch; returns once its process has saved and ended."""
    send_and_wait(get_run(run_name), "stop", until=set())


def train_step(
    run_name: RunArgument,
    is_epoch: Annotated[bool, typer.Option("--epoch", help="Train to the end of the epoch instead.")] = False,
) -> None:
    """Train one batch of a paused run, or of one that was just started; returns once it is paused again."""
    run = get_run(run_name)
    before = run.status()
    run.send_request("epoch" if is_epoch else "step")
    done = (before.step, before.epochs_done)
    while (status := run.status()).is_active and (
        status.status != "paused" or (status.step, status.epochs_done) == done
    ):
        time.sleep(_POLL_SECONDS)
    print(
        _("Run '{run}' is {status} after step {step}, epoch {epoch}.").format(
            run=run.name, status=status.status, step=status.step, epoch=status.epochs_done
        ),
        file=sys.stderr,
    )


def set_speed(
    run_name: RunArgument,
    batches: Annotated[
        str, typer.Argument(metavar="BATCHES", help="Batches a second, for example 5; none for as many as possible.")
    ],
) -> None:
    """Limit how many batches a run trains a second, now and whenever it is resumed."""
    run = get_run(run_name)
    try:
        limit = None if batches == "none" else float(batches)
    except ValueError as error:
        raise BadInput(
            _("'{text}' is not a speed: write a number of batches a second, or none.").format(text=batches)
        ) from error
    run.request_speed(limit)
    chosen = _("as many batches as possible") if limit is None else _("at most {speed:g} batches").format(speed=limit)
    print(_("Run '{run}' trains {chosen} a second.").format(run=run.name, chosen=chosen), file=sys.stderr)


def change_learning_rate(
    run_name: RunArgument, rate: Annotated[float, typer.Argument(metavar="RATE", help="For example 0.003.")]
) -> None:
    """Change the learning rate of a running run, before its schedule; returns once the run uses it."""
    run = get_run(run_name)
    run.request_lr(rate)
    while run.has_lr_request:
        if not run.status().is_active:
            raise RunBusy(_("Run '{run}' ended before its learning rate was changed.").format(run=run.name))
        time.sleep(_POLL_SECONDS)
    print(_("Run '{run}' now uses the learning rate {rate:g}.").format(run=run.name, rate=rate), file=sys.stderr)


def set_weight(
    run_name: RunArgument,
    parameter: Annotated[str, typer.Argument(metavar="PARAMETER", help="For example 1.weight.")],
    index: Annotated[
        str, typer.Argument(metavar="INDEX", help="Where, from 0: NEURON,INPUT for a weight, NEURON for a bias.")
    ],
    value: Annotated[float, typer.Argument(metavar="VALUE", help="The new number.")],
) -> None:
    """Set one weight or bias of a running or paused run; returns once it is set and saved."""
    run = get_run(run_name)
    try:
        places = [int(place) for place in index.split(",")]
    except ValueError as error:
        raise BadInput(
            _("'{text}' is not an index: write whole numbers with commas between them, for example 0,1.").format(
                text=index
            )
        ) from error
    # The first checkpoint says which parameters there are.
    while not run.last_weights.exists() and run.status().is_active:
        time.sleep(_POLL_SECONDS)
    run.request_weight(parameter, places, value)
    while run.has_weight_requests:
        if not run.status().is_active:
            raise RunBusy(_("Run '{run}' ended before its weight was set.").format(run=run.name))
        time.sleep(_POLL_SECONDS)
    print(
        _("{parameter}[{index}] of run '{run}' was set to {value:g}.").format(
            parameter=parameter, index=index, run=run.name, value=value
        ),
        file=sys.stderr,
    )


def send_and_wait(run: RunFolder, request: Request, until: set[str]) -> None:
    """Send the request and wait until the run's status is in `until`, or its process has ended."""
    run.send_request(request)
    while (status := run.status()).is_active and status.status not in until:
        time.sleep(_POLL_SECONDS)
    print(_("Run '{run}' is {status}.").format(run=run.name, status=status.status), file=sys.stderr)
