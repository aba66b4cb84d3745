"""The command vitals."""

import json

import typer

from nn_core.cli.runs import JsonFlag, RunArgument, get_run
from nn_core.errors import BadInput
from nn_core.formatting import format_percent
from nn_core.i18n import _
from nn_core.runs import RunFolder
from nn_core.vitals.records import VitalsRecord, get_latest, list_by_layer, read_vitals

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    app.command("vitals")(print_vitals)


def print_vitals(run_name: RunArgument, as_json: JsonFlag = False) -> None:
    """Show what happened inside the network while it trained: weights, gradients, updates, dead and saturated units of each layer."""
    run = get_run(run_name)
    records = _read_records(run)
    if as_json:
        layers = {name: [point.model_dump() for point in points] for name, points in list_by_layer(records).items()}
        print(json.dumps({"layers": layers}))
        return
    latest = get_latest(records)
    if latest is None:
        print(_("Nothing has been measured yet."))
        return
    print(_("After step {step} (epoch {epoch:.1f}):").format(step=latest.step, epoch=latest.epoch))
    print("\t".join(["layer", "weight_norm", "gradient_norm", "update_ratio", "dead_share", "saturated_share"]))
    for name, layer in latest.layers.items():
        sizes = [layer.weight_norm, layer.gradient_norm, layer.update_ratio]
        shares = [layer.dead_share, layer.saturated_share]
        cells = ["–" if size is None else f"{size:.3g}" for size in sizes]
        cells += ["–" if share is None else format_percent(share) for share in shares]
        print("\t".join([name, *cells]))


def _read_records(run: RunFolder) -> list[VitalsRecord]:
    """Read the run's records. Raises BadInput for a run that was not measured."""
    records = read_vitals(run.vitals_file)
    if records or (run.config().training.vitals and run.status().is_active):
        return records
    raise BadInput(
        _(
            "Run '{run}' has no vitals: it was trained with training.vitals=false, or by an earlier version. Train it again with "
            "--set training.vitals=true."
        ).format(run=run.name)
    )
