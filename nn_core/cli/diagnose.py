"""The command diagnose."""

import json
import sys

import typer
from pydantic import JsonValue

from nn_core.cli.runs import JsonFlag, RunArgument, get_run
from nn_core.i18n import _
from nn_core.paths import get_data_folder

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    app.command("diagnose")(diagnose)


def diagnose(run_name: RunArgument, as_json: JsonFlag = False) -> None:
    """Say what is probably wrong with a run, most likely first, and which settings to try."""
    from nn_core.diagnosis import CHECKED, CHECKED_CURVES, find_causes, measure_run

    measurements = measure_run(get_run(run_name), get_data_folder())
    findings = find_causes(measurements)
    if measurements.probe is None:
        reason = _("The network was not examined, because its data set or its weights cannot be read.")
        print(reason, file=sys.stderr)
    if as_json:
        print(json.dumps([finding.to_json() for finding in findings]))
        return
    if not findings:
        checked = CHECKED if measurements.probe else CHECKED_CURVES
        print(_("Nothing suspicious found (checked: {checked}).").format(checked=_(checked)))
    for number, finding in enumerate(findings, start=1):
        print(f"{number}. {finding.finding}\n   {finding.evidence}\n   {finding.remedy}")
        if finding.settings:
            print("   " + " ".join(f"--set {path}={_to_text(value)}" for path, value in finding.settings.items()))


def _to_text(value: JsonValue) -> str:
    """Return the value as `--set` takes it."""
    return value if isinstance(value, str) else json.dumps(value)
