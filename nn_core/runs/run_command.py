"""The command lines of a run: the one that repeats it, with the preset that its settings came from and what it does not repeat, and those
that use it."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from nn_core.config import PRESETS, RunConfig
from nn_core.config.repeat import choose_preset, make_command
from nn_core.i18n import N_, _
from nn_core.runs.folder import RunFolder
from nn_core.runs.metrics import History
from nn_core.settings import get_title
from nn_core.task import Kind

__all__ = [
    "EXPORT_PURPOSES",
    "Origin",
    "RunCommand",
    "describe_origin",
    "find_origin",
    "list_limits",
    "list_run_commands",
    "make_run_command",
]

EXPORT_PURPOSES: dict[str, str] = {
    "report": N_("The settings, curves and results as one file for a browser, to read, send or print on two pages."),
    "page": N_("A page with a drawing area and the network, which works without NN Lab and without a connection."),
    "card": N_("A model card in Markdown, to publish with the weights, for example on the Hugging Face Hub."),
    "onnx": N_(
        "The network for ONNX Runtime, which runs in other languages and in browsers, with a program that predicts."
    ),
    "script": N_(
        "A Python script that repeats the training with PyTorch alone and proves that the result is the same."
    ),
    "notebook": N_("The same as a Jupyter notebook with charts."),
    "code": N_("The network as a Python program that loads the weights and predicts."),
    "safetensors": N_("The weights, in a format that is safe to load."),
    "pt": N_("The weights as a PyTorch state_dict."),
    "zip": N_("The whole run, to import and continue elsewhere."),
    "csv": N_("The curves and the test result as a table."),
    "parquet": N_("The same table with types, smaller."),
    "tensorboard": N_("Curves and histograms as a folder for TensorBoard."),
}
"""The formats of `export --as` and what each is for."""
_INPUTS: dict[Kind, str] = {
    "pictures": "picture.png",
    "text": '--text "a text"',
    "points": "--point 0.5,-1",
}


@dataclass(frozen=True)
class RunCommand:
    """A command line, quoted for a shell. purpose: "evaluate", "predict", or a format of `EXPORT_PURPOSES`; title: what it does."""

    purpose: str
    title: str
    text: str


class Origin(NamedTuple):
    """A preset. is_recorded: whether the run was started from it; otherwise it is the one whose settings differ least."""

    preset: str
    is_recorded: bool


def find_origin(run: RunFolder, data_folder: Path) -> Origin:
    """Find the preset with which the run's settings are compared. Raises BadInput for a damaged run."""
    preset = run.status().preset
    if preset in PRESETS:
        return Origin(preset, is_recorded=True)
    return Origin(choose_preset(run.config(), data_folder), is_recorded=False)


def describe_origin(config: RunConfig, origin: Origin) -> str:
    """Say which preset the run's settings are compared with."""
    if origin.is_recorded:
        return _(
            "The run was started from the preset {preset}. A setting with another value also shows the preset's."
        ).format(preset=origin.preset)
    return _(
        "Which preset the run was started from is not recorded. Its settings are compared with {preset}, of those for the network “{network}” "
        "the one with the fewest differences."
    ).format(preset=origin.preset, network=_(get_title(type(config.model))))


def make_run_command(run: RunFolder, data_folder: Path) -> str:
    """Return the command line that trains with the run's settings; "" for a run whose weights were imported. Raises BadInput."""
    if run.status().has_imported_weights:
        return ""
    return make_command(run.config(), find_origin(run, data_folder).preset, data_folder)


def list_limits(run: RunFolder, history: History) -> Sequence[str]:
    """Say what the command line does not repeat, a sentence each. Raises BadInput for a damaged run."""
    config = run.config()
    limits = []
    if config.data.drawings.share:
        limits.append(_("The command trains on the drawings that are stored now, not on those of this run."))
    if config.training.start_from:
        limits.append(_("The command starts from the present weights of the run in training.start_from."))
    if history.lr_changes:
        limits.append(
            _(
                "While this run trained, the learning rate was changed ({count}×), which the command does not repeat."
            ).format(count=len(history.lr_changes))
        )
    if history.edits:
        limits.append(
            _("While this run trained, single weights were set ({count}×), which the command does not repeat.").format(
                count=len(history.edits)
            )
        )
    return limits


def list_run_commands(run: RunFolder, kind: Kind) -> list[RunCommand]:
    """Return the commands that evaluate the run, predict with it and export it. kind: of its data."""
    start, name = "python -m nn_core", shlex.quote(run.name)
    return [
        RunCommand("evaluate", _("This measures it on the test data."), f"{start} evaluate {name}"),
        RunCommand("predict", _("This predicts with it."), f"{start} predict {name} {_INPUTS[kind]}"),
        *(
            RunCommand(form, _(purpose), f"{start} export {name} --as {form}")
            for form, purpose in EXPORT_PURPOSES.items()
            if form != "page" or kind == "pictures"
        ),
    ]
